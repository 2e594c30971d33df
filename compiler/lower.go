package compiler

import (
	"math"
	"strconv"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// lower gives every field of the pipeline its final value: Airflow's default, then default_args from the DAG inwards, then what the
// task says itself.
func (c *compilation) lower(d *dagDecl) {
	c.lowerSettings(d)
	for _, g := range d.groups {
		outer := d.p.DefaultArgs
		if g.parent != nil {
			outer = g.parent.merged
		}
		g.merged = mergedArgs(outer, g.g.DefaultArgs)
	}
	d.p.Tasks = make([]*ir.Task, 0, len(d.tasks))
	for _, t := range d.tasks {
		c.lowerTask(d, t)
		d.p.Tasks = append(d.p.Tasks, t.t)
	}
	c.checkSetups(d)
	c.startLikeFactory(d)
}

// mergedArgs is outer with what inner has taking its place.
func mergedArgs(outer, inner []ir.Arg) []ir.Arg {
	if len(inner) == 0 {
		return outer
	}
	merged := append(make([]ir.Arg, 0, len(outer)+len(inner)), outer...)
	for _, a := range inner {
		if before := ir.Lookup(merged, a.Name); before != nil {
			*before = a
			continue
		}
		merged = append(merged, a)
	}
	return merged
}

func (c *compilation) lowerSettings(d *dagDecl) {
	s := &d.p.Settings
	s.DefaultArgsOwner = "airflow"
	if owner := ir.Lookup(d.p.DefaultArgs, "owner"); owner != nil {
		s.DefaultArgsOwner = text(owner.Value, s.DefaultArgsOwner)
	}
	for _, a := range d.p.Args {
		switch a.Name {
		case "max_active_tasks":
			s.MaxActiveTasks = integer(a.Value, 0)
		case "max_active_runs":
			s.MaxActiveRuns = integer(a.Value, 0)
		case "dagrun_timeout":
			s.DagrunTimeout = length(a.Value, nil)
		case "render_template_as_native_obj":
			s.NativeTemplates = truth(a.Value, false)
		case "template_searchpath":
			s.TemplateSearch = texts(a.Value)
		case "fail_fast", "fail_stop":
			s.FailFast = truth(a.Value, false)
		case "on_success_callback":
			s.OnSuccessCallback = refs(a.Value)
			s.Callbacks = append(s.Callbacks, callback(a))
		case "on_failure_callback":
			s.OnFailureCallback = refs(a.Value)
			s.Callbacks = append(s.Callbacks, callback(a))
		case "sla_miss_callback":
			s.Callbacks = append(s.Callbacks, callback(a))
		}
	}
}

func (c *compilation) lowerTask(d *dagDecl, t *taskDecl) {
	task := t.t
	span := task.IDSpan
	task.Owner, task.DoXComPush = "airflow", true
	task.Retry = ir.Retry{Delay: &ir.Duration{Micros: 300 * second, Span: span}}
	task.Limits = ir.Limits{Pool: "default_pool", PoolSlots: 1, PriorityWeight: 1, WeightRule: "downstream"}
	task.Trigger = ir.AllSuccess
	task.Op = &ir.Generic{}
	if t.class != nil {
		task.TemplateFields, task.TemplateExt = t.class.FieldsFor(c.version), t.class.TemplateExt
		switch t.class.Kind {
		case "bash":
			task.Op = &ir.Bash{SkipExitCode: []int64{99}, Encoding: "utf-8"}
		case "python":
			task.Op = &ir.Python{LogReturn: true}
		case "empty":
			task.Op = &ir.Empty{}
		}
	}
	defaults := d.p.DefaultArgs
	if t.group != nil {
		defaults = t.group.merged
	}
	defaults = mergedArgs(defaults, t.defs)
	t.defaults = defaults
	for i := range defaults {
		a := &defaults[i]
		switch {
		case a.Name == "trigger_rule":
			c.triggerRule(d, t, text(a.Value, ""), a.Value.Pos(), false)
		case ir.Lookup(task.Args, a.Name) == nil:
			c.apply(t, a)
		}
	}
	for i := range task.Args {
		c.apply(t, &task.Args[i])
	}
	if t.decorator != nil {
		task.Op = &ir.Decorated{Decorator: *t.decorator, Callable: t.callable, Args: t.callArgs, Kwargs: t.callNamed}
		if known := catalog.FindDecorator(t.decorator.Name); known != nil && known.Operator != "" && t.decorator.Module == "" {
			class := catalog.FindClass(known.Operator)
			task.TemplateFields, task.TemplateExt = class.TemplateFields, class.TemplateExt
		}
	}
	if op, ok := task.Op.(*ir.Python); ok && len(op.TemplatesExts) > 0 {
		task.TemplateExt = op.TemplatesExts // PythonOperator takes them for its template_ext
	}
	if t.rule != nil {
		c.writtenRule(d, t)
	}
	if task.Teardown != nil {
		c.teardownRule(t)
	}
	c.checkFailFast(d, t)
	c.checkSensor(t, defaults)
	if task.Expand != nil || t.given.group != nil {
		c.checkMapped(t, defaults)
	}
	if task.WaitForDownstream {
		task.DependsOnPast = true
	}
	if t.standIn != nil {
		c.lowerStandIn(d, t)
	}
}

// apply puts an argument into the field of the IR that stands for it.
func (c *compilation) apply(t *taskDecl, a *ir.Arg) {
	task, v := t.t, a.Value
	if _, null := v.(*ir.Null); null {
		c.applyNull(t, a.Name)
		return
	}
	switch a.Name {
	case "owner":
		task.Owner = text(v, task.Owner)
	case "retries":
		task.Retry.Retries = integer(v, 0)
	case "retry_delay":
		task.Retry.Delay = length(v, task.Retry.Delay)
	case "retry_exponential_backoff":
		task.Retry.Multiplier = multiplier(v)
	case "max_retry_delay":
		task.Retry.MaxDelay = length(v, nil)
	case "execution_timeout":
		task.Limits.ExecutionTimeout = length(v, nil)
	case "pool":
		task.Limits.Pool = text(v, task.Limits.Pool)
		if c.version == (ir.Version{Major: 2, Minor: 11}) && badRune(task.Limits.Pool, true) >= 0 {
			// The only version that checks it.
			c.diags.Errorf(v.Pos(), diag.BadID, "Airflow %s takes no pool of the name %s", c.version, quoted(task.Limits.Pool)).
				WithHelp("the name of a pool has letters, digits, dashes, dots and underscores")
		}
	case "pool_slots":
		task.Limits.PoolSlots = integer(v, 1)
		if task.Limits.PoolSlots < 1 {
			c.diags.Errorf(v.Pos(), diag.BadValue, "pool_slots cannot be less than 1")
		}
	case "priority_weight":
		task.Limits.PriorityWeight = integer(v, 1)
	case "weight_rule":
		task.Limits.WeightRule = text(v, task.Limits.WeightRule)
	case "max_active_tis_per_dag":
		task.Limits.MaxActivePerDag = integer(v, 0)
	case "max_active_tis_per_dagrun":
		task.Limits.MaxActivePerDagRn = integer(v, 0)
	case "do_xcom_push":
		task.DoXComPush = truth(v, true)
	case "multiple_outputs":
		task.MultipleOut = truth(v, false)
	case "depends_on_past":
		task.DependsOnPast = truth(v, false)
	case "wait_for_downstream":
		task.WaitForDownstream = truth(v, false)
	case "on_execute_callback", "on_failure_callback", "on_success_callback", "on_retry_callback", "on_skipped_callback":
		task.Callbacks = append(task.Callbacks, callback(*a))
	default:
		c.applyOwn(t, a)
	}
}

func (c *compilation) applyNull(t *taskDecl, name string) {
	switch op := t.t.Op.(type) {
	case *ir.Bash:
		if name == "skip_on_exit_code" {
			op.SkipExitCode = nil
		}
	}
}

// applyOwn puts an argument of the operator's own into its field.
func (c *compilation) applyOwn(t *taskDecl, a *ir.Arg) {
	v := a.Value
	switch op := t.t.Op.(type) {
	case *ir.Bash:
		switch a.Name {
		case "bash_command":
			op.Command = cloned(v, true)
		case "env":
			op.Env = cloned(v, true)
		case "append_env":
			op.AppendEnv = truth(v, false)
		case "cwd":
			op.Cwd = cloned(v, true)
		case "output_encoding":
			op.Encoding = text(v, op.Encoding)
		case "skip_on_exit_code":
			op.SkipExitCode = exitCodes(v)
		}
	case *ir.Python:
		switch a.Name {
		case "python_callable":
			switch f := cloned(v, false).(type) {
			case *ir.PyRef:
				op.Callable = f
			case *ir.Function:
				op.Function = f
			}
		case "op_args":
			op.OpArgs = cloned(v, true)
		case "op_kwargs":
			op.OpKwargs = cloned(v, true)
		case "templates_dict":
			op.TemplatesDict = cloned(v, true)
		case "templates_exts":
			op.TemplatesExts = texts(v)
		case "show_return_value_in_logs":
			op.LogReturn = truth(v, true)
		}
	}
}

// writtenRule reads the trigger_rule that a task has itself.
func (c *compilation) writtenRule(d *dagDecl, t *taskDecl) {
	n := t.rule
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.diags.Errorf(n.span, diag.BadTriggerRule, "trigger_rule must be text, not %s", n.noun(c.mode))
		return
	}
	if !c.checkText(n) {
		return
	}
	c.triggerRule(d, t, n.text, n.span, true)
}

