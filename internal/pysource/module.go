package pysource

import "strings"

// Module is what a module binds at its top level.
type Module struct {
	// Open tells that there may be more names than Lookup knows: `from x import *`, globals(), exec, __getattr__ and the like.
	Open bool

	names map[string]*Binding
}

// Binding is a name of a module.
type Binding struct {
	Name   string
	Offset int       // of the statement's keyword, or of the name, in bytes
	Def    *Function // a plain function, bound once and without condition; nil for anything else
	Class  bool      // a class, bound once and without condition

	times     int
	uncertain bool // in a condition, or changed by a function's `global`
}

// Sure tells that the name is there whenever the module has been imported.
func (b *Binding) Sure() bool { return !b.uncertain }

// Lookup finds what a name is bound to; nil when nothing in the source binds it.
func (m *Module) Lookup(name string) *Binding { return m.names[name] }

// Names calls f for every binding, in no order.
func (m *Module) Names(f func(*Binding)) {
	for _, b := range m.names {
		f(b)
	}
}

// Function is the signature of a `def`.
type Function struct {
	Params []Param
	Async  bool
}

// Param is a parameter of a function.
type Param struct {
	Name    string
	Kind    ParamKind
	Default bool // it has one
	Valued  bool // ... that is not just None
}

// ParamKind tells how an argument reaches a parameter.
type ParamKind uint8

// The kinds of parameters, in the order in which a signature has them.
const (
	PositionalOnly ParamKind = iota
	Ordinary
	VarPositional // *args
	KeywordOnly
	VarKeyword // **kwargs
)

// Read reads a module. An error means that this reader does not understand the text, not that Python does not.
func Read(source string) (*Module, error) {
	tokens, err := Tokens(source)
	if err != nil {
		return nil, err
	}
	r := &reader{tokens: tokens, module: &Module{names: map[string]*Binding{}}}
	if err := r.file(); err != nil {
		return nil, err
	}
	for _, b := range r.module.names {
		if b.times != 1 || b.uncertain {
			b.Def, b.Class = nil, false
		}
	}
	return r.module, nil
}

// reader walks over the statements of a module.
type reader struct {
	tokens []Token
	at     int
	module *Module
	depth  int // of conditions around the statement
}

func (r *reader) peek() Token { return r.tokens[r.at] }

func (r *reader) next() Token {
	t := r.tokens[r.at]
	if t.Kind != End {
		r.at++
	}
	return t
}

func (r *reader) fail(t Token, message string) {
	panic(&Error{t.Start, message})
}

// file reads all of it, and looks for the names by which code reaches a module's names without writing them.
func (r *reader) file() (err error) {
	defer func() {
		if failed, ok := recover().(*Error); ok {
			err = failed
		}
	}()
	for i, t := range r.tokens {
		if t.Kind != Name {
			continue
		}
		switch t.Text {
		case "globals", "vars", "locals", "exec", "eval", "setattr", "__dict__", "__getattr__", "execfile", "__builtins__":
			r.module.Open = true
		case "modules":
			if i >= 2 && r.tokens[i-1].is(".") && r.tokens[i-2].is("sys") || i > 0 && !r.tokens[i-1].is(".") {
				r.module.Open = true
			}
		}
	}
	for r.peek().Kind != End {
		r.statement()
	}
	return nil
}

func (r *reader) bind(name Token, at int) *Binding {
	b := r.module.names[name.Text]
	if b == nil {
		b = &Binding{Name: name.Text, Offset: at}
		r.module.names[name.Text] = b
	}
	b.times++
	b.uncertain = b.uncertain && b.times > 1 || r.depth > 0 && b.times == 1
	return b
}

// statement reads one statement, or one line of simple ones.
func (r *reader) statement() {
	decorated := false
	for r.peek().is("@") {
		decorated = true
		r.expressions(r.restOfLine())
	}
	first := r.peek()
	switch first.Kind {
	case Newline:
		r.next()
		return
	case Indent:
		r.fail(first, "a line is indented without a reason")
	case Dedent:
		r.fail(first, "a block ends that never began")
	}
	async := false
	if first.is("async") {
		async = true
		r.next()
	}
	switch t := r.peek(); {
	case t.is("def"):
		r.def(first, decorated, async)
	case t.is("class"):
		r.class(first, decorated)
	case t.Kind == Name && isCompound(t.Text):
		r.compound()
	case r.isMatch():
		r.match()
	default:
		r.simple()
	}
}

func isCompound(word string) bool {
	switch word {
	case "if", "elif", "else", "for", "while", "try", "except", "finally", "with":
		return true
	}
	return false
}

// restOfLine takes the tokens up to the end of the logical line.
func (r *reader) restOfLine() []Token {
	start := r.at
	for r.peek().Kind != Newline && r.peek().Kind != End {
		r.at++
	}
	line := r.tokens[start:r.at]
	r.next()
	return line
}

