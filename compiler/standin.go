package compiler

import (
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// decodeStandIn reads what a local run does instead of a task's operator: `local: {bash: ...}`. nil after an error.
func (c *compilation) decodeStandIn(d *dagDecl, t *taskDecl, id *node, p pair) *taskDecl {
	body := p.value
	if body.kind != mapNode {
		c.diags.Errorf(body.span, diag.WrongType, "local must be a mapping, not %s", body.noun(c.mode)).
			WithHelp("write what a local run does instead, such as `local: {bash: ...}`")
		return nil
	}
	s := &taskDecl{group: t.group, defs: t.defs}
	s.t = &ir.Task{ID: t.t.ID, LocalID: t.t.LocalID, Group: t.t.Group, IDSpan: p.key.span, Span: c.whole(p)}
	here := *id
	here.span = p.key.span
	before := c.diags.Len()
	spelled := ""
	if body = c.spellOut(body); body == nil {
		return nil
	}
	if spelled = c.operatorOf(s, &here, body); s.decorator != nil {
		c.diags.Errorf(body.pair("decorator").key.span, diag.BadOperator, "local takes an operator, not a decorator").WithHelp("write `local: {python: module.function}`")
		return nil
	}
	s.signature = s.signatureIn(c.version)
	var fields []string
	if s.class != nil {
		fields = s.class.FieldsFor(c.version)
	}
	for _, q := range body.pairs {
		if name := q.key.text; catalog.OperatorArg(name) != nil || contains(tasksOwnKeys, name) {
			c.diags.Errorf(q.key.span, diag.UnknownKey, "local says what is done instead; %s is the task's own", name).WithHelp("write it beside local")
			continue
		}
		c.decodeTaskKey(d, s, &here, body, q, spelled, fields)
	}
	c.requireArgs(d, s, body)
	if c.diags.Len() > before {
		return nil
	}
	return s
}

// tasksOwnKeys are the keys of the language that a stand-in cannot have, beside the arguments of every operator.
var tasksOwnKeys = []string{
	"task_id", "dependencies", "task_group_name", "trigger_rule", "setup", "teardown", "params", "default_args", "local",
	"expand", "expand_kwargs", "partial", "variables_as_arguments",
}

// lowerStandIn makes the task that a local run executes: the same in all but what it does.
func (c *compilation) lowerStandIn(d *dagDecl, t *taskDecl) {
	s := t.standIn
	own := s.t.Args
	c.lowerTask(d, s)
	task := *t.t
	task.Class, task.Op, task.Span = s.t.Class, s.t.Op, s.t.Span
	task.TemplateFields, task.TemplateExt, task.MultipleOut = s.t.TemplateFields, s.t.TemplateExt, s.t.MultipleOut
	task.Args = append([]ir.Arg(nil), own...)
	for _, a := range t.t.Args {
		if catalog.OperatorArg(a.Name) != nil {
			task.Args = append(task.Args, a)
		}
	}
	t.t.Local = &task
}