var oldRules = map[string]ir.TriggerRule{
	"dummy": ir.Always, "none_failed_or_skipped": ir.NoneFailedMinOneSuccess,
}

func (c *compilation) triggerRule(d *dagDecl, t *taskDecl, name string, span ir.Span, own bool) {
	rules := ir.TriggerRules(c.version)
	for _, rule := range rules {
		if string(rule) == name {
			t.t.Trigger = rule
			if own {
				t.t.TriggerSpan = span
			}
			return
		}
	}
	if name == string(ir.AllDoneMinOneSuccess) {
		c.diags.Errorf(span, diag.BadTriggerRule, "Airflow %s has no trigger rule %s", c.version, name).WithHelp("it came with Airflow 3.1")
		return
	}
	dg := c.diags.Errorf(span, diag.BadTriggerRule, "there is no trigger rule %s", quoted(name))
	if now, ok := oldRules[name]; ok {
		dg.WithHelp("its name is %s now", now).WithFix(span, string(now))
		return
	}
	names := make([]string, len(rules))
	for i, rule := range rules {
		names[i] = string(rule)
	}
	if meant := pythonConstant(name); contains(names, meant) {
		dg.WithHelp("write %s", meant).WithFix(span, meant)
		return
	}
	suggest(dg, span, name, names, "the rules are")
}

