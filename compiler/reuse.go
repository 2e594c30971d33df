package compiler

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
)

// document is where `extends:` looks for names: one file.
type document struct {
	root   *node
	tasks  map[string][]*node // by their own ids, as written
	groups map[string][]*node
}

func newDocument(root *node) *document {
	d := &document{root: root, tasks: map[string][]*node{}, groups: map[string][]*node{}}
	d.index(root)
	return d
}

func (d *document) index(body *node) {
	for _, p := range body.pairs {
		into := d.tasks
		switch p.key.text {
		case "tasks":
		case "task_groups":
			into = d.groups
		default:
			continue
		}
		entries, _ := byIDs(p.value)
		for _, e := range entries {
			into[e.key.text] = append(into[e.key.text], e.value)
			if p.key.text == "task_groups" {
				d.index(e.value)
			}
		}
	}
}

// extended puts a task or group over what it extends: others of the file, or blocks x-... at its top.
func (x *expansion) extended(body *node, tasks bool) *node {
	return x.over(body, tasks, map[*node]bool{})
}

func (x *expansion) over(body *node, tasks bool, open map[*node]bool) *node {
	if body.kind != mapNode {
		return body
	}
	p := body.pair("extends")
	if p == nil || isNullNode(p.value, core12) {
		return body
	}
	open[body] = true
	defer delete(open, body)
	names := []*node{p.value}
	if p.value.kind == listNode {
		names = p.value.items
	}
	var under *node
	for _, name := range names {
		base := x.base(name, tasks)
		if base == nil {
			continue
		}
		if open[base] {
			x.failed = true
			if x.cyclic[base] {
				continue
			}
			for one := range open {
				x.cyclic[one] = true
			}
			x.diags.Errorf(name.span, diag.Cycle, "%s extends itself", quoted(name.text)).WithHelp("move what they share to a block of its own, such as `x-base:`")
			continue
		}
		base = withoutID(x.over(base, tasks, open))
		if under == nil {
			under = base
		} else {
			under = layer(withoutOperator(under, base), base, base, bodyTier)
		}
	}
	if under == nil {
		return body
	}
	return layer(withoutOperator(under, body), body, body, bodyTier)
}

// base finds what a name of extends names; nil after an error.
func (x *expansion) base(name *node, tasks bool) *node {
	wrong := func(format string, args ...any) *diag.Diagnostic {
		x.failed = true
		return x.diags.Errorf(name.span, diag.UnknownBase, format, args...)
	}
	if name.kind != scalarNode || resolve(name, core12).kind != isText {
		wrong("extends takes names, not %s", name.noun(core12))
		return nil
	}
	named := x.document.groups
	what := "task group"
	if tasks {
		named, what = x.document.tasks, "task"
	}
	if p := x.document.root.pair(name.text); p != nil && isSpare(name.text) {
		if p.value.kind != mapNode {
			wrong("%s is no mapping", name.text)
			return nil
		}
		return p.value
	}
	switch found := named[name.text]; len(found) {
	case 1:
		if found[0].kind == mapNode {
			return found[0]
		}
		wrong("%s is no mapping", name.text)
	case 0:
		d := wrong("there is no %s %s to extend", what, quoted(name.text))
		var all []string
		for _, p := range x.document.root.pairs {
			if isSpare(p.key.text) {
				all = append(all, p.key.text)
			}
		}
		suggest(d, name.span, name.text, append(all, slices.Sorted(maps.Keys(named))...), "")
	default:
		wrong("several %ss are called %s", what, quoted(name.text)).WithHelp("move what they share to a block of its own, such as `x-base:`")
	}
	return nil
}

// withoutID is a body without what names it.
func withoutID(body *node) *node {
	return without(body, func(key string) bool {
		return contains(idKeys, key) || key == "extends" || key == "for_each"
	})
}

