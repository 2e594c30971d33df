package worker

import (
	"context"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/task"
)

// runsOf answers a task that asks for runs of another DAG.
func runsOf(ctx context.Context, tc *task.Context, dagID, group string, dates []string) ([]byte, error) {
	type instance struct {
		TaskID   string       `json:"task_id"`
		MapIndex int          `json:"map_index"`
		State    target.State `json:"state"`
	}
	type run struct {
		State target.State `json:"state"`
		Tasks []instance   `json:"tasks"`
	}
	answer := struct {
		Known bool  `json:"known"`
		Runs  []run `json:"runs"`

		Members []string `json:"members"` // of the group; null: not known
		Tasks   []string `json:"tasks"`   // of the DAG; null: not known
	}{Runs: []run{}}
	var moments []time.Time
	for _, text := range dates {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, err
		}
		moments = append(moments, at.UTC())
	}
	found, known, err := tc.Run.Others.RunsOf(ctx, dagID, moments)
	if err != nil {
		return nil, err
	}
	answer.Known, answer.Tasks = known, tc.Run.Others.MembersOf(dagID, "")
	if group != "" {
		answer.Members = tc.Run.Others.MembersOf(dagID, group)
	}
	for _, one := range found {
		r := run{State: one.State, Tasks: []instance{}}
		for _, t := range one.Tasks {
			r.Tasks = append(r.Tasks, instance{t.TaskID, t.MapIndex, t.State})
		}
		answer.Runs = append(answer.Runs, r)
	}
	return line(answer)
}
