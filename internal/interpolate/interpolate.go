// Package interpolate evaluates `<% %>`, the templates that are filled in while a pipeline file is compiled: Go's
// text/template with a list of functions that give the same on every machine and at every time.
package interpolate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"
)

// Open and Close enclose an action.
const (
	Open  = "<%"
	Close = "%>"
)

// Problem is what is wrong with a template, and where.
type Problem struct {
	Start, End int    // bytes of the template's text
	Message    string // of the style of a diagnostic
	Name       string // the name that is not known, where that is the problem
	Within     string // of an unknown field: the path of what lacks it, such as ".vars"; "." for the top
	Function   bool   // Name is a function's
}

// Has tells whether a text has an action in it.
func Has(text string) bool { return strings.Contains(text, Open) }

// Template is a parsed template. It may be used by several goroutines.
type Template struct {
	text string
	path []string
	tmpl *template.Template
}

// Parse reads a template.
func Parse(text string) (*Template, *Problem) {
	if p := unclosed(text); p != nil {
		return nil, p
	}
	t, err := newTemplate(text)
	if err != nil {
		return nil, parseProblem(text, err)
	}
	if p := refuse(text, t.Root, 0); p != nil {
		return nil, p
	}
	if len(t.Templates()) > 1 {
		return nil, &Problem{End: len(text), Message: "a template in a pipeline file cannot define others"}
	}
	return &Template{text: text, path: fieldPath(t.Root), tmpl: t}, nil
}

func newTemplate(text string) (*template.Template, error) {
	return template.New("").Delims(Open, Close).Option("missingkey=error").Funcs(functions()).Parse(text)
}

// Path is the path of a template that is nothing but one: `<% .vars.tables %>` is vars, tables. Otherwise it is nil.
func (t *Template) Path() []string { return t.path }

func fieldPath(root *parse.ListNode) []string {
	if len(root.Nodes) != 1 {
		return nil
	}
	action, ok := root.Nodes[0].(*parse.ActionNode)
	if !ok || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds) != 1 || len(action.Pipe.Cmds[0].Args) != 1 {
		return nil
	}
	if field, ok := action.Pipe.Cmds[0].Args[0].(*parse.FieldNode); ok {
		return field.Ident
	}
	return nil
}

// Execute fills a template in. data is made of nil, bool, int64, float64, string, []any and map[string]any.
func (t *Template) Execute(data map[string]any) (string, *Problem) {
	out := &bounded{}
	if err := t.tmpl.Execute(out, data); err != nil {
		if out.full {
			return "", &Problem{End: len(t.text), Message: fmt.Sprintf("the template makes more than %d bytes", maxText)}
		}
		return "", t.problem(err)
	}
	if !utf8.ValidString(out.String()) {
		return "", &Problem{End: len(t.text), Message: "what the template makes is not UTF-8: a character was cut in two"}
	}
	return out.String(), nil
}

// bounded is a text that does not grow without end.
type bounded struct {
	strings.Builder
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxText {
		b.full = true
		return 0, errors.New("full")
	}
	return b.Builder.Write(p)
}

// maxNested is how deep loops may be in each other, so that a template ends in bounded time.
const maxNested = 2

// refuse looks for what the language of templates has and a pipeline file does not need.
func refuse(text string, n parse.Node, loops int) *Problem {
	at := func(n parse.Node, format string, args ...any) *Problem {
		start, end := action(text, int(n.Position()))
		return &Problem{Start: start, End: end, Message: fmt.Sprintf(format, args...)}
	}
	lists := func(loops int, lists ...*parse.ListNode) *Problem {
		for _, list := range lists {
			if list == nil {
				continue
			}
			for _, child := range list.Nodes {
				if p := refuse(text, child, loops); p != nil {
					return p
				}
			}
		}
		return nil
	}
	switch n := n.(type) {
	case *parse.ListNode:
		return lists(loops, n)
	case *parse.IfNode:
		return lists(loops, n.List, n.ElseList)
	case *parse.WithNode:
		return lists(loops, n.List, n.ElseList)
	case *parse.RangeNode:
		if loops == maxNested {
			return at(n, "loops of a template are nested more than %d deep", maxNested)
		}
		return lists(loops+1, n.List, n.ElseList)
	case *parse.TemplateNode:
		return at(n, "a template in a pipeline file cannot call others")
	}
	return nil
}

// action is the stretch of the action around an offset.
func action(text string, at int) (start, end int) {
	at = min(at, len(text))
	start = max(strings.LastIndex(text[:at], Open), 0)
	end = len(text)
	inner := min(start+len(Open), len(text))
	if i := strings.Index(text[inner:], Close); i >= 0 {
		end = inner + i + len(Close)
	}
	return start, end
}

// unclosed finds an action that does not end. Quotes in an action hide what looks like its end.
func unclosed(text string) *Problem {
	for at := 0; ; {
		i := strings.Index(text[at:], Open)
		if i < 0 {
			return nil
		}
		start := at + i
		at = start + len(Open)
		for !strings.HasPrefix(text[at:], Close) {
			if at >= len(text) {
				return &Problem{Start: start, End: start + len(Open), Message: "the template that begins here has no end: " + Close + " is missing"}
			}
			if q := text[at]; q == '"' || q == '`' {
				for at++; at < len(text) && text[at] != q; at++ {
					if q == '"' && text[at] == '\\' {
						at++
					}
				}
			}
			at++
			at = min(at, len(text))
		}
		at += len(Close)
	}
}

