package local

import (
	"context"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// callbacksOf are the callbacks of one event that local runs call: all but what Airflow itself has, such as its notifiers.
func callbacksOf(all []ir.Callback, event string) []ir.Value {
	var values []ir.Value
	for _, c := range all {
		if c.Event == event {
			values = append(values, c.Values...)
		}
	}
	return slices.DeleteFunc(values, ofAirflow)
}

// ofAirflow tells whether a callback is made by something of Airflow's own.
func ofAirflow(v ir.Value) bool {
	switch v := v.(type) {
	case *ir.PyRef:
		return !v.User && strings.HasPrefix(v.Module, "airflow.")
	case *ir.Call:
		return ofAirflow(v.Func)
	}
	return false
}

// leftOut are the callbacks that are not called, by task and event.
func leftOut(p *ir.Pipeline) []string {
	var all []string
	add := func(owner string, callbacks []ir.Callback) {
		for _, c := range callbacks {
			if slices.ContainsFunc(c.Values, ofAirflow) {
				all = append(all, owner+"."+c.Event)
			}
		}
	}
	for _, t := range p.Tasks {
		add(t.ID, t.Callbacks)
	}
	add(p.ID, p.Settings.Callbacks)
	return all
}

// hasCallbacks tells whether a local run of the DAG calls any.
func hasCallbacks(p *ir.Pipeline) bool {
	called := func(all []ir.Callback) bool {
		return slices.ContainsFunc(all, func(c ir.Callback) bool { return len(callbacksOf(all, c.Event)) > 0 })
	}
	return called(p.Settings.Callbacks) || slices.ContainsFunc(p.Tasks, func(t *ir.Task) bool { return called(t.Callbacks) })
}

// callBack calls what a task has for an event, with the context of the try. What goes wrong there is in the log and changes nothing.
func (r *run) callBack(ctx context.Context, tc *task.Context, event, problem string) {
	r.call(ctx, tc, callbacksOf(tc.Task.Callbacks, event), map[string]string{"event": event, "error": problem, "after": after(tc, event)})
}

func (r *run) call(ctx context.Context, tc *task.Context, values []ir.Value, options map[string]string) {
	if len(values) == 0 {
		return
	}
	own := *tc
	own.Call = &task.Call{Work: task.Callbacks, OpArgs: &ir.List{Items: values, Span: tc.Task.Span}}
	if tc.Call != nil && options["after"] != "" {
		own.Call.OpKwargs, own.Call.TemplatesDict = tc.Call.OpKwargs, tc.Call.TemplatesDict
	}
	for _, name := range []string{"event", "error", "reason", "after"} {
		own.Call.Options = append(own.Call.Options, ir.Arg{Name: name, Value: &ir.String{V: options[name]}})
	}
	if result := r.python.RunTask(ctx, &own); result.Outcome != task.Succeeded && tc.Log != nil {
		_, _ = tc.Log.Write([]byte("callbacks: " + result.Error + "\n"))
	}
}

// callAfter calls what a task has for the end that its try has come to.
func (r *run) callAfter(ctx context.Context, tc *task.Context, result task.Result) {
	event := "on_failure_callback"
	switch {
	case result.Outcome == task.Succeeded:
		event = "on_success_callback"
	case result.Outcome == task.Skipped:
		event = "on_skipped_callback"
	case result.Outcome == task.Failed && tc.Task.Retry.Retries != 0 && tc.Try <= tc.Task.Retry.Retries:
		event = "on_retry_callback"
	}
	if event == "on_skipped_callback" {
		result.Error = "" // Airflow tells such a callback of no exception
	}
	r.callBack(ctx, tc, event, result.Error)
}

// after says what was done before a callback, for one that is called after an end.
func after(tc *task.Context, event string) string {
	switch {
	case event == "on_execute_callback":
		return ""
	case tc.Call != nil:
		return string(tc.Call.Work)
	}
	return "operator"
}