// checkFailFast reports a rule that Airflow refuses in a DAG whose first failure ends the run.
func (c *compilation) checkFailFast(d *dagDecl, t *taskDecl) {
	if !d.p.Settings.FailFast || t.t.Trigger == ir.AllSuccess || t.t.Trigger == ir.AllDoneSetupSuccess {
		return
	}
	span := t.t.TriggerSpan
	if span.IsZero() {
		span = t.t.IDSpan
	}
	name := "fail_fast"
	if c.version.Major < 3 {
		name = "fail_stop"
	}
	c.diags.Errorf(span, diag.BadTriggerRule, "the task %s cannot have the trigger rule %s in a DAG with %s", quoted(t.t.ID), t.t.Trigger, name).
		WithPlace(d.failFast.span, "set here").WithHelp("only all_success goes with %s", name)
}

func text(v ir.Value, otherwise string) string {
	switch v := v.(type) {
	case *ir.String:
		return v.V
	case *ir.Template:
		return v.V
	}
	return otherwise
}

func integer(v ir.Value, otherwise int) int {
	n, ok := v.(*ir.Int)
	if !ok {
		return otherwise
	}
	i, err := strconv.Atoi(n.Text)
	if err != nil {
		if n.Text[0] == '-' {
			return math.MinInt
		}
		return math.MaxInt
	}
	return i
}

func truth(v ir.Value, otherwise bool) bool {
	if b, ok := v.(*ir.Bool); ok {
		return b.V
	}
	return otherwise
}

func length(v ir.Value, otherwise *ir.Duration) *ir.Duration {
	if d, ok := v.(*ir.Duration); ok {
		return &ir.Duration{Micros: d.Micros, Span: d.Span}
	}
	return otherwise
}

func multiplier(v ir.Value) float64 {
	switch v := v.(type) {
	case *ir.Bool:
		if v.V {
			return 2
		}
	case *ir.Int:
		f, _ := strconv.ParseFloat(v.Text, 64)
		return f
	case *ir.Float:
		return v.V
	}
	return 0
}

func texts(v ir.Value) []string {
	switch v := v.(type) {
	case *ir.String:
		return []string{v.V}
	case *ir.List:
		var out []string
		for _, item := range v.Items {
			if s, ok := item.(*ir.String); ok {
				out = append(out, s.V)
			}
		}
		return out
	}
	return nil
}

func refs(v ir.Value) []*ir.PyRef {
	switch v := v.(type) {
	case *ir.PyRef:
		return []*ir.PyRef{cloned(v, false).(*ir.PyRef)}
	case *ir.List:
		var out []*ir.PyRef
		for _, item := range v.Items {
			if ref, ok := item.(*ir.PyRef); ok {
				out = append(out, cloned(ref, false).(*ir.PyRef))
			}
		}
		return out
	}
	return nil
}

func exitCodes(v ir.Value) []int64 {
	var out []int64
	switch v := v.(type) {
	case *ir.Int:
		out = append(out, int64(integer(v, 0)))
	case *ir.List:
		for _, item := range v.Items {
			out = append(out, int64(integer(item, 0)))
		}
	}
	return out
}
