package worker

import "github.com/dagexport/dagexport/targets/local/task"

// assetEvent is an event that a run answers, as the worker reads it.
type assetEvent struct {
	Name     string `json:"name"`
	URI      string `json:"uri"`
	DagID    string `json:"dag_id"`
	RunID    string `json:"run_id"`
	TaskID   string `json:"task_id"`
	MapIndex int    `json:"map_index"`
	At       string `json:"timestamp"`
}

func assetEvents(events []task.AssetEvent) []assetEvent {
	all := []assetEvent{}
	for _, e := range events {
		all = append(all, assetEvent{e.Name, e.URI, e.DagID, e.RunID, e.TaskID, e.MapIndex, iso(e.At)})
	}
	return all
}
