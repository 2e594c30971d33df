package pysource

import "strings"

// isPrefix tells whether a name before a quote belongs to the string.
func isPrefix(name string) bool {
	switch strings.ToLower(name) {
	case "r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt":
		return true
	}
	return false
}

// stringLiteral passes over a string whose opening quote is at the current place.
func (l *lexer) stringLiteral(prefix string) {
	start := l.at
	quote := l.text[l.at : l.at+1]
	if strings.HasPrefix(l.text[l.at:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	l.at += len(quote)
	raw := strings.Contains(prefix, "r")
	if !strings.ContainsAny(prefix, "ft") {
		l.plainString(start, quote)
		return
	}
	if l.nested++; l.nested > deepest {
		l.fail(start, "the strings are nested too deep")
	}
	l.formatted(start, quote, raw, false)
	l.nested--
}

func (l *lexer) plainString(start int, quote string) {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == quote[0] && strings.HasPrefix(l.text[l.at:], quote):
			l.at += len(quote)
			return
		case c == '\\':
			l.escaped()
		case len(quote) == 1 && (c == '\n' || c == '\r'):
			l.fail(start, "a string has no closing quote")
		default:
			l.at++
		}
	}
	l.fail(start, "a string has no closing quote")
}

// escaped passes over a backslash and what it protects, a line break included.
func (l *lexer) escaped() {
	l.at++
	if !l.lineBreak() && l.at < len(l.text) {
		l.at++
	}
}

// formatted passes over the text of an f-string up to its closing quote, or, in a format specification, up to its brace.
func (l *lexer) formatted(start int, quote string, raw, spec bool) {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch c := rest[0]; {
		case c == quote[0] && strings.HasPrefix(rest, quote):
			if spec {
				l.fail(start, "a brace is open at the end of a string")
			}
			l.at += len(quote)
			return
		case c == '\\':
			if !raw && strings.HasPrefix(rest, `\N{`) {
				if end := strings.IndexByte(rest, '}'); end > 0 {
					l.at += end + 1
					continue
				}
			}
			if len(rest) > 1 && (rest[1] == '{' || rest[1] == '}') {
				l.at++
				continue
			}
			l.escaped()
		case c == '{':
			if !spec && strings.HasPrefix(rest, "{{") {
				l.at += 2
				continue
			}
			l.at++
			l.replacement(start, quote, raw)
		case c == '}':
			if spec {
				return
			}
			if !strings.HasPrefix(rest, "}}") {
				l.fail(l.at, "a single '}' in a string")
			}
			l.at += 2
		case len(quote) == 1 && (c == '\n' || c == '\r'):
			l.fail(start, "a string has no closing quote")
		default:
			l.at++
		}
	}
	l.fail(start, "a string has no closing quote")
}

// replacement passes over the expression between the braces of an f-string, its conversion and format specification.
func (l *lexer) replacement(start int, quote string, raw bool) {
	outer := l.brackets
	l.brackets = nil
	for {
		l.space(true)
		if l.at >= len(l.text) {
			l.fail(start, "a brace is open at the end of a string")
		}
		if len(l.brackets) == 0 {
			switch rest := l.text[l.at:]; {
			case rest[0] == '}':
				l.at++
				l.brackets = outer
				return
			case rest[0] == '!' && !strings.HasPrefix(rest, "!="):
				l.at++
				continue
			case rest[0] == ':':
				l.at++
				if l.nested++; l.nested > deepest {
					l.fail(start, "the strings are nested too deep")
				}
				l.formatted(start, quote, raw, true)
				l.nested--
				continue
			}
		}
		l.token()
	}
}
