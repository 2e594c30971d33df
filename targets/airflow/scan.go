package airflow

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// eachValue visits a value and the values inside it, outer ones first.
func eachValue(v ir.Value, visit func(ir.Value)) {
	switch v := v.(type) {
	case nil, *ir.String, *ir.Template, *ir.Int, *ir.Bool, *ir.Null, *ir.Float, *ir.Duration, *ir.Time, *ir.Ago:
		return // nobody looks for these
	case *ir.List:
		eachOf(v.Items, visit)
	case *ir.Map:
		for _, e := range v.Entries {
			eachValue(e.Value, visit)
		}
	case *ir.Call:
		visit(v)
		visit(v.Func)
		eachOf(v.Args, visit)
		eachArg(v.Kwargs, visit)
	case *ir.OutputMethod:
		visit(v)
		eachValue(v.Of, visit)
		eachOf(v.Args, visit)
		eachValue(v.Fill, visit)
	case *ir.Asset:
		visit(v)
		if v.Extra != nil {
			eachValue(v.Extra, visit)
		}
	case *ir.AssetSet:
		visit(v)
		for _, item := range v.Items {
			eachValue(item, visit)
		}
	default:
		visit(v)
	}
}

func eachOf(values []ir.Value, visit func(ir.Value)) {
	for _, v := range values {
		eachValue(v, visit)
	}
}

func eachArg(args []ir.Arg, visit func(ir.Value)) {
	for i := range args {
		eachValue(args[i].Value, visit)
	}
}

func eachOfParams(params []ir.Param, visit func(ir.Value)) {
	for i := range params {
		eachValue(params[i].Default, visit)
		eachArg(params[i].Schema, visit)
	}
}

func eachOfExpand(e *ir.Expand, visit func(ir.Value)) {
	if e != nil {
		eachArg(e.Args, visit)
		eachValue(e.Kwargs, visit)
	}
}

func eachOfTask(t *ir.Task, visit func(ir.Value)) {
	eachArg(t.Args, visit)
	eachArg(t.DefaultArgs, visit)
	eachOfParams(t.Params, visit)
	eachOfExpand(t.Expand, visit)
	if op, ok := t.Op.(*ir.Decorated); ok {
		eachValue(op.Callable, visit)
		eachOf(op.Args, visit)
		eachArg(op.Kwargs, visit)
	}
}

func eachOfGroup(g *ir.Group, visit func(ir.Value)) {
	eachArg(g.Args, visit)
	eachArg(g.DefaultArgs, visit)
	eachOfExpand(g.Expand, visit)
}

func eachOfSchedule(s ir.Schedule, visit func(ir.Value)) {
	switch s := s.(type) {
	case *ir.RelativeDelta:
		eachValue(s.Period, visit)
	case *ir.PinnedDelta:
		eachValue(s.Period, visit)
	case *ir.Timetable:
		eachValue(s.Call, visit)
	case *ir.Assets:
		eachValue(s.Expr, visit)
	case *ir.AssetsOrTime:
		eachValue(s.Assets, visit)
		eachOfSchedule(s.Time, visit)
	}
}

// features are what decides how the tasks of a pipeline are named and placed; most pipelines have none.
type features struct {
	functions []string // names of functions that stand in the pipeline file
	outputs   bool     // tasks use outputs of others
	mapped    bool     // there are mapped groups
	teardowns bool
}

func featuresOf(p *ir.Pipeline) features {
	var f features
	visit := func(v ir.Value) {
		switch v := v.(type) {
		case *ir.Function:
			if !slices.Contains(f.functions, v.Name) {
				f.functions = append(f.functions, v.Name)
			}
		case *ir.Output:
			f.outputs = true
		}
	}
	eachArg(p.Args, visit)
	eachArg(p.DefaultArgs, visit)
	eachOfParams(p.Params, visit)
	eachOfSchedule(p.Schedule, visit)
	for _, g := range p.Groups {
		eachOfGroup(g, visit)
		f.mapped = f.mapped || g.Expand != nil
	}
	for _, t := range p.Tasks {
		eachOfTask(t, visit)
		f.teardowns = f.teardowns || t.Teardown != nil
	}
	return f
}

// outputsOf are the outputs that a task uses; drawn are the tasks of those from which Airflow itself draws the edge: it looks
// into template fields, the arguments of a decorated function, and what is expanded.
func outputsOf(t *ir.Task) (all []*ir.Output, drawn []string) {
	visit := func(v ir.Value) {
		if o, ok := v.(*ir.Output); ok {
			all = append(all, o)
		}
	}
	for _, a := range t.Args {
		before := len(all)
		eachValue(a.Value, visit)
		if slices.Contains(t.TemplateFields, a.Name) {
			drawn = appendTasks(drawn, all[before:])
		}
	}
	before := len(all)
	eachOfExpand(t.Expand, visit)
	if op, ok := t.Op.(*ir.Decorated); ok {
		eachOf(op.Args, visit)
		eachArg(op.Kwargs, visit)
	}
	drawn = appendTasks(drawn, all[before:])
	eachArg(t.DefaultArgs, visit)
	eachOfParams(t.Params, visit)
	return all, drawn
}

func appendTasks(ids []string, outputs []*ir.Output) []string {
	for _, o := range outputs {
		ids = append(ids, o.TaskID)
	}
	return ids
}

// outputsOfGroup are the outputs that the mapping and the arguments of a group use.
func outputsOfGroup(g *ir.Group) []*ir.Output {
	var all []*ir.Output
	eachOfGroup(g, func(v ir.Value) {
		if o, ok := v.(*ir.Output); ok {
			all = append(all, o)
		}
	})
	return all
}
