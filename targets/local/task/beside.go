package task

import "github.com/dagexport/dagexport/ir"

// The works of what is called beside the operator.
const (
	Hook    Work = "hook"    // a function that gets the context and OpArgs
	Process Work = "process" // a function that gets OpArgs alone and gives the value that is pushed
	Around  Work = "around"  // what is called around a task that End.Execute executes
)

// OptionOf is an argument of a task: its own, else that of default_args around it; nil where it is not given, or None.
func OptionOf(p *ir.Pipeline, t *ir.Task, name string) ir.Value {
	a := ir.Lookup(t.Args, name)
	if a == nil {
		a = ir.Lookup(Defaults(p, t), name)
	}
	if a == nil {
		return nil
	}
	if _, null := a.Value.(*ir.Null); null {
		return nil
	}
	return a.Value
}

// Beside are the functions that a try of a task calls beside its operator: hooks, what makes an XCom of the output of bash, and what
// makes its arguments.
func Beside(p *ir.Pipeline, t *ir.Task) []*Call {
	calls := makes(p, t)
	for _, name := range []string{"pre_execute", "post_execute", "output_processor"} {
		if v := OptionOf(p, t, name); v != nil {
			calls = append(calls, &Call{Work: Hook, Callable: v})
		}
	}
	return calls
}

// LabelOf is the map_index_template of a task; "": none.
func LabelOf(p *ir.Pipeline, t *ir.Task) string {
	switch v := OptionOf(p, t, "map_index_template").(type) {
	case *ir.String:
		return v.V
	case *ir.Template:
		return v.V
	}
	return ""
}

// NativeTemplates tells whether templates of a task come to Python objects: as the task says itself, else as the DAG says.
func NativeTemplates(p *ir.Pipeline, t *ir.Task) bool {
	if v, ok := OptionOf(p, t, "render_template_as_native_obj").(*ir.Bool); ok {
		return v.V
	}
	return p.Settings.NativeTemplates
}

// JinjaOptions are the options of the Jinja environment of a DAG: its jinja_environment_kwargs, which win, and its template_undefined. They are
// nil where only what Airflow has of itself is said.
func JinjaOptions(p *ir.Pipeline) *ir.Map {
	options := DagMap(p, "jinja_environment_kwargs")
	class := ir.Lookup(p.Args, "template_undefined")
	if class == nil {
		return options
	}
	if ref, ok := class.Value.(*ir.PyRef); ok && ref.Module == "jinja2" && ref.Name == "StrictUndefined" {
		return options
	}
	all := &ir.Map{Entries: []ir.Entry{{Key: &ir.String{V: "undefined"}, Value: class.Value}}, Span: class.Value.Pos()}
	if options == nil {
		return all
	}
	for _, e := range options.Entries {
		if key, ok := e.Key.(*ir.String); ok && key.V == "undefined" {
			return options
		}
	}
	all.Entries = append(all.Entries, options.Entries...)
	return all
}

// DagMap is an argument of a DAG that is a map, such as user_defined_macros; nil: it has none.
func DagMap(p *ir.Pipeline, name string) *ir.Map {
	if a := ir.Lookup(p.Args, name); a != nil {
		if m, ok := a.Value.(*ir.Map); ok {
			return m
		}
	}
	return nil
}
