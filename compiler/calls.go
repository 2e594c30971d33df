package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// call is a call that Airflow will make of a function of the user's own.
type call struct {
	callable ir.Value
	f        *pysource.Function
	name     string
	module   string // that it is in; "" for the pipeline file
	args     []ir.Value
	kwargs   []ir.Arg
	mapped   bool // more arguments come from expand
	bound    bool // Airflow binds the arguments when it reads the DAG file, and stops there
	argsAt   ir.Span
}

// checkCall holds the arguments of a task's callable against its signature.
func (c *compilation) checkCall(t *taskDecl) {
	if t.bad {
		return
	}
	if t.decorator != nil {
		if f, name, module := c.signature(t.callable); f != nil && t.decorator.Module == "" {
			call := call{f: f, name: name, module: module, callable: t.callable, args: t.callArgs, kwargs: t.callNamed, bound: true}
			call.kwargs = append(call.kwargs[:len(call.kwargs):len(call.kwargs)], t.byDefault(f)...)
			if e := t.t.Expand; e != nil {
				if e.Kwargs != nil {
					return
				}
				call.mapped, call.kwargs = true, append(call.kwargs[:len(call.kwargs):len(call.kwargs)], e.Args...)
			}
			if len(call.args) > 0 {
				call.argsAt = call.args[0].Pos()
			}
			c.checkArguments(&call)
		}
		return
	}
	if t.t.Expand != nil || !takesContext(t.class) {
		return
	}
	one := call{}
	var args, kwargs ir.Value
	if op, ok := t.t.Op.(*ir.Python); ok {
		if op.Function != nil {
			one.callable = op.Function
		} else if op.Callable != nil {
			one.callable = op.Callable
		}
		args, kwargs = op.OpArgs, op.OpKwargs
	} else {
		for i := range t.t.Args {
			switch a := &t.t.Args[i]; a.Name {
			case "python_callable":
				one.callable = a.Value
			case "op_args":
				args = a.Value
			case "op_kwargs":
				kwargs = a.Value
			}
		}
	}
	if one.f, one.name, one.module = c.signature(one.callable); one.f == nil {
		return
	}
	switch v := args.(type) {
	case nil, *ir.Null:
	case *ir.List:
		one.args, one.argsAt = v.Items, v.Span
	default:
		return
	}
	switch v := kwargs.(type) {
	case nil, *ir.Null:
	case *ir.Map:
		for _, e := range v.Entries {
			key, ok := e.Key.(*ir.String)
			if !ok {
				return
			}
			one.kwargs = append(one.kwargs, ir.Arg{Name: key.V, NameSpan: key.Span, Value: e.Value})
		}
	default:
		return
	}
	c.checkArguments(&one)
}

// takesContext tells whether an operator calls its callable with what the signature asks for of the context.
func takesContext(class *catalog.Class) bool {
	if class == nil {
		return false
	}
	switch class.Name {
	case "PythonOperator", "BranchPythonOperator", "ShortCircuitOperator", "PythonSensor":
		return true
	}
	return false
}

// isGiven tells whether Airflow gives a callable an argument of that name in some version or event.
func isGiven(name string) bool {
	switch name {
	case "templates_dict", "exception", "reason", "try_number", "start_date":
		return true
	}
	return catalog.FindContextName(name) != nil
}