// withoutOperator is the lower body without what says what a task does, where the upper one says it.
func withoutOperator(lower, upper *node) *node {
	says := func(key string) bool { return key == "operator" || key == "decorator" || isShorthand(key) }
	for _, p := range upper.pairs {
		if says(p.key.text) {
			return without(lower, says)
		}
	}
	return lower
}

func without(body *node, drop func(key string) bool) *node {
	out := *body
	out.pairs = make([]pair, 0, len(body.pairs))
	for _, p := range body.pairs {
		if !drop(p.key.text) {
			out.pairs = append(out.pairs, p)
		}
	}
	return &out
}

// overBase puts a DAG over the pipeline file that it extends. reading are the files that led here.
func (x *expansion) overBase(root *node, reading []string) *node {
	p := root.pair("extends")
	if p == nil || isNullNode(p.value, core12) {
		return root
	}
	path, ok := x.otherPath(p.value, "extends")
	if !ok {
		return root
	}
	base, ok := x.otherFile(p.value, path, reading)
	if !ok {
		return root
	}
	if base.has("fragment") {
		x.failed = true
		x.diags.Errorf(p.value.span, diag.BadInclude, "%s is a fragment", quoted(p.value.text)).WithHelp("write `include:` instead of extends").WithFix(p.key.span, "include")
		return root
	}
	base = x.overBase(base, append(reading, filepath.ToSlash(path)))
	base = without(base, func(key string) bool { return key == "dag_id" || key == "extends" })
	return layer(base, root, root, bodyTier)
}

// otherPath is the path of another file, which is written relative to the file that names it.
func (x *expansion) otherPath(n *node, key string) (string, bool) {
	if n.kind != scalarNode || resolve(n, core12).kind != isText || n.text == "" {
		x.failed = true
		x.diags.Errorf(n.span, diag.WrongType, "%s takes the path of a file, not %s", key, n.noun(core12))
		return "", false
	}
	if strings.HasPrefix(n.text, "/") || strings.Contains(n.text, "\\") || filepath.IsAbs(filepath.FromSlash(n.text)) {
		x.failed = true
		x.diags.Errorf(n.span, diag.BadInclude, "the path must be relative to this file, with slashes")
		return "", false
	}
	return filepath.Join(filepath.Dir(filepath.FromSlash(n.span.File)), filepath.FromSlash(n.text)), true
}

// otherFile reads the file at a path, whose name stands at n.
func (x *expansion) otherFile(n *node, path string, reading []string) (*node, bool) {
	name := filepath.ToSlash(path)
	for i, before := range reading {
		if before == name {
			x.failed = true
			x.diags.Errorf(n.span, diag.BadInclude, "the file includes itself").
				WithHelp("%s", strings.Join(append(reading[i:len(reading):len(reading)], name), " -> "))
			return nil, false
		}
	}
	root, err := x.readOther(path)
	switch {
	case err != nil:
		x.failed = true
		x.diags.Errorf(n.span, diag.BadInclude, "cannot read %s: %s", quoted(n.text), reason(err)).WithHelp("the path is relative to the file that names it")
		return nil, false
	case root == nil:
		x.failed = true
		return nil, false
	case root.kind != mapNode:
		x.failed = true
		x.diags.Errorf(root.span, diag.WrongType, "a fragment is a mapping, not %s", root.noun(core12))
		return nil, false
	}
	return root, true
}

// overFragments puts a body over the fragments that it includes, of which the later ones win.
func (x *expansion) overFragments(written, body *node, b *bindings, expand func(*node, *bindings) *node) *node {
	p := written.pair("include")
	if p == nil || isNullNode(p.value, core12) {
		return body
	}
	includes := []*node{p.value}
	if p.value.kind == listNode {
		includes = p.value.items
	}
	var under *node
	for _, n := range includes {
		fragment := x.fragment(x.fill(n, b), b, expand)
		switch {
		case fragment == nil:
		case under == nil:
			under = fragment
		default:
			under = layer(withoutOperator(under, fragment), fragment, fragment, bodyTier)
		}
	}
	if under == nil {
		return body
	}
	return layer(withoutOperator(under, body), body, body, bodyTier)
}

