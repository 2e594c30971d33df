package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// decodeExpand reads `expand` and `expand_kwargs` of a task. argOf finds what is known of an argument by the name that was written;
// what it reports it answers with ok false.
func (c *compilation) decodeExpand(e *ir.Expand, body *node, p pair, argOf func(p pair, certain bool) (expandArg, bool)) *ir.Expand {
	span := c.whole(p)
	if other := otherMapping(body, p.key.text); other != nil {
		if other.span.Start.Offset < p.key.span.Start.Offset {
			c.diags.Errorf(p.key.span, diag.Conflict, "expand and expand_kwargs cannot stand together").
				WithPlace(other.span, "the other one").WithHelp("remove one of them")
		}
		if e == nil {
			e = &ir.Expand{Span: span}
		}
		return e
	}
	if p.key.text == "expand_kwargs" {
		kwargs := c.expandKwargs(p.value, argOf)
		if kwargs == nil {
			return &ir.Expand{Span: span}
		}
		return &ir.Expand{Kwargs: kwargs, Span: span}
	}
	out := &ir.Expand{Span: span}
	if p.value.kind != mapNode {
		c.diags.Errorf(p.value.span, diag.WrongType, "expand must be a mapping, not %s", p.value.noun(c.mode)).
			WithHelp("name the arguments that differ: `expand: {argument: [value, value]}`; for whole sets of arguments write expand_kwargs")
		return out
	}
	if len(p.value.pairs) == 0 {
		c.diags.Errorf(p.value.span, diag.MissingKey, "expand needs at least one argument").
			WithHelp("name the arguments that differ: `expand: {argument: [value, value]}`")
	}
	for _, q := range p.value.pairs {
		arg, ok := argOf(q, true)
		if !ok {
			continue
		}
		if v := c.expandValue(q.value, "expand."+q.key.text, arg); v != nil {
			out.Args = append(out.Args, ir.Arg{Name: arg.name, NameSpan: q.key.span, Value: v})
		}
	}
	return out
}

// expandArg is what is known of an argument that may be expanded.
type expandArg struct {
	name     string
	known    *catalog.Arg // nil: any value will do
	rendered bool
	inGroup  bool // it is a parameter of a mapped group
}

func otherMapping(body *node, key string) *node {
	for _, other := range []string{"expand", "expand_kwargs"} {
		if p := body.pair(other); p != nil && other != key {
			return p.key
		}
	}
	return nil
}

// expandValue reads what an argument is expanded over: a list, a mapping, or the output of a task; nil after an error.
func (c *compilation) expandValue(n *node, name string, arg expandArg) ir.Value {
	if v, done := c.expandOutput(n, name); done {
		return v
	}
	switch {
	case n.kind == listNode || n.has("__type__") && n.get("__type__").text == "builtins.list" && n.has("items"):
		items := n
		if n.kind == mapNode {
			items = n.get("items")
		}
		return c.expandList(items, n.span, arg)
	case n.kind == mapNode && !n.has("__type__"):
		m := c.mapValue(n, arg.rendered)
		c.noNested(m, arg)
		return m
	}
	d := c.diags.Errorf(n.span, diag.WrongType, "%s must be a list, a mapping or the output of a task, not %s", name, objectNoun(n, c.mode))
	if n.kind == scalarNode && n.text != "" && resolve(n, c.mode).kind != isNull {
		if c.isTaskName(n.text) {
			d.WithHelp("write +%s for the output of that task", n.text).WithFix(n.span, "+"+n.text)
		} else if !strings.Contains(n.text, "{{") {
			d.WithHelp("write a list: [%s]", c.written(n)).WithFix(n.span, "["+c.written(n)+"]")
		} else {
			d.WithHelp("Airflow expands no templates: write the output of a task, such as +task")
		}
	}
	return nil
}

func objectNoun(n *node, mode schema) string {
	if n.has("__type__") {
		return "a Python object"
	}
	return n.noun(mode)
}

func (c *compilation) expandList(n *node, span ir.Span, arg expandArg) ir.Value {
	list := &ir.List{Span: span, Items: make([]ir.Value, 0, len(n.items))}
	for _, item := range n.items {
		v := c.expandItem(item, arg)
		if v != nil {
			list.Items = append(list.Items, v)
		}
	}
	c.noNested(list, arg)
	return list
}

