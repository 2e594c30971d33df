package compiler

import (
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// decodeSetup reads `setup: true`.
func (c *compilation) decodeSetup(t *taskDecl, p pair) {
	if v, ok := c.argument(p.value, &catalog.Arg{Name: "setup", Type: catalog.Bool}, false).(*ir.Bool); ok {
		t.t.Setup = v.V
	}
}

// decodeTeardown reads `teardown: true` and `teardown: {setups: [create], on_failure_fail_dagrun: true}`.
func (c *compilation) decodeTeardown(t *taskDecl, p pair) {
	if p.value.kind != mapNode {
		v := c.argument(p.value, &catalog.Arg{Name: "teardown", Type: catalog.Bool}, false)
		if v, ok := v.(*ir.Bool); ok && v.V {
			t.teardown, t.t.Teardown = p.key, &ir.Teardown{Span: p.value.span}
		}
		return
	}
	t.teardown, t.t.Teardown = p.key, &ir.Teardown{Span: p.value.span}
	for _, q := range p.value.pairs {
		switch q.key.text {
		case "setups":
			list := q.value
			if list.kind == scalarNode && !isNullNode(list, c.mode) {
				list = &node{kind: listNode, span: list.span, items: []*node{list}}
			}
			t.setups = c.dependencies(list)
		case "on_failure_fail_dagrun":
			v := c.argument(q.value, &catalog.Arg{Name: q.key.text, Type: catalog.Bool}, false)
			if v, ok := v.(*ir.Bool); ok {
				t.t.Teardown.FailsDagrun = v.V
			}
		default:
			d := c.diags.Errorf(q.key.span, diag.UnknownKey, "teardown has no key %s", quoted(q.key.text))
			suggest(d, q.key.span, q.key.text, []string{"setups", "on_failure_fail_dagrun"}, "its keys are")
		}
	}
}

// lookUpSetups finds the setups that a teardown names. Naming them marks them as setups, and draws the edges.
func (c *compilation) lookUpSetups(d *dagDecl, t *taskDecl, edges []edge) []edge {
	for _, dep := range t.setups {
		to, ok := c.lookUp(d, member{task: t}, dep)
		switch {
		case !ok:
			d.failed = true
			continue
		case to.group != nil:
			c.diags.Errorf(dep.span, diag.WrongType, "%s is a task group, and a setup is a task", quoted(dep.name))
			d.failed = true
			continue
		case c.insideItself(d, member{task: t}, to, dep) || repeated(t.t.Teardown.Setups, nil, to.task.t.ID):
			continue
		}
		to.task.t.Setup = true
		t.t.Teardown.Setups = append(t.t.Teardown.Setups, ir.Ref{ID: to.task.t.ID, Span: dep.span})
		edges = append(edges, edge{from: to, to: member{task: t}, span: dep.span, depth: commonDepth(to, member{task: t})})
	}
	return edges
}

// beforeTeardown adds the tasks of a group that come before a teardown at its end: Airflow waits for those in its place.
func beforeTeardown(t *taskDecl, g *groupDecl, tails []*taskDecl, seen map[*taskDecl]bool) []*taskDecl {
	for _, up := range t.ups {
		switch {
		case seen[up] || !isInside(member{task: up}, g):
		case up.t.Teardown != nil:
			seen[up] = true
			tails = beforeTeardown(up, g, tails, seen)
		case up.t.Setup || goesOn(up, t, g):
		default:
			seen[up] = true
			tails = append(tails, up)
		}
	}
	return tails
}

// goesOn tells whether something of the group follows a task that is no teardown, besides one that is left out of account.
func goesOn(t, besides *taskDecl, g *groupDecl) bool {
	for _, down := range t.downs {
		if down != besides && down.t.Teardown == nil && isInside(member{task: down}, g) {
			return true
		}
	}
	return false
}

// teardownRule gives a teardown the only trigger rule that Airflow lets it have.
func (c *compilation) teardownRule(t *taskDecl) {
	if written := t.t.TriggerSpan; !written.IsZero() && t.t.Trigger != ir.AllDoneSetupSuccess {
		c.diags.Warnf(written, diag.Dropped, "a teardown has the trigger rule all_done_setup_success, whatever is written").
			WithHelp("remove trigger_rule")
	}
	t.t.Trigger, t.t.TriggerSpan = ir.AllDoneSetupSuccess, ir.Span{}
}

// checkSetups reports what Airflow refuses about setups and teardowns.
func (c *compilation) checkSetups(d *dagDecl) {
	for _, t := range d.tasks {
		if t.t.Setup && t.t.Teardown != nil {
			c.diags.Errorf(t.teardown.span, diag.Conflict, "the task %s is both a setup and a teardown", quoted(t.t.ID)).
				WithHelp("make it two tasks")
			continue
		}
		if !t.t.Setup {
			continue
		}
		for _, down := range t.downs {
			if down.t.Teardown != nil || down.t.Trigger == ir.AllSuccess {
				continue
			}
			span := down.t.TriggerSpan
			if span.IsZero() {
				span = down.t.IDSpan
			}
			c.diags.Errorf(span, diag.BadTriggerRule, "%s follows the setup %s and has the trigger rule %s, which Airflow does not take",
				quoted(down.t.ID), quoted(t.t.ID), down.t.Trigger).
				WithPlace(t.t.IDSpan, "the setup").WithHelp("what comes right after a setup must be all_success or a teardown")
		}
	}
}
