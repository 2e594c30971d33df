package worker

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"time"

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
	out.WriteString(`},"processor":`)
	writeValue(out, end.Processor)
	out.WriteString(`,"mark":`)
	if end.Execute == nil {
		out.WriteString("null}")
		return
	}
	writeString(out, mark)
	out.WriteString("}")
}

// execute executes a task whose process has called what comes before, and says what came of it.
func (w *Worker) execute(ctx context.Context, tc *task.Context, child *child, log *gate, r *reply) ([]byte, error) {
	select {
	case <-log.open: // nothing of what was written before comes after
	case <-child.drained:
	case <-ctx.Done():
	case <-time.After(lastWords): // its output goes elsewhere
	}
	before := task.Before{Command: r.Command, Environ: r.Environ, Fields: r.Fields, Left: time.Duration(r.Left * float64(time.Second))}
	result := tc.End.Execute(ctx, before)
	outcomes := map[task.Outcome]string{task.Succeeded: "success", task.Skipped: "skipped", task.FailedForGood: "failed_for_good", task.Failed: "failed"}
	return line(struct {
		Outcome string          `json:"outcome"`
		Error   string          `json:"error"`
		Raised  string          `json:"raised"`
		Value   json.RawMessage `json:"value"`
	}{outcomes[result.Outcome], result.Error, result.Raised, result.Return})
}

// mark is what the process of a task writes to its log, as a line, before it has the task executed elsewhere.
var mark = "\x00dagexport " + rand.Text()

// gate is a log that lets everything through but the mark.
type gate struct {
	to   io.Writer
	held []byte        // what may be the beginning of the mark
	open chan struct{} // closed when the mark has come
	done bool
}

// Write implements io.Writer.
func (g *gate) Write(data []byte) (int, error) {
	if g.done {
		return g.to.Write(data)
	}
	all := append(g.held, data...)
	whole := []byte(mark + "\n")
	if before, after, found := bytes.Cut(all, whole); found {
		g.held, g.done = nil, true
		_, _ = g.to.Write(before)
		_, _ = g.to.Write(after)
		close(g.open)
		return len(data), nil
	}
	keep := min(len(all), len(whole)-1)
	for !bytes.HasPrefix(whole, all[len(all)-keep:]) {
		keep--
	}
	_, _ = g.to.Write(all[:len(all)-keep])
	g.held = bytes.Clone(all[len(all)-keep:])
	return len(data), nil
}

// flush lets through what was held.
func (g *gate) flush() {
	if len(g.held) > 0 {
		_, _ = g.to.Write(g.held)
		g.held = nil
	}
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
