// Package jinja renders the templates that need no Jinja: a closed set of expressions over the documented context, exactly as
// Airflow renders them. What is outside of the set goes to the real jinja2; which of the two is decided from the text alone,
// before anything is rendered.
//
// The set: {{ expression }} without whitespace control, where an expression is
//
//	a name of the context: ds, ts, run_id, logical_date, params, ti, dag_run, var, macros, ...
//	.attribute, ['key'], [0]         of params, dag_run.conf, var.json.KEY and XComs
//	ti.xcom_pull('task') or ti.xcom_pull(task_ids='task', key='key')
//	var.value.KEY, var.json.KEY
//	macros.ds_add(ds, 1), macros.ds_format(ds, '%Y-%m-%d', '%Y')
//	the methods of dates in methods.go, with literal arguments
//	the filters ds, ds_nodash, ts, ts_nodash, ts_nodash_with_tz of dates
//	a string, an integer, true, false, none
package jinja

import (
	"strings"

	"github.com/dagexport/dagexport/internal/jinja"
)

// Template is a parsed text.
type Template struct {
	parts []part
}

// part is literal text, or an expression.
type part struct {
	text string
	expr expr // nil for literal text
}

// Parse parses a text; nil when it needs the real Jinja.
func Parse(text string) *Template {
	if strings.Contains(text, "{%") || strings.Contains(text, "{#") {
		return nil
	}
	text = normalize(text)
	if !strings.Contains(text, "{{") {
		return &Template{parts: []part{{text: text}}}
	}
	parsed, err := jinja.Parse(text)
	if err != nil {
		return nil
	}
	var t Template
	for _, n := range parsed.Parts {
		switch n := n.(type) {
		case *jinja.Data:
			t.parts = append(t.parts, part{text: n.Text})
		case *jinja.Output:
			e := exprOf(n.Expr)
			if o, isObject := e.(object); isObject && o != "dag" && o != "task" || e == nil || n.Trim {
				return nil
			}
			t.parts = append(t.parts, part{expr: e})
		default:
			return nil
		}
	}
	return &t
}

// normalize is what Jinja does to any text: one kind of line end, and no line end at the very end.
func normalize(text string) string {
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return strings.TrimSuffix(text, "\n")
}

// exprOf is an expression of Jinja as one of the set; nil for what is outside of it.
func exprOf(e jinja.Expr) expr {
	switch e := e.(type) {
	case *jinja.Const:
		if v, ok := literalOf(e); ok {
			return literal{v}
		}
	case *jinja.Name:
		return rootOf(e.Text)
	case *jinja.Getattr:
		if of := exprOf(e.Of); of != nil {
			return attribute(of, e.Attr)
		}
	case *jinja.Getitem:
		of := exprOf(e.Of)
		key, ok := e.Key.(*jinja.Const)
		if of == nil || !ok || key.Kind != jinja.Text && key.Kind != jinja.Int {
			return nil
		}
		if v, ok := literalOf(key); ok {
			return subscript(of, v)
		}
	case *jinja.Call:
		method, ok := e.Of.(*jinja.Getattr)
		if !ok {
			return nil
		}
		of := exprOf(method.Of)
		args, ok := argumentsOf(e.Arguments)
		if of == nil || !ok {
			return nil
		}
		return call(of, method.Attr, args)
	case *jinja.Filter:
		of := exprOf(e.Of)
		form, ok := stamps[e.Name]
		if !ok || of == nil || !isMoment(of) || len(e.Args)+len(e.Kwargs)+len(e.Stars) > 0 {
			return nil
		}
		return formatted{of, form}
	}
	return nil
}

// literalOf is the value of a literal of the set: one string without escapes, a decimal integer, true, false or none.
func literalOf(c *jinja.Const) (value any, ok bool) {
	switch c.Kind {
	case jinja.Text:
		return c.Text, c.Plain
	case jinja.Int:
		plain := len(c.Text) <= 18 && (c.Text[0] != '0' || c.Text == "0") && !strings.Contains(c.Text, "_")
		return number(c.Text), plain
	case jinja.Bool:
		return c.Text == "true" || c.Text == "True", true
	case jinja.None:
		return nil, true
	}
	return nil, false
}

// argument is an argument of a call: a literal, or the name ds.
type argument struct {
	name  string // "" for a positional one
	value expr
}

func argumentsOf(a jinja.Arguments) (args []argument, ok bool) {
	if len(a.Stars) > 0 {
		return nil, false
	}
	for _, e := range a.Args {
		args = append(args, argument{value: argumentOf(e)})
	}
	for _, k := range a.Kwargs {
		args = append(args, argument{k.Name, argumentOf(k.Value)})
	}
	for _, arg := range args {
		if arg.value == nil {
			return nil, false
		}
	}
	return args, true
}

func argumentOf(e jinja.Expr) expr {
	switch e := e.(type) {
	case *jinja.Const:
		return exprOf(e)
	case *jinja.Name:
		if e.Text == "ds" {
			return name("ds")
		}
	case *jinja.Op:
		if e.Op != "-" || len(e.Items) != 1 {
			return nil
		}
		if c, ok := e.Items[0].(*jinja.Const); ok && c.Kind == jinja.Int {
			if v, ok := literalOf(c); ok {
				return literal{"-" + v.(number)}
			}
		}
	}
	return nil
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
