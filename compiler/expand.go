package compiler

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/interpolate"
	"github.com/dagexport/dagexport/ir"
)

// expansion makes plain declarations of what a file of one DAG reuses: fragments, bases, loops and templates.
type expansion struct {
	*compilation
	document *document
	parsed   map[string]*interpolate.Template
	reading  []string // the files whose fragments are being put in, outermost first
	size     map[*node]int
	cyclic   map[*node]bool // bodies that extend each other in a circle, which was reported
	made     int            // nodes that loops made
	failed   bool           // something was reported
}

// maxMade is how many nodes the loops of a file may make; a DAG of a hundred thousand tasks stays below.
const maxMade = 2_000_000

// expand is the DAGs of a file of one DAG: several where a loop makes them, none after an error.
func (c *compilation) expand(root *node, form ir.Form) []*node {
	if form == ir.FormKeyed || !c.reuses(root) {
		return []*node{root}
	}
	x := &expansion{compilation: c, parsed: map[string]*interpolate.Template{}, size: map[*node]int{}, cyclic: map[*node]bool{}}
	c.expanded = true
	root = x.overBase(root, []string{c.src.file})
	x.document = newDocument(root)
	top := &bindings{}
	top.set("env", &node{kind: scalarNode, text: c.opts.Env, span: root.span})
	top.set("vars", x.vars(root.get("vars"), top))
	root = without(root, func(key string) bool { return key == "vars" || isSpare(key) })
	var bodies []*node
	x.each(root, top, func(b *bindings) { bodies = append(bodies, x.body(root, b)) })
	if x.failed || !c.distinct(root, bodies) {
		return nil
	}
	return bodies
}

// isSpare tells whether a key of a file is one that the compiler does not read: a place for anchors and for bodies to extend.
func isSpare(key string) bool { return strings.HasPrefix(key, "x-") }

// reuses tells whether a file has anything to expand; most have not.
func (c *compilation) reuses(root *node) bool {
	for _, key := range []string{"vars", "for_each", "include", "extends", "fragment"} {
		if root.has(key) {
			return true
		}
	}
	has := func(s *source) bool {
		for _, word := range []string{interpolate.Open, "for_each", "include", "extends"} {
			if bytes.Contains(s.text, []byte(word)) {
				return true
			}
		}
		return false
	}
	if has(c.src) {
		return true
	}
	for _, s := range c.others {
		if has(s) {
			return true
		}
	}
	return false
}

// distinct reports a loop that makes DAGs of one id.
func (c *compilation) distinct(root *node, bodies []*node) bool {
	seen := map[string]bool{}
	for _, body := range bodies {
		id := body.get("dag_id")
		if id == nil {
			if len(bodies) > 1 {
				p := root.pair("for_each")
				c.diags.Errorf(p.key.span, diag.MissingKey, "a file that makes several DAGs needs a dag_id for each").
					WithHelp("add `dag_id: %s_<%% .item %%>`", c.baseName())
				return false
			}
			continue
		}
		if id.kind == scalarNode && seen[id.text] {
			c.diags.Errorf(id.span, diag.DuplicateID, "two DAGs of the loop have the id %s", quoted(id.text)).
				WithHelp("use what differs in the id, such as <%% .item %%>")
			return false
		}
		seen[id.text] = true
	}
	return true
}

// body expands a DAG or a task group.
func (x *expansion) body(n *node, b *bindings) *node {
	return x.keys(n, b, x.body, func(p pair) (pair, bool) {
		tasks := p.key.text == "tasks"
		if tasks || p.key.text == "task_groups" {
			return pair{p.key, x.entries(p.value, b, tasks)}, true
		}
		return p, false
	})
}

// task expands one task.
func (x *expansion) task(n *node, b *bindings) *node {
	return x.keys(n, b, x.task, func(p pair) (pair, bool) {
		return p, p.key.text == "code" // Python, as it stands
	})
}

// keys fills in the keys of a body, but for those that own takes, and puts it over the fragments that it includes, which
// expand expands.
func (x *expansion) keys(n *node, b *bindings, expand func(*node, *bindings) *node, own func(pair) (pair, bool)) *node {
	if n.kind != mapNode {
		return x.fill(n, b)
	}
	out := *n
	out.pairs = make([]pair, 0, len(n.pairs))
	for _, p := range n.pairs {
		switch p.key.text {
		case "for_each", "include", "extends":
			continue
		}
		done, taken := own(p)
		if !taken {
			done = pair{x.fill(p.key, b), x.fill(p.value, b)}
		}
		out.pairs = append(out.pairs, done)
	}
	return x.overFragments(n, &out, b, expand)
}

// entries expands a map or list of tasks or groups.
func (x *expansion) entries(n *node, b *bindings, tasks bool) *node {
	expand := x.body
	if tasks {
		expand = x.task
	}
	out := *n
	switch n.kind {
	case mapNode:
		out.pairs = make([]pair, 0, len(n.pairs))
		for _, p := range n.pairs {
			body := x.extended(p.value, tasks)
			x.fixedID(body, p.key)
			x.each(body, b, func(b *bindings) {
				out.pairs = append(out.pairs, pair{x.fill(p.key, b), expand(body, b)})
			})
		}
	case listNode:
		out.items = make([]*node, 0, len(n.items))
		for _, item := range n.items {
			body := x.extended(item, tasks)
			if id, ok := idOf(item); ok {
				x.fixedID(body, id)
			}
			x.each(body, b, func(b *bindings) { out.items = append(out.items, expand(body, b)) })
		}
	default:
		filled := x.fill(n, b)
		if filled == n || filled.kind == scalarNode {
			return filled
		}
		return x.entries(filled, b, tasks)
	}
	return &out
}

