package worker

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// selected answers a task that asks for XComs by less, or by more, than the task and the key of its own run: the latest first.
func selected(ctx context.Context, tc *task.Context, r *reply) ([]byte, error) {
	type pushed struct {
		TaskID   string          `json:"task_id"`
		MapIndex int             `json:"map_index"`
		Value    json.RawMessage `json:"value"`
		Marked   bool            `json:"marked"`
	}
	var found []task.Pushed
	own := r.DagID == tc.Run.Pipeline.ID && r.RunID == tc.Run.ID
	if own {
		found = tc.XComs.All()
	}
	if !own || r.Prior {
		others, err := tc.Run.Others.XComsOf(ctx, tc.Run, r.DagID, r.RunID, r.Prior)
		if err != nil {
			return nil, err
		}
		found = append(found, others...)
	}
	answer := []pushed{}
	for _, x := range found {
		if (r.Tasks == nil || slices.Contains(r.Tasks, x.TaskID)) && (r.AnyKey || x.Key == r.Key) {
			answer = append(answer, pushed{x.TaskID, x.MapIndex, x.Value, wire.Marked(x.Value)})
		}
	}
	return line(answer)
}