// header takes the tokens up to the colon that ends the head of a compound statement.
func (r *reader) header() []Token {
	start, depth, lambdas := r.at, 0, 0
	for {
		t := r.next()
		switch {
		case t.Kind == Newline || t.Kind == End:
			r.fail(t, "a colon is missing")
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		case t.is("lambda") && depth == 0:
			lambdas++
		case t.is(":") && depth == 0:
			if lambdas == 0 {
				return r.tokens[start : r.at-1]
			}
			lambdas--
		}
	}
}

// body reads what follows the colon of a compound statement that does not open a scope.
func (r *reader) body() {
	r.depth++
	defer func() { r.depth-- }()
	if r.peek().Kind != Newline {
		r.simple()
		return
	}
	r.next()
	if t := r.next(); t.Kind != Indent {
		r.fail(t, "an indented block is missing")
	}
	for r.peek().Kind != Dedent {
		if r.peek().Kind == End {
			r.fail(r.peek(), "an indented block does not end")
		}
		r.statement()
	}
	r.next()
}

// scope passes over the body of a function or class; what it declares global is a name of the module.
func (r *reader) scope() {
	depth := 0
	oneLine := r.peek().Kind != Newline
	if !oneLine {
		if next := r.tokens[min(r.at+1, len(r.tokens)-1)]; next.Kind != Indent {
			r.fail(next, "an indented block is missing")
		}
	}
	for {
		t := r.next()
		switch t.Kind {
		case Indent:
			depth++
		case Dedent:
			depth--
			if depth == 0 {
				return
			}
		case Newline:
			if oneLine {
				return
			}
		case End:
			return
		}
		if t.is("global") {
			for r.peek().Kind == Name {
				name := r.next()
				b := r.bind(name, name.Start)
				b.times++
				b.uncertain = true
				if !r.peek().is(",") {
					break
				}
				r.next()
			}
		}
	}
}

func (r *reader) def(first Token, decorated, async bool) {
	r.next()
	name := r.next()
	if name.Kind != Name || keywords[name.Text] {
		r.fail(name, "a function needs a name")
	}
	f := &Function{Params: r.parameters(), Async: async}
	returns := r.header()
	if len(returns) > 0 && !returns[0].is("->") {
		r.fail(returns[0], "a colon is missing")
	}
	r.expressions(returns)
	b := r.bind(name, first.Start)
	if !decorated {
		b.Def = f
	}
	r.scope()
}

func (r *reader) class(first Token, decorated bool) {
	r.next()
	name := r.next()
	if name.Kind != Name || keywords[name.Text] {
		r.fail(name, "a class needs a name")
	}
	r.expressions(r.header())
	b := r.bind(name, first.Start)
	b.Class = !decorated
	r.scope()
}

func (r *reader) compound() {
	word := r.next()
	switch word.Text {
	case "for":
		start := r.at
		head := r.header()
		for i, t := range head {
			if t.is("in") && depthOf(head[:i]) == 0 {
				r.depth++ // over nothing at all, it binds nothing
				r.targets(r.tokens[start : start+i])
				r.depth--
				r.expressions(head[i:])
				break
			}
		}
	case "with", "except":
		head := r.header()
		r.expressions(head)
		for i, t := range head {
			if t.is("as") {
				r.depth++
				r.targets(upToComma(head[i+1:]))
				r.depth--
			}
		}
	default:
		r.expressions(r.header())
	}
	r.body()
}

// upToComma is the target after an `as`: up to the comma or bracket that ends it.
func upToComma(tokens []Token) []Token {
	depth := 0
	for i, t := range tokens {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			if depth--; depth < 0 {
				return tokens[:i]
			}
		case t.is(",") && depth == 0:
			return tokens[:i]
		}
	}
	return tokens
}

func depthOf(tokens []Token) int {
	depth := 0
	for _, t := range tokens {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		}
	}
	return depth
}

// isMatch tells whether the line is the head of a `match` statement: no simple statement ends in a colon.
func (r *reader) isMatch() bool {
	if !r.peek().is("match") {
		return false
	}
	for i := r.at; ; i++ {
		switch r.tokens[i].Kind {
		case Newline, End:
			return r.tokens[i-1].is(":") && i-1 > r.at+1
		}
	}
}

func (r *reader) match() {
	r.next()
	r.expressions(r.header())
	r.next()
	if t := r.next(); t.Kind != Indent {
		r.fail(t, "an indented block is missing")
	}
	for r.peek().Kind != Dedent {
		if t := r.next(); !t.is("case") {
			r.fail(t, "a match statement has cases only")
		}
		r.depth++
		r.pattern(r.header())
		r.depth--
		r.body()
	}
	r.next()
}

// pattern binds the names that a case captures.
func (r *reader) pattern(tokens []Token) {
	for i, t := range tokens {
		if t.is("if") {
			r.expressions(tokens[i:])
			return
		}
		if t.Kind != Name || keywords[t.Text] || t.Text == "_" {
			continue
		}
		dotted := i > 0 && tokens[i-1].is(".") || i+1 < len(tokens) && (tokens[i+1].is(".") || tokens[i+1].is("(") || tokens[i+1].is("="))
		if !dotted {
			r.bind(t, t.Start)
		}
	}
}

