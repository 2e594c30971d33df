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

// callBack calls what a task has for an event, in a process of its own, with the context of the try, whose state is that of the first event. What goes wrong there is in the log
// and changes nothing, but for on_execute_callback: one that ends its process has ended the try.
func (r *run) callBack(ctx context.Context, tc *task.Context, event, first, problem string) task.Result {
	options := map[string]string{"event": event, "first": first, "error": problem, "after": after(tc, event)}
	return r.call(ctx, tc, callbacksOf(tc.Task.Callbacks, event), options)
}

func (r *run) call(ctx context.Context, tc *task.Context, values []ir.Value, options map[string]string) task.Result {
	if len(values) == 0 {
		return task.Result{Outcome: task.Succeeded}
	}
	own := *tc
	own.End = nil
	own.Call = &task.Call{Work: task.Callbacks, OpArgs: &ir.List{Items: values, Span: tc.Task.Span}}
	if tc.Call != nil {
		own.Fields = asked(tc.Call)
	}
	if tc.Call != nil && options["after"] != "" {
		own.Call.OpKwargs, own.Call.TemplatesDict = tc.Call.OpKwargs, tc.Call.TemplatesDict
	}
	for _, name := range []string{"event", "first", "error", "reason", "after", "lost"} {
		own.Call.Options = append(own.Call.Options, ir.Arg{Name: name, Value: &ir.String{V: options[name]}})
	}
	result := r.python.RunTask(ctx, &own)
	if result.Outcome != task.Succeeded && tc.Log != nil {
		_, _ = tc.Log.Write([]byte("callbacks: " + result.Error + "\n"))
	}
	return result
}

// afterCrash calls what a task has whose process ended by force. In Airflow the scheduler finds such tasks, and has their callbacks called
// elsewhere; in Airflow 3 only those whose supervisor has not told their end: it does where the try is the last, and the status is not 0.
func (r *run) afterCrash(ctx context.Context, tc *task.Context, result *task.Result) {
	event := "on_failure_callback"
	if r.triedAgain(tc, result) {
		event = "on_retry_callback"
	}
	if r.shared.Version.Major >= 3 && event == "on_failure_callback" && result.Crash == task.CrashByForce {
		return
	}
	r.call(ctx, tc, callbacksOf(tc.Task.Callbacks, event), map[string]string{"event": event, "first": event, "lost": "yes"})
}

// triedAgain tells whether a try that ended so is followed by another.
func (r *run) triedAgain(tc *task.Context, result *task.Result) bool {
	return result.Outcome == task.Failed && tc.Task.Retry.Retries != 0 && tc.Try <= tc.Task.Retry.Retries
}

// eventsOf are the events that a try has come to, and what their callbacks are told of an exception. Airflow tells those of a skip of
// none, and Airflow 2 takes a skip for a success too.
func (r *run) eventsOf(tc *task.Context, result *task.Result) (events []string, problem string) {
	problem = result.Error
	if result.Raised != "" {
		problem = result.Raised
	}
	switch {
	case result.Outcome == task.Succeeded:
		return []string{"on_success_callback"}, ""
	case result.Outcome == task.Skipped && r.shared.Version.Major == 2:
		return []string{"on_skipped_callback", "on_success_callback"}, ""
	case result.Outcome == task.Skipped:
		return []string{"on_skipped_callback"}, ""
	case r.triedAgain(tc, result):
		return []string{"on_retry_callback"}, problem
	}
	return []string{"on_failure_callback"}, problem
}

// callAfter calls what a task has for the end that its try has come to.
func (r *run) callAfter(ctx context.Context, tc *task.Context, result *task.Result) {
	if result.Crash != task.NoCrash {
		r.afterCrash(ctx, tc, result)
		return
	}
	events, problem := r.eventsOf(tc, result)
	for _, event := range events {
		if called := r.callBack(ctx, tc, event, events[0], problem); called.Outcome == task.Succeeded {
			keep(result, called.State)
		}
	}
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

// around is what the worker calls around a task; nil: nothing.
func (r *run) around(tc *task.Context, told func(result *task.Result) ([]string, string)) *task.End {
	end := &task.End{
		GoesOn: func(result *task.Result) bool {
			skips := r.skips(tc, result)
			return result.Outcome == task.Succeeded && (skips == nil || tc.MapIndex >= 0 || r.shared.Version.Major == 2)
		},
		PreExecute: task.OptionOf(r.pipeline, tc.Task, "pre_execute"), PostExecute: task.OptionOf(r.pipeline, tc.Task, "post_execute"),
		OnExecute: callbacksOf(tc.Task.Callbacks, "on_execute_callback"), Told: told,
	}
	for _, c := range tc.Task.Callbacks {
		if values := callbacksOf(tc.Task.Callbacks, c.Event); c.Event != "on_execute_callback" && len(values) > 0 {
			end.Callbacks = append(end.Callbacks, ir.Callback{Event: c.Event, Values: values})
		}
	}
	if end.PreExecute == nil && end.PostExecute == nil && len(end.OnExecute) == 0 && len(end.Callbacks) == 0 {
		return nil
	}
	return end
}
