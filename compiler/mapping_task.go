package compiler

import (
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// expandOf reads the mapping of a task that an operator makes.
func (c *compilation) expandOf(t *taskDecl, body *node, p pair, spelled string, fields []string) {
	t.t.Expand = c.decodeExpand(t.t.Expand, body, p, func(q pair, certain bool) (expandArg, bool) {
		key := q.key.text
		name := key
		for _, s := range shorthands {
			if key == s.key && spelled == s.key && s.arg != "" {
				name = s.arg
			}
		}
		if certain && !c.onlyOnce(body, q, name, key) {
			return expandArg{}, false
		}
		arg := expandArg{name: name, rendered: contains(fields, name)}
		report := c.diags.Warnf
		if certain {
			report = c.diags.Errorf
		}
		if catalog.OperatorArg(name) != nil {
			if !catalog.Mappable(name, c.version) {
				d := report(q.key.span, diag.BadValue, "Airflow %s does not expand %s: it is the same in every instance", c.version, name)
				if certain {
					d.WithHelp("write it beside the operator")
				} else {
					d.WithLabel("the task fails with it")
				}
				return arg, !certain
			}
			arg.known = catalog.OperatorArg(name)
			if name == "params" || name == "default_args" {
				arg.known = nil
			}
			return arg, true
		}
		if t.class == nil || !t.class.KnowsArgs() {
			if name == "python_callable" {
				arg.known = catalog.FindClass("PythonOperator").OwnArgs().Find(name)
			}
			if t.signature != nil && !t.signature.Has(name) {
				d := report(q.key.span, diag.UnknownKey, "%s has no argument %s", t.operatorName(), quoted(key))
				suggest(d, q.key.span, key, t.signature.Names(), "its own arguments are")
				return arg, false
			}
			return arg, true
		}
		arg.known = t.class.OwnArgs().Find(name)
		if arg.known == nil || !arg.known.In(c.version) {
			d := report(q.key.span, diag.UnknownKey, "%s has no argument %s", t.class.Name, quoted(key))
			var names []string
			for _, a := range t.class.OwnArgs() {
				if a.In(c.version) {
					names = append(names, a.Name)
				}
			}
			suggest(d, q.key.span, key, names, "its own arguments are")
			return arg, false
		}
		return arg, true
	})
}

// onlyOnce reports an argument that is expanded and also the same in every instance.
func (c *compilation) onlyOnce(body *node, q pair, names ...string) bool {
	for _, name := range names {
		other := body.pair(name)
		if partial := body.get("partial"); other == nil && partial != nil && partial.kind == mapNode {
			other = partial.pair(name)
		}
		if other != nil {
			c.diags.Errorf(q.key.span, diag.Conflict, "%s is expanded, so that it cannot also be the same in every instance", name).
				WithPlace(other.key.span, "the other one").WithHelp("remove one of them")
			return false
		}
	}
	return true
}

// partialKeys are the arguments of `partial`, which are read as if they stood beside the operator.
func (c *compilation) partialKeys(body *node, p pair) []pair {
	switch {
	case isNullNode(p.value, c.mode):
		return nil
	case p.value.kind != mapNode:
		c.diags.Errorf(p.value.span, diag.WrongType, "partial must be a mapping, not %s", p.value.noun(c.mode))
		return nil
	case !body.has("expand") && !body.has("expand_kwargs"):
		c.diags.Errorf(p.key.span, diag.MissingKey, "partial needs expand or expand_kwargs beside it").
			WithHelp("without them the arguments belong beside the operator")
		return nil
	}
	keys := make([]pair, 0, len(p.value.pairs))
	for _, q := range p.value.pairs {
		switch key := q.key.text; key {
		case "operator", "decorator", "expand", "expand_kwargs", "partial", "dependencies", "task_group_name", "task_id", "setup", "teardown", "local":
			c.diags.Errorf(q.key.span, diag.UnknownKey, "%s does not belong into partial", key).WithHelp("write it beside partial")
			continue
		}
		if other := body.pair(q.key.text); other != nil {
			c.diags.Errorf(q.key.span, diag.Conflict, "%s is written twice: in partial and beside it", q.key.text).
				WithPlace(other.key.span, "the other one").WithHelp("remove one of them")
			continue
		}
		keys = append(keys, q)
	}
	return keys
}

// checkMapped reports what Airflow refuses of a mapped task. defaults are the default_args that reach it.
func (c *compilation) checkMapped(t *taskDecl, defaults []ir.Arg) {
	if g := t.given.group; g != nil {
		if t.t.Expand != nil {
			c.diags.Errorf(t.t.Expand.Span, diag.Conflict, "the task %s is mapped inside the mapped group %s", quoted(t.t.ID), quoted(g.g.ID)).
				WithPlace(g.g.Expand.Span, "the group").WithHelp("Airflow maps the group or the task, not both")
			return
		}
		if t.t.Trigger == ir.Always && usesOutputs(g.g.Expand) {
			c.alwaysMapped(t, "a group that is mapped over the output of a task")
		}
	}
	e := t.t.Expand
	if e == nil {
		return
	}
	if t.decorator != nil && t.t.Trigger == ir.Always && e.Kwargs == nil && usesOutputs(e) {
		c.alwaysMapped(t, "a function that is mapped over the output of a task")
	}
	if c.version.Major < 3 {
		sla := ir.Lookup(t.t.Args, "sla")
		if sla == nil {
			sla = ir.Lookup(defaults, "sla")
		}
		if sla != nil && !isNullValue(sla.Value) {
			c.diags.Errorf(sla.NameSpan, diag.Conflict, "Airflow %s takes no sla for a mapped task", c.version).
				WithPlace(e.Span, "the task is mapped here").WithHelp("remove it, or set `sla: null` at the task")
		}
	}
	for _, a := range e.Args {
		if before := ir.Lookup(defaults, a.Name); before != nil && catalog.OperatorArg(a.Name) != nil {
			c.diags.Errorf(a.NameSpan, diag.Conflict, "%s is in default_args, so that Airflow does not expand it", a.Name).
				WithPlace(before.NameSpan, "the other one").WithHelp("remove one of them")
		}
	}
}

func isNullValue(v ir.Value) bool {
	_, null := v.(*ir.Null)
	return null
}

func (c *compilation) alwaysMapped(t *taskDecl, what string) {
	span := t.t.TriggerSpan
	if span.IsZero() {
		span = t.t.IDSpan
	}
	c.diags.Errorf(span, diag.BadTriggerRule, "Airflow does not take the trigger rule always for %s", what).
		WithHelp("it must wait for that output: remove the rule")
}

func usesOutputs(e *ir.Expand) (found bool) {
	ir.WalkExpand(e, func(v ir.Value) {
		if _, ok := v.(*ir.Output); ok {
			found = true
		}
	})
	return found
}
