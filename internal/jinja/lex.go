package jinja

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says why text is no template.
type Error struct {
	Start, End int // the bytes to point at
	Message    string
	Doubt      bool // Jinja itself may take it: a name of rare letters, or nesting too deep to follow
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

type tokenKind uint8

const (
	tokenEOF tokenKind = iota
	tokenData
	tokenOpen       // {{
	tokenClose      // }}
	tokenBlockOpen  // {%
	tokenBlockClose // %}
	tokenName
	tokenText
	tokenInt
	tokenFloat
	tokenOp
)

type token struct {
	kind tokenKind
	text string // of a string its value
	At
	trim, plain bool
}

// lexer cuts a template into tokens. Its methods panic with an *Error.
type lexer struct {
	text   string
	at     int
	tokens []token
}

func fail(start, end int, format string, args ...any) {
	panic(&Error{Start: start, End: end, Message: fmt.Sprintf(format, args...)})
}

func (l *lexer) emit(kind tokenKind, start int, text string) *token {
	l.tokens = append(l.tokens, token{kind: kind, text: text, At: At{start, l.at}})
	return &l.tokens[len(l.tokens)-1]
}

func (l *lexer) run() {
	for l.at < len(l.text) {
		open := nextOpen(l.text[l.at:])
		if open != 0 {
			start := l.at
			if open < 0 {
				l.at = len(l.text)
			} else {
				l.at += open
			}
			l.emit(tokenData, start, l.text[start:l.at])
			continue
		}
		switch l.text[l.at+1] {
		case '#':
			l.comment()
		case '%':
			if !l.raw() {
				l.tag(tokenBlockOpen, tokenBlockClose)
			}
		default:
			l.tag(tokenOpen, tokenClose)
		}
	}
	l.emit(tokenEOF, l.at, "")
}

// nextOpen is where the next {{, {% or {# is; -1: nowhere.
func nextOpen(text string) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '{' && (text[i+1] == '{' || text[i+1] == '%' || text[i+1] == '#') {
			return i
		}
	}
	return -1
}

func (l *lexer) comment() {
	end := strings.Index(l.text[l.at+2:], "#}")
	if end < 0 && nothing(strings.TrimLeft(l.text[l.at+2:], "-+")) && len(l.text)-l.at < 5 {
		l.at = len(l.text) // Jinja overlooks one that opens at the very end
		return
	}
	if end < 0 {
		fail(l.at, l.at+2, "the comment that {# opens has no end #}")
	}
	l.at += 2 + end + 2
}

// nothing tells whether text is empty to Jinja, which takes away a line end at the very end.
func nothing(text string) bool { return text == "" || text == "\n" || text == "\r\n" || text == "\r" }

// raw passes over {% raw %} up to {% endraw %}.
func (l *lexer) raw() bool {
	size := rawTag(l.text[l.at:], "raw")
	if size == 0 {
		return false
	}
	start := l.at
	if nothing(l.text[start+size:]) {
		l.at = len(l.text)
		return true
	}
	for at := l.at + size; at < len(l.text); at++ {
		if n := rawTag(l.text[at:], "endraw"); n > 0 {
			l.at = at
			l.emit(tokenData, start+size, l.text[start+size:at]).plain = true
			l.at = at + n
			return true
		}
	}
	fail(start, start+size, "{%% raw %%} has no {%% endraw %%}")
	return false
}

// rawTag is the length of {% word %} at the start of text, 0 where there is none.
func rawTag(text, word string) int {
	rest, ok := strings.CutPrefix(text, "{%")
	if !ok {
		return 0
	}
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	rest, ok = strings.CutPrefix(strings.TrimLeftFunc(rest, unicode.IsSpace), word)
	if !ok {
		return 0
	}
	rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	if rest != "" && (rest[0] == '-' || word == "endraw" && rest[0] == '+') {
		rest = rest[1:]
	}
	if rest, ok = strings.CutPrefix(rest, "%}"); !ok {
		return 0
	}
	return len(text) - len(rest)
}

// tag cuts what is between the braces of an output or statement.
func (l *lexer) tag(open, end tokenKind) {
	start := l.at
	l.at += 2
	trim := l.at < len(l.text) && (l.text[l.at] == '-' || l.text[l.at] == '+')
	if trim {
		l.at++
	}
	l.emit(open, start, "").trim = trim
	braces, closing := "}}", "{{"
	if end == tokenBlockClose {
		braces, closing = "%}", "{%"
	}
	var stack []int // where brackets are open
	for {
		for l.at < len(l.text) {
			r, size := utf8.DecodeRuneInString(l.text[l.at:])
			if !unicode.IsSpace(r) && (r < 0x1c || r > 0x1f) {
				break
			}
			l.at += size
		}
		rest := l.text[l.at:]
		if rest == "" {
			if len(stack) > 0 {
				fail(stack[len(stack)-1], stack[len(stack)-1]+1, "%q is never closed", l.text[stack[len(stack)-1]:stack[len(stack)-1]+1])
			}
			fail(start, start+2, "%s is never closed: %s is missing", closing, braces)
		}
		if len(stack) == 0 {
			sign := 0
			if rest[0] == '-' || rest[0] == '+' && end == tokenBlockClose {
				sign = 1
			}
			if strings.HasPrefix(rest[sign:], braces) {
				at := l.at
				l.at += sign + 2
				l.emit(end, at, "").trim = sign > 0
				return
			}
		}
		l.inside(&stack)
	}
}

// operators of two characters.
var operators = []string{"==", "!=", ">=", "<=", "//", "**"}

