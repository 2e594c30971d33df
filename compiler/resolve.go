package compiler

import (
	"sort"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// edge is a dependency with both ends found, as it was written.
type edge struct {
	from, to member // to depends on from
	span     ir.Span
	depth    int // of the innermost group around both ends
}

// resolve looks up the names of dependencies and draws the edges between tasks.
func (c *compilation) resolve(d *dagDecl) {
	var edges []edge
	for _, g := range d.groups {
		if g.given.outputs {
			edges = c.lookUpMapping(d, g, edges)
		}
	}
	for _, t := range d.tasks {
		t.t.Dependencies, edges = c.lookUpAll(d, member{task: t}, t.deps, edges)
		if t.given.outputs || t.given.params {
			edges = c.lookUpOutputs(d, t, edges)
		}
		if len(t.setups) > 0 {
			edges = c.lookUpSetups(d, t, edges)
		}
	}
	for _, g := range d.groups {
		g.g.Dependencies, edges = c.lookUpAll(d, member{group: g}, g.deps, edges)
	}
	c.draw(d, edges)
}

// lookUpAll finds what each name means; a name twice counts once.
func (c *compilation) lookUpAll(d *dagDecl, of member, deps []dep, edges []edge) ([]ir.Ref, []edge) {
	if len(deps) == 0 {
		return nil, edges
	}
	refs := make([]ir.Ref, 0, len(deps))
	var seen map[string]bool
	if len(deps) > 12 {
		seen = make(map[string]bool, len(deps))
	}
	for _, dep := range deps {
		to, ok := c.lookUp(d, of, dep)
		if !ok {
			d.failed = true
			continue
		}
		ref := ir.Ref{Span: dep.span, Label: dep.label}
		if to.group != nil {
			ref.ID, ref.Group = to.group.g.ID, true
		} else {
			ref.ID = to.task.t.ID
		}
		if repeated(refs, seen, ref.ID) {
			continue
		}
		if c.insideItself(d, of, to, dep) {
			continue
		}
		refs = append(refs, ref)
		edges = append(edges, edge{from: to, to: of, span: dep.span, depth: commonDepth(to, of)})
	}
	return refs, edges
}

func repeated(refs []ir.Ref, seen map[string]bool, id string) bool {
	if seen != nil {
		was := seen[id]
		seen[id] = true
		return was
	}
	for i := range refs {
		if refs[i].ID == id {
			return true
		}
	}
	return false
}

// lookUp finds what a name means: a member of the same group, then of the groups around it, then a full id, last the bare id of a
// task anywhere.
func (c *compilation) lookUp(d *dagDecl, of member, dep dep) (member, bool) {
	for g := outerGroup(of); g != nil; g = g.parent {
		if m := g.inside.names[dep.name]; m.found() {
			return m, true
		}
	}
	if m := d.byID[dep.name]; m.found() {
		return m, true
	}
	switch found := d.anywhere(dep.name); {
	case found.first.found() && !found.second.found():
		return found.first, true
	case found.first.found():
		c.diags.Errorf(dep.span, diag.AmbiguousName, "several tasks are named %s", quoted(dep.name)).
			WithPlace(found.first.task.t.IDSpan, "%s", found.first.task.t.ID).
			WithPlace(found.second.task.t.IDSpan, "%s", found.second.task.t.ID).
			WithHelp("write the full id, such as %s", quoted(found.first.task.t.ID))
	case d.unknown || d.broken:
		// It may be the name of something that was reported already.
	default:
		dg := c.diags.Errorf(dep.span, diag.UnknownDependency, "there is no task or task group %s", quoted(dep.name))
		if d.mayGuess() {
			suggest(dg, dep.span, dep.name, d.names(), "there are")
		}
	}
	return member{}, false
}

func outerGroup(m member) *groupDecl {
	if m.task != nil {
		return m.task.group
	}
	return m.group.parent
}

// anywhere finds tasks, and where there is none a group, by their local ids.
func (d *dagDecl) anywhere(name string) namesakes {
	if d.local == nil {
		d.local = make(map[string]namesakes, len(d.tasks)+len(d.groups))
		for _, t := range d.tasks {
			same := d.local[t.t.LocalID]
			switch {
			case !same.first.found():
				same.first = member{task: t}
			case !same.second.found():
				same.second = member{task: t}
			}
			d.local[t.t.LocalID] = same
		}
		for _, g := range d.groups {
			if _, taken := d.local[g.g.LocalID]; !taken && len(d.groupsNamed(g.g.LocalID)) == 1 {
				d.local[g.g.LocalID] = namesakes{first: member{group: g}}
			}
		}
	}
	return d.local[name]
}

// groupsNamed finds groups by their local id.
func (d *dagDecl) groupsNamed(name string) []*groupDecl {
	if d.groupNames == nil {
		d.groupNames = make(map[string][]*groupDecl, len(d.groups))
		for _, g := range d.groups {
			d.groupNames[g.g.LocalID] = append(d.groupNames[g.g.LocalID], g)
		}
	}
	return d.groupNames[name]
}

// names lists the ids that a dependency can name, for suggestions.
func (d *dagDecl) names() []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] && name != "" {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, t := range d.tasks {
		add(t.t.LocalID)
	}
	for _, g := range d.groups {
		add(g.g.LocalID)
	}
	return names
}

