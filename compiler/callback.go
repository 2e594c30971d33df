package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// functions reads one callback or a list of them.
func (c *compilation) functions(n *node, s scalar, arg *catalog.Arg) ir.Value {
	if n.kind != listNode {
		if v := c.callbackOf(n, s, arg); v != nil {
			return v
		}
		return nil
	}
	list := &ir.List{Span: n.span}
	for _, item := range n.items {
		if v := c.callbackOf(item, resolve(item, c.mode), arg); v != nil {
			list.Items = append(list.Items, v)
		}
	}
	return list
}

// callbackOf reads a callback: a function by its dotted name, an object, or `{callback: path, args...}`.
func (c *compilation) callbackOf(n *node, s scalar, arg *catalog.Arg) ir.Value {
	switch {
	case n.kind == scalarNode && s.kind == isText:
		return c.function(n)
	case n.has("__type__"):
		return c.object(n, false)
	case isCode(n):
		return c.inlineCode(n)
	case n.kind != mapNode:
		return c.wrongType(n, arg)
	}
	path := n.get("callback")
	if path == nil {
		d := c.diags.Errorf(n.span, diag.MissingKey, "%s with arguments needs the key callback", arg.Name).
			WithHelp("write {callback: module.function, argument: value}")
		for _, p := range n.pairs {
			if len(diag.Near(p.key.text, []string{"callback"})) > 0 {
				d.Span = p.key.span
				d.WithFix(p.key.span, "callback")
			}
		}
		return nil
	}
	if path.kind != scalarNode || resolve(path, c.mode).kind != isText {
		c.diags.Errorf(path.span, diag.WrongType, "callback must be the dotted name of a function or notifier, not %s", path.noun(c.mode))
		return nil
	}
	ref, ok := c.function(path).(*ir.PyRef)
	if !ok {
		return nil
	}
	call := &ir.Call{Func: c.canonical(ref), Partial: !isNotifier(ref), Span: n.span}
	for _, p := range n.pairs {
		if p.value == path {
			continue
		}
		if arg, ok := c.keyword(p); ok {
			call.Kwargs = append(call.Kwargs, arg)
		}
	}
	if call.Partial && len(call.Kwargs) == 0 {
		return ref
	}
	return call
}

// isNotifier tells whether what a callback names is a class, which is made once: a notifier. Else it is a function, which gets the
// context together with the arguments. Airflow's own helpers of the form send_x_notification are such classes.
func isNotifier(ref *ir.PyRef) bool {
	name := ref.Name[strings.LastIndexByte(ref.Name, '.')+1:]
	if strings.HasPrefix(ref.Module, "airflow.") && strings.HasPrefix(name, "send_") && strings.HasSuffix(name, "_notification") {
		return true
	}
	return name[0] >= 'A' && name[0] <= 'Z'
}

// keyword reads a keyword argument of a call.
func (c *compilation) keyword(p pair) (ir.Arg, bool) {
	if !isIdentifier(p.key.text) || pysource.IsKeyword(p.key.text) {
		c.diags.Errorf(p.key.span, diag.UnknownKey, "%s is no name of a Python argument", quoted(p.key.text))
		return ir.Arg{}, false
	}
	v := c.value(p.value, false)
	return ir.Arg{Name: p.key.text, NameSpan: p.key.span, Value: v}, v != nil
}

// callbackPart tells which callback a key of dag-factory's form is a part of: on_failure_callback_name and _file.
func callbackPart(key string) (event, part string) {
	for _, part := range []string{"_name", "_file"} {
		if event, ok := strings.CutSuffix(key, part); ok && strings.HasSuffix(event, "_callback") &&
			(catalog.OperatorArg(event) != nil || event == "sla_miss_callback") {
			return event, part
		}
	}
	return "", ""
}

// callbackByFile reads a callback of which one key has the name and another one the file; it is read at the file.
func (c *compilation) callbackByFile(p pair, body *node, event, part string) (arg ir.Arg, ok bool) {
	name, file := body.get(event+"_name"), body.get(event+"_file")
	if other := body.pair(event); other != nil {
		if part == "_file" || file == nil {
			c.diags.Errorf(p.key.span, diag.Conflict, "%s and %s are the same argument", event, p.key.text).
				WithPlace(other.key.span, "the other one").WithHelp("remove %s", p.key.text)
		}
		return arg, false
	}
	if name == nil || file == nil {
		missing := event + "_file"
		if name == nil {
			missing = event + "_name"
		}
		c.diags.Errorf(p.key.span, diag.MissingKey, "%s needs %s beside it", p.key.text, missing).
			WithHelp("or write %s: module.function", event)
		return arg, false
	}
	if part != "_file" {
		return arg, false
	}
	for _, n := range []*node{name, file} {
		if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
			c.diags.Errorf(n.span, diag.WrongType, "%s_name and %s_file must be text, not %s", event, event, n.noun(c.mode))
			return arg, false
		}
	}
	if known := c.checkText(name); !c.checkText(file) || !known {
		return arg, false
	}
	if problem := badDotted(name.text); problem != "" {
		c.diags.Errorf(name.span, diag.BadCallable, "%s does not name a Python function: %s", quoted(name.text), problem)
		return arg, false
	}
	module, ok := c.fileModule(file, file.text)
	if !ok {
		return arg, false
	}
	return ir.Arg{Name: event, NameSpan: p.key.span, Value: c.inFile(module, name)}, true
}

// callback is what an argument of that kind calls.
func callback(a ir.Arg) ir.Callback {
	out := ir.Callback{Event: a.Name, Refs: refs(a.Value)}
	switch v := a.Value.(type) {
	case *ir.List:
		for _, item := range v.Items {
			out.Values = append(out.Values, cloned(item, false))
		}
	case *ir.Null:
	default:
		out.Values = append(out.Values, cloned(v, false))
	}
	return out
}
