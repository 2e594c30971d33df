// Package pysource reads Python source without running it: its tokens, the names that a module binds at its top level, and the
// parameters of plain functions. It knows when it does not know, and then says nothing.
package pysource

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the kind of a Token.
type Kind uint8

// The kinds of tokens. Comments, blank lines and joined lines leave none.
const (
	End     Kind = iota // of the source
	Name                // an identifier or keyword
	Number              // a numeric literal
	String              // a string literal of any prefix, with all that an f-string holds
	Op                  // an operator or delimiter
	Newline             // the end of a logical line
	Indent              // a deeper block begins
	Dedent              // a block ends
)

// Token is a token and the bytes of the source that it covers; End, Newline, Indent and Dedent have no text.
type Token struct {
	Kind       Kind
	Text       string
	Start, End int
}

// is tells whether a token is a certain name, operator or delimiter.
func (t Token) is(text string) bool { return (t.Kind == Op || t.Kind == Name) && t.Text == text }

// Error says why text is no Python source.
type Error struct {
	Offset  int // in bytes
	Message string
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// deepest is how far brackets, blocks and f-strings may nest; Python itself refuses more than 100 to 200.
const deepest = 100

// Tokens cuts source into tokens, as Python 3.12 and later do. The last one is End.
func Tokens(source string) (tokens []Token, err *Error) {
	if !utf8.ValidString(source) {
		return nil, &Error{0, "the text is not UTF-8"}
	}
	l := &lexer{text: source, tokens: make([]Token, 0, len(source)/4+4), indents: []column{{}}}
	defer func() {
		if failed, ok := recover().(*Error); ok {
			tokens, err = nil, failed
		} else if failed := recover(); failed != nil {
			panic(failed)
		}
	}()
	l.run()
	return l.tokens, nil
}

// lexer holds the state of Tokens. Its methods panic with an *Error.
type lexer struct {
	text     string
	at       int
	tokens   []Token
	brackets []byte
	indents  []column
	nested   int // depth of f-strings
}

// column is the width of an indentation, with tabs of 8 columns and of 1: both must agree on what is deeper.
type column struct{ wide, narrow int }

func (l *lexer) fail(at int, format string, args ...any) {
	panic(&Error{at, fmt.Sprintf(format, args...)})
}

func (l *lexer) emit(kind Kind, start, end int) {
	l.tokens = append(l.tokens, Token{kind, l.text[start:end], start, end})
}

func (l *lexer) run() {
	l.at = len(l.text) - len(strings.TrimPrefix(l.text, "\uFEFF"))
	for {
		if !l.indentation() {
			break
		}
		l.line()
	}
	for len(l.indents) > 1 {
		l.indents = l.indents[:len(l.indents)-1]
		l.emit(Dedent, l.at, l.at)
	}
	l.emit(End, l.at, l.at)
}

// indentation passes over blank lines and comments and opens or closes blocks before the next logical line; false at the end.
func (l *lexer) indentation() bool {
	var now, joined column
	for {
		start := l.at
		now = column{}
	spaces:
		for ; l.at < len(l.text); l.at++ {
			switch l.text[l.at] {
			case ' ':
				now.wide, now.narrow = now.wide+1, now.narrow+1
			case '\t':
				now.wide, now.narrow = (now.wide/8+1)*8, now.narrow+1
			case '\f':
				now = column{}
			default:
				break spaces
			}
		}
		if l.at < len(l.text) && l.text[l.at] == '\\' {
			if joined == (column{}) {
				joined = now
			}
			l.join()
			continue
		}
		if l.at >= len(l.text) {
			return false
		}
		if l.text[l.at] == '#' {
			l.comment()
		}
		if l.at >= len(l.text) {
			return false
		}
		if !l.lineBreak() {
			if joined != (column{}) {
				now = joined
			}
			l.block(now, start)
			return true
		}
		joined = column{}
	}
}

// block emits what a change of indentation means.
func (l *lexer) block(now column, start int) {
	top := l.indents[len(l.indents)-1]
	if now.wide == top.wide {
		if now.narrow != top.narrow {
			l.fail(start, "tabs and spaces are mixed in the indentation")
		}
		return
	}
	if now.wide > top.wide {
		if now.narrow <= top.narrow {
			l.fail(start, "tabs and spaces are mixed in the indentation")
		}
		if len(l.indents) >= deepest {
			l.fail(start, "the blocks are nested too deep")
		}
		l.indents = append(l.indents, now)
		l.emit(Indent, l.at, l.at)
		return
	}
	for now.wide < l.indents[len(l.indents)-1].wide {
		l.indents = l.indents[:len(l.indents)-1]
		l.emit(Dedent, l.at, l.at)
	}
	if top = l.indents[len(l.indents)-1]; now.wide != top.wide {
		l.fail(start, "the indentation matches no block around it")
	} else if now.narrow != top.narrow {
		l.fail(start, "tabs and spaces are mixed in the indentation")
	}
}

// line reads a logical line.
func (l *lexer) line() {
	for {
		l.space(len(l.brackets) > 0)
		start := l.at
		if l.at >= len(l.text) {
			if len(l.brackets) > 0 {
				l.fail(start, "a bracket is open at the end: %q", l.brackets[len(l.brackets)-1:])
			}
			l.emit(Newline, start, start)
			return
		}
		if l.lineBreak() {
			l.emit(Newline, start, start)
			return
		}
		l.emit(l.token(), start, l.at)
	}
}

// space passes over spaces, comments and joined lines; over line breaks too where breaks is set.
func (l *lexer) space(breaks bool) {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\t' || c == '\f':
			l.at++
		case c == '#':
			l.comment()
		case c == '\\':
			l.join()
		case breaks && l.lineBreak():
		default:
			return
		}
	}
}

