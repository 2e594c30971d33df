package airflow

import (
	"bytes"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// chain writes a task that is more than the call of a class: decorated, mapped, a setup or a teardown. Where the calls do not
// fit behind each other, the first one is broken: that holds at every line length, since its trailing comma keeps it so.
func (r *renderer) chain(t *ir.Task, decorated *ir.Decorated, zone string) {
	mark := len(r.buf)
	broken := decorated != nil && t.Expand != nil && len(decorated.Args)+len(decorated.Kwargs) > 0
	fits := r.links(t, decorated, zone, broken)
	if !broken && (!fits || !r.linesFit(r.lineBefore(mark))) {
		r.buf = r.buf[:mark]
		r.links(t, decorated, zone, true)
	}
}

// lineBefore is the offset at which the line around an offset begins.
func (r *renderer) lineBefore(offset int) int { return bytes.LastIndexByte(r.buf[:offset], '\n') + 1 }

// linesFit tells whether the line that begins at an offset fits; later ones begin inside brackets that are broken already.
func (r *renderer) linesFit(start int) bool {
	line, _, _ := bytes.Cut(r.buf[start:], []byte("\n"))
	return widthAtMost(line) <= lineWidth
}

// links writes the calls; false where even the function that is decorated had no room on its line.
func (r *renderer) links(t *ir.Task, decorated *ir.Decorated, zone string, broken bool) bool {
	if decorated == nil {
		class := r.operatorClass(t.Class)
		if t.Expand != nil {
			class += ".partial"
		}
		r.callBroken(class, r.taskArguments(t, zone), broken)
		r.expand(t.Expand)
		if t.Expand == nil {
			r.marks(t)
		}
		return true
	}
	call := make([]argument, 0, len(decorated.Args)+len(decorated.Kwargs))
	for _, v := range decorated.Args {
		call = append(call, argument{value: v})
	}
	for _, a := range decorated.Kwargs {
		call = append(call, argument{name: a.Name, value: a.Value})
	}
	partial := t.Expand != nil && len(call) > 0
	if partial { // a chain of three: ruff gives each link a line
		r.raw("(\n")
		r.indent += indentStep
		r.pad()
	}
	r.callBroken(r.decorator(decorated.Decorator), r.taskArguments(t, zone), broken)
	mark := len(r.buf)
	r.tail = len("(")
	r.sequence("(", ")", 1, false, func(int) { r.value(decorated.Callable) })
	r.tail = 0
	fits := bytes.IndexByte(r.buf[mark:], '\n') < 0
	switch {
	case partial:
		r.raw("\n")
		r.pad()
		r.call(".partial", call)
		r.raw("\n")
		r.pad()
		r.expand(t.Expand)
		r.indent -= indentStep
		r.raw("\n")
		r.pad()
		r.raw(")")
	case t.Expand != nil:
		r.expand(t.Expand)
	default:
		r.call("", call)
		r.marks(t)
	}
	return fits
}

// callBroken writes a call, if broken is set with each argument on a line of its own.
func (r *renderer) callBroken(callee string, args []argument, broken bool) {
	odd := false
	for _, a := range args {
		odd = odd || a.name != "" && !isIdentifier(a.name)
	}
	if !broken || odd || len(args) == 0 {
		r.call(callee, args)
		return
	}
	r.column(callee+"(", ")", len(args), func(i int) { r.argument(args[i]) })
}

func (r *renderer) expand(e *ir.Expand) {
	switch {
	case e == nil:
	case e.Kwargs != nil:
		r.call(".expand_kwargs", []argument{{value: e.Kwargs}})
	default:
		args := make([]argument, len(e.Args))
		for i, a := range e.Args {
			args[i] = argument{name: a.Name, value: a.Value}
		}
		r.call(".expand", args)
	}
}

// marksSetup tells whether a task must be marked as a setup: not if a teardown that names it does so.
func (r *renderer) marksSetup(t *ir.Task) bool { return t.Setup && !r.scope.marked[t.ID] }

// marks writes what makes a task a setup or teardown.
func (r *renderer) marks(t *ir.Task) {
	if r.marksSetup(t) {
		r.raw(".as_setup()")
	}
	if t.Teardown == nil {
		return
	}
	var args []argument
	if r.scope.inline[t.ID] {
		names := make([]string, len(t.Teardown.Setups))
		for i, ref := range t.Teardown.Setups {
			names[i] = r.scope.name(ref.ID, false)
		}
		args = append(args, argument{name: "setups", write: func() {
			if len(names) == 1 {
				r.raw(names[0])
				return
			}
			r.sequence("[", "]", len(names), false, func(i int) { r.raw(names[i]) })
		}})
	}
	if t.Teardown.FailsDagrun {
		args = append(args, argument{name: "on_failure_fail_dagrun", value: &ir.Bool{V: true}})
	}
	r.call(".as_teardown", args)
}

func (r *renderer) decorator(d ir.Decorator) string {
	if d.Module != "" {
		r.imports.check(d.Name)
		return r.imports.class(d.Module, d.Name, d.User)
	}
	r.imports.check(d.Name)
	outer, inner, nested := strings.Cut(d.Name, ".")
	name := r.sdkName(outer)
	if nested {
		name += "." + inner
	}
	return name
}

// mappedGroup writes a mapped group: a function that makes its tasks, and the call that expands it.
func (r *renderer) mappedGroup(b *block, zone, gap string, out *[]pyExpr) {
	g := b.group
	function := r.scope.vars.functions[g.ID]

	r.begin(gap)
	r.raw("@")
	r.call(r.sdkName("task_group"), r.groupArguments(g, zone))
	r.raw("\n")
	r.pad()
	r.tail = len(":")
	r.sequence("def "+function+"(", ")", len(g.MappedNames), true, func(i int) {
		r.imports.check(g.MappedNames[i])
		r.raw(g.MappedNames[i])
	})
	r.raw(":")
	*out = append(*out, pyExpr(r.buf))

	r.scope.mapped = g
	r.block(b, zone, out)
	r.scope.mapped = mappedAround(g.Parent)

	r.begin("\n")
	r.raw(r.scope.vars.groups[g.ID] + " = ")
	r.raw(function)
	r.expand(g.Expand)
	*out = append(*out, pyExpr(r.buf))
}

// labelled writes an edge with a label.
func (r *renderer) labelled(e edge, downs []string) pyExpr {
	label := r.sdkName("Label")
	if line := e.ups[0] + " >> " + label + "(" + string(appendString(nil, e.label)) + ") >> " + bracketed(downs); r.fits(line) {
		return pyExpr(line)
	}
	r.buf, r.tail = r.buf[:0], 0
	r.pad()
	mark := len(r.buf)
	r.column(e.ups[0]+".set_downstream(", ")", 2, func(i int) {
		switch {
		case i == 1:
			r.raw("edge_modifier=")
			r.sequence(label+"(", ")", 1, false, func(int) { r.text(e.label) })
		case len(downs) == 1:
			r.raw(downs[0])
		default:
			r.sequence("[", "]", len(downs), false, func(i int) { r.raw(downs[i]) })
		}
	})
	return pyExpr(r.buf[mark:])
}