// fragment reads and expands one fragment: `include: path`, or `include: {file: path, with: {...}}`.
func (x *expansion) fragment(n *node, b *bindings, expand func(*node, *bindings) *node) *node {
	file, with := n, (*node)(nil)
	if n.kind == mapNode {
		file = n.get("file")
		for _, p := range n.pairs {
			switch p.key.text {
			case "file":
			case "with":
				with = p.value
			default:
				x.failed = true
				d := x.diags.Errorf(p.key.span, diag.UnknownKey, "include has no key %s", quoted(p.key.text))
				suggest(d, p.key.span, p.key.text, []string{"file", "with"}, "its keys are")
			}
		}
		if file == nil && x.failed {
			return nil
		}
		if file == nil {
			x.failed = true
			x.diags.Errorf(n.span, diag.MissingKey, "include needs the file").WithHelp("write `include: {file: path, with: {...}}`")
			return nil
		}
	}
	path, ok := x.otherPath(file, "include")
	if !ok {
		return nil
	}
	root, ok := x.otherFile(file, path, append([]string{x.src.file}, x.reading...))
	if !ok {
		return nil
	}
	declared := root.pair("fragment")
	if declared == nil {
		x.failed = true
		x.diags.Errorf(file.span, diag.BadInclude, "%s is no fragment", quoted(file.text)).
			WithHelp("a fragment has `fragment:` at its top, with its parameters: `fragment: {table: }`")
		return nil
	}
	if p := root.pair("vars"); p != nil {
		x.failed = true
		x.diags.Errorf(p.key.span, diag.UnknownKey, "a fragment has parameters, not vars").WithHelp("declare them under `fragment:`, and write <%% .with.NAME %%>")
	}
	inner := &bindings{}
	inner.set("env", b.get("env"))
	inner.set("vars", b.get("vars"))
	inner.set("with", x.parameters(declared.value, with, file))
	x.reading = append(x.reading, filepath.ToSlash(path))
	outer := x.document
	x.document = newDocument(root)
	defer func() { x.reading, x.document = x.reading[:len(x.reading)-1], outer }()
	return expand(without(root, func(key string) bool { return key == "fragment" || isSpare(key) }), inner)
}

// parameters are those that a fragment declares, with what an include gives them. One that is declared without a value must
// be given.
func (x *expansion) parameters(declared, with, include *node) *node {
	out := &node{kind: mapNode, span: include.span}
	if declared.kind != mapNode && !isNullNode(declared, core12) {
		x.failed = true
		x.diags.Errorf(declared.span, diag.WrongType, "the parameters of a fragment are a mapping, not %s", declared.noun(core12)).
			WithHelp("write `fragment: {table: , region: eu}`: names, with the values that they have unless they are given")
		return out
	}
	if with != nil && with.kind != mapNode {
		if !isNullNode(with, core12) {
			x.failed = true
			x.diags.Errorf(with.span, diag.WrongType, "with must be a mapping, not %s", with.noun(core12))
			return out
		}
		with = nil
	}
	var names []string
	for _, p := range declared.pairs {
		names = append(names, p.key.text)
		value := p.value
		if with != nil && with.has(p.key.text) {
			value = with.get(p.key.text)
		} else if isNullNode(value, core12) {
			x.failed = true
			x.diags.Errorf(include.span, diag.MissingKey, "the fragment needs %s", quoted(p.key.text)).
				WithPlace(p.key.span, "declared without a value here").WithHelp("write `include: {file: %s, with: {%s: ...}}`", include.text, p.key.text)
		}
		out.pairs = append(out.pairs, pair{p.key, value})
	}
	if with != nil {
		for _, p := range with.pairs {
			if !contains(names, p.key.text) {
				x.failed = true
				d := x.diags.Errorf(p.key.span, diag.UnknownKey, "the fragment has no parameter %s", quoted(p.key.text))
				suggest(d, p.key.span, p.key.text, names, "its parameters are")
			}
		}
	}
	return out
}
