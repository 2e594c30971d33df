package compiler

import (
	"bytes"
	"strings"
)

// value reads a value that begins at p, in a line. alone says that it is no value of a key on the same line.
func (s *syntaxScan) value(p int, alone bool) {
	for s.byte(p) == '&' || s.byte(p) == '!' {
		end := p
		for !s.blank(end) {
			end++
		}
		if s.byte(p) == '&' {
			if end == p+1 {
				s.needsQuotes(p, "a value cannot begin with &")
				return
			}
			s.anchors = append(s.anchors, string(s.text[p+1:end]))
		} else if bytes.IndexByte(s.text[min(p+2, end):end], '!') >= 0 && s.byte(p+1) != '<' {
			s.fail(p, end, "the tag %s is not known", s.text[p:end]).WithHelp("remove it, or put the value in quotes if it is text")
			return
		}
		if p = s.spaces(end); s.ended(p) {
			s.last = awaited
			return
		}
	}
	switch s.byte(p) {
	case '"', '\'':
		end, ok := s.quoted(p)
		if ok {
			s.closedAt(p, end)
		}
	case '[', '{':
		if b := s.byte(p + 1); s.byte(p) == '{' && (b == '{' || b == '%') {
			s.bareJinja(p, false)
			return
		}
		end, ok := s.flow(p)
		if ok {
			s.closedAt(p, end)
		}
	case '|', '>':
		s.block(p)
	case '*':
		end, ok := s.alias(p, "")
		if ok {
			s.closedAt(p, end)
		}
	case '@', '`', '%':
		s.needsQuotes(p, "a value cannot begin with "+string(s.text[p]))
	case ',', ']', '}':
		s.needsQuotes(p, "a value cannot begin with "+string(s.text[p]))
	case '-':
		if s.blank(p+1) && !alone {
			end := s.lineEnd(p)
			s.fail(p, end, "a list cannot begin on the line of its key").
				WithHelp("put it on the next line, or write [%s]", strings.TrimSpace(string(s.text[p+1:end])))
			return
		}
		s.plain(p, alone)
	default:
		s.plain(p, alone)
	}
}

// plain reads plain text to the end of the line.
func (s *syntaxScan) plain(p int, alone bool) {
	if !alone {
		s.text0, s.column0 = p, -1
	}
	if colon := s.colon(p); colon >= 0 {
		end := s.valueEnd(p)
		if alone && s.byte(p) == '{' {
			return
		}
		text := string(s.text[p:end])
		s.fail(colon, colon+1, "a colon and a space inside plain text").
			WithLabel("YAML takes this for another key").
			WithHelp("put the value in quotes: %s", quotedYAML(text)).WithFix(s.span(p, end), quotedYAML(text))
		return
	}
	s.last = plain
}

// valueEnd is where the value at p ends on its line, without a comment.
func (s *syntaxScan) valueEnd(p int) int {
	end := s.lineEnd(p)
	for i := p + 1; i < end; i++ {
		if s.text[i] == '#' && isBlank(s.text[i-1]) {
			return p + len(bytes.TrimRight(s.text[p:i], " \t"))
		}
	}
	return end
}

// needsQuotes reports a value that must be quoted because of its first character.
func (s *syntaxScan) needsQuotes(p int, problem string) {
	end := s.valueEnd(p)
	fix := quotedYAML(string(s.text[p:end]))
	s.fail(p, end, "%s", problem).WithHelp("put the value in quotes: %s", fix).WithFix(s.span(p, end), fix)
}