// insideItself reports a task that depends on itself or on a group around it, and a group that depends on what is in it.
func (c *compilation) insideItself(d *dagDecl, of, to member, dep dep) bool {
	switch {
	case of == to:
		c.diags.Errorf(dep.span, diag.Cycle, "%s depends on itself", quoted(dep.name)).WithHelp("remove it from dependencies")
	case to.group != nil && isInside(of, to.group):
		c.diags.Errorf(dep.span, diag.Cycle, "%s is a group around this one", quoted(dep.name)).
			WithHelp("what is in a group cannot wait for the group: name the tasks of it that come before")
	case of.group != nil && isInside(to, of.group):
		c.diags.Errorf(dep.span, diag.Cycle, "%s is inside the group that waits for it", quoted(dep.name)).
			WithHelp("a group waits for what is outside of it")
	default:
		return false
	}
	d.failed = true
	return true
}

func isInside(m member, g *groupDecl) bool {
	for outer := outerGroup(m); outer != nil; outer = outer.parent {
		if outer == g {
			return true
		}
	}
	return false
}

// commonDepth is the depth of the innermost group around both.
func commonDepth(a, b member) int {
	x, y := outerGroup(a), outerGroup(b)
	for x != y {
		switch {
		case x == nil || y == nil:
			return 0
		case x.depth >= y.depth:
			x = x.parent
		default:
			y = y.parent
		}
	}
	if x == nil {
		return 0
	}
	return x.depth
}

// draw turns edges between tasks and groups into edges between tasks. Airflow reads the roots and leaves of a group at the moment
// of `>>`, so that edges inside a group are drawn before those around it.
func (c *compilation) draw(d *dagDecl, edges []edge) {
	if len(d.groups) == 0 {
		for _, e := range edges {
			d.connect(e.from.task, e.to.task, e.span)
		}
		return
	}
	for _, t := range d.tasks {
		for g := t.group; g != nil; g = g.parent {
			g.tasks = append(g.tasks, t)
		}
	}
	inner := append([]edge(nil), edges...)
	sort.SliceStable(inner, func(i, j int) bool { return inner[i].depth > inner[j].depth })
	heads := map[*groupDecl][]*taskDecl{}
	tails := map[*groupDecl][]*taskDecl{}
	for _, e := range inner {
		c.checkNotEmpty(d, e)
		from, to := []*taskDecl{e.from.task}, []*taskDecl{e.to.task}
		if e.from.group != nil {
			from = d.tailsOf(e.from.group, tails)
		}
		if e.to.group != nil {
			to = d.headsOf(e.to.group, heads)
		}
		for _, t := range to {
			for _, f := range from {
				d.connect(f, t, e.span)
			}
		}
	}
}

// checkNotEmpty names a dependency of or on a group without tasks: Airflow draws no edge for it.
func (c *compilation) checkNotEmpty(d *dagDecl, e edge) {
	for _, m := range []member{e.from, e.to} {
		if m.group != nil && len(m.group.tasks) == 0 && !d.unknown {
			c.diags.Warnf(e.span, diag.Dropped, "the task group %s has no tasks, so that this dependency has no effect", quoted(m.group.g.ID)).
				WithPlace(m.group.g.IDSpan, "the group").WithHelp("Airflow drops it in silence")
			return
		}
	}
}

// connect draws one edge, once.
func (d *dagDecl) connect(from, to *taskDecl, span ir.Span) {
	const few = 12
	if to.needs != nil {
		if to.needs[from] {
			return
		}
		to.needs[from] = true
	} else {
		for _, up := range to.ups {
			if up == from {
				return
			}
		}
		if len(to.ups) > few {
			to.needs = make(map[*taskDecl]bool, 2*few)
			for _, up := range to.ups {
				to.needs[up] = true
			}
			to.needs[from] = true
		}
	}
	to.ups = append(to.ups, from)
	to.t.Needs = append(to.t.Needs, ir.Ref{ID: from.t.ID, Span: span})
	from.downs = append(from.downs, to)
}

// headsOf are the tasks of a group without upstream tasks in it; tailsOf those without downstream tasks in it.
func (d *dagDecl) headsOf(g *groupDecl, known map[*groupDecl][]*taskDecl) []*taskDecl {
	if found, ok := known[g]; ok {
		return found
	}
	var heads []*taskDecl
	for _, t := range g.tasks {
		if !anyInside(t.ups, g) {
			heads = append(heads, t)
		}
	}
	known[g] = heads
	return heads
}

func (d *dagDecl) tailsOf(g *groupDecl, known map[*groupDecl][]*taskDecl) []*taskDecl {
	if found, ok := known[g]; ok {
		return found
	}
	var tails []*taskDecl
	seen := map[*taskDecl]bool{}
	for _, t := range g.tasks {
		switch {
		case anyInside(t.downs, g):
		case t.t.Teardown != nil:
			tails = beforeTeardown(t, g, tails, seen)
		case !seen[t]:
			seen[t] = true
			tails = append(tails, t)
		}
	}
	known[g] = tails
	return tails
}

func anyInside(tasks []*taskDecl, g *groupDecl) bool {
	for _, t := range tasks {
		if isInside(member{task: t}, g) {
			return true
		}
	}
	return false
}
