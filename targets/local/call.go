package local

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/task"
)

// senses tells which tasks of a pipeline are sensors that keep their slot while they wait.
func senses(p *ir.Pipeline) sched.IdleFunc {
	sensors := map[*ir.Task]bool{}
	for _, t := range p.Tasks {
		if call := task.CallOf(p, t); call != nil && call.Work.Senses() {
			sensors[t] = true
		}
	}
	if len(sensors) == 0 {
		return nil
	}
	return func(t *ir.Task) bool { return sensors[t] }
}

// completeCall puts what outputs hold into a call. An output of a task that is not mapped stays: the worker knows more of it than
// JSON does.
func (r *run) completeCall(ctx context.Context, tc *task.Context) error {
	call := tc.Call
	complete := func(tc *task.Context, field *ir.Value) (err error) {
		if holdsOutput(*field) {
			*field, err = r.resolve(tc, *field)
		}
		return err
	}
	for _, field := range []*ir.Value{&call.OpArgs, &call.OpKwargs, &call.TemplatesDict} {
		if err := complete(tc, field); err != nil {
			return err
		}
	}
	own := *tc
	if call.Work == task.BashCommand || call.Work == task.Trigger {
		own.Call = nil // these have no worker to ask
	}
	for i := range call.Options {
		a := &call.Options[i]
		if err := complete(&own, &a.Value); err != nil {
			return err
		}
		if own.Call == nil && task.ContextFree(a.Name) {
			var err error
			if a.Value, err = r.made(ctx, tc, a.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// renderCall is the context with the call of its task in it, template fields rendered.
func (r *run) renderCall(ctx context.Context, tc *task.Context, call *task.Call) (*task.Context, error) {
	rendered := *call
	rendered.Options = slices.Clone(call.Options)
	type field struct {
		name  string
		value *ir.Value
	}
	fields := []field{{"templates_dict", &rendered.TemplatesDict}, {"op_args", &rendered.OpArgs}, {"op_kwargs", &rendered.OpKwargs}}
	if call.Work != task.BashCommand {
		for _, name := range call.Fields(tc.Task) {
			if a := ir.Lookup(rendered.Options, name); a != nil {
				fields = append(fields, field{name, &a.Value})
			}
		}
	}
	context := *tc
	context.Call = &rendered
	context.Fields = asked(call)
	for _, f := range fields {
		if isNone(unwrap(*f.value)) {
			continue
		}
		how := r.prepare
		if call.Work == task.Trigger {
			how = r.render // no worker does it
		}
		value, err := how(ctx, &context, *f.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		*f.value = value
		if list, ok := value.(*ir.List); ok && call.Bound && f.name == "op_args" {
			value = &task.Tuple{List: list}
		}
		if a := ir.Lookup(context.Fields, f.name); a != nil {
			a.Value = value
		}
	}
	switch {
	case call.Work == task.Trigger:
	case task.NativeTemplates(r.pipeline, tc.Task):
		context.Fields = asked(call) // as written: the worker renders them
	default:
		context.Fields = nil // they are in the call
	}
	return &context, nil
}

// asked are what a call has for the template fields of its task, and for its other arguments: what templates can ask of it.
func asked(call *task.Call) []ir.Arg {
	var fields []ir.Arg
	add := func(name string, value ir.Value) {
		if value = unwrap(value); !isNone(value) && ir.Lookup(fields, name) == nil {
			fields = append(fields, ir.Arg{Name: name, Value: value})
		}
	}
	args := unwrap(call.OpArgs)
	if list, ok := args.(*ir.List); ok && call.Bound {
		args = &task.Tuple{List: list}
	}
	add("templates_dict", call.TemplatesDict)
	add("op_args", args)
	add("op_kwargs", call.OpKwargs)
	for _, a := range call.Options {
		add(a.Name, a.Value)
	}
	return fields
}

// runCall has the PythonRunner do what the task does, and bash what came of it where that is a command.
func (r *run) runCall(ctx context.Context, tc *task.Context, vars []string, out *output) task.Result {
	if tc.Call.Work == task.Trigger {
		return r.trigger(ctx, tc)
	}
	if tc.Call.Work == task.RunContainer {
		return r.runContainer(ctx, tc)
	}
	if tc.Call.Work == task.BashCommand && tc.End != nil {
		log := &sharedLog{to: out}
		tc.Log = log
		tc.End.Processor = task.OptionOf(r.pipeline, tc.Task, "output_processor")
		return r.within(ctx, tc, func(ctx context.Context, before task.Before) task.Result {
			ready, err := r.bashOf(ctx, tc, before.Command)
			if err != nil {
				return task.Result{Error: err.Error()}
			}
			ready.vars = vars
			return r.runWithin(ctx, tc, ready, before, log)
		})
	}
	result := r.python.RunTask(ctx, tc)
	if tc.Call.Work != task.BashCommand || result.Outcome != task.Succeeded {
		return result
	}
	var command string
	if err := json.Unmarshal(result.Return, &command); err != nil {
		return task.Result{Error: "the function gave no command"}
	}
	ready, err := r.bashOf(ctx, tc, command)
	if err != nil {
		return task.Result{Error: err.Error()}
	}
	ready.vars = vars
	updates := result.Updates
	result = r.processed(ctx, tc, r.runBash(ctx, tc, ready, out))
	result.Updates = updates
	return result
}

// bashOf is the command that a function has given, with what its task says of how it runs.
func (r *run) bashOf(ctx context.Context, tc *task.Context, command string) (*bashCommand, error) {
	op := &ir.Bash{
		Command: &ir.Template{V: command, Span: tc.Task.Span}, Env: tc.Call.Option("env"), Cwd: tc.Call.Option("cwd"), SkipExitCode: []int64{99},
	}
	if v, ok := tc.Call.Option("append_env").(*ir.Bool); ok {
		op.AppendEnv = v.V
	}
	if v, ok := tc.Call.Option("output_encoding").(*ir.String); ok {
		op.Encoding = v.V
	}
	if v := tc.Call.Option("skip_on_exit_code"); v != nil {
		op.SkipExitCode = exitCodes(v)
	}
	return r.renderBash(ctx, tc, op)
}

// skips are the tasks that a try which has succeeded skips; nil: none. A task that is not mapped and has skipped something pushes
// no return_value from Airflow 3.0 on.
func (r *run) skips(tc *task.Context, result *task.Result) *sched.Skipping {
	if result.Outcome != task.Succeeded || result.Ways == nil {
		return nil
	}
	skipping := &sched.Skipping{Short: result.Ways.Ends}
	if result.Ways.Ends {
		all := true
		if v, ok := tc.Call.Option("ignore_downstream_trigger_rules").(*ir.Bool); ok {
			all = v.V
		}
		skipping.Tasks = sched.ShortCircuit(r.pipeline, tc.Task.ID, all)
	} else {
		var err error
		if skipping.Tasks, err = sched.Branch(r.pipeline, tc.Task.ID, result.Ways.Chosen); err != nil {
			*result = task.Result{Error: err.Error()}
			return nil
		}
	}
	if len(skipping.Tasks) == 0 {
		return nil
	}
	if tc.MapIndex < 0 && r.shared.Version.Major >= 3 {
		result.Return = nil
	}
	return skipping
}
