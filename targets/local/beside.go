package local

import (
	"context"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// processed is what output_processor makes of the last line that bash has written.
func (r *run) processed(ctx context.Context, tc *task.Context, result task.Result) task.Result {
	function := task.OptionOf(r.pipeline, tc.Task, "output_processor")
	if function == nil || result.Outcome != task.Succeeded {
		return result
	}
	line, err := valueOf(result.Return)
	if err != nil {
		return task.Result{Error: err.Error()}
	}
	return r.beside(ctx, tc, task.Process, function, []ir.Value{line})
}

func (r *run) beside(ctx context.Context, tc *task.Context, work task.Work, function ir.Value, args []ir.Value) task.Result {
	own := *tc
	own.Call = &task.Call{Work: work, Callable: function, OpArgs: &ir.List{Items: args}}
	return r.python.RunTask(ctx, &own)
}

// label renders map_index_template once the task has been executed. What goes wrong there fails a try that had succeeded, as in
// Airflow, and is passed over after any other end. What Python has to render of a Python task, it has rendered already: the
// function may have put something into the context.
func (r *run) label(ctx context.Context, tc *task.Context, result *task.Result) {
	text := task.LabelOf(r.pipeline, tc.Task)
	if text == "" || result.Again != nil || result.Label != "" || r.labelsItself(tc, text) {
		return
	}
	own := *tc
	node := *tc.Task
	node.TemplateExt = nil // a name that ends like a file is a name
	own.Task = &node
	value, err := r.renderer.Render(ctx, &own, &ir.Template{V: text, Span: tc.Task.Span})
	if err == nil {
		result.Label, err = shown(value)
	}
	if err != nil && result.Outcome == task.Succeeded {
		if r.shared.Version.Major == 2 { // which pushes first
			push(tc, result.Return)
		}
		*result = task.Result{Error: "map_index_template: " + err.Error()}
	}
}

// labelsItself tells whether the PythonRunner renders map_index_template in the process of the task.
func (r *run) labelsItself(tc *task.Context, text string) bool {
	inPython := tc.End != nil || tc.Call != nil && tc.Call.Work != task.BashCommand && tc.Call.Work != task.Trigger
	return inPython && !r.renderer.Here(r.shared, text)
}