// quotedYAML writes text in quotes, double ones unless it has some itself.
func quotedYAML(text string) string {
	if !strings.ContainsAny(text, `"\`) {
		return `"` + text + `"`
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// bareJinja reports {{ }} or {% %} at the start of a value; flow says that the value is inside brackets.
func (s *syntaxScan) bareJinja(p int, flow bool) {
	end := s.valueEnd(p)
	if flow {
		if close := bytes.Index(s.text[p:end], []byte("}}")); close >= 0 {
			end = p + close + 2
			for end < len(s.text) && !isBlank(s.text[end]) && !strings.ContainsRune(",]}", rune(s.text[end])) {
				end++
			}
		}
	}
	fix := quotedYAML(string(s.text[p:end]))
	s.fail(p, end, "a value that begins with Jinja must be in quotes").
		WithLabel("to YAML, { opens a mapping").
		WithHelp("write %s", fix).WithFix(s.span(p, end), fix)
}

// closedAt checks that nothing follows a value that has its own end.
func (s *syntaxScan) closedAt(start, end int) {
	s.last = closed
	s.at = s.nextLine(end)
	if s.ended(end) {
		return
	}
	p := s.spaces(end)
	stop := s.valueEnd(start)
	if stop < end {
		stop = s.lineEnd(p)
	}
	b := s.text[start]
	multiline := s.lineStart(start) != s.lineStart(end)
	switch {
	case (b == '"' || b == '\'') && multiline:
		s.unclosed(start)
	case b == '\'' && p == end && isWord(s.byte(p), true):
		line := string(s.text[start:stop])
		fix := "'" + strings.ReplaceAll(strings.Trim(line, "'"), "'", "''") + "'"
		s.fail(start, stop, "a single quote ends the text").WithHelp("double it to have it in the text: %s", fix).WithFix(s.span(start, stop), fix)
	case b == '"' || b == '\'':
		whole := string(s.text[start:stop])
		fix := "'" + strings.ReplaceAll(whole, "'", "''") + "'"
		s.fail(p, stop, "text after the closing quote").WithHelp("put the whole value in quotes: %s", fix).WithFix(s.span(start, stop), fix)
	case s.byte(p) == ']' || s.byte(p) == '}':
		s.fail(p, p+1, "this %c closes nothing", s.byte(p)).WithHelp("remove it").WithFix(s.span(p, p+1), "")
	case s.byte(p) == ':':
		s.gaveUp = true // brackets as a key
	case b == '[' || b == '{':
		d := s.fail(p, stop, "text after the closing %c", s.text[end-1]).WithHelp("put the whole value in quotes, or remove it")
		if whole := s.text[start:stop]; !bytes.ContainsAny(whole, "\"\\") && s.byte(s.spaces(s.lineStart(start))) != '{' && s.byte(p) != ',' {
			d.WithFix(s.span(start, stop), `"`+string(whole)+`"`)
		}
	default:
		s.fail(p, stop, "text after an alias").WithHelp("remove it, or put the value in quotes if it is text")
	}
}

func (s *syntaxScan) unclosed(p int) {
	what := "quote"
	if b := s.text[p]; b == '[' || b == '{' {
		what = string(b)
	}
	d := s.fail(p, p+1, "this %s is never closed", what)
	end := s.lineEnd(p)
	line := s.text[p+1 : end]
	if what == "quote" {
		d.WithHelp("add %c at the end of the text", s.text[p])
		if !bytes.ContainsAny(line, "\"'\\#{}[]") {
			d.WithFix(s.span(end, end), string(s.text[p]))
		}
		return
	}
	closing := map[string]string{"[": "]", "{": "}"}[what]
	d.WithHelp("add %s at the end", closing)
	if len(line) > 0 && !bytes.ContainsAny(line, "\"'#{}[]") {
		d.WithFix(s.span(end, end), closing)
	}
}

// tabs reports tabs in the indentation of a line; the fix has spaces there, and in the lines below that are indented by tabs alone.
func (s *syntaxScan) tabs(start, p, end int) {
	d := s.fail(p, end, "a tab in the indentation").WithLabel("YAML takes spaces only").WithHelp("replace it with spaces")
	above, opens := -1, false
	for line := start; line > 0 && above < 0; {
		line = s.lineStart(line - 1)
		if at := s.spaces(line); !s.ended(at) && !bytes.Contains(s.text[line:at], []byte("\t")) {
			above, opens = at-line, s.byte(s.lineEnd(line)-1) == ':'
		}
	}
	if above > 0 {
		if opens {
			above += 2
		}
		d.WithFix(s.span(start, end), strings.Repeat(" ", above))
		return
	}
	var fixed strings.Builder
	stop := start
	for line := start; line < len(s.text); line = s.nextLine(line) {
		at := s.spaces(line)
		if at == line || bytes.Contains(s.text[line:at], []byte(" ")) {
			break
		}
		stop = s.nextLine(line)
		fixed.WriteString(strings.Repeat("  ", at-line))
		fixed.Write(s.text[at:stop])
	}
	if stop > start {
		d.WithFix(s.span(start, stop), fixed.String())
	}
}

// quoted reads text in quotes; end is behind the closing one.
func (s *syntaxScan) quoted(p int) (end int, ok bool) {
	quote := s.text[p]
	indent := s.indentOf(p)
	for i := p + 1; i < len(s.text); i++ {
		switch b := s.text[i]; {
		case b == quote && quote == '\'' && s.byte(i+1) == '\'':
			i++
		case b == quote:
			return i + 1, true
		case b == '\\' && quote == '"':
			if !s.escape(i, p) {
				return 0, false
			}
			i++
		case b == '\n':
			if next := i + 1; s.looksLikeKey(next) && s.indentOf(next) <= indent {
				s.unclosed(p)
				return 0, false
			}
		}
	}
	s.unclosed(p)
	return 0, false
}

// indentOf is how far the line of p is indented, dashes counted.
func (s *syntaxScan) indentOf(p int) int {
	start := s.lineStart(p)
	i := start
	for s.byte(i) == ' ' {
		i++
	}
	return i - start
}

// looksLikeKey tells whether a line begins with a key.
func (s *syntaxScan) looksLikeKey(start int) bool {
	i := start
	for s.byte(i) == ' ' || s.byte(i) == '-' && s.blank(i+1) {
		i++
	}
	from := i
	for isWord(s.byte(i), true) || s.byte(i) == '-' || s.byte(i) == '.' {
		i++
	}
	return i > from && s.byte(i) == ':' && s.blank(i+1)
}

// escape checks an escape sequence in double quotes.
func (s *syntaxScan) escape(at, quote int) bool {
	b := s.byte(at + 1)
	if strings.IndexByte("0abt\tnvfre \"/\\N_LP\n\r", b) >= 0 {
		return true
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[b]
	if digits > 0 {
		for i := at + 2; i < at+2+digits; i++ {
			if b := s.byte(i); !isDigit(b) && !(b >= 'a' && b <= 'f') && !(b >= 'A' && b <= 'F') {
				s.fail(at, min(i+1, s.lineEnd(at)), "\\%c needs %d hexadecimal digits", b, digits)
				return false
			}
		}
		return true
	}
	d := s.fail(at, at+2, `there is no escape \%c in double quotes`, b)
	end := bytes.IndexByte(s.text[at:s.lineEnd(at)], '"')
	if end >= 0 && s.lineStart(quote) == s.lineStart(at) && !bytes.ContainsAny(s.text[quote+1:at+end], `'`) {
		body := string(s.text[quote+1 : at+end])
		d.WithHelp("use single quotes, in which \\ means itself: '%s'", body).WithFix(s.span(quote, at+end+1), "'"+body+"'")
	} else {
		d.WithHelp(`write \\%c for a backslash`, b).WithFix(s.span(at, at+1), `\\`)
	}
	return false
}