// checkArguments reports arguments that the function does not take, and those that it needs and does not get.
func (c *compilation) checkArguments(call *call) {
	f, name := call.f, call.name
	report := func(span ir.Span, format string, args ...any) *diag.Diagnostic {
		d := c.diags.Warnf(span, diag.BadArguments, format, args...)
		if call.bound {
			d.Severity = diag.Error
		}
		if call.module != "" {
			return d.WithHelp("%s is in %s", written(f, name), c.moduleFile(call.module))
		}
		return d.WithHelp("the function is %s", written(f, name))
	}
	if call.bound && !call.mapped {
		for _, p := range f.Params {
			if n := catalog.FindContextName(p.Name); p.Valued && n != nil && n.In(c.version) {
				report(call.callable.Pos(), "%s is a name of Airflow's context, and a parameter of that name may have no default but None: Airflow stops there", quoted(p.Name))
			}
		}
	}
	if first, after := c.brokenOrder(f); call.bound && first != "" {
		report(call.callable.Pos(), "Airflow before 3.2 gives the parameter %s, a name of its context, the default None, and stops as %s comes after it without a default",
			quoted(first), quoted(after)).WithHelp("put %s before it, or give it a default", quoted(after))
	}
	var positional, missing []pysource.Param
	anyArgs, anyKwargs := false, false
	takes := map[string]bool{}
	for _, p := range f.Params {
		switch p.Kind {
		case pysource.VarPositional:
			anyArgs = true
			continue
		case pysource.VarKeyword:
			anyKwargs = true
			continue
		case pysource.PositionalOnly, pysource.Ordinary:
			positional = append(positional, p)
		}
		if p.Kind != pysource.PositionalOnly {
			takes[p.Name] = true
		}
	}
	if len(call.args) > len(positional) && !anyArgs {
		report(call.args[len(positional)].Pos(), "%s takes %d positional arguments, not %d", name, len(positional), len(call.args))
		return
	}
	given := map[string]bool{}
	for _, a := range call.kwargs {
		given[a.Name] = true
	}
	for i, p := range positional {
		if i >= len(call.args) {
			break
		}
		switch {
		case given[p.Name]:
			report(call.args[i].Pos(), "%s gets %s twice: by its place and by its name", name, p.Name)
			return
		case !call.bound && c.inContext(p.Name):
			report(call.args[i].Pos(), "%s gets %s from Airflow, so that it cannot be given by its place", name, p.Name)
			return
		}
		given[p.Name] = true
	}
	for i, p := range f.Params {
		if p.Default || p.Kind == pysource.VarPositional || p.Kind == pysource.VarKeyword || i < len(call.args) && i < len(positional) {
			continue
		}
		switch {
		case p.Kind == pysource.PositionalOnly && !(call.bound && isGiven(p.Name)), !given[p.Name] && !isGiven(p.Name):
			missing = append(missing, p)
		}
	}
	misspelt := false
	var names []string
	for _, p := range missing {
		names = append(names, p.Name)
		takes[p.Name] = true // one that only its place can give is told below
	}
	for _, a := range call.kwargs {
		if takes[a.Name] || anyKwargs || isGiven(a.Name) && !call.bound {
			continue
		}
		d := report(a.NameSpan, "%s has no parameter %s", name, quoted(a.Name))
		if !call.bound {
			d.Message += ": Airflow drops it in silence"
		}
		if near := diag.Near(a.Name, names); len(near) > 0 {
			misspelt = true
			suggest(d, a.NameSpan, a.Name, near, "")
		}
	}
	if len(missing) == 0 || misspelt || call.mapped {
		return
	}
	span := call.callable.Pos()
	if len(missing) > 1 {
		report(span, "%s needs the arguments %s, which it is not given", name, strings.Join(names, ", "))
		return
	}
	d := report(span, "%s needs the argument %s, which it is not given", name, names[0])
	switch {
	case missing[0].Kind == pysource.PositionalOnly:
		d.WithHelp("%s can only be given by its place, in op_args", names[0])
	case names[0] == "context" || names[0] == "kwargs":
		d.WithHelp("Airflow gives the context to a parameter **%s", names[0])
	}
}

// brokenOrder names a parameter that is a name of the context, and one after it that has no default and needs one; "": there are none.
func (c *compilation) brokenOrder(f *pysource.Function) (first, after string) {
	if c.version.AtLeast(3, 2) {
		return "", ""
	}
	for _, p := range f.Params {
		switch {
		case p.Kind != pysource.PositionalOnly && p.Kind != pysource.Ordinary || p.Default:
		case c.inContext(p.Name):
			first = p.Name
		case first != "":
			return first, p.Name
		}
	}
	return "", ""
}

func (c *compilation) inContext(name string) bool {
	n := catalog.FindContextName(name)
	return n != nil && n.In(c.version)
}
