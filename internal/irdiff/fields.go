package irdiff

import (
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// field is one thing that a DAG, group or task says, as text.
type field struct {
	what      What
	name      string
	text      string // "": it says nothing
	at        ir.Span
	inherited bool // a default of the DAG's, or Airflow's
}

func find(fields []field, name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

// dagFields are what a DAG says beside its defaults, params, groups and tasks.
func dagFields(d dag) []field {
	p := d.p
	here := func(what What, name, text string) field {
		return field{what: what, name: name, text: text, at: p.IDSpan}
	}
	fields := []field{
		here(File, "file", quote(d.file.Path)),
		here(Argument, "airflow_version", d.file.Version.String()),
		{what: Schedule, name: "schedule", text: schedule(p.Schedule), at: p.Schedule.Pos()},
		bound(p, "start_date", p.StartDate),
		bound(p, "end_date", p.EndDate),
		here(Argument, "timezone", quote(p.Timezone)),
		here(Argument, "catchup", strconv.FormatBool(p.Catchup)),
	}
	for _, d := range []field{
		{name: "render_template_as_native_obj", text: strconv.FormatBool(p.Settings.NativeTemplates)},
		{name: "fail_fast", text: strconv.FormatBool(p.Settings.FailFast)},
	} {
		fields = append(fields, here(Argument, d.name, d.text))
	}
	for i := range p.Args {
		a := &p.Args[i]
		name := a.Name
		if name == "fail_stop" {
			name = "fail_fast" // its name before Airflow 3
		}
		if known := find(fields, name); known != nil {
			if known.at = a.NameSpan; !isPlain(a.Value) {
				known.text = render(a.Value, false)
			}
			continue
		}
		if isNull(a.Value) && !strings.HasPrefix(name, "max_") {
			continue // as if it were not there; for a limit it means that there is none
		}
		fields = append(fields, written(a))
	}
	return fields
}

// bound is a date that a DAG has itself or by its default_args. A date of null is none.
func bound(p *ir.Pipeline, name string, own ir.Value) field {
	if own == nil {
		if a := ir.Lookup(p.DefaultArgs, name); a != nil {
			own = a.Value
		}
	}
	f := field{what: Argument, name: name, at: p.IDSpan}
	if own != nil && !isNull(own) {
		f.text, f.at = render(own, false), own.Pos()
	}
	return f
}

// written is an argument as it was written.
func written(a *ir.Arg) field {
	f := field{what: Argument, name: a.Name, at: a.NameSpan, text: render(a.Value, false)}
	switch v := a.Value.(type) {
	case *ir.String:
		if strings.HasPrefix(a.Name, "doc") { // space around lines of documentation is layout
			f.text = quote(trimmed(v.V))
		}
	case *ir.List:
		if a.Name == "tags" { // a set
			f.text = tags(v)
		}
	}
	return f
}

// taskFields are what a task says beside its params and its upstream tasks, defaults applied.
func taskFields(p *ir.Pipeline, t *ir.Task) []field {
	here := func(name, text string) field { return field{what: Argument, name: name, text: text, at: t.IDSpan} }
	group := ""
	if t.Group != nil {
		group = quote(t.Group.ID)
	}
	fields := []field{here("task_group", group), here("operator", operator(t))}
	outer := outerArgs(p, t)
	for _, d := range settled(t) {
		f := field{what: Argument, name: d.name, text: d.text, at: t.IDSpan, inherited: true}
		if o := outer.lookup(d.name); o != nil {
			f.take(o.arg.Value, o.arg.NameSpan)
			f.inherited = o.ofDAG
		}
		if a := ir.Lookup(t.Args, d.name); a != nil {
			f.take(a.Value, a.NameSpan)
			f.inherited = false
		}
		if d.name == "trigger_rule" && !t.TriggerSpan.IsZero() {
			f.at, f.inherited = t.TriggerSpan, false
		}
		fields = append(fields, f)
	}
	for i := range t.Args {
		a := &t.Args[i]
		if find(fields, a.Name) != nil || isNull(a.Value) && noneByDefault(t) {
			continue
		}
		fields = append(fields, written(a))
	}
	fields = append(fields, opFields(t)...)
	if t.Expand != nil {
		fields = append(fields, expandFields(t.Expand)...)
	}
	fields = append(fields, here("setup", mark(t.Setup)), here("teardown", teardown(t.Teardown)))
	if t.Local != nil {
		for _, f := range taskFields(p, t.Local) {
			if f.name != "task_group" && !f.inherited && f.text != "" {
				f.name = "local." + f.name
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// take sets the value that was written, where it says more than the settled text.
func (f *field) take(v ir.Value, at ir.Span) {
	f.at = at
	if !isPlain(v) {
		f.text = render(v, false)
	}
}

// settled are the arguments of BaseOperator and of the operators that the IR knows to which it has the final value, with that
// value as text.
func settled(t *ir.Task) []field {
	r, l := &t.Retry, &t.Limits
	fields := []field{
		{name: "trigger_rule", text: string(t.Trigger)},
		{name: "retries", text: strconv.Itoa(r.Retries)},
		{name: "retry_delay", text: optional(r.Delay)},
		{name: "retry_exponential_backoff", text: backoff(r.Multiplier)},
		{name: "max_retry_delay", text: optional(r.MaxDelay)},
		{name: "execution_timeout", text: optional(l.ExecutionTimeout)},
		{name: "pool", text: quote(l.Pool)},
		{name: "pool_slots", text: strconv.Itoa(l.PoolSlots)},
		{name: "priority_weight", text: strconv.Itoa(l.PriorityWeight)},
		{name: "weight_rule", text: quote(l.WeightRule)},
		{name: "max_active_tis_per_dag", text: limit(l.MaxActivePerDag)},
		{name: "max_active_tis_per_dagrun", text: limit(l.MaxActivePerDagRn)},
		{name: "owner", text: quote(t.Owner)},
		{name: "do_xcom_push", text: strconv.FormatBool(t.DoXComPush)},
		{name: "multiple_outputs", text: strconv.FormatBool(t.MultipleOut)},
		{name: "depends_on_past", text: strconv.FormatBool(t.DependsOnPast)},
		{name: "wait_for_downstream", text: strconv.FormatBool(t.WaitForDownstream)},
	}
	for _, event := range []string{"on_execute_callback", "on_failure_callback", "on_success_callback", "on_retry_callback", "on_skipped_callback"} {
		fields = append(fields, field{name: event, text: callbacks(t.Callbacks, event)})
	}
	switch op := t.Op.(type) {
	case *ir.Bash:
		codes := make([]string, len(op.SkipExitCode))
		for i, code := range op.SkipExitCode {
			codes[i] = strconv.FormatInt(code, 10)
		}
		fields = append(fields,
			field{name: "env", text: render(op.Env, false)},
			field{name: "cwd", text: render(op.Cwd, false)},
			field{name: "append_env", text: strconv.FormatBool(op.AppendEnv)},
			field{name: "skip_on_exit_code", text: "[" + strings.Join(codes, ", ") + "]"},
			field{name: "output_encoding", text: quote(op.Encoding)})
	case *ir.Python:
		fields = append(fields,
			field{name: "op_args", text: render(op.OpArgs, false)},
			field{name: "op_kwargs", text: render(op.OpKwargs, false)},
			field{name: "templates_dict", text: render(op.TemplatesDict, false)},
			field{name: "show_return_value_in_logs", text: strconv.FormatBool(op.LogReturn)})
	}
	return fields
}

// opFields are what only the Op says: the command or callable, which no default gives, and the call of a decorated function.
func opFields(t *ir.Task) []field {
	op, ok := t.Op.(*ir.Decorated)
	if !ok {
		return nil
	}
	fields := []field{{what: Argument, name: "python_callable", text: render(op.Callable, false), at: op.Callable.Pos()}}
	if len(op.Args) > 0 {
		fields = append(fields, field{what: Argument, name: "op_args", text: "[" + strings.Join(renderAll(op.Args, false), ", ") + "]", at: op.Args[0].Pos()})
	}
	for i := range op.Kwargs {
		fields = append(fields, prefixed("call.", &op.Kwargs[i]))
	}
	return fields
}

// expandFields are those of a mapping, whose order is that of the instances.
func expandFields(e *ir.Expand) []field {
	if e.Kwargs != nil {
		return []field{{what: Argument, name: "expand_kwargs", text: render(e.Kwargs, true), at: e.Span}}
	}
	texts := make([]string, len(e.Args))
	for i := range e.Args {
		texts[i] = e.Args[i].Name + ": " + render(e.Args[i].Value, true)
	}
	return []field{{what: Argument, name: "expand", text: "{" + strings.Join(texts, ", ") + "}", at: e.Span}}
}

// groupFields are what a group says beside its defaults; its dependencies are edges of its tasks.
func groupFields(g *ir.Group) []field {
	parent := ""
	if g.Parent != nil {
		parent = quote(g.Parent.ID)
	}
	fields := []field{
		{what: Argument, name: "parent_group_name", text: parent, at: g.IDSpan},
		{what: Argument, name: "prefix_group_id", text: strconv.FormatBool(g.Prefix), at: g.IDSpan},
	}
	for i := range g.Args {
		if find(fields, g.Args[i].Name) == nil {
			fields = append(fields, written(&g.Args[i]))
		}
	}
	if g.Expand != nil {
		fields = append(fields, expandFields(g.Expand)...)
	}
	return fields
}

func prefixed(prefix string, a *ir.Arg) field {
	f := written(a)
	f.name = prefix + f.name
	return f
}
