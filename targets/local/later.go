package local

import (
	"slices"

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
	for _, args := range [][]ir.Arg{p.Args, p.DefaultArgs} {
		if v := objectIn(args, false); v != nil {
			no(v.Pos(), "local runs do not make Python objects")
		}
	}
	if filters := task.UserDefined(p, "user_defined_filters"); filters != nil {
		for _, e := range filters.Entries {
			if name, ok := e.Key.(*ir.String); ok && slices.Contains(dateFilters, name.V) {
				no(name.Span, "the filter %q replaces one of Airflow's own, which local runs do not follow", name.V)
			}
		}
	}
	for _, g := range p.Groups {
		if v := objectIn(g.DefaultArgs, false); v != nil {
			no(v.Pos(), "local runs do not make Python objects")
		}
		if g.Expand != nil {
			refuseMapping(no, "the task group", g.ID, g.Expand, nil)
		}
	}
	for _, t := range p.Tasks {
		_, decorated := t.Op.(*ir.Decorated)
		called := task.CallOf(p, t) != nil
		object := objectIn(slices.Concat(t.Args, t.DefaultArgs, callArgs(t)), called)
		if call := task.CallOf(p, t); call != nil && call.Work.Elsewhere() && call.Option("index_urls_from_connection_ids") != nil {
			no(t.IDSpan, "the task %q takes index_urls_from_connection_ids, which local runs do not follow; give index_urls", t.ID)
		}
		switch {
		case decorated && !called:
			no(t.IDSpan, "the task %q is made by the decorator %s, which local runs cannot execute", t.ID, t.Op.(*ir.Decorated).Decorator.Name)
		case object != nil:
			no(object.Pos(), "the task %q has a value that local runs cannot make", t.ID)
		case t.Expand != nil:
			refuseMapping(no, "the task", t.ID, t.Expand, t.Op)
		}
	}
}

// dateFilters are the filters that Airflow has added to Jinja's.
var dateFilters = []string{"ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz"}

// refuseMapping names what local runs cannot map over; op is nil for a group.
func refuseMapping(no func(span ir.Span, format string, args ...any), what, id string, e *ir.Expand, op ir.Op) {
	_, python := op.(*ir.Python)
	if _, decorated := op.(*ir.Decorated); decorated {
		python = true
	}
	check := func(v ir.Value) {
		if found := unmakeable(v, python); found != nil {
			no(found.Pos(), "%s %q is mapped over a value that local runs cannot make", what, id)
		}
	}
	for _, a := range e.Args {
		check(a.Value)
		if op != nil && !placeable(op, a.Name) {
			no(a.NameSpan, "%s %q is mapped over %s, which local runs do not follow", what, id, a.Name)
		}
	}
	if e.Kwargs == nil {
		return
	}
	check(e.Kwargs)
	list, ok := e.Kwargs.(*ir.List)
	if !ok || op == nil {
		return
	}
	for _, item := range list.Items {
		set, ok := item.(*ir.Map)
		if !ok {
			continue
		}
		for _, entry := range set.Entries {
			if name, ok := entry.Key.(*ir.String); ok && !placeable(op, name.V) {
				no(name.Span, "%s %q is mapped over %s, which local runs do not follow", what, id, name.V)
			}
		}
	}
}

// unmakeable is the first value in v that local runs cannot make where something is mapped over; nil: none. A function is
// applied to an output only for a Python task, where it runs.
func unmakeable(v ir.Value, python bool) ir.Value {
	switch v := v.(type) {
	case *ir.List:
		for _, item := range v.Items {
			if found := unmakeable(item, python); found != nil {
				return found
			}
		}
	case *ir.Map:
		for _, e := range v.Entries {
			if found := unmakeable(e.Value, python); found != nil {
				return found
			}
		}
	case *ir.OutputMethod:
		if v.Method == "map" {
			if _, ok := v.Args[0].(*ir.PyRef); !ok || !python {
				return v
			}
			return unmakeable(v.Of, python)
		}
		for _, part := range append([]ir.Value{v.Of}, v.Args...) {
			if found := unmakeable(part, python); found != nil {
				return found
			}
		}
	case *ir.Call, *ir.Function, *ir.Lambda, *ir.Asset, *ir.AssetAlias, *ir.AssetSet:
		return v
	}
	return nil
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

// objectIn finds a value that only the DAG file makes, or a worker where one is called. Callbacks and deadlines are not followed here, which the run says,
// and documentation and assets change no local run.
func objectIn(args []ir.Arg, called bool) ir.Value {
	for _, a := range args {
		switch a.Name {
		case "inlets", "outlets", "on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback",
			"sla_miss_callback", "doc_md", "deadline", "pre_execute", "post_execute", "output_processor", "user_defined_macros", "user_defined_filters":
			continue
		}
		if v := madeObject(a.Value, called); v != nil {
			return v
		}
	}
	return nil
}

// madeObject is the first value in v that nobody makes here; nil: none.
func madeObject(v ir.Value, called bool) ir.Value {
	switch v := v.(type) {
	case *ir.List:
		for _, item := range v.Items {
			if found := madeObject(item, called); found != nil {
				return found
			}
		}
	case *ir.Map:
		for _, e := range v.Entries {
			if found := madeObject(e.Value, called); found != nil {
				return found
			}
		}
	case *ir.OutputMethod:
		return unmakeable(v, called)
	case *ir.Call:
		if !called {
			return v
		}
		for _, a := range v.Kwargs {
			if found := madeObject(a.Value, called); found != nil {
				return found
			}
		}
		return madeObject(&ir.List{Items: v.Args}, called)
	case *ir.Function, *ir.Lambda:
		if !called {
			return v
		}
	case *ir.Asset, *ir.AssetAlias, *ir.AssetSet:
		return v
	}
	return nil
}
