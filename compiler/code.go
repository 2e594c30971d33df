package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// isCode tells whether a value is a function that stands in the pipeline file: {code: "def ..."}.
func isCode(n *node) bool {
	return n.kind == mapNode && len(n.pairs) == 1 && n.pairs[0].key.text == "code"
}

// inlineCode reads {code: "def ..."}; a nil interface after an error.
func (c *compilation) inlineCode(n *node) ir.Value {
	if len(n.pairs) != 1 {
		c.diags.Errorf(n.span, diag.Conflict, "a function has nothing beside code here")
		return nil
	}
	return c.functionText(n.pairs[0].value)
}

// functionText reads the text of a function. It is proven to be one `def` statement and nothing else, for it becomes Python.
func (c *compilation) functionText(n *node) ir.Value {
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.diags.Errorf(n.span, diag.WrongType, "code must be the text of a Python function, not %s", n.noun(c.mode)).
			WithHelp("write `code: |` and below it `def name():`, indented")
		return nil
	}
	name, problem := pysource.OneFunction(n.text)
	if problem != nil {
		at := min(problem.Offset, len(n.text))
		c.diags.Errorf(c.lineWithin(n, at), diag.BadCode, "code is not one Python function: %s", strings.TrimPrefix(problem.Message, "the code must be one function: ")).
			WithHelp("write one `def name(...):` at the left margin and nothing else; imports go inside of it")
		return nil
	}
	text := strings.TrimRight(strings.TrimLeft(strings.ReplaceAll(n.text, "\r\n", "\n"), "\n"), " \t\n") + "\n"
	if before, taken := c.inline[name]; taken && before.Text != text {
		c.diags.Errorf(n.span, diag.DuplicateID, "there are two functions of the name %s in the file", quoted(name)).
			WithPlace(before.Span, "the other one").WithHelp("rename one of them: both become functions of one DAG file")
		return nil
	}
	f := &ir.Function{Name: name, Text: text, Span: n.span}
	if c.inline == nil {
		c.inline = map[string]*ir.Function{}
	}
	c.inline[name] = f
	return &ir.Function{Name: name, Text: text, Span: n.span}
}

// lineWithin is the rest of the line at an offset of a scalar's text.
func (c *compilation) lineWithin(n *node, at int) ir.Span {
	end := at
	for end < len(n.text) && n.text[end] != '\n' && n.text[end] != '\r' {
		end++
	}
	if end == at {
		return n.span
	}
	return c.within(n, at, end)
}

// takesCode tells whether a task calls a function, which may stand under code.
func takesCode(t *taskDecl) bool {
	return t.class != nil && (t.class.Kind == "python" || t.class.CallsFunction())
}

// codeOf reads the function of a task from the key code.
func (c *compilation) codeOf(t *taskDecl, body *node, p pair) {
	for _, other := range []string{"python_callable", "python", "python_callable_name"} {
		if q := body.pair(other); q != nil {
			c.diags.Errorf(p.key.span, diag.Conflict, "%s and code are the same argument", other).
				WithPlace(q.key.span, "the other one").WithHelp("remove one of them")
			return
		}
	}
	t.sawCallable = true
	if f := c.functionText(p.value); f != nil {
		t.t.Args = append(t.t.Args, ir.Arg{Name: "python_callable", NameSpan: p.key.span, Value: f})
	}
}

// otherMaker finds what makes a task that has no operator and no shorthand beside it: code alone, or a shorthand
// that is expanded. It is the key; "" where there is none.
func (c *compilation) otherMaker(t *taskDecl, body *node) string {
	if p := body.pair("code"); p != nil {
		c.madeBy(t, "PythonOperator", p.key)
		return "code"
	}
	expand := body.get("expand")
	if expand == nil || expand.kind != mapNode {
		return ""
	}
	for _, s := range shorthands {
		if p := expand.pair(s.key); p != nil && s.arg != "" {
			c.madeBy(t, s.class, p.key)
			return s.key
		}
	}
	return ""
}

func (c *compilation) madeBy(t *taskDecl, class string, key *node) {
	t.class = catalog.FindClass(class)
	t.t.Class = ir.Class{Module: t.class.Module, Name: t.class.Name, Span: key.span}
}

// labelled reads a dependency with a label: {task: name, label: text}.
func (c *compilation) labelled(n *node) (d dep, ok bool) {
	task, label := n.get("task"), n.get("label")
	for _, p := range n.pairs {
		if p.key.text != "task" && p.key.text != "label" {
			dg := c.diags.Errorf(p.key.span, diag.UnknownKey, "a dependency has no key %s", quoted(p.key.text))
			suggest(dg, p.key.span, p.key.text, []string{"task", "label"}, "its keys are")
			return d, false
		}
	}
	for _, part := range []*node{task, label} {
		if part != nil && (part.kind != scalarNode || resolve(part, c.mode).kind != isText) {
			c.diags.Errorf(part.span, diag.WrongType, "task and label must be text, not %s", part.noun(c.mode))
			return d, false
		}
		if part != nil && !c.checkText(part) {
			return d, false
		}
	}
	d = dep{name: task.text, span: task.span}
	if label != nil {
		d.label = label.text
	}
	return d, true
}