// alias reads *name; in flow, stops also ends the name.
func (s *syntaxScan) alias(p int, stops string) (end int, ok bool) {
	end = p + 1
	for isWord(s.byte(end), true) || s.byte(end) == '-' {
		end++
	}
	if end == p+1 || !s.blank(end) && !strings.ContainsRune(stops+":", rune(s.byte(end))) {
		if stops != "" {
			stop := end
			for !isBlank(s.byte(stop)) && !strings.ContainsRune(stops, rune(s.byte(stop))) {
				stop++
			}
			fix := quotedYAML(string(s.text[p:stop]))
			s.fail(p, stop, "a value cannot begin with *, which names an alias").WithHelp("put it in quotes: %s", fix).WithFix(s.span(p, stop), fix)
			return 0, false
		}
		s.needsQuotes(p, "a value cannot begin with *, which names an alias")
		return 0, false
	}
	name := string(s.text[p+1 : end])
	if contains(s.anchors, name) {
		return end, true
	}
	d := s.fail(p, end, "there is no anchor &%s above", name)
	suggest(d, s.span(p+1, end), name, s.anchors, "the anchors are")
	return 0, false
}

// block reads a literal or folded scalar with its lines.
func (s *syntaxScan) block(p int) {
	i := p + 1
	for isDigit(s.byte(i)) || s.byte(i) == '+' || s.byte(i) == '-' {
		i++
	}
	if !s.ended(i) {
		end := s.lineEnd(p)
		s.fail(s.spaces(i), end, "text on the line of %c", s.text[p]).WithHelp("a block of text begins on the next line, indented further")
		return
	}
	parent := -1
	if n := len(s.levels); n > 0 {
		parent = s.levels[n-1].indent
	}
	s.last = closed
	inside := -1
	for s.at < len(s.text) {
		start := s.at
		j := start
		for s.byte(j) == ' ' {
			j++
		}
		indent := j - start
		if b := s.byte(j); b == '\n' || b == '\r' {
			s.at = s.nextLine(start)
			continue
		}
		if indent <= parent {
			return
		}
		if inside < 0 {
			inside = indent
		}
		if indent < inside && i == p+1 {
			s.fail(j, s.lineEnd(j), "this line is indented less than the block of text above").
				WithLabel("%s, and the block has %d", count(indent, "space"), inside).
				WithHelp("give every line of the block at least %s", count(inside, "space"))
			return
		}
		s.at = s.nextLine(start)
	}
}
