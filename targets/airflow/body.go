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
	down  string
	ups   []string
	label string // only where ups is one
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
func (r *renderer) placeEdges(root *block, blocks map[*ir.Group]*block) {
	add := func(id string, group bool, needs []ir.Ref) {
		around := r.scope.home[id]
		for _, need := range needs {
			b := blocks[commonGroup(around, r.scope.home[need.ID])]
			r.scope.mapped = mappedAround(b.group)
			name, up := r.scope.name(id, group), r.scope.name(need.ID, need.Group)
			last := len(b.edges) - 1
			if last >= 0 && b.edges[last].down == name && need.Label == "" && b.edges[last].label == "" {
				b.edges[last].ups = append(b.edges[last].ups, up)
			} else {
				b.edges = append(b.edges, edge{down: name, ups: []string{up}, label: need.Label})
			}
		}
		r.scope.mapped = nil
	}
	var walk func(b *block)
	walk = func(b *block) {
		if b.group != nil {
			add(b.group.ID, true, b.group.Dependencies)
		}
		for _, c := range b.children {
			if c.task != nil {
				add(c.task.ID, false, r.drawnByHand(c.task))
			} else {
				walk(c.inner)
			}
		}
	}
	walk(root)
}

// drawnByHand are the dependencies that need a statement: Airflow draws an edge itself where it sees that an output is used,
// and as_teardown does.
func (r *renderer) drawnByHand(t *ir.Task) []ir.Ref {
	if r.scope.tasks == nil {
		return t.Dependencies
	}
	outputs, drawn := outputsOf(t)
	var setups []ir.Ref
	if t.Teardown != nil {
		setups = t.Teardown.Setups
	}
	if len(outputs) == 0 && len(setups) == 0 {
		return t.Dependencies
	}
	var out []ir.Ref
	done := map[string]bool{}
	add := func(ref ir.Ref) {
		if !done[ref.ID] {
			done[ref.ID] = true
			out = append(out, ref)
		}
	}
	for _, id := range drawn {
		done[id] = true
	}
	if r.scope.inline[t.ID] {
		for _, ref := range setups {
			done[ref.ID] = true
		}
	}
	for _, ref := range t.Dependencies {
		if ref.Label != "" {
			done[ref.ID] = false
		}
		add(ref)
	}
	for _, o := range outputs {
		add(ir.Ref{ID: o.TaskID})
	}
	for _, ref := range setups {
		add(ref)
	}
	return out
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

func (r *renderer) dag(p *ir.Pipeline, vars variables, f features) dagView {
	r.scope = scope{vars: vars, home: homes(p)}
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
	if f.outputs || f.mapped || f.teardowns {
		r.scope.note(p, f)
		orderBlocks(p, root, blocks, r.scope.home)
		r.scope.inline, r.scope.marked = attachSetups(root)
	}
	r.placeEdges(root, blocks)
	view.Body = make([]pyExpr, 0, 2*len(p.Tasks)+len(p.Groups))
	r.block(root, zone, &view.Body)
	return view
}

// block appends the statements of a block: tasks and groups, an empty line between them, then the edges.
func (r *renderer) block(b *block, zone string, out *[]pyExpr) {
	r.indent += indentStep
	indent := pyExpr(strings.Repeat(" ", r.indent))
	gap := ""
	for _, c := range b.children {
		switch {
		case c.task != nil:
			*out = append(*out, r.task(c.task, zone, gap))
			if c.task.Expand != nil && (r.marksSetup(c.task) || c.task.Teardown != nil) {
				r.begin("")
				r.raw(r.scope.vars.tasks[c.task.ID])
				r.marks(c.task)
				*out = append(*out, pyExpr(r.buf))
			}
		case c.inner.group.Expand != nil:
			if gap == "" && (b.group == nil || b.group.Expand == nil) {
				gap = "\n" // ruff puts a line before a function that begins a with, and none before one that begins another
			}
			r.mappedGroup(c.inner, zone, gap, out)
		default:
			*out = append(*out, r.group(c.inner.group, zone, gap))
			r.block(c.inner, zone, out)
		}
		gap = "\n"
	}
	if len(b.children) == 0 {
		*out = append(*out, indent+"pass")
	}
	for i := 0; i < len(b.edges); {
		first := b.edges[i]
		// Neighbours that wait for the same single thing share a statement.
		next := i + 1
		for len(first.ups) == 1 && next < len(b.edges) && len(b.edges[next].ups) == 1 && b.edges[next].ups[0] == first.ups[0] && b.edges[next].label == first.label {
			next++
		}
		downs := make([]string, 0, next-i)
		for _, e := range b.edges[i:next] {
			downs = append(downs, e.down)
		}
		var drawn pyExpr
		if first.label != "" {
			drawn = r.labelled(first, downs)
		} else {
			drawn = r.edge(first.ups, downs)
		}
		*out = append(*out, pyExpr(gap)+indent+drawn)
		gap = ""
		i = next
	}
	r.indent -= indentStep
}

// begin begins a statement after the gap to the one before: "" or a line end.
func (r *renderer) begin(gap string) {
	r.buf, r.tail = append(r.buf[:0], gap...), 0
	r.pad()
}

func (r *renderer) task(t *ir.Task, zone, gap string) pyExpr {
	name := r.scope.vars.tasks[t.ID]
	if r.scope.mapped != nil {
		name = r.scope.assigned(t.ID, name)
	}
	r.begin(gap)
	if name != "" {
		r.raw(name)
		r.raw(" = ")
	}
	decorated, _ := t.Op.(*ir.Decorated)
	if decorated == nil && t.Expand == nil && !t.Setup && t.Teardown == nil {
		r.call(r.operatorClass(t.Class), r.taskArguments(t, zone))
	} else {
		r.chain(t, decorated, zone)
	}
	return pyExpr(r.buf)
}

func (r *renderer) group(g *ir.Group, zone, gap string) pyExpr {
	name := r.scope.vars.groups[g.ID]
	if r.scope.mapped != nil {
		name = r.scope.assigned(g.ID, name)
	}
	end := ":"
	if name != "" {
		end = " as " + name + ":"
	}
	r.begin(gap)
	r.raw("with ")
	r.tail = widthAtMost(end)
	r.call(r.groupClass(), r.groupArguments(g, zone))
	r.raw(end)
	return pyExpr(r.buf)
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
		return pyExpr(r.names("[", ups, "]") + " >> " + down)
	case len(downs) > 1 && r.fits(up+" >> ["):
		return pyExpr(up + " >> " + r.names("[", downs, "]"))
	case len(downs) > 1:
		return pyExpr(up + r.names(".set_downstream(", []string{r.nested(downs)}, ")"))
	case len(ups) > 1:
		return pyExpr(down + r.names(".set_upstream(", []string{r.nested(ups)}, ")"))
	}
	return pyExpr(down + r.names(".set_upstream(", ups, ")"))
}

func (r *renderer) fits(line string) bool { return r.indent+widthAtMost(line) <= lineWidth }

func bracketed(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// names writes names one a line.
func (r *renderer) names(open string, names []string, closing string) string {
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
	return r.names("[", names, "]")
}
