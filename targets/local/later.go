package local

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// refuseLater names what the language has and local runs do not follow: one diagnostic for each task, group or schedule.
func refuseLater(problems *diag.List, file *ir.File, p *ir.Pipeline) {
	no := func(span ir.Span, format string, args ...any) {
		problems.Errorf(span, diag.NotHere, format, args...).
			WithHelp("export the DAG and run it in an Airflow: dagexport airflow %s", file.Path)
	}
	switch s := p.Schedule.(type) {
	case *ir.Cron, *ir.Preset, *ir.Delta, *ir.Unscheduled:
	default:
		no(s.Pos(), "local runs do not know the data interval of this schedule")
	}
	for _, args := range [][]ir.Arg{p.Args, p.DefaultArgs} {
		if v := objectIn(args); v != nil {
			no(v.Pos(), "local runs do not make Python objects")
		}
	}
	for _, a := range p.Args {
		if a.Name == "user_defined_macros" || a.Name == "user_defined_filters" {
			no(a.NameSpan, "local runs do not follow %s", a.Name)
		}
	}
	for _, g := range p.Groups {
		switch v := objectIn(g.DefaultArgs); {
		case g.Expand != nil:
			no(g.Expand.Span, "the task group %q is mapped, which local runs cannot do", g.ID)
		case v != nil:
			no(v.Pos(), "local runs do not make Python objects")
		}
	}
	for _, t := range p.Tasks {
		_, decorated := t.Op.(*ir.Decorated)
		object := objectIn(t.Args)
		if object == nil {
			object = objectIn(t.DefaultArgs)
		}
		switch {
		case t.Setup:
			no(t.IDSpan, "the task %q is a setup, which local runs do not follow", t.ID)
		case t.Teardown != nil:
			no(t.Teardown.Span, "the task %q is a teardown, which local runs do not follow", t.ID)
		case t.Expand != nil:
			no(t.Expand.Span, "the task %q is mapped, which local runs cannot do", t.ID)
		case decorated:
			no(t.IDSpan, "the task %q is made by a decorator, which local runs cannot execute", t.ID)
		case object != nil:
			no(object.Pos(), "the task %q has a value that local runs cannot make", t.ID)
		}
	}
}

// objectIn finds a value that only the DAG file makes. Callbacks and deadlines are not followed here, which the run says,
// and documentation and assets change no local run.
func objectIn(args []ir.Arg) ir.Value {
	for _, a := range args {
		switch a.Name {
		case "inlets", "outlets", "on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback",
			"sla_miss_callback", "doc_md", "deadline":
			continue
		}
		if v := madeObject(a.Value); v != nil {
			return v
		}
	}
	return nil
}

// madeObject is the first value in v that only the DAG file makes; nil: none.
func madeObject(v ir.Value) ir.Value {
	switch v := v.(type) {
	case *ir.List:
		for _, item := range v.Items {
			if found := madeObject(item); found != nil {
				return found
			}
		}
	case *ir.Map:
		for _, e := range v.Entries {
			if found := madeObject(e.Value); found != nil {
				return found
			}
		}
	case *ir.Call, *ir.Function, *ir.Lambda, *ir.EnvText, *ir.Output, *ir.OutputMethod, *ir.MappedParam, *ir.Asset, *ir.AssetAlias, *ir.AssetSet:
		return v
	}
	return nil
}