// expandItem reads the value of an argument in one instance.
func (c *compilation) expandItem(n *node, arg expandArg) ir.Value {
	if arg.known == nil {
		return c.value(n, arg.rendered)
	}
	if arg.known.Name == "python_callable" && n.has("code") {
		return c.inlineCode(n)
	}
	return c.argument(n, arg.known, arg.rendered)
}

// noNested reports outputs inside a list or mapping that Airflow would not find there.
func (c *compilation) noNested(v ir.Value, arg expandArg) {
	ir.Walk(v, func(v ir.Value) {
		o, ok := v.(*ir.Output)
		switch {
		case !ok:
		case o.Key != "":
			c.keyedOutput(o)
		case arg.inGroup:
			c.diags.Errorf(o.Span, diag.BadValue, "a group cannot be mapped over a list with the output of a task in it").
				WithHelp("write the output alone, or pass it to the tasks of the group")
		}
	})
}

// keyedOutput reports an output by a key, which Airflow expands nowhere.
func (c *compilation) keyedOutput(o *ir.Output) {
	c.diags.Errorf(o.Span, diag.BadValue, "Airflow expands what a task returns, not one of its keys (%s)", quoted(o.Key)).
		WithHelp("return the list from a task of its own")
}

// expandOutput reads an output where an argument is expanded; done is false where none is written.
func (c *compilation) expandOutput(n *node, name string) (v ir.Value, done bool) {
	if n.kind == mapNode {
		if v, done = c.outputMethod(n, name); done {
			return v, true
		}
		if len(n.pairs) == 0 || c.given == nil {
			return nil, false
		}
		if out := c.writtenOutput(n); out != nil {
			return c.wholeOutput(out), true
		}
		return nil, false
	}
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		return nil, false
	}
	task, key, written := "", "", true
	switch text := strings.TrimSpace(n.text); {
	case strings.HasPrefix(text, "+"):
		task, key, written = splitOutput(text[1:])
	case strings.HasSuffix(text, ".output"):
		task = strings.TrimSuffix(text, ".output")
	case (strings.HasPrefix(text, "XcomArg(") || strings.HasPrefix(text, "XComArg(")) && strings.HasSuffix(text, ")"):
		task = strings.Trim(text[len("XcomArg("):len(text)-1], ` "'`)
	default:
		written = false
	}
	if !written || task == "" || badRune(task, true) >= 0 {
		return nil, false
	}
	if !c.isTaskName(task) {
		d := c.diags.Errorf(n.span, diag.UnknownDependency, "there is no task %s whose output %s could be", quoted(task), name)
		if near := diag.Near(task, c.namesOfTasks()); len(near) > 0 {
			d.WithHelp("did you mean %q?", "+"+near[0]).WithFix(n.span, "+"+near[0])
		}
		return nil, true
	}
	c.given.outputs = true
	return c.wholeOutput(&ir.Output{TaskID: task, Key: key, Span: n.span}), true
}

func (c *compilation) wholeOutput(v ir.Value) ir.Value {
	if o, ok := v.(*ir.Output); ok && o.Key != "" {
		c.keyedOutput(o)
		return nil
	}
	return v
}