// fixedID reports a loop whose tasks or groups would all have one id.
func (x *expansion) fixedID(body, id *node) {
	if body.has("for_each") && !isNullNode(body.get("for_each"), core12) && !interpolate.Has(id.text) {
		d := x.diags.Errorf(id.span, diag.DuplicateID, "each task or group of a loop needs an id of its own").WithHelp("write %s_<%% .item %%>", id.text)
		if id.plain {
			d.WithFix(id.span, id.text+"_<% .item %>")
		}
		x.failed = true
	}
}

// each calls visit for each item of the loop of a body, or once where it has none.
func (x *expansion) each(body *node, b *bindings, visit func(*bindings)) {
	loop := body.pair("for_each")
	if body.kind != mapNode || loop == nil || isNullNode(loop.value, core12) {
		visit(b)
		return
	}
	over := x.fill(loop.value, b)
	size := x.count(body)
	one := func(i int, name, key, item *node) bool {
		if x.made += size; x.made > maxMade {
			if !x.failed {
				x.diags.Errorf(loop.key.span, diag.Loop, "the loops of the file make more than %d values", maxMade).WithHelp("make it several files")
			}
			x.failed = true
			return false
		}
		inner := &bindings{parent: b, named: b.lasting()}
		inner.set("index", &node{kind: scalarNode, plain: true, text: strconv.Itoa(i), span: item.span, made: true})
		if key != nil {
			inner.set("key", key)
			inner.set("value", item)
		}
		inner.set("item", name)
		visit(inner)
		return true
	}
	switch over.kind {
	case listNode:
		for i, item := range over.items {
			if !one(i, item, nil, item) {
				return
			}
		}
	case mapNode:
		for i, p := range over.pairs {
			if !one(i, p.key, p.key, p.value) {
				return
			}
		}
	default:
		items, problem := numberRange(over)
		if problem != "" {
			x.failed = true
			x.diags.Errorf(over.span, diag.Loop, "for_each %s", problem).WithHelp("write a list, a mapping, or a range of whole numbers such as 1..12")
			return
		}
		for i, item := range items {
			if !one(i, item, nil, item) {
				return
			}
		}
	}
}

// numberRange reads 1..12, and 01..12 for numbers of two digits.
func numberRange(n *node) (items []*node, problem string) {
	const most = 100_000
	first, last, ok := strings.Cut(n.text, "..")
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	switch {
	case !ok || err1 != nil || err2 != nil:
		return nil, "takes items to loop over, not " + n.noun(core12)
	case to < from:
		return nil, "goes up: " + first + " is more than " + last
	case to-from >= most:
		return nil, "has more than " + strconv.Itoa(most) + " numbers"
	}
	width := 0
	if len(first) > 1 && first[0] == '0' {
		width = len(first)
	}
	for i := from; i <= to; i++ {
		text := strconv.Itoa(i)
		for len(text) < width {
			text = "0" + text
		}
		items = append(items, &node{kind: scalarNode, plain: width == 0, text: text, span: n.span, made: true})
	}
	return items, ""
}

// count is the number of nodes of a tree.
func (x *expansion) count(n *node) int {
	if size, ok := x.size[n]; ok {
		return size
	}
	size := 1
	for _, item := range n.items {
		size += x.count(item)
	}
	for _, p := range n.pairs {
		size += 1 + x.count(p.value)
	}
	size = min(size, maxMade+1)
	if n.kind != scalarNode {
		x.size[n] = size
	}
	return size
}

// vars fills in the variables of the file, each of which may use those above it.
func (x *expansion) vars(n *node, b *bindings) *node {
	out := &node{kind: mapNode, span: x.document.root.span}
	b.set("vars", out)
	if n == nil || isNullNode(n, core12) {
		return out
	}
	if n.kind != mapNode {
		x.failed = true
		x.diags.Errorf(n.span, diag.WrongType, "vars must be a mapping, not %s", n.noun(core12)).WithHelp("write a name and a value per line")
		return out
	}
	for _, p := range n.pairs {
		if !isIdentifier(p.key.text) {
			x.diags.Errorf(p.key.span, diag.BadValue, "%s is no name of a variable", quoted(p.key.text)).WithHelp("a name has letters, digits and underscores")
			x.failed = true
			continue
		}
		out.pairs = append(out.pairs, pair{p.key, x.fill(p.value, b)})
		b.data = nil
	}
	return out
}

// oneDAGOnly reports a key that only files of one DAG have.
func (c *compilation) oneDAGOnly(key *node) bool {
	switch key.text {
	case "for_each", "include", "extends", "vars":
	default:
		return false
	}
	if c.mode != pyyaml {
		return false
	}
	c.diags.Errorf(key.span, diag.UnknownKey, "%s is read in files of one DAG, not in dag-factory's form", key.text).
		WithHelp("move the DAG to a file of its own, with its keys at the top and `dag_id:` beside them")
	return true
}
