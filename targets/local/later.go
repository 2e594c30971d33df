package local

import (
	"slices"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// refuseLater names what the language has and local runs do not follow: one diagnostic for each task, group or schedule.
func refuseLater(problems *diag.List, file *ir.File, p *ir.Pipeline) {
	no := func(span ir.Span, format string, args ...any) {
		problems.Errorf(span, diag.NotHere, format, args...).
			WithHelp("export the DAG and run it in an Airflow: dagexport airflow %s", file.Path)
	}
	for _, a := range p.Args {
		if v := objectIn(a.Value); v != nil && slices.Contains(runBy, a.Name) {
			no(v.Pos(), "local runs go by %s, and make no Python object for it", a.Name)
		}
	}
	if filters := task.DagMap(p, "user_defined_filters"); filters != nil {
		for _, e := range filters.Entries {
			if name, ok := e.Key.(*ir.String); ok && slices.Contains(dateFilters, name.V) {
				no(name.Span, "the filter %q replaces one of Airflow's own, which local runs do not follow", name.V)
			}
		}
	}
	for _, t := range p.Tasks {
		_, decorated := t.Op.(*ir.Decorated)
		call := task.CallOf(p, t)
		if decorated && call == nil {
			no(t.IDSpan, "the task %q is made by the decorator %s, which local runs cannot execute", t.ID, t.Op.(*ir.Decorated).Decorator.Name)
			continue
		}
		for _, a := range slices.Concat(t.Args, task.Defaults(p, t)) {
			if v := objectIn(a.Value); v != nil && slices.Contains(runBy, a.Name) {
				no(v.Pos(), "local runs go by %s of the task %q, and make no Python object for it", a.Name, t.ID)
				break
			}
		}
		refuseAssets(no, t, call != nil)
		if t.Expand != nil {
			ownMapping(t.Expand, func(name string, span ir.Span) {
				if !decorated && name == "render_template_as_native_obj" && catalog.OperatorArg(name) != nil {
					no(span, "the task %q is mapped over %s, which local runs do not follow", t.ID, name)
				}
			})
		}
	}
}

// refuseAssets names an asset, or a set of some, among the arguments of a task that no Python gets.
func refuseAssets(no func(span ir.Span, format string, args ...any), t *ir.Task, called bool) {
	args := slices.Concat(t.Args, callArgs(t))
	if t.Expand != nil {
		args = append(slices.Concat(args, t.Expand.Args), ir.Arg{Value: t.Expand.Kwargs})
	}
	for _, a := range args {
		if !task.ContextFree(a.Name) {
			continue
		}
		var found ir.Value
		ir.Walk(a.Value, func(v ir.Value) {
			switch v.(type) {
			case *ir.Asset, *ir.AssetAlias, *ir.AssetSet:
				if !called {
					found = v
				}
			}
		})
		if found != nil {
			no(found.Pos(), "the task %q has a value that local runs cannot make", t.ID)
			return
		}
	}
}

// runBy are the arguments of DAGs and tasks that a run itself goes by, so that it must know them before Python makes anything.
var runBy = []string{
	"start_date", "end_date", "dagrun_timeout", "template_searchpath", "max_active_tasks", "fail_fast", "fail_stop", "render_template_as_native_obj",
	"retries", "retry_delay", "max_retry_delay", "retry_exponential_backoff", "retry_policy", "execution_timeout", "trigger_rule", "pool", "pool_slots",
	"priority_weight", "weight_rule", "depends_on_past", "wait_for_downstream", "ignore_first_depends_on_past", "max_active_tis_per_dag",
	"max_active_tis_per_dagrun", "map_index_template", "skip_on_exit_code", "append_env", "output_encoding",
}

// objectIn is the first Python object in a value; nil: none.
func objectIn(value ir.Value) ir.Value {
	var found ir.Value
	ir.Walk(value, func(v ir.Value) {
		switch v.(type) {
		case *ir.Call, *ir.Function, *ir.Lambda:
			if found == nil {
				found = v
			}
		}
	})
	return found
}

// dateFilters are the filters that Airflow has added to Jinja's.
var dateFilters = []string{"ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz"}

// ownMapping calls f with the names of the arguments that something is mapped over, where the pipeline says them.
func ownMapping(e *ir.Expand, f func(name string, span ir.Span)) {
	for _, a := range e.Args {
		f(a.Name, a.NameSpan)
	}
	list, ok := e.Kwargs.(*ir.List)
	if !ok {
		return
	}
	for _, item := range list.Items {
		if set, ok := item.(*ir.Map); ok {
			for _, entry := range set.Entries {
				if name, ok := entry.Key.(*ir.String); ok {
					f(name.V, name.Span)
				}
			}
		}
	}
}

// callArgs are the arguments of the call of a decorated function.
func callArgs(t *ir.Task) []ir.Arg {
	op, ok := t.Op.(*ir.Decorated)
	if !ok {
		return nil
	}
	args := slices.Clone(op.Kwargs)
	for _, v := range op.Args {
		args = append(args, ir.Arg{Value: v})
	}
	return args
}
