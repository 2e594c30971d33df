package compiler

import (
	"math"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/interpolate"
	"github.com/dagexport/dagexport/ir"
)

// bindings are what templates see at a place: .vars, .env, and what loops and fragments give.
type bindings struct {
	parent *bindings // of the loop around; .parent
	named  []binding
	data   map[string]any // the same for the template library, once it was asked for
}

type binding struct {
	name  string
	value *node
}

func (b *bindings) set(name string, value *node) {
	b.data = nil
	for i := range b.named {
		if b.named[i].name == name {
			b.named[i].value = value
			return
		}
	}
	b.named = append(b.named, binding{name, value})
}

func (b *bindings) get(name string) *node {
	for i := range b.named {
		if b.named[i].name == name {
			return b.named[i].value
		}
	}
	return nil
}

// lasting are the bindings that a loop inside keeps.
func (b *bindings) lasting() []binding {
	var out []binding
	for _, one := range b.named {
		switch one.name {
		case "vars", "env", "with":
			out = append(out, one)
		}
	}
	return out
}

// values are the bindings as the template library takes them.
func (b *bindings) values() map[string]any {
	if b.data == nil {
		b.data = make(map[string]any, len(b.named)+1)
		for _, one := range b.named {
			b.data[one.name] = templateValue(one.value)
		}
		if b.parent != nil {
			b.data["parent"] = b.parent.values()
		}
	}
	return b.data
}

// find follows a path; nil where it leads nowhere.
func (b *bindings) find(path []string) *node {
	for path[0] == "parent" && b.parent != nil && len(path) > 1 {
		b, path = b.parent, path[1:]
	}
	n := b.get(path[0])
	for _, key := range path[1:] {
		if n == nil || n.kind != mapNode {
			return nil
		}
		n = n.get(key)
	}
	return n
}

// templateValue is a node as the template library takes it.
func templateValue(n *node) any {
	switch n.kind {
	case listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = templateValue(item)
		}
		return list
	case mapNode:
		values := make(map[string]any, len(n.pairs))
		for _, p := range n.pairs {
			values[p.key.text] = templateValue(p.value)
		}
		return values
	}
	switch s := resolve(n, core12); s.kind {
	case isNull:
		return nil
	case isBool:
		return s.bool
	case isInt:
		if i, err := strconv.ParseInt(s.int, 10, 64); err == nil {
			return i
		}
	case isFloat:
		if !math.IsNaN(s.float) && !math.IsInf(s.float, 0) {
			return s.float
		}
	}
	return n.text
}

// fill fills in the templates of a tree. What has none stays the same node.
func (x *expansion) fill(n *node, b *bindings) *node {
	switch n.kind {
	case scalarNode:
		if !interpolate.Has(n.text) {
			return n
		}
		return x.fillScalar(n, b)
	case listNode:
		out := n
		for i, item := range n.items {
			filled := x.fill(item, b)
			if filled != item && out == n {
				list := *n
				list.items = append([]*node(nil), n.items...)
				out = &list
			}
			out.items[i] = filled
		}
		return out
	}
	out := n
	for i, p := range n.pairs {
		filled := pair{x.fill(p.key, b), x.fill(p.value, b)}
		if filled != p && out == n {
			dict := *n
			dict.pairs = append([]pair(nil), n.pairs...)
			out = &dict
		}
		if filled != p {
			out.pairs[i] = filled
		}
	}
	return out
}

// fillScalar fills in one template. A plain one that is nothing but a path is what stands there, be it a list; of any other
// the text counts as if it were written in its place.
func (x *expansion) fillScalar(n *node, b *bindings) *node {
	if x.filled == nil {
		x.filled = map[ir.Span]bool{}
	}
	x.filled[n.span] = true
	t, known := x.parsed[n.text]
	if !known {
		var p *interpolate.Problem
		t, p = interpolate.Parse(n.text)
		x.parsed[n.text] = t
		if p != nil {
			x.badTemplate(n, p, b)
		}
	}
	if t == nil {
		x.failed = true
		return n
	}
	if path := t.Path(); n.plain && n.tag == "" && path != nil {
		if found := b.find(path); found != nil {
			own := *found
			own.span, own.made = n.span, true
			return &own
		}
	}
	text, p := t.Execute(b.values())
	if p != nil {
		x.badTemplate(n, p, b)
		return n
	}
	own := *n
	own.text, own.made = text, true
	return &own
}

// badTemplate reports a template that cannot be read or filled in.
func (x *expansion) badTemplate(n *node, p *interpolate.Problem, b *bindings) {
	x.failed = true
	span := x.within(n, p.Start, p.End)
	if p.Name == "" {
		x.diags.Errorf(span, diag.BadTemplate, "%s", p.Message)
		return
	}
	fix := x.within(n, p.End-len(p.Name), p.End)
	if p.Function {
		d := x.diags.Errorf(span, diag.BadTemplate, "%s", p.Message)
		switch p.Name {
		case "env", "expandenv", "now", "date", "randAlphaNum", "uuidv4":
			d.WithHelp("a DAG file must be the same on every machine and day: give the value with --set vars.NAME=VALUE")
		default:
			if len(diag.Near(p.Name, interpolate.Functions())) > 0 {
				suggest(d, fix, p.Name, interpolate.Functions(), "")
			}
		}
		return
	}
	names := x.namesIn(p.Within, b)
	d := x.diags.Errorf(span, diag.UnknownVariable, "%s", unknownMessage(p))
	switch {
	case p.Within == "." && (p.Name == "item" || p.Name == "index" || p.Name == "key" || p.Name == "value"):
		d.WithHelp("only what stands in a `for_each` has it")
	case p.Within == "." && p.Name == "with":
		d.WithHelp("only a fragment has it")
	case p.Within == "." && x.namesIn(".vars", b) != nil && contains(x.namesIn(".vars", b), p.Name):
		d.WithHelp("write .vars.%s", p.Name).WithFix(fix, "vars."+p.Name)
	case p.Within == ".vars" && len(names) == 0:
		d.WithHelp("declare it: `vars: {%s: ...}` at the top of the file", p.Name)
	default:
		suggest(d, fix, p.Name, names, "there are")
	}
}

func unknownMessage(p *interpolate.Problem) string {
	switch p.Within {
	case ".":
		return "templates have no ." + p.Name + " here"
	case ".vars":
		return "there is no variable " + quoted(p.Name)
	case ".with":
		return "the fragment has no parameter " + quoted(p.Name)
	}
	return strings.TrimPrefix(p.Within, ".") + " has no " + p.Name
}

// namesIn lists what a path holds.
func (x *expansion) namesIn(path string, b *bindings) []string {
	var names []string
	if path == "." {
		for _, one := range b.named {
			names = append(names, one.name)
		}
		return names
	}
	if found := b.find(strings.Split(strings.TrimPrefix(path, "."), ".")); found != nil {
		for _, p := range found.pairs {
			names = append(names, p.key.text)
		}
	}
	return names
}
