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
	var t Template
	for text != "" {
		open := strings.Index(text, "{{")
		if open < 0 {
			t.parts = append(t.parts, part{text: text})
			break
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: text[:open]})
		}
		p := parser{scanner{text: text[open+2:]}}
		e := p.whole()
		if e == nil {
			return nil
		}
		t.parts = append(t.parts, part{expr: e})
		text = p.text[p.at:]
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

// scanner cuts an expression into tokens.
type scanner struct {
	text string
	at   int
}

type token struct {
	kind tokenKind
	text string
}

type tokenKind int

const (
	tokenEnd   tokenKind = iota // }}
	tokenName                   // of ASCII letters
	tokenText                   // a string literal, unquoted
	tokenInt                    // decimal digits
	tokenPunct                  // one of . [ ] ( ) , = | -
	tokenOther                  // anything else: outside of the set
)

func (s *scanner) next() token {
	for s.at < len(s.text) && strings.IndexByte(" \t\n", s.text[s.at]) >= 0 {
		s.at++
	}
	rest := s.text[s.at:]
	if rest == "" {
		return token{kind: tokenOther}
	}
	if strings.HasPrefix(rest, "}}") {
		s.at += 2
		return token{kind: tokenEnd}
	}
	take := func(kind tokenKind, n int) token {
		s.at += n
		return token{kind, rest[:n]}
	}
	switch c := rest[0]; {
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n])) {
			n++
		}
		return take(tokenName, n)
	case isDigit(c):
		n := 1
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
		if n < len(rest) && (isLetter(rest[n]) || rest[n] == '.') || n > 1 && c == '0' || n > 18 {
			return token{kind: tokenOther}
		}
		return take(tokenInt, n)
	case c == '\'' || c == '"':
		end := strings.IndexByte(rest[1:], c)
		if end < 0 || strings.Contains(rest[1:1+end], `\`) {
			return token{kind: tokenOther}
		}
		s.at += end + 2
		return token{tokenText, rest[1 : 1+end]}
	case strings.IndexByte(".[](),=|-", c) >= 0:
		return take(tokenPunct, 1)
	}
	return token{kind: tokenOther}
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parser reads one expression; every method returns nil for what is outside of the set.
type parser struct{ scanner }

// peek is the next token, which stays.
func (p *parser) peek() token {
	before := p.at
	t := p.next()
	p.at = before
	return t
}

// punct takes a punctuation mark if it is next.
func (p *parser) punct(text string) bool {
	if t := p.peek(); t.kind == tokenPunct && t.text == text {
		p.next()
		return true
	}
	return false
}

// whole is an expression up to its closing braces. A minus sign there would trim white space: outside of the set.
func (p *parser) whole() expr {
	e := p.primary()
	for e != nil {
		switch {
		case p.punct("|"):
			e = p.filter(e)
		case p.peek().kind == tokenEnd:
			p.next()
			if _, isObject := e.(object); isObject {
				return nil
			}
			return e
		default:
			e = p.postfix(e)
		}
	}
	return nil
}

func (p *parser) primary() expr {
	switch t := p.next(); t.kind {
	case tokenText:
		return literal{t.text}
	case tokenInt:
		return literal{number(t.text)}
	case tokenName:
		switch t.text {
		case "true", "True":
			return literal{true}
		case "false", "False":
			return literal{false}
		case "none", "None":
			return literal{nil}
		}
		return rootOf(t.text)
	}
	return nil
}

// postfix is .name, [key] or a call after an expression.
func (p *parser) postfix(e expr) expr {
	switch {
	case p.punct("."):
		name := p.next()
		if name.kind != tokenName {
			return nil
		}
		if p.punct("(") {
			args, ok := p.arguments()
			if !ok {
				return nil
			}
			return call(e, name.text, args)
		}
		return attribute(e, name.text)
	case p.punct("["):
		key := p.next()
		if !p.punct("]") {
			return nil
		}
		switch key.kind {
		case tokenText:
			return subscript(e, key.text)
		case tokenInt:
			return subscript(e, number(key.text))
		}
	}
	return nil
}

// argument is an argument of a call: a literal, or the name ds.
type argument struct {
	name  string // "" for a positional one
	value expr
}

// arguments are those of a call, up to its closing parenthesis.
func (p *parser) arguments() (args []argument, ok bool) {
	for !p.punct(")") {
		if len(args) > 0 && !p.punct(",") {
			return nil, false
		}
		var a argument
		before := p.at
		if t := p.next(); t.kind == tokenName && p.punct("=") {
			a.name = t.text
		} else {
			p.at = before
			if len(args) > 0 && args[len(args)-1].name != "" {
				return nil, false
			}
		}
		negative := p.punct("-")
		a.value = p.primary()
		if l, isLiteral := a.value.(literal); isLiteral {
			n, isNumber := l.value.(number)
			if negative && !isNumber {
				return nil, false
			}
			if negative {
				a.value = literal{"-" + n}
			}
		} else if n, isName := a.value.(name); negative || !isName || n != "ds" {
			return nil, false
		}
		args = append(args, a)
	}
	return args, true
}

// filter is a filter after an expression. Those of the set take a date and no arguments.
func (p *parser) filter(e expr) expr {
	t := p.next()
	if t.kind != tokenName || !isMoment(e) {
		return nil
	}
	form, ok := stamps[t.text]
	if !ok {
		return nil
	}
	return formatted{e, form}
}