var (
	noFunction = regexp.MustCompile(`function "([^"]*)" not defined`)
	parseError = regexp.MustCompile(`^template: :(\d+)(?::\d+)?: `)
	execError  = regexp.MustCompile(`(?s)^template: :(\d+):(\d+): executing "" at <(.*?)>: (.*)$`)
	noEntry    = regexp.MustCompile(`map has no entry for key "(.*)"$`)
	noValue    = regexp.MustCompile(`nil pointer evaluating interface \{\}\.(\w+)$`)
	noField    = regexp.MustCompile(`can't evaluate field (\w+) in type (.+)$`)
	callError  = regexp.MustCompile(`(?s)^error calling (\w+): (.*)$`)
)

// parseProblem tells what the parser of templates said, at the action that it said it of.
func parseProblem(text string, err error) *Problem {
	message := err.Error()
	line := 1
	if m := parseError.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	p := &Problem{Start: lineStart(text, line), End: len(text)}
	p.Start, p.End = failing(text, p.Start)
	if m := noFunction.FindStringSubmatch(message); m != nil {
		p.Name, p.Function = m[1], true
		p.Message = fmt.Sprintf("templates have no function %q", m[1])
		if i := strings.Index(text[p.Start:p.End], m[1]); i >= 0 {
			p.Start, p.End = p.Start+i, p.Start+i+len(m[1])
		}
		return p
	}
	p.Message = "the template cannot be read: " + plain(message)
	return p
}

// failing is the first action from an offset on that cannot be read alone. Those that need others, such as if, are passed over.
func failing(text string, from int) (start, end int) {
	first, last := -1, len(text)
	for at := from; ; {
		i := strings.Index(text[at:], Open)
		if i < 0 {
			break
		}
		start, end := action(text, at+i+len(Open))
		if first < 0 {
			first, last = start, end
		}
		at = end
		word := strings.Fields(strings.Trim(strings.TrimSuffix(text[start+len(Open):end], Close), "- \n\t"))
		if len(word) > 0 {
			switch word[0] {
			case "if", "else", "end", "range", "with", "break", "continue", "define", "block":
				continue
			}
		}
		if _, err := newTemplate(text[start:end]); err != nil {
			return start, end
		}
	}
	return max(first, 0), last
}

func lineStart(text string, line int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return at
}

// plain is a message of the template library in the delimiters of this language.
func plain(message string) string {
	return strings.NewReplacer("{{", Open+" ", "}}", " "+Close, `\"`, `"`).Replace(message)
}

// problem tells why a template could not be filled in.
func (t *Template) problem(err error) *Problem {
	m := execError.FindStringSubmatch(err.Error())
	if m == nil {
		return &Problem{End: len(t.text), Message: "the template fails: " + plain(err.Error())}
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	p := &Problem{Start: min(lineStart(t.text, line)+column, len(t.text))}
	node, message := m[3], m[4]
	p.Start, p.End = action(t.text, p.Start)
	if i := strings.Index(t.text[p.Start:p.End], node); i >= 0 {
		p.Start, p.End = p.Start+i, p.Start+i+len(node)
	}
	if m := noEntry.FindStringSubmatch(message); m != nil {
		t.unknown(p, node, m[1])
		return p
	}
	if m := noValue.FindStringSubmatch(message); m != nil {
		p.Message = fmt.Sprintf("%s has no %s: it is null", strings.TrimSuffix(node, "."+m[1]), m[1])
		return p
	}
	if m := noField.FindStringSubmatch(message); m != nil {
		p.Message = fmt.Sprintf("%s has no %s: it is %s", strings.TrimSuffix(node, "."+m[1]), m[1], typeName(m[2]))
		return p
	}
	if m := callError.FindStringSubmatch(message); m != nil {
		p.Message = m[1] + ": " + strings.TrimPrefix(m[2], "runtime error: ")
		return p
	}
	p.Message = "the template fails: " + strings.ReplaceAll(plain(message), "interface {}", "any value")
	return p
}

// unknown says that a map has no such key. node is the path that was asked for.
func (t *Template) unknown(p *Problem, node, name string) {
	p.Name, p.Within = name, "."
	if at := strings.Index(node+".", "."+name+"."); strings.HasPrefix(node, ".") && at >= 0 {
		p.Within = node[:at]
		if p.Within == "" {
			p.Within = "."
		}
		if strings.HasPrefix(t.text[p.Start:], node) {
			p.End = p.Start + at + 1 + len(name)
		}
	}
	p.Message = fmt.Sprintf("there is no %s in %s", name, p.Within)
}

func typeName(goType string) string {
	switch goType {
	case "string":
		return "text"
	case "int", "int64", "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "[]interface{}", "[]interface", "[]any":
		return "a list"
	}
	return "no mapping"
}
