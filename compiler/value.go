package compiler

import (
	"encoding/base64"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// value makes an argument's value of a node as it stands: nothing is read into text but Jinja where rendered is set.
func (c *compilation) value(n *node, rendered bool) ir.Value {
	switch n.kind {
	case listNode:
		list := &ir.List{Span: n.span, Items: make([]ir.Value, 0, len(n.items))}
		for _, item := range n.items {
			list.Items = append(list.Items, c.value(item, rendered))
		}
		return list
	case mapNode:
		if v, special := c.special(n, rendered); special {
			return v
		}
		if v := c.outputMap(n); v != nil {
			return v
		}
		return c.mapValue(n, rendered)
	}
	return c.scalar(n, rendered)
}

// mapValue makes a map of a map that is nothing more.
func (c *compilation) mapValue(n *node, rendered bool) *ir.Map {
	m := &ir.Map{Span: n.span, Entries: make([]ir.Entry, 0, len(n.pairs))}
	for _, p := range n.pairs {
		m.Entries = append(m.Entries, ir.Entry{Key: c.key(p.key), Value: c.value(p.value, rendered)})
	}
	return m
}

// plainMap reads a map whose keys are names: {output: x} is no output there.
func (c *compilation) plainMap(n *node, rendered bool) ir.Value {
	if v, special := c.special(n, rendered); special {
		return v
	}
	return c.mapValue(n, rendered)
}

// key makes the key of a map.
func (c *compilation) key(n *node) ir.Value {
	if name, _, _ := envVariable(n.text, 0); name != "" && c.mode == pyyaml {
		if _, set := c.lookupEnv(name); set {
			c.resolveEnv(n)
		}
	}
	s := resolve(n, c.mode)
	switch s.kind {
	case isNull:
		return &ir.Null{Span: n.span}
	case isBool:
		return &ir.Bool{V: s.bool, Span: n.span}
	case isInt:
		return &ir.Int{Text: s.int, Span: n.span}
	case isFloat:
		return &ir.Float{V: s.float, Span: n.span}
	}
	return &ir.String{V: n.text, Span: n.span}
}

func (c *compilation) scalar(n *node, rendered bool) ir.Value {
	if !n.plain && n.tag == "" {
		return c.text(n, rendered)
	}
	s := resolve(n, c.mode)
	switch s.kind {
	case isNull:
		return &ir.Null{Span: n.span}
	case isBool:
		return &ir.Bool{V: s.bool, Span: n.span}
	case isInt:
		c.warnYAML11(n)
		return &ir.Int{Text: s.int, Span: n.span}
	case isFloat:
		return &ir.Float{V: s.float, Span: n.span}
	case isTime:
		t := s.time
		t.Span = n.span
		if !validDate(&t) {
			c.diags.Errorf(n.span, diag.BadDate, "there is no such date as %s", n.text)
		}
		return &t
	}
	c.warnYAML11(n)
	return c.text(n, rendered)
}

// text makes a String or a Template of a scalar that is text.
func (c *compilation) text(n *node, rendered bool) ir.Value {
	if n.tag == "!!binary" {
		return c.binary(n)
	}
	if v := c.envText(n, false); v != nil {
		return v
	}
	if len(n.text) > 1 && n.text[0] == '+' {
		if v := c.outputText(n); v != nil {
			return v
		}
	}
	c.checkText(n)
	if rendered && hasJinja(n.text) {
		return &ir.Template{V: n.text, Span: n.span}
	}
	return &ir.String{V: n.text, Span: n.span}
}

// binary makes the call that gives the bytes of a scalar with the tag !!binary.
func (c *compilation) binary(n *node) ir.Value {
	text := strings.Join(strings.Fields(n.text), "")
	if _, err := base64.StdEncoding.DecodeString(text); err != nil {
		c.diags.Errorf(n.span, diag.BadValue, "!!binary must be base64")
		return &ir.Null{Span: n.span}
	}
	return &ir.Call{Func: &ir.PyRef{Module: "base64", Name: "b64decode", Span: n.span}, Args: []ir.Value{&ir.String{V: text, Span: n.span}}, Span: n.span}
}

// warnYAML11 says that plain text was a number or a truth value to older YAML readers.
func (c *compilation) warnYAML11(n *node) {
	if c.mode != core12 || !n.plain || n.tag != "" || n.text == "" || c.quoted[n] {
		return
	}
	meaning, surprising := yaml11Surprise(n.text)
	if !surprising {
		return
	}
	s := resolvePlain(n.text, core12)
	now := "the text " + quoted(n.text)
	if s.kind == isInt {
		now = "the number " + s.int
	}
	c.diags.Warnf(n.span, diag.ScalarYAML11, "%s is %s here, and %s to readers of YAML 1.1 such as PyYAML", n.text, now, meaning).
		WithHelp("write \"%s\" for the text, or %s", n.text, meaning)
}

// checkText puts environment variables into a text that the compiler has to know, and reports what the language will read there
// later and does not read now; false where a variable is not set.
func (c *compilation) checkText(n *node) bool {
	return c.resolveEnv(n)
}

// inside is the first place of a text inside a scalar, or the scalar's span where it has none.
func (c *compilation) inside(n *node, text string) ir.Span {
	i := strings.Index(n.text, text)
	if i < 0 {
		return n.span
	}
	return c.within(n, i, i+len(text))
}

func hasJinja(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '{' {
			if next := text[i+1]; next == '{' || next == '%' || next == '#' {
				return true
			}
		}
	}
	return false
}

// cloned copies a value, so that no node has two parents; rendered makes text with Jinja a Template.
func cloned(v ir.Value, rendered bool) ir.Value {
	switch v := v.(type) {
	case *ir.Null:
		c := *v
		return &c
	case *ir.Bool:
		c := *v
		return &c
	case *ir.Int:
		c := *v
		return &c
	case *ir.Float:
		c := *v
		return &c
	case *ir.String:
		if rendered && hasJinja(v.V) {
			return &ir.Template{V: v.V, Span: v.Span}
		}
		c := *v
		return &c
	case *ir.Template:
		c := *v
		return &c
	case *ir.List:
		c := &ir.List{Span: v.Span, Items: make([]ir.Value, len(v.Items))}
		for i, item := range v.Items {
			c.Items[i] = cloned(item, rendered)
		}
		return c
	case *ir.Map:
		c := &ir.Map{Span: v.Span, Entries: make([]ir.Entry, len(v.Entries))}
		for i, e := range v.Entries {
			c.Entries[i] = ir.Entry{Key: cloned(e.Key, false), Value: cloned(e.Value, rendered)}
		}
		return c
	case *ir.PyRef:
		c := *v
		return &c
	case *ir.Duration:
		c := *v
		return &c
	case *ir.Time:
		c := *v
		return &c
	case *ir.Ago:
		c := *v
		c.Back = cloned(v.Back, false).(*ir.Duration)
		return &c
	}
	return clonedObject(v, rendered)
}