// outputMethod reads `{output: task, map: function}`, `{zip: [+a, +b], fillvalue: 0}` and `{concat: [+a, +b]}`: outputs made of outputs.
func (c *compilation) outputMethod(n *node, name string) (v ir.Value, done bool) {
	if of, function := n.get("output"), n.get("map"); of != nil && function != nil && len(n.pairs) == 2 {
		return c.mappedOutput(n, of, function, name), true
	}
	method, list := "", (*node)(nil)
	for _, p := range n.pairs {
		switch p.key.text {
		case "zip", "concat":
			if method != "" {
				return nil, false
			}
			method, list = p.key.text, p.value
		case "fillvalue":
		default:
			return nil, false
		}
	}
	if list == nil || list.kind != listNode || len(list.items) == 0 || method == "concat" && len(n.pairs) > 1 || !c.looksLikeOutput(list.items[0]) {
		return nil, false
	}
	if method == "concat" && !c.version.AtLeast(2, 10) {
		c.diags.Errorf(n.span, diag.WrongVersion, "Airflow %s cannot put outputs one after the other (concat)", c.version).
			WithHelp("it came with Airflow 2.10")
		return nil, true
	}
	out := &ir.OutputMethod{Method: method, Span: n.span}
	for i, item := range list.items {
		part, isOutput := c.expandOutput(item, name)
		if !isOutput {
			c.diags.Errorf(item.span, diag.WrongType, "each entry of %s must be the output of a task, not %s", method, objectNoun(item, c.mode)).
				WithHelp("write +task")
		}
		switch {
		case part == nil:
			return nil, true
		case i == 0:
			out.Of = part
		default:
			out.Args = append(out.Args, part)
		}
	}
	if len(out.Args) == 0 {
		c.diags.Errorf(list.span, diag.BadValue, "%s needs two outputs or more", method)
		return nil, true
	}
	if fill := n.get("fillvalue"); fill != nil {
		out.Fill = c.value(fill, false)
	}
	return out, true
}

func (c *compilation) looksLikeOutput(n *node) bool {
	if n.kind == mapNode {
		return n.has("output") || n.has("zip") || n.has("concat")
	}
	return n.kind == scalarNode && (strings.HasPrefix(n.text, "+") || strings.HasSuffix(n.text, ".output") || strings.HasPrefix(n.text, "Xcom") || strings.HasPrefix(n.text, "XCom"))
}

func (c *compilation) mappedOutput(n, of, function *node, name string) ir.Value {
	var source ir.Value
	if c.isTextNode(of) && c.isTaskName(of.text) {
		c.given.outputs = true
		source = &ir.Output{TaskID: of.text, Span: of.span}
	} else {
		v, isOutput := c.expandOutput(of, name)
		if !isOutput {
			c.diags.Errorf(of.span, diag.WrongType, "output must name a task, not %s", objectNoun(of, c.mode))
		}
		source = v
	}
	var f ir.Value
	switch {
	case function.has("code"):
		f = c.inlineCode(function)
	case c.isTextNode(function):
		f = c.function(function)
	default:
		c.diags.Errorf(function.span, diag.WrongType, "map must be the dotted name of a function, not %s", objectNoun(function, c.mode))
	}
	if source == nil || f == nil {
		return nil
	}
	return &ir.OutputMethod{Of: source, Method: "map", Args: []ir.Value{f}, Span: n.span}
}

// expandKwargs reads a list of sets of arguments, one an instance, or an output that is such a list; nil after an error.
func (c *compilation) expandKwargs(n *node, argOf func(p pair, certain bool) (expandArg, bool)) ir.Value {
	if v, done := c.expandOutput(n, "expand_kwargs"); done {
		return v
	}
	if n.kind != listNode {
		d := c.diags.Errorf(n.span, diag.WrongType, "expand_kwargs must be a list of mappings or the output of a task, not %s", objectNoun(n, c.mode))
		if n.kind == scalarNode && c.isTaskName(n.text) {
			d.WithHelp("write +%s for the output of that task", n.text).WithFix(n.span, "+"+n.text)
		} else {
			d.WithHelp("write one mapping of arguments for each instance: `- {argument: value}`")
		}
		return nil
	}
	list := &ir.List{Span: n.span, Items: make([]ir.Value, 0, len(n.items))}
	for _, item := range n.items {
		if item.kind != mapNode || item.has("__type__") {
			c.diags.Errorf(item.span, diag.WrongType, "each entry of expand_kwargs must be a mapping of arguments, not %s", objectNoun(item, c.mode))
			continue
		}
		m := &ir.Map{Span: item.span, Entries: make([]ir.Entry, 0, len(item.pairs))}
		arg := expandArg{}
		for _, q := range item.pairs {
			found, ok := argOf(q, false)
			if !ok {
				continue
			}
			arg = found
			if v := c.expandItem(q.value, found); v != nil {
				m.Entries = append(m.Entries, ir.Entry{Key: &ir.String{V: found.name, Span: q.key.span}, Value: v})
			}
		}
		c.noNested(m, arg)
		list.Items = append(list.Items, m)
	}
	return list
}