func (l *lexer) comment() {
	for l.at < len(l.text) && l.text[l.at] != '\n' && l.text[l.at] != '\r' {
		l.at++
	}
}

// join passes over a backslash and the line break after it.
func (l *lexer) join() {
	start := l.at
	l.at++
	if !l.lineBreak() {
		l.fail(start, "a backslash must be the last character of its line")
	}
	if l.at >= len(l.text) {
		l.fail(start, "a backslash at the end of the text joins nothing")
	}
}

func (l *lexer) lineBreak() bool {
	switch {
	case l.at >= len(l.text):
		return false
	case strings.HasPrefix(l.text[l.at:], "\r\n"):
		l.at += 2
	case l.text[l.at] == '\n' || l.text[l.at] == '\r':
		l.at++
	default:
		return false
	}
	return true
}

// operators of more than one character, longest first.
var operators = []string{
	"**=", "//=", ">>=", "<<=", "...",
	"!=", "->", ":=", "==", "<=", ">=", "**", "//", "<<", ">>", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
}

// token reads a token that stands at the current place.
func (l *lexer) token() Kind {
	start := l.at
	c := l.text[l.at]
	if isDigit(c) || c == '.' && l.digitAt(l.at+1) {
		l.number()
		return Number
	}
	if c == '"' || c == '\'' {
		l.stringLiteral("")
		return String
	}
	if size := l.name(); size > 0 {
		l.at += size
		if l.at < len(l.text) && (l.text[l.at] == '"' || l.text[l.at] == '\'') && isPrefix(l.text[start:l.at]) {
			l.stringLiteral(strings.ToLower(l.text[start:l.at]))
			return String
		}
		return Name
	}
	rest := l.text[l.at:]
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			l.at += len(op)
			return Op
		}
	}
	switch c {
	case '(', '[', '{':
		if len(l.brackets) >= deepest {
			l.fail(start, "the brackets are nested too deep")
		}
		l.brackets = append(l.brackets, c)
	case ')', ']', '}':
		if len(l.brackets) == 0 || !closes(l.brackets[len(l.brackets)-1], c) {
			l.fail(start, "nothing opens this bracket: %q", rest[:1])
		}
		l.brackets = l.brackets[:len(l.brackets)-1]
	default:
		if !strings.ContainsRune(",:;.@=+-*/%&|^~<>", rune(c)) {
			r, _ := utf8.DecodeRuneInString(rest)
			l.fail(start, "Python has no such character outside of strings: %q", r)
		}
	}
	l.at++
	return Op
}

func closes(open, c byte) bool {
	return open == '(' && c == ')' || open == '[' && c == ']' || open == '{' && c == '}'
}

// name is the length of the identifier at the current place, 0 for none.
func (l *lexer) name() int {
	n := 0
	for i, r := range l.text[l.at:] {
		n = i
		if r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r) {
			continue
		}
		if i > 0 && (unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Other_ID_Continue)) {
			continue
		}
		return n
	}
	return len(l.text) - l.at
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) digitAt(at int) bool { return at < len(l.text) && isDigit(l.text[at]) }

// number passes over a number. It may run into a keyword, as in `1if x else 2`.
func (l *lexer) number() {
	digits := func(set string) bool {
		start := l.at
		for l.at < len(l.text) {
			c := l.text[l.at]
			if c == '_' && l.at+1 < len(l.text) && strings.IndexByte(set, l.text[l.at+1]) >= 0 {
				l.at++
				continue
			}
			if strings.IndexByte(set, c) < 0 {
				break
			}
			l.at++
		}
		return l.at > start
	}
	const decimal = "0123456789"
	if l.text[l.at] == '0' && l.at+1 < len(l.text) {
		set := ""
		switch l.text[l.at+1] {
		case 'x', 'X':
			set = "0123456789abcdefABCDEF"
		case 'o', 'O':
			set = "01234567"
		case 'b', 'B':
			set = "01"
		}
		if set != "" {
			start := l.at
			l.at += 2
			if !digits(set) {
				l.fail(start, "a number ends too early")
			}
			return
		}
	}
	digits(decimal)
	if l.at < len(l.text) && l.text[l.at] == '.' {
		l.at++
		digits(decimal)
	}
	if l.at < len(l.text) && (l.text[l.at] == 'e' || l.text[l.at] == 'E') {
		sign := 0
		if l.at+1 < len(l.text) && (l.text[l.at+1] == '+' || l.text[l.at+1] == '-') {
			sign = 1
		}
		if l.digitAt(l.at + 1 + sign) {
			l.at += 1 + sign
			digits(decimal)
		}
	}
	if l.at < len(l.text) && (l.text[l.at] == 'j' || l.text[l.at] == 'J') {
		l.at++
	}
}