// simple reads the simple statements of a line.
func (r *reader) simple() {
	line := r.restOfLine()
	start, depth := 0, 0
	for i, t := range line {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		case t.is(";") && depth == 0:
			r.small(line[start:i])
			start = i + 1
		}
	}
	r.small(line[start:])
}

// small reads one simple statement.
func (r *reader) small(s []Token) {
	if len(s) == 0 {
		return
	}
	switch s[0].Text {
	case "import":
		r.imports(s[1:])
		return
	case "from":
		for i, t := range s {
			if t.is("import") {
				r.importsFrom(s[i+1:])
				return
			}
		}
		return
	case "del":
		for _, t := range s[1:] {
			if b := r.module.names[t.Text]; b != nil && t.Kind == Name {
				b.uncertain, b.times = true, b.times+1
			}
		}
		return
	case "type":
		if len(s) > 2 && s[1].Kind == Name && !keywords[s[1].Text] {
			r.bind(s[1], s[1].Start)
			return
		}
	}
	r.assignment(s)
	r.expressions(s)
}

// assignment binds the targets of a statement that has some.
func (r *reader) assignment(s []Token) {
	depth, lambdas, start := 0, 0, 0
	for i, t := range s {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		case depth > 0 || t.Kind != Op && !t.is("lambda"):
		case t.is("lambda"):
			lambdas++
		case t.is(":"):
			if lambdas > 0 {
				lambdas--
				continue
			}
			// An annotation; without a value it binds nothing.
			for j := i; j < len(s); j++ {
				if s[j].is("=") && depthOf(s[i:j]) == 0 {
					r.targets(s[:i])
					break
				}
			}
			return
		case t.is("=") && lambdas == 0:
			r.targets(s[start:i])
			start = i + 1
		case len(t.Text) > 1 && strings.HasSuffix(t.Text, "=") && strings.IndexByte("+-*/%&|^@<>", t.Text[0]) >= 0 && t.Text != "<=" && t.Text != ">=":
			r.targets(s[:i])
			return
		}
	}
}

// targets binds the names of an assignment's left side; a[b] and a.b bind nothing.
func (r *reader) targets(s []Token) {
	for i := 0; i < len(s); {
		t := s[i]
		if t.is(",") || t.is("*") || t.is("(") || t.is("[") || t.is(")") || t.is("]") {
			i++
			if !(t.is(")") || t.is("]")) || i >= len(s) || !trails(s[i]) {
				continue
			}
		} else {
			i++
		}
		trailed := false
		for i < len(s) && trails(s[i]) {
			trailed = true
			if s[i].is(".") {
				i += 2
				continue
			}
			depth := 0
			for ; i < len(s); i++ {
				if s[i].is("(") || s[i].is("[") || s[i].is("{") {
					depth++
				} else if s[i].is(")") || s[i].is("]") || s[i].is("}") {
					if depth--; depth == 0 {
						i++
						break
					}
				}
			}
		}
		if !trailed && t.Kind == Name && !keywords[t.Text] {
			r.bind(t, t.Start)
		}
	}
}

func trails(t Token) bool { return t.is(".") || t.is("[") || t.is("(") }

// expressions binds what `:=` binds.
func (r *reader) expressions(s []Token) {
	for i := 1; i < len(s); i++ {
		if s[i].is(":=") && s[i-1].Kind == Name {
			r.depth++
			r.bind(s[i-1], s[i-1].Start)
			r.depth--
		}
	}
}

// imports reads `import a.b as c, d`.
func (r *reader) imports(s []Token) {
	for len(s) > 0 {
		one := upToComma(s)
		s = s[min(len(one)+1, len(s)):]
		switch {
		case len(one) > 2 && one[len(one)-2].is("as"):
			r.bind(one[len(one)-1], one[0].Start)
		case len(one) > 0 && one[0].Kind == Name:
			r.bind(one[0], one[0].Start)
		}
	}
}

// importsFrom reads what follows `from x import`.
func (r *reader) importsFrom(s []Token) {
	for i := 0; i < len(s); i++ {
		switch t := s[i]; {
		case t.is("*"):
			r.module.Open = true
		case t.Kind != Name:
		case i+2 < len(s) && s[i+1].is("as"):
			r.bind(s[i+2], t.Start)
			i += 2
		default:
			r.bind(t, t.Start)
		}
	}
}

// IsKeyword tells whether a word is one of Python's own, which nothing can be called by.
func IsKeyword(word string) bool { return keywords[word] }

var keywords = map[string]bool{
	"False": true, "None": true, "True": true, "and": true, "as": true, "assert": true, "async": true, "await": true, "break": true,
	"class": true, "continue": true, "def": true, "del": true, "elif": true, "else": true, "except": true, "finally": true, "for": true,
	"from": true, "global": true, "if": true, "import": true, "in": true, "is": true, "lambda": true, "nonlocal": true, "not": true,
	"or": true, "pass": true, "raise": true, "return": true, "try": true, "while": true, "with": true, "yield": true,
}
