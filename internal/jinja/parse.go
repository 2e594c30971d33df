package jinja

import (
	"fmt"
	"strings"
)

// deepest is how far expressions and statements may nest.
const deepest = 150

// Parse parses a text. Line ends are taken as they are.
func Parse(text string) (t *Template, err *Error) {
	defer func() {
		switch failed := recover().(type) {
		case nil:
		case *Error:
			t, err = nil, failed
		default:
			panic(failed)
		}
	}()
	l := &lexer{text: text, tokens: make([]token, 0, 16)}
	l.run()
	p := &parser{text: text, tokens: l.tokens, t: &Template{}}
	p.t.Parts = p.nodes(nil)
	return p.t, nil
}

// parser follows jinja2's own, method by method. Its methods panic with an *Error.
type parser struct {
	text   string
	tokens []token
	at     int
	t      *Template
	open   []opened // statements that wait for their end tag
	depth  int
}

// opened is a statement and the tags that may come next in it.
type opened struct {
	tag  string
	at   At
	ends []string
}

func (p *parser) deeper() func() {
	if p.depth++; p.depth > deepest {
		t := p.peek()
		panic(&Error{Start: t.Start, End: t.End, Message: "the template is nested too deep", Doubt: true})
	}
	return func() { p.depth-- }
}

func (p *parser) peek() token { return p.tokens[p.at] }

