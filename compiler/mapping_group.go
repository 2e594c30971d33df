package compiler

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// expandGroup reads the mapping of a group: `expand` and `expand_kwargs` name the parameters that its tasks use as {mapped: name}.
func (c *compilation) expandGroup(g *groupDecl, p pair) {
	c.given = &g.given
	defer func() { c.given = nil }()
	name := func(q *node) bool {
		if !isIdentifier(q.text) || pysource.IsKeyword(q.text) {
			c.diags.Errorf(q.span, diag.UnknownKey, "%s is no name of a Python parameter", quoted(q.text)).
				WithHelp("what a group is mapped over has a name of letters, digits and underscores")
			return false
		}
		if !contains(g.g.MappedNames, q.text) {
			g.g.MappedNames = append(g.g.MappedNames, q.text)
		}
		return true
	}
	g.g.Expand = c.decodeExpand(g.g.Expand, g.body, p, func(q pair, _ bool) (expandArg, bool) {
		return expandArg{name: q.key.text, inGroup: true}, name(q.key)
	})
	list, ok := g.g.Expand.Kwargs.(*ir.List)
	if !ok {
		g.anyNames = len(g.g.Expand.Args) == 0
		return
	}
	for _, item := range list.Items {
		m := item.(*ir.Map)
		for _, name := range g.g.MappedNames {
			found := false
			for _, e := range m.Entries {
				found = found || text(e.Key, "") == name
			}
			if !found {
				c.diags.Errorf(m.Span, diag.MissingKey, "the group has the parameter %s, and this entry gives it no value", name)
			}
		}
	}
}

// mappedAround is the innermost mapped group around something in a group; nil: none.
func mappedAround(g *groupDecl) *groupDecl {
	for ; g != nil; g = g.parent {
		if g.g.Expand != nil {
			return g
		}
	}
	return nil
}

// checkMappedGroups reports mapped groups inside mapped groups.
func (c *compilation) checkMappedGroups(d *dagDecl) {
	for _, g := range d.groups {
		if g.g.Expand == nil {
			continue
		}
		if outer := mappedAround(g.parent); outer != nil {
			c.diags.Errorf(g.g.Expand.Span, diag.Conflict, "the mapped group %s is inside the mapped group %s", quoted(g.g.ID), quoted(outer.g.ID)).
				WithPlace(outer.g.Expand.Span, "the other one").WithHelp("Airflow maps one of them, not both")
			d.failed = true
		}
	}
}

// lookUpMapping finds the tasks over whose outputs a group is mapped. They come before what is first in the group.
func (c *compilation) lookUpMapping(d *dagDecl, g *groupDecl, edges []edge) []edge {
	ir.WalkExpand(g.g.Expand, func(v ir.Value) {
		if o, ok := v.(*ir.Output); ok {
			edges = c.lookUpOutput(d, member{group: g}, o, edges)
		}
	})
	return edges
}
