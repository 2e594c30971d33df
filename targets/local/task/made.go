package task

import "github.com/dagexport/dagexport/ir"

// Make is the work that makes the only one of OpArgs: the objects in it that Python makes.
const Make Work = "make"

// Applied is what a function gives for an item of what a task is mapped over.
type Applied struct {
	*ir.Null          // what a Value must be
	Func     ir.Value // *ir.PyRef, *ir.Function or *ir.Lambda
	Item     ir.Value
}

// Pos implements ir.Value.
func (a *Applied) Pos() ir.Span { return a.Func.Pos() }

// makes are the calls that make what a task is given, where its own work is none of Python's, and the functions that are applied to
// what it is mapped over: all that a worker should know of before the first task.
func makes(p *ir.Pipeline, t *ir.Task) []*Call {
	var found []ir.Value
	functions := func(v ir.Value) {
		if m, ok := v.(*ir.OutputMethod); ok && m.Method == "map" {
			found = append(found, m.Args[0])
		}
	}
	e := t.Expand
	if e == nil && t.Group != nil {
		for g := t.Group; g != nil && e == nil; g = g.Parent {
			e = g.Expand
		}
	}
	objects := func(v ir.Value) {
		switch v := v.(type) {
		case *ir.Call, *ir.Function, *ir.Lambda:
			found = append(found, v)
		}
	}
	if e != nil {
		ir.WalkExpand(e, functions)
		ir.WalkExpand(e, objects)
	}
	switch op := t.Op.(type) {
	case *ir.Bash:
		for _, v := range []ir.Value{op.Command, op.Env, op.Cwd} {
			if v != nil {
				ir.Walk(v, objects)
			}
		}
	case *ir.Generic, *ir.Decorated:
		if call := CallOf(p, t); call != nil && (call.Work == Trigger || call.Work == BashCommand) {
			for _, a := range call.Options {
				if ContextFree(a.Name) {
					ir.Walk(a.Value, objects)
				}
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return []*Call{{Work: Make, OpArgs: &ir.List{Items: found}}}
}

// ContextFree tells whether an argument of an operator says something of its work, and nothing of what is called beside it.
func ContextFree(name string) bool {
	switch name {
	case "inlets", "outlets", "on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback",
		"pre_execute", "post_execute", "output_processor", "executor_config", "doc_md":
		return false
	}
	return true
}