// inside cuts one token of an expression.
func (l *lexer) inside(stack *[]int) {
	start, rest := l.at, l.text[l.at:]
	if size := number(rest, start > 0 && l.text[start-1] == '.'); size != 0 {
		kind := tokenInt
		if size < 0 {
			kind, size = tokenFloat, -size
		}
		l.at += size
		l.emit(kind, start, rest[:size])
		return
	}
	if size := nameSize(rest); size > 0 {
		l.at += size
		name := rest[:size]
		if first, _ := utf8.DecodeRuneInString(name); first != '_' && !unicode.IsLetter(first) && !unicode.Is(unicode.Nl, first) {
			panic(&Error{Start: start, End: l.at, Message: fmt.Sprintf("%q is neither a number nor a name", name), Doubt: first >= utf8.RuneSelf})
		}
		l.emit(tokenName, start, name)
		return
	}
	switch c := rest[0]; c {
	case '\'', '"':
		l.quoted(c)
		return
	case '(', '[', '{':
		*stack = append(*stack, start)
	case ')', ']', '}':
		if len(*stack) == 0 {
			fail(start, start+1, "nothing opens this %q", rest[:1])
		}
		at := (*stack)[len(*stack)-1]
		open := l.text[at]
		if strings.HasPrefix(rest, "}}") && open != '{' {
			fail(at, at+1, "%q is never closed", string(open))
		}
		*stack = (*stack)[:len(*stack)-1]
		if want := closing(open); want != c {
			fail(start, start+1, "unexpected %q: %q is open", rest[:1], string(open))
		}
	}
	size := 1
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			size = 2
		}
	}
	if size == 1 && !strings.ContainsRune("+-/*%~[](){}><=.:|,;", rune(rest[0])) {
		r, width := utf8.DecodeRuneInString(rest)
		fail(start, start+width, "Jinja has no such character in an expression: %q", r)
	}
	l.at += size
	l.emit(tokenOp, start, rest[:size])
}

func closing(open byte) byte {
	switch open {
	case '(':
		return ')'
	case '[':
		return ']'
	}
	return '}'
}

func nameSize(text string) int {
	for i, r := range text {
		if r != '_' && !unicode.In(r, unicode.L, unicode.N, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Other_ID_Continue, unicode.Other_ID_Start) {
			return i
		}
	}
	return len(text)
}

// number is the length of the number at the start of text, negative for a decimal one.
func number(text string, afterDot bool) int {
	digits := func(s string) int {
		n := 0
		for n < len(s) && (isDigit(s[n]) || s[n] == '_' && n > 0 && s[n-1] != '_' && n+1 < len(s) && isDigit(s[n+1])) {
			n++
		}
		return n
	}
	whole := digits(text)
	if whole == 0 {
		return 0
	}
	if !afterDot {
		fraction := 0
		if whole < len(text) && text[whole] == '.' {
			if n := digits(text[whole+1:]); n > 0 {
				fraction = n + 1
			}
		}
		exponent := 0
		if at := whole + fraction; at < len(text) && (text[at] == 'e' || text[at] == 'E') {
			sign := 0
			if at+1 < len(text) && (text[at+1] == '+' || text[at+1] == '-') {
				sign = 1
			}
			if n := digits(text[min(at+1+sign, len(text)):]); n > 0 {
				exponent = 1 + sign + n
			}
		}
		if fraction+exponent > 0 {
			return -(whole + fraction + exponent)
		}
	}
	if text[0] == '0' {
		set := ""
		if len(text) > 1 {
			switch text[1] {
			case 'x', 'X':
				set = "0123456789abcdefABCDEF"
			case 'o', 'O':
				set = "01234567"
			case 'b', 'B':
				set = "01"
			}
		}
		if set != "" {
			n := 2
			for n < len(text) && (strings.IndexByte(set, text[n]) >= 0 || text[n] == '_' && text[n-1] != '_' && n+1 < len(text) && strings.IndexByte(set, text[n+1]) >= 0) {
				n++
			}
			if n > 2 {
				return n
			}
			return 1
		}
		n := 1
		for n < len(text) && (text[n] == '0' || text[n] == '_' && n+1 < len(text) && text[n+1] == '0') {
			n++
		}
		return n
	}
	return whole
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// quoted cuts a string and reads its escapes as Python does.
func (l *lexer) quoted(quote byte) {
	start := l.at
	end := start + 1
	for end < len(l.text) && l.text[end] != quote {
		if l.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(l.text) {
		fail(start, start+1, "the string has no closing %c", quote)
	}
	l.at = end + 1
	raw := l.text[start+1 : end]
	plain := strings.IndexByte(raw, '\\') < 0
	if !plain {
		checkEscapes(raw, start+1)
	}
	l.emit(tokenText, start, raw).plain = plain
}

// checkEscapes refuses the escapes that Python cannot read.
func checkEscapes(raw string, at int) {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		start := i
		i++
		digits := 0
		switch {
		case i >= len(raw):
			return
		case raw[i] == 'x':
			digits = 2
		case raw[i] == 'u':
			digits = 4
		case raw[i] == 'U':
			digits = 8
		case raw[i] == 'N':
			panic(&Error{Start: at + start, End: at + i + 1, Message: "a character by its name", Doubt: true})
		}
		for n := 1; n <= digits; n++ {
			if i+n >= len(raw) || strings.IndexByte("0123456789abcdefABCDEF", raw[i+n]) < 0 {
				fail(at+start, at+min(i+n, len(raw)), "the escape \\%c needs %d hexadecimal digits", raw[i], digits)
			}
		}
		if digits == 8 && (raw[i+1:i+3] != "00" || raw[i+3] > '1' || raw[i+3] == '1' && raw[i+4] != '0') {
			fail(at+start, at+i+9, "there is no such character")
		}
	}
}
