package worker

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// assetEvent is an event of an asset, as the worker reads it.
type assetEvent struct {
	Name     string          `json:"name"`
	URI      string          `json:"uri"`
	Extra    json.RawMessage `json:"extra"`
	Aliases  []string        `json:"aliases"`
	DagID    string          `json:"dag_id"`
	RunID    string          `json:"run_id"`
	TaskID   string          `json:"task_id"`
	MapIndex int             `json:"map_index"`
	At       string          `json:"timestamp"`
}

func assetEvents(events []task.AssetEvent) []assetEvent {
	all := []assetEvent{}
	for _, e := range events {
		if e.Extra == nil {
			e.Extra = json.RawMessage("{}")
		}
		all = append(all, assetEvent{e.Name, e.URI, e.Extra, append([]string{}, e.Aliases...), e.DagID, e.RunID, e.TaskID, e.MapIndex, iso(e.At)})
	}
	return all
}

// eventsOf answers a task that asks for the events of an asset, or of those that an alias stood for.
func eventsOf(ctx context.Context, tc *task.Context, r *reply) ([]byte, error) {
	events, err := tc.Run.Others.EventsOf(ctx, r.Name, r.URI, r.Alias)
	if err != nil {
		return nil, err
	}
	return line(assetEvents(events))
}

// assetsOf are the inlets and outlets of a task as channel.py reads them; none where the task has neither.
func assetsOf(p *ir.Pipeline, t *ir.Task) (inlets, outlets json.RawMessage) {
	if len(task.Listed(p, t, "inlets")) == 0 && len(task.Listed(p, t, "outlets")) == 0 {
		return nil, nil
	}
	write := func(values []ir.Value) json.RawMessage {
		var out bytes.Buffer
		writeValue(&out, &ir.List{Items: values})
		return out.Bytes()
	}
	return write(task.Listed(p, t, "inlets")), write(task.Listed(p, t, "outlets"))
}

// writeAsset writes an asset or an alias as channel.py reads it.
func writeAsset(out *bytes.Buffer, kind string, texts []string, extra *ir.Map) {
	out.WriteString(`{"~":["` + kind + `",[`)
	for i, text := range texts {
		if i > 0 {
			out.WriteByte(',')
		}
		writeString(out, text)
	}
	if extra != nil {
		out.WriteByte(',')
		writeValue(out, extra)
	}
	out.WriteString("]]}")
}
