package worker

import (
	"bytes"
	"encoding/json"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// writeAround writes what is called around a task.
func writeAround(out *bytes.Buffer, end *task.End) {
	if end == nil {
		out.WriteString("null")
		return
	}
	out.WriteString(`{"pre_execute":`)
	writeValue(out, end.PreExecute)
	out.WriteString(`,"post_execute":`)
	writeValue(out, end.PostExecute)
	out.WriteString(`,"on_execute_callback":`)
	writeValue(out, &ir.List{Items: end.OnExecute})
	out.WriteString(`,"after":{`)
	for i, c := range end.Callbacks {
		if i > 0 {
			out.WriteByte(',')
		}
		writeString(out, c.Event)
		out.WriteByte(':')
		writeValue(out, &ir.List{Items: c.Values})
	}
	out.WriteString("}}")
}

// told tells the run how a task has ended that has callbacks, and the task which of them are called.
func (w *Worker) told(tc *task.Context, r *reply) []byte {
	result := w.result(tc, r)
	events, problem := tc.End.Told(&result)
	data, err := json.Marshal(struct {
		Events []string `json:"events"`
		Error  string   `json:"error"`
	}{append([]string{}, events...), problem})
	if err != nil {
		panic(err) // strings
	}
	return append(data, '\n')
}
