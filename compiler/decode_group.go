package compiler

import (
	"unicode/utf8"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// groupDecl is a task group on its way.
type groupDecl struct {
	g      *ir.Group
	parent *groupDecl
	outer  *node // parent_group_name, not yet looked up
	inside scope
	nested []*groupDecl // those written inside
	deps   []dep
	body   *node
	depth  int         // 1 for a group of the DAG itself
	merged []ir.Arg    // default_args of the DAG and of all groups around, own ones last
	tasks  []*taskDecl // those of the groups inside too; known once edges are drawn
	placed bool

	given    given
	anyNames bool // what the group is mapped over is known only when it runs: its tasks may name any parameter
}

// laterGroupKeys are the keys of a group that the language will have.
var laterGroupKeys = map[string]string{
	"decorator": "a task group by decorator", "operator": "a task group by decorator",
}

// entries lists the entries of a map or list of tasks or groups; idKeys are the keys that hold the id in a list.
func (c *compilation) entries(d *dagDecl, n *node, what string, idKeys ...string) []pair {
	switch {
	case isNullNode(n, c.mode):
		return nil
	case n.kind == mapNode:
		for _, p := range n.pairs {
			if !c.checkText(p.key) {
				d.unknown = true
			}
		}
		return n.pairs
	case n.kind == scalarNode:
		c.diags.Errorf(n.span, diag.WrongType, "%ss must be a mapping or a list, not %s", what, n.noun(c.mode))
		return nil
	}
	var out []pair
	for _, item := range n.items {
		var id *node
		for _, key := range idKeys {
			if id == nil && item.kind == mapNode {
				id = item.get(key)
			}
		}
		switch {
		case item.kind != mapNode:
			c.diags.Errorf(item.span, diag.WrongType, "each %s in a list must be a mapping, not %s", what, item.noun(c.mode)).
				WithHelp("write `- %s: name` and its other keys below", idKeys[0])
			d.unknown = true
		case id == nil:
			span := item.span
			if len(item.pairs) > 0 {
				span = item.pairs[0].key.span
			}
			c.missingID(item, span, what, idKeys[0])
			d.unknown = true
		case id.kind != scalarNode:
			c.diags.Errorf(id.span, diag.WrongType, "%s must be text, not %s", idKeys[0], id.noun(c.mode))
			d.unknown = true
		default:
			if !c.checkText(id) {
				d.unknown = true
			}
			out = append(out, pair{id, item})
		}
	}
	return out
}

// missingID reports an entry of a list without an id; a key that looks like one is pointed at.
func (c *compilation) missingID(item *node, span ir.Span, what, key string) {
	for _, p := range item.pairs {
		switch p.key.text {
		case "id", "name", "task", "task_name", "group", "taskid", "task-id":
		default:
			if len(diag.Near(p.key.text, []string{key})) == 0 {
				continue
			}
		}
		if p.value.kind == scalarNode {
			c.diags.Errorf(p.key.span, diag.MissingKey, "the %s has no %s", what, key).
				WithHelp("write %s instead of %s", key, p.key.text).WithFix(p.key.span, key)
			return
		}
	}
	c.diags.Errorf(span, diag.MissingKey, "the %s has no %s", what, key).WithHelp("in a list, each %s needs `%s:`", what, key)
}

// declareGroups declares the groups of task_groups and those nested in them; the result are the outer ones.
func (c *compilation) declareGroups(d *dagDecl, n *node, parent *groupDecl) (declared []*groupDecl) {
	if n == nil {
		return nil
	}
	for _, p := range c.entries(d, n, "task group", "group_name", "group_id") {
		body := p.value
		g := &groupDecl{parent: parent, body: body}
		g.inside.inner = true
		g.g = &ir.Group{LocalID: p.key.text, Prefix: true, IDSpan: p.key.span, Span: c.whole(p)}
		d.groups = append(d.groups, g)
		declared = append(declared, g)
		if body.kind != mapNode {
			if !isNullNode(body, c.mode) {
				c.diags.Errorf(body.span, diag.WrongType, "a task group is a mapping, not %s", body.noun(c.mode))
			}
			continue
		}
		for _, q := range body.pairs {
			c.decodeGroupKey(g, p.key, q)
		}
		g.nested = c.declareGroups(d, body.get("task_groups"), g)
	}
	return declared
}

// whole is the span of a key and its value.
func (c *compilation) whole(p pair) ir.Span {
	span := p.key.span
	if p.value.kind != scalarNode && p.value.span.Start.Offset < span.Start.Offset {
		span.Start = p.value.span.Start
	}
	if p.value.span.End.Offset > span.End.Offset {
		span.End = p.value.span.End
	}
	return span
}

func (c *compilation) decodeGroupKey(g *groupDecl, id *node, p pair) {
	key := p.key.text
	switch key {
	case "tasks", "task_groups":
		return
	case "group_name", "group_id":
		if p.value != id && p.value.text != id.text {
			c.diags.Errorf(p.value.span, diag.Conflict, "%s differs from the group's key, %s", key, quoted(id.text)).
				WithHelp("remove %s", key)
		}
		return
	case "dependencies":
		g.deps = c.dependencies(p.value)
		return
	case "expand", "expand_kwargs":
		c.expandGroup(g, p)
		return
	case "partial":
		c.diags.Errorf(p.key.span, diag.UnknownKey, "a mapped group has no partial").
			WithHelp("write what is the same in every instance at the tasks that use it")
		return
	case "parent_group_name":
		if !isNullNode(p.value, c.mode) {
			g.outer = p.value
		}
		return
	case "default_args":
		g.g.DefaultArgs = c.defaultArgs(p.value)
		return
	}
	if c.oneDAGOnly(p.key) {
		return
	}
	if what, later := laterGroupKeys[key]; later {
		c.notYet(p.key, "%s", what)
		return
	}
	arg := catalog.TaskGroupArg(key)
	if arg == nil {
		d := c.diags.Errorf(p.key.span, diag.UnknownKey, "a task group has no key %s", quoted(key))
		keys := []string{"tasks", "task_groups", "dependencies", "parent_group_name", "group_name"}
		for _, a := range catalog.TaskGroupArgs() {
			if a.Type != catalog.Never {
				keys = append(keys, a.Name)
			}
		}
		if catalog.OperatorArg(key) != nil {
			d.WithHelp("%s is an argument of tasks: put it under default_args of the group to give it to all of its tasks", key)
			return
		}
		suggest(d, p.key.span, key, keys, "its keys are")
		return
	}
	if !arg.In(c.version) {
		c.otherVersion(p, arg, catalog.TaskGroupArg, g.body)
		return
	}
	v := c.argument(p.value, arg, false)
	if v == nil {
		return
	}
	if key == "prefix_group_id" {
		if b, ok := v.(*ir.Bool); ok {
			g.g.Prefix = b.V
		}
		return
	}
	g.g.Args = append(g.g.Args, ir.Arg{Name: key, NameSpan: p.key.span, Value: v})
}

// placeGroups gives every group its parent and its full id, outer groups first.
func (c *compilation) placeGroups(d *dagDecl) {
	for _, g := range d.groups {
		if g.outer == nil {
			continue
		}
		if g.parent != nil {
			c.diags.Errorf(g.outer.span, diag.Conflict, "the group is inside another one, so that it cannot have parent_group_name").
				WithHelp("remove parent_group_name")
			continue
		}
		parent, ok := c.groupNamed(d, g.outer)
		if ok {
			g.parent = parent
		} else {
			d.broken = true
		}
	}
	order := make([]*groupDecl, 0, len(d.groups))
	for _, g := range d.groups {
		order = c.placeGroup(d, g, order)
	}
	d.groups = order
	for _, g := range d.groups {
		d.p.Groups = append(d.p.Groups, g.g)
	}
}

func (c *compilation) placeGroup(d *dagDecl, g *groupDecl, order []*groupDecl) []*groupDecl {
	if g.placed {
		return order
	}
	for outer, steps := g.parent, 0; outer != nil && !outer.placed; outer, steps = outer.parent, steps+1 {
		if outer == g || steps > len(d.groups) {
			c.diags.Errorf(g.outer.span, diag.Cycle, "the group %s is inside itself", quoted(g.g.LocalID)).
				WithHelp("remove one of the parent_group_name")
			g.parent, d.broken = nil, true
			d.failed = true
			break
		}
	}
	if g.parent != nil {
		order = c.placeGroup(d, g.parent, order)
	}
	g.placed = true
	g.g.ID, g.depth = g.g.LocalID, 1
	in := &d.top
	if g.parent != nil {
		g.g.Parent, g.depth, in = g.parent.g, g.parent.depth+1, &g.parent.inside
		if g.parent.g.Prefix {
			g.g.ID = g.parent.g.ID + "." + g.g.LocalID
		}
	}
	c.checkGroupID(g)
	if c.claim(d, g.g.ID, g.g.IDSpan, member{group: g}) {
		in.call(g.g.LocalID, member{group: g})
	}
	return append(order, g)
}

func (c *compilation) checkGroupID(g *groupDecl) {
	id := g.g.LocalID
	if at := badRune(id, false); at >= 0 {
		r, _ := utf8.DecodeRuneInString(id[at:])
		c.diags.Errorf(g.g.IDSpan, diag.BadID, "the group id %s has a character that Airflow does not take: %q", quoted(id), r).
			WithHelp("the id of a group has letters, digits, dashes and underscores")
	} else if id == "" {
		c.diags.Errorf(g.g.IDSpan, diag.BadID, "the group id is empty")
	} else if utf8.RuneCountInString(id) > 200 {
		c.diags.Errorf(g.g.IDSpan, diag.BadID, "the group id has %d characters; Airflow takes 200", utf8.RuneCountInString(id))
	}
}

// claim takes a full id; false and a diagnostic where it is taken.
func (c *compilation) claim(d *dagDecl, id string, span ir.Span, m member) bool {
	before, taken := d.byID[id]
	if !taken {
		d.byID[id] = m
		return true
	}
	what, first, kind := "task", ir.Span{}, "task"
	if m.group != nil {
		what = "task group"
	}
	if before.group != nil {
		first, kind = before.group.g.IDSpan, "task group"
	} else {
		first = before.task.t.IDSpan
	}
	diagnostic := c.diags.Errorf(span, diag.DuplicateID, "the id of the %s is taken: %s", what, quoted(id)).WithPlace(first, "the %s of that id", kind)
	diagnostic.WithHelp("rename one of them")
	d.failed = true
	return false
}

// groupNamed finds the group that task_group_name or parent_group_name names.
func (c *compilation) groupNamed(d *dagDecl, n *node) (*groupDecl, bool) {
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.diags.Errorf(n.span, diag.WrongType, "the name of a group must be text, not %s", n.noun(c.mode))
		return nil, false
	}
	if m := d.byID[n.text]; m.group != nil {
		return m.group, true
	}
	found := d.groupsNamed(n.text)
	switch {
	case len(found) == 1:
		return found[0], true
	case len(found) > 1:
		c.diags.Errorf(n.span, diag.AmbiguousName, "several groups are named %s", quoted(n.text)).
			WithPlace(found[0].g.IDSpan, "one").WithPlace(found[1].g.IDSpan, "another").
			WithHelp("write the full id, such as %s", quoted(found[0].g.ID))
	case !d.unknown:
		diagnostic := c.diags.Errorf(n.span, diag.UnknownGroup, "there is no task group %s", quoted(n.text))
		var names []string
		for _, g := range d.groups {
			names = append(names, g.g.LocalID)
		}
		if len(names) == 0 {
			diagnostic.WithHelp("declare it under task_groups")
		} else if d.mayGuess() {
			suggest(diagnostic, n.span, n.text, names, "the groups are")
		}
	}
	d.failed = true
	return nil, false
}

// decodeInnerTasks reads the tasks that are written inside groups, in the order of writing.
func (c *compilation) decodeInnerTasks(d *dagDecl, groups []*groupDecl) {
	for _, g := range groups {
		if g.body.kind != mapNode {
			continue
		}
		for _, p := range g.body.pairs {
			switch p.key.text {
			case "tasks":
				c.decodeTasks(d, p.value, g)
			case "task_groups":
				c.decodeInnerTasks(d, g.nested)
			}
		}
	}
}
