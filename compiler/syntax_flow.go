package compiler

import "strings"

// bracket is an open [ or {.
type bracket struct {
	at    int
	close byte
	entry flowEntry
	colon bool // the entry has one
}

// flowEntry says what an entry in brackets has so far.
type flowEntry int

const (
	noEntry   flowEntry = iota // right after the opening bracket
	nextEntry                  // after a comma
	someText                   // plain text, which may go on
	complete                   // quotes, brackets or an alias: a comma, a colon or the end must follow
)

// flow reads brackets; end is behind the closing one.
func (s *syntaxScan) flow(p int) (end int, ok bool) {
	indent := s.indentOf(p)
	var open []bracket
	for i := p; i < len(s.text); {
		var top *bracket
		if len(open) > 0 {
			top = &open[len(open)-1]
		}
		b := s.text[i]
		if top != nil && top.entry == complete && !isBlank(b) && strings.IndexByte(",:]}#", b) < 0 {
			s.fail(i, i+1, "a comma is missing before this").WithHelp("write a comma between the entries").WithFix(s.span(i, i), ", ")
			return 0, false
		}
		switch {
		case b == '\n':
			i++
			if s.looksLikeKey(i) && s.indentOf(i) <= indent {
				s.unclosed(top.at)
				return 0, false
			}
		case isBlank(b):
			i++
		case b == '#' && (i == 0 || isBlank(s.text[i-1])):
			i = s.lineEnd(i)
		case b == '[' || b == '{':
			if next := s.byte(i + 1); b == '{' && (next == '{' || next == '%') {
				s.bareJinja(i, true)
				return 0, false
			}
			if top != nil && top.entry == someText {
				s.fail(i, i+1, "%c inside plain text", b).WithHelp("put the value in quotes, or write a comma before it")
				return 0, false
			}
			if top != nil {
				top.entry = complete
			}
			open = append(open, bracket{at: i, close: b + 2})
			i++
		case b == ']' || b == '}':
			if b != top.close {
				d := s.fail(i, i+1, "%c closes %c", b, s.text[top.at]).WithPlace(s.span(top.at, top.at+1), "opened here")
				if len(open) > 1 && open[len(open)-2].close == b {
					d.WithHelp("write %c before it", top.close).WithFix(s.span(i, i), string(top.close))
				} else {
					d.WithHelp("write %c", top.close).WithFix(s.span(i, i+1), string(top.close))
				}
				return 0, false
			}
			open = open[:len(open)-1]
			i++
			if len(open) == 0 {
				return i, true
			}
		case b == ',':
			if top.entry == noEntry || top.entry == nextEntry {
				s.fail(i, i+1, "an entry is missing before this comma").WithHelp("remove the comma").WithFix(s.span(i, i+1), "")
				return 0, false
			}
			top.entry, top.colon = nextEntry, false
			i++
		case b == ':' && (s.blank(i+1) || strings.IndexByte(",]}[{", s.byte(i+1)) >= 0 || top.entry == complete):
			if top.colon {
				s.fail(i, i+1, "a second colon in one entry").WithHelp("put the value in quotes, or write a comma between the entries")
				return 0, false
			}
			top.colon, top.entry = true, someText
			i = s.afterColon(i+1, top)
		case b == '"' || b == '\'':
			if top.entry == someText {
				i++ // a quote inside plain text
				continue
			}
			if i, ok = s.quoted(i); !ok {
				return 0, false
			}
			top.entry = complete
		case top.entry == someText:
			i++
		default:
			if i, ok = s.flowStart(i, top); !ok {
				return 0, false
			}
		}
	}
	s.unclosed(open[len(open)-1].at)
	return 0, false
}

// afterColon goes to the value behind a colon; the entry begins anew there.
func (s *syntaxScan) afterColon(i int, top *bracket) int {
	for i < len(s.text) && (s.text[i] == ' ' || s.text[i] == '\t') {
		i++
	}
	switch s.byte(i) {
	case ',', ']', '}':
	default:
		top.entry = noEntry
	}
	return i
}

// flowStart reads the first character of a plain entry, an anchor, a tag or an alias.
func (s *syntaxScan) flowStart(i int, top *bracket) (int, bool) {
	switch b := s.text[i]; {
	case b == '*':
		end, ok := s.alias(i, ",]}")
		top.entry = complete
		return end, ok
	case b == '&' || b == '!':
		end := i + 1
		for !s.blank(end) && strings.IndexByte(",]}", s.byte(end)) < 0 {
			end++
		}
		if b == '&' {
			s.anchors = append(s.anchors, string(s.text[i+1:end]))
		}
		return end, true
	case b == '@' || b == '`' || b == '%':
		end := i
		for !s.blank(end) && strings.IndexByte(",]}", s.byte(end)) < 0 {
			end++
		}
		fix := quotedYAML(string(s.text[i:end]))
		s.fail(i, end, "a value cannot begin with %c", b).WithHelp("put it in quotes: %s", fix).WithFix(s.span(i, end), fix)
		return 0, false
	case b == '-' && s.blank(i+1):
		s.fail(i, i+1, "a dash inside brackets").WithHelp("entries in brackets have commas between them and no dashes")
		return 0, false
	}
	top.entry = someText
	return i + 1, true
}
