package airflow

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

func eachOfParams(params []ir.Param, visit func(ir.Value)) {
	for i := range params {
		ir.Walk(params[i].Default, visit)
		ir.WalkArgs(params[i].Schema, visit)
	}
}

func eachOfTask(t *ir.Task, visit func(ir.Value)) {
	ir.WalkArgs(t.Args, visit)
	ir.WalkArgs(t.DefaultArgs, visit)
	eachOfParams(t.Params, visit)
	ir.WalkExpand(t.Expand, visit)
	if op, ok := t.Op.(*ir.Decorated); ok {
		ir.Walk(op.Callable, visit)
		ir.WalkAll(op.Args, visit)
		ir.WalkArgs(op.Kwargs, visit)
	}
}

func eachOfGroup(g *ir.Group, visit func(ir.Value)) {
	ir.WalkArgs(g.Args, visit)
	ir.WalkArgs(g.DefaultArgs, visit)
	ir.WalkExpand(g.Expand, visit)
}

func eachOfSchedule(s ir.Schedule, visit func(ir.Value)) {
	switch s := s.(type) {
	case *ir.RelativeDelta:
		ir.Walk(s.Period, visit)
	case *ir.PinnedDelta:
		ir.Walk(s.Period, visit)
	case *ir.Timetable:
		ir.Walk(s.Call, visit)
	case *ir.Assets:
		ir.Walk(s.Expr, visit)
	case *ir.AssetsOrTime:
		ir.Walk(s.Assets, visit)
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
	ir.WalkArgs(p.Args, visit)
	ir.WalkArgs(p.DefaultArgs, visit)
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
		ir.Walk(a.Value, visit)
		if slices.Contains(t.TemplateFields, a.Name) {
			drawn = appendTasks(drawn, all[before:])
		}
	}
	before := len(all)
	ir.WalkExpand(t.Expand, visit)
	if op, ok := t.Op.(*ir.Decorated); ok {
		ir.WalkAll(op.Args, visit)
		ir.WalkArgs(op.Kwargs, visit)
	}
	drawn = appendTasks(drawn, all[before:])
	ir.WalkArgs(t.DefaultArgs, visit)
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
