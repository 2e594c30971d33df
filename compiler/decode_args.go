package compiler

import (
	"strconv"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// defaultArgs reads default_args. Any argument of any operator may stand there.
func (c *compilation) defaultArgs(n *node) []ir.Arg {
	if isNullNode(n, c.mode) {
		return nil
	}
	if n.kind != mapNode {
		c.wrongType(n, &catalog.Arg{Name: "default_args", Type: catalog.Dict})
		return nil
	}
	before := c.given
	c.given = nil
	defer func() { c.given = before }()
	zone := c.timezone
	defer func() { c.timezone = zone }()
	if c.mode == pyyaml {
		// dag-factory reads the dates of default_args in default_args' own timezone.
		c.timezone = "UTC"
		if own := n.get("timezone"); own != nil && validZone(own.text) {
			c.timezone = own.text
		}
	}
	args := make([]ir.Arg, 0, len(n.pairs))
	for _, p := range n.pairs {
		switch {
		case p.key.text == "timezone" && c.mode == pyyaml:
			continue
		case p.key.text == "params" && n == c.body.get("default_args"):
			continue // they are the DAG's
		case p.key.text == "params":
			c.notYet(p.key, "params in the default_args of a task or group")
			continue
		}
		if arg, ok := c.taskArg(p, n, nil, false); ok {
			args = append(args, arg)
		}
	}
	return args
}

// ownArg finds an argument that some operator of the catalogue has beside those of BaseOperator.
func ownArg(name string) *catalog.Arg {
	for _, class := range []string{"BashOperator", "PythonOperator"} {
		if arg := catalog.FindClass(class).OwnArgs().Find(name); arg != nil {
			return arg
		}
	}
	return nil
}

// taskArg reads an argument of an operator. class is nil in default_args. ok is false after an error and for what is left out
// on purpose.
func (c *compilation) taskArg(p pair, body *node, class *catalog.Class, rendered bool) (arg ir.Arg, ok bool) {
	key := p.key.text
	find := func(name string) *catalog.Arg {
		if arg := catalog.OperatorArg(name); arg != nil {
			return arg
		}
		if class == nil {
			return ownArg(name)
		}
		return class.OwnArgs().Find(name)
	}
	if key == "variables_as_arguments" {
		c.diags.Warnf(p.key.span, diag.Dropped, "variables_as_arguments has an effect in tasks only").WithHelp("put it into each task")
		return ir.Arg{}, false
	}
	if event, part := callbackPart(key); event != "" {
		return c.callbackByFile(p, body, event, part)
	}
	known := find(key)
	name := key
	switch {
	case known == nil:
		return ir.Arg{Name: key, NameSpan: p.key.span, Value: c.value(p.value, rendered)}, true
	case known.Type == catalog.Never:
		d := c.diags.Errorf(p.key.span, diag.UnknownKey, "%s can only be given by Python code", key).WithHelp("%s", known.Meaning)
		if key == "task_group" && !body.has("task_group_name") {
			d.WithFix(p.key.span, "task_group_name")
		}
		return ir.Arg{}, false
	case c.outdated(known, find):
		if name = c.otherVersion(p, known, find, body); name == "" {
			return ir.Arg{}, false
		}
		known = find(name)
	case key == "sla" && c.version.Major >= 3:
		c.diags.Warnf(p.key.span, diag.Dropped, "Airflow %s no longer looks at sla", c.version).WithHelp("remove it")
		return ir.Arg{}, false
	}
	zone := c.timezone
	if known.Type == catalog.Date && class != nil && c.mode == pyyaml {
		c.timezone = "UTC" // dag-factory hands a task's own date on as it is, and Airflow takes it for UTC
	}
	v := c.argument(p.value, known, rendered)
	c.timezone = zone
	if v == nil {
		return ir.Arg{}, false
	}
	return ir.Arg{Name: name, NameSpan: p.key.span, Value: v}, true
}

// params reads the params of a DAG or task.
func (c *compilation) params(n *node) []ir.Param {
	if isNullNode(n, c.mode) {
		return nil
	}
	if n.kind != mapNode {
		c.wrongType(n, &catalog.Arg{Name: "params", Type: catalog.Dict})
		return nil
	}
	before := c.given
	c.given = nil
	defer func() { c.given = before }()
	params := make([]ir.Param, 0, len(n.pairs))
	for _, p := range n.pairs {
		param := ir.Param{Name: p.key.text, NameSpan: p.key.span, Span: p.key.span}
		param.Span.End = p.value.span.End
		if param.Span.End.Offset < param.Span.Start.Offset {
			param.Span = p.key.span
		}
		if p.value.has("type") {
			if !c.typedParam(&param, p) {
				continue
			}
		} else {
			param.Default = c.value(p.value, false)
		}
		c.checkParam(param.Name, param.Default)
		params = append(params, param)
	}
	return params
}

// overParams is what Airflow makes of a DAG's params and those in its default_args, which win.
func overParams(params, over []ir.Param) []ir.Param {
	for _, p := range over {
		found := false
		for i := range params {
			if params[i].Name == p.Name {
				params[i], found = p, true
			}
		}
		if !found {
			params = append(params, p)
		}
	}
	return params
}

// checkParam reports what Airflow refuses in a param: anything that JSON has no word for.
func (c *compilation) checkParam(name string, v ir.Value) {
	switch v := v.(type) {
	case *ir.List:
		for _, item := range v.Items {
			c.checkParam(name, item)
		}
	case *ir.Map:
		for _, e := range v.Entries {
			c.checkParam(name, e.Value)
		}
	case *ir.Time:
		d := c.diags.Errorf(v.Span, diag.WrongType, "the param %s is a date, and Airflow takes only what JSON has", quoted(name))
		if s := c.sourceOf(v.Span); s != nil && !v.Span.IsZero() {
			d.WithHelp("write it in quotes: %q", s.at(v.Span)).WithFix(v.Span, strconv.Quote(s.at(v.Span)))
		}
	}
}

var schemaTypes = []string{"string", "integer", "number", "boolean", "array", "object", "null"}

func (c *compilation) typedParam(param *ir.Param, p pair) bool {
	param.Typed = true
	for _, q := range p.value.pairs {
		if q.key.text == "default" {
			param.Default = c.value(q.value, false)
			continue
		}
		param.Schema = append(param.Schema, ir.Arg{Name: q.key.text, NameSpan: q.key.span, Value: c.value(q.value, false)})
	}
	kinds := p.value.get("type")
	list := kinds.items
	if kinds.kind == scalarNode {
		list = []*node{kinds}
	}
	for _, k := range list {
		if contains(schemaTypes, k.text) {
			continue
		}
		d := c.diags.Errorf(k.span, diag.BadValue, "the param %s has no type %s", quoted(param.Name), quoted(k.text))
		suggest(d, k.span, k.text, schemaTypes, "the types are")
		return false
	}
	if param.Default == nil {
		c.diags.Errorf(p.key.span, diag.MissingKey, "the param %s has a type but no default", quoted(param.Name)).
			WithHelp("give it one: `default: ...`, or `default: null` with `type: [\"null\", ...]`").
			WithHelp("a param whose value is a mapping with the key type is written {default: {type: ...}, type: object}")
		return false
	}
	return true
}
