package airflow

import (
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// block is the DAG itself or one of its groups, with what stands in it.
type block struct {
	group    *ir.Group // nil: the DAG
	children []child
	edges    []edge // those that are drawn at this block's end
}

// child is a task or, where task is nil, a group.
type child struct {
	task  *ir.Task
	inner *block
}

// edge is what one task or group waits for.
type edge struct {
	down string
	ups  []string
}

// layout sorts the tasks of a pipeline into the blocks of their groups. A group stands where its first task was declared;
// groups without tasks follow at the end.
func layout(p *ir.Pipeline) (*block, map[*ir.Group]*block) {
	root := &block{}
	blocks := make(map[*ir.Group]*block, len(p.Groups)+1)
	blocks[nil] = root
	var open func(g *ir.Group) *block
	open = func(g *ir.Group) *block {
		if b := blocks[g]; b != nil {
			return b
		}
		outer := open(g.Parent)
		b := &block{group: g}
		blocks[g] = b
		outer.children = append(outer.children, child{inner: b})
		return b
	}
	for _, t := range p.Tasks {
		b := open(t.Group)
		b.children = append(b.children, child{task: t})
	}
	for _, g := range p.Groups {
		open(g)
	}
	return root, blocks
}

// placeEdges puts each edge into the innermost block that holds both its ends: so a group's own edges are drawn before
// another task or group is connected with the group, whose first and last tasks Airflow looks up at that moment.
func placeEdges(p *ir.Pipeline, root *block, blocks map[*ir.Group]*block, vars variables) {
	home := make(map[string]*ir.Group, len(p.Tasks)+len(p.Groups)) // full id -> the group around
	for _, t := range p.Tasks {
		home[t.ID] = t.Group
	}
	for _, g := range p.Groups {
		home[g.ID] = g.Parent
	}
	add := func(name string, around *ir.Group, needs []ir.Ref) {
		for _, need := range needs {
			up := vars.tasks[need.ID]
			if need.Group {
				up = vars.groups[need.ID]
			}
			b := blocks[commonGroup(around, home[need.ID])]
			if last := len(b.edges) - 1; last >= 0 && b.edges[last].down == name {
				b.edges[last].ups = append(b.edges[last].ups, up)
			} else {
				b.edges = append(b.edges, edge{down: name, ups: []string{up}})
			}
		}
	}
	var walk func(b *block)
	walk = func(b *block) {
		if b.group != nil {
			add(vars.groups[b.group.ID], b.group.Parent, b.group.Dependencies)
		}
		for _, c := range b.children {
			if c.task != nil {
				add(vars.tasks[c.task.ID], c.task.Group, c.task.Dependencies)
			} else {
				walk(c.inner)
			}
		}
	}
	walk(root)
}

// commonGroup is the innermost group around both.
func commonGroup(a, b *ir.Group) *ir.Group {
	for ; a != nil; a = a.Parent {
		for g := b; g != nil; g = g.Parent {
			if g == a {
				return a
			}
		}
	}
	return nil
}

func (r *renderer) dag(p *ir.Pipeline, vars variables) dagView {
	r.buf, r.indent = r.buf[:0], 0
	r.raw("with ")
	r.tail = len(":")
	mark := len(r.buf)
	r.call(r.dagClass(), r.dagArguments(p))
	view := dagView{Call: pyExpr(r.buf[mark:])}

	zone := p.Timezone
	if zone == "" {
		zone = "UTC"
	}
	root, blocks := layout(p)
	placeEdges(p, root, blocks, vars)
	view.Body = make([]statement, 0, 2*len(p.Tasks)+len(p.Groups))
	r.block(root, vars, zone, &view.Body)
	return view
}

// block appends the statements of a block: tasks and groups, an empty line between them, then the edges.
func (r *renderer) block(b *block, vars variables, zone string, out *[]statement) {
	r.indent += indentStep
	indent := pyExpr(strings.Repeat(" ", r.indent))
	afterGap, lead := "\n"+indent, indent
	for _, c := range b.children {
		if c.task != nil {
			*out = append(*out, r.task(c.task, vars, zone, lead))
		} else {
			*out = append(*out, r.group(c.inner.group, vars, zone, lead))
			r.block(c.inner, vars, zone, out)
		}
		lead = afterGap
	}
	if len(b.children) == 0 {
		*out = append(*out, statement{Lead: indent, Call: "pass"})
	}
	for i := 0; i < len(b.edges); {
		// Neighbours that wait for the same single thing share a statement.
		next := i + 1
		for len(b.edges[i].ups) == 1 && next < len(b.edges) && len(b.edges[next].ups) == 1 && b.edges[next].ups[0] == b.edges[i].ups[0] {
			next++
		}
		downs := make([]string, 0, next-i)
		for _, e := range b.edges[i:next] {
			downs = append(downs, e.down)
		}
		*out = append(*out, statement{Lead: lead, Call: r.edge(b.edges[i].ups, downs)})
		lead = indent
		i = next
	}
	r.indent -= indentStep
}

func (r *renderer) task(t *ir.Task, vars variables, zone string, lead pyExpr) statement {
	name := vars.tasks[t.ID]
	r.buf = r.buf[:0]
	r.tail = 0
	r.pad()
	r.raw(name)
	r.raw(" = ")
	mark := len(r.buf)
	r.call(r.operatorClass(t.Class), r.taskArguments(t, zone))
	return statement{Lead: lead, Name: pyExpr(name), Call: pyExpr(r.buf[mark:])}
}

func (r *renderer) group(g *ir.Group, vars variables, zone string, lead pyExpr) statement {
	name := vars.groups[g.ID]
	r.buf = r.buf[:0]
	r.tail = widthAtMost(" as " + name + ":")
	r.pad()
	r.raw("with ")
	mark := len(r.buf)
	r.call(r.groupClass(), r.groupArguments(g, zone))
	return statement{Lead: lead, Name: pyExpr(name), Call: pyExpr(r.buf[mark:]), Block: true}
}

// edge writes `a >> b`, `[a, b] >> c` or `a >> [b, c]`; a list that does not fit stands one element a line, and names too
// long for an operator on one line become a call, which every line length leaves as it is.
func (r *renderer) edge(ups, downs []string) pyExpr {
	up, down := bracketed(ups), bracketed(downs)
	if line := up + " >> " + down; r.fits(line) {
		return pyExpr(line)
	}
	switch {
	case len(ups) > 1 && r.fits("] >> "+down):
		return pyExpr(r.column("[", ups, "]") + " >> " + down)
	case len(downs) > 1 && r.fits(up+" >> ["):
		return pyExpr(up + " >> " + r.column("[", downs, "]"))
	case len(downs) > 1:
		return pyExpr(up + r.column(".set_downstream(", []string{r.nested(downs)}, ")"))
	case len(ups) > 1:
		return pyExpr(down + r.column(".set_upstream(", []string{r.nested(ups)}, ")"))
	}
	return pyExpr(down + r.column(".set_upstream(", ups, ")"))
}

func (r *renderer) fits(line string) bool { return r.indent+widthAtMost(line) <= lineWidth }

func bracketed(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// column writes names one a line.
func (r *renderer) column(open string, names []string, closing string) string {
	inner := "\n" + strings.Repeat(" ", r.indent+indentStep)
	var b strings.Builder
	b.WriteString(open)
	for _, name := range names {
		b.WriteString(inner + name + ",")
	}
	b.WriteString(inner[:len(inner)-indentStep] + closing)
	return b.String()
}

func (r *renderer) nested(names []string) string {
	r.indent += indentStep
	defer func() { r.indent -= indentStep }()
	return r.column("[", names, "]")
}