// look is the token after the next.
func (p *parser) look() token { return p.tokens[min(p.at+1, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokenEOF {
		p.at++
	}
	return t
}

func (p *parser) isOp(text string) bool {
	t := p.peek()
	return t.kind == tokenOp && t.text == text
}

func (p *parser) isName(text string) bool {
	t := p.peek()
	return t.kind == tokenName && t.text == text
}

func (p *parser) skipOp(text string) bool {
	if p.isOp(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) skipName(text string) bool {
	if p.isName(text) {
		p.at++
		return true
	}
	return false
}

// describe is a token in the words of a message.
func (p *parser) describe(t token) string {
	switch t.kind {
	case tokenEOF:
		return "the end of the text"
	case tokenData:
		return "text"
	case tokenText:
		return "a string"
	case tokenOpen, tokenClose, tokenBlockOpen, tokenBlockClose:
		return p.text[t.Start:t.End]
	}
	return fmt.Sprintf("%q", t.text)
}

func (p *parser) unexpected(want string) {
	t := p.peek()
	fail(t.Start, max(t.End, min(t.Start+1, len(p.text))), "unexpected %s: %s", p.describe(t), want)
}

func (p *parser) expectOp(text string) token {
	if !p.isOp(text) {
		p.unexpected(fmt.Sprintf("%q should be here", text))
	}
	return p.next()
}

func (p *parser) expectWord(text string) {
	if !p.skipName(text) {
		p.unexpected(fmt.Sprintf("%q should be here", text))
	}
}

func (p *parser) expectName(what string) token {
	if p.peek().kind != tokenName {
		p.unexpected(what + " should be here")
	}
	return p.next()
}

func (p *parser) expectBlockEnd() {
	if p.peek().kind != tokenBlockClose {
		p.unexpected("%} should be here")
	}
	p.next()
}

// nodes reads up to one of the end tags, which stays; with none, to the end.
func (p *parser) nodes(ends []string) []Node {
	defer p.deeper()()
	var out []Node
	for {
		switch t := p.peek(); t.kind {
		case tokenEOF:
			if len(ends) > 0 {
				o := p.open[len(p.open)-1]
				fail(o.at.Start, o.at.End, "{%% %s %%} has no {%% %s %%}", o.tag, ends[len(ends)-1])
			}
			return out
		case tokenData:
			p.next()
			out = append(out, &Data{t.text})
		case tokenOpen:
			p.next()
			e := p.tuple(true, nil, false)
			end := p.peek()
			if end.kind != tokenClose {
				p.unexpected("}} should be here")
			}
			p.next()
			out = append(out, &Output{Expr: e, Trim: t.trim || end.trim})
		default:
			p.next()
			for _, end := range ends {
				if p.isName(end) {
					return out
				}
			}
			out = append(out, p.statement())
			p.expectBlockEnd()
		}
	}
}

// body reads the nodes of a statement up to one of its end tags, which it takes and returns.
func (p *parser) body(s *Statement, ends ...string) string {
	p.skipOp(":")
	p.expectBlockEnd()
	p.open[len(p.open)-1].ends = ends
	s.Body = append(s.Body, p.nodes(ends)...)
	return p.next().text
}

var tags = []string{"for", "if", "block", "extends", "print", "macro", "include", "from", "import", "set", "with", "autoescape", "call", "filter", "do"}

func (p *parser) statement() *Statement {
	t := p.peek()
	if t.kind != tokenName {
		p.unexpected("a tag such as if or for should be here")
	}
	s := &Statement{Tag: t.text}
	p.open = append(p.open, opened{tag: t.text, at: t.At})
	defer func() { p.open = p.open[:len(p.open)-1] }()
	p.next()
	switch t.text {
	case "for":
		p.target(s, false, "in")
		p.expectWord("in")
		p.add(s, p.tuple(false, []string{"recursive"}, false))
		if p.skipName("if") {
			p.add(s, p.expression(true))
		}
		p.skipName("recursive")
		p.assign("loop")
		if p.body(s, "else", "endfor") == "else" {
			p.body(s, "endfor")
		}
	case "if":
		for {
			p.add(s, p.tuple(false, nil, false))
			end := p.body(s, "elif", "else", "endif")
			if end == "elif" {
				continue
			}
			if end == "else" {
				p.body(s, "endif")
			}
			break
		}
	case "set":
		p.target(s, true, "")
		if p.skipOp("=") {
			p.add(s, p.tuple(true, nil, false))
			break
		}
		p.add(s, p.filters(nil))
		p.body(s, "endset")
	case "with":
		for n := 0; p.peek().kind != tokenBlockClose; n++ {
			if n > 0 {
				p.expectOp(",")
			}
			p.target(s, false, "")
			p.expectOp("=")
			p.add(s, p.expression(true))
		}
		p.body(s, "endwith")
	case "autoescape":
		p.add(s, p.expression(true))
		p.body(s, "endautoescape")
	case "block":
		name := p.expectName("the name of the block")
		p.skipName("scoped")
		required := p.skipName("required")
		p.assign("self")
		p.body(s, "endblock")
		if required {
			p.onlyBlank(s, t.At)
		}
		p.skipName(name.text)
	case "extends":
		p.add(s, p.expression(true))
		// What the other template has is not known here.
	case "include":
		p.add(s, p.expression(true))
		if p.isName("ignore") && p.look().kind == tokenName && p.look().text == "missing" {
			p.at += 2
		}
		p.withContext()
	case "import":
		p.add(s, p.expression(true))
		p.expectWord("as")
		p.assign(p.expectName("a name").text)
		p.withContext()
	case "from":
		p.fromImport(s)
	case "macro":
		p.assign(p.expectName("the name of the macro").text)
		p.signature(s)
		p.assignMacro()
		p.body(s, "endmacro")
	case "call":
		if p.isOp("(") {
			p.signature(s)
		}
		p.assignMacro()
		call := p.expression(true)
		if _, ok := call.(*Call); !ok {
			at := call.Place()
			fail(at.Start, at.End, "{%% call %%} needs the call of a macro")
		}
		p.add(s, call)
		p.body(s, "endcall")
	case "filter":
		p.add(s, p.oneFilter(nil))
		p.add(s, p.filtersAfter(s))
		p.body(s, "endfilter")
	case "print":
		for n := 0; p.peek().kind != tokenBlockClose; n++ {
			if n > 0 {
				p.expectOp(",")
			}
			p.add(s, p.expression(true))
		}
	case "do":
		p.add(s, p.tuple(true, nil, false))
	default:
		p.unknownTag(t)
	}
	return s
}

// filtersAfter takes the filters that follow the first of a filter block.
func (p *parser) filtersAfter(s *Statement) Expr {
	last := s.Exprs[len(s.Exprs)-1]
	s.Exprs = s.Exprs[:len(s.Exprs)-1]
	return p.filters(last)
}

func (p *parser) unknownTag(t token) {
	if strings.HasPrefix(t.text, "end") || t.text == "else" || t.text == "elif" {
		if len(p.open) > 1 {
			o := p.open[len(p.open)-2]
			if len(o.ends) > 0 {
				fail(t.Start, t.End, "{%% %s %%} ends nothing: {%% %s %%} is open and waits for {%% %s %%}", t.text, o.tag, o.ends[len(o.ends)-1])
			}
		}
		fail(t.Start, t.End, "{%% %s %%} ends nothing that is open", t.text)
	}
	fail(t.Start, t.End, "Jinja has no tag %q: the tags are %s", t.text, strings.Join(tags, ", "))
}

func (p *parser) onlyBlank(s *Statement, at At) {
	for _, n := range s.Body {
		if d, ok := n.(*Data); !ok || strings.TrimSpace(d.Text) != "" {
			fail(at.Start, at.End, "a required block can hold nothing but white space")
		}
	}
}

func (p *parser) add(s *Statement, e Expr) {
	if e != nil {
		s.Exprs = append(s.Exprs, e)
	}
}

func (p *parser) assign(name string) {
	if p.t.Assigned == nil {
		p.t.Assigned = map[string]bool{}
	}
	p.t.Assigned[name] = true
}

func (p *parser) assignMacro() {
	for _, name := range []string{"varargs", "kwargs", "caller"} {
		p.assign(name)
	}
}

func (p *parser) withContext() {
	if (p.isName("with") || p.isName("without")) && p.look().kind == tokenName && p.look().text == "context" {
		p.at += 2
	}
}

func (p *parser) fromImport(s *Statement) {
	p.add(s, p.expression(true))
	p.expectWord("import")
	context := func() bool {
		before := p.at
		p.withContext()
		return p.at > before
	}
	for n := 0; ; n++ {
		if n > 0 {
			p.expectOp(",")
		}
		if p.peek().kind == tokenName && context() {
			return
		}
		name := p.expectName("a name")
		if strings.HasPrefix(name.text, "_") {
			fail(name.Start, name.End, "a name with an underscore in front cannot be imported")
		}
		if p.skipName("as") {
			name = p.expectName("a name")
		}
		p.assign(name.text)
		if context() || !p.isOp(",") {
			return
		}
	}
}

func (p *parser) signature(s *Statement) {
	p.expectOp("(")
	defaults := false
	for n := 0; !p.isOp(")"); n++ {
		if n > 0 {
			p.expectOp(",")
		}
		name := p.expectName("a name")
		p.assign(name.text)
		if p.skipOp("=") {
			defaults = true
			p.add(s, p.expression(true))
		} else if defaults {
			fail(name.Start, name.End, "a parameter without a default follows one that has one")
		}
	}
	p.expectOp(")")
}

// target reads what a statement gives values to.
func (p *parser) target(s *Statement, namespace bool, end string) {
	var ends []string
	if end != "" {
		ends = []string{end}
	}
	start := p.at
	for n := 0; ; n++ {
		if n > 0 {
			p.expectOp(",")
		}
		if p.tupleEnd(ends) {
			break
		}
		p.oneTarget(s, namespace)
		if !p.isOp(",") {
			break
		}
	}
	if p.at == start {
		p.unexpected("a name should be here")
	}
}

func (p *parser) oneTarget(s *Statement, namespace bool) {
	t := p.peek()
	if namespace && t.kind == tokenName && p.look().kind == tokenOp && p.look().text == "." {
		p.at += 2
		p.expectName("a name")
		return
	}
	p.assignTo(p.primary(), t)
}

func (p *parser) assignTo(e Expr, t token) {
	switch e := e.(type) {
	case *Name:
		p.assign(e.Text)
	case *List:
		if !e.Tuple {
			fail(t.Start, t.End, "a list cannot be given a value")
		}
		for _, item := range e.Items {
			p.assignTo(item, t)
		}
	default:
		at := e.Place()
		fail(at.Start, at.End, "%s cannot be given a value", p.text[at.Start:at.End])
	}
}
