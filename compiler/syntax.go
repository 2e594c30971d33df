package compiler

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// The YAML library names a wrong line, or none, for most syntax errors. Once it has refused a text, the text is read again here, by
// its lines and brackets, for the place where a person would point.

// reportSyntax reports a text that is no YAML; problem is what the library said.
func reportSyntax(src *source, problem string, diags *diag.List) {
	if strings.Contains(problem, "exceeded max depth") {
		at := deepest(src.text)
		diags.Errorf(src.span(at, at+1), diag.TooDeep, "values are nested more than %d levels deep", maxDepth)
		return
	}
	s := &syntaxScan{src: src, text: src.text, at: int(src.bom), diags: diags}
	s.lines()
	if s.failed {
		return
	}
	reportLibrary(src, problem, diags)
}

var libraryLine = regexp.MustCompile(`line (\d+): `)

// reportLibrary passes on what the library said, in the words of this program, with the line that it named.
func reportLibrary(src *source, problem string, diags *diag.List) {
	line := 1
	if m := libraryLine.FindStringSubmatch(problem); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	line = max(1, min(line, len(src.lines)))
	for line > 1 && len(bytes.TrimSpace(src.lineText(line))) == 0 {
		line--
	}
	text := src.lineText(line)
	start := src.lines[line-1] + int32(len(text)-len(bytes.TrimLeft(text, " \t")))
	end := src.lines[line-1] + int32(len(bytes.TrimRight(text, " \t")))
	problem = strings.TrimPrefix(libraryLine.ReplaceAllString(problem, ""), "yaml: ")
	diags.Errorf(src.span(start, max(start, end)), diag.Syntax, "this is no YAML: %s", problem)
}

// deepest is the offset at which brackets, or blocks and the dashes of lists in lists, are nested too deep.
func deepest(text []byte) int32 {
	brackets := 0
	var blocks []int // the columns of the open blocks
	column, inIndent := 0, true
	for i, b := range text {
		switch {
		case b == '\n':
			column, inIndent = -1, true
		case b == '[' || b == '{':
			if brackets++; brackets > maxDepth {
				return int32(i)
			}
		case b == ']' || b == '}':
			brackets--
		}
		if inIndent && b != ' ' && b != '\n' {
			for len(blocks) > 0 && blocks[len(blocks)-1] >= column {
				blocks = blocks[:len(blocks)-1]
			}
			if blocks = append(blocks, column); len(blocks) > maxDepth {
				return int32(i)
			}
			inIndent = b == '-' && i+1 < len(text) && text[i+1] == ' '
		}
		column++
	}
	return 0
}

// reportBareJinja reports a value that begins with Jinja and stands without quotes: to YAML it is a mapping.
func reportBareJinja(src *source, at int32, diags *diag.List) {
	s := &syntaxScan{src: src, text: src.text, diags: diags}
	s.bareJinja(int(at), true)
}

// syntaxScan reads a text line by line until it finds what is wrong.
type syntaxScan struct {
	src    *source
	text   []byte
	at     int // where the next line begins
	diags  *diag.List
	failed bool
	gaveUp bool // the text has something that is not looked into here

	levels  []level
	last    lastValue
	text0   int // where the plain text began that may go on in the next line
	column0 int // and its column, where it began a line; else -1
	anchors []string
}

// level is an open block: the column of its keys or dashes.
type level struct {
	indent int
	list   bool
}

// lastValue says what the line before ended with, and so what may follow.
type lastValue int

const (
	nothing lastValue = iota
	awaited           // a key or a dash: its value may follow on lines that are indented further
	plain             // plain text, which may go on
	closed            // quotes, brackets, an alias, or a block of text
)

// fail reports the problem; the scan ends.
func (s *syntaxScan) fail(start, end int, format string, args ...any) *diag.Diagnostic {
	s.failed = true
	end = min(max(end, start), len(s.text))
	return s.diags.Errorf(s.src.span(int32(start), int32(end)), diag.Syntax, format, args...)
}

func (s *syntaxScan) span(start, end int) ir.Span { return s.src.span(int32(start), int32(end)) }

// byte is the byte at i, or a line end behind the text.
func (s *syntaxScan) byte(i int) byte {
	if i < 0 || i >= len(s.text) {
		return '\n'
	}
	return s.text[i]
}

func (s *syntaxScan) blank(i int) bool { return isBlank(s.byte(i)) }

// lineEnd is where the line of i ends, its line break and space before it left out.
func (s *syntaxScan) lineEnd(i int) int {
	end := len(s.text)
	if n := bytes.IndexByte(s.text[min(i, len(s.text)):], '\n'); n >= 0 {
		end = i + n
	}
	return i + len(bytes.TrimRight(s.text[i:end], " \t\r"))
}

// nextLine is where the line after i begins.
func (s *syntaxScan) nextLine(i int) int {
	if i >= len(s.text) {
		return len(s.text)
	}
	if n := bytes.IndexByte(s.text[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(s.text)
}

func (s *syntaxScan) lineStart(i int) int {
	return bytes.LastIndexByte(s.text[:min(i, len(s.text))], '\n') + 1
}

// spaces goes over spaces and tabs.
func (s *syntaxScan) spaces(i int) int {
	for s.byte(i) == ' ' || s.byte(i) == '\t' {
		i++
	}
	return i
}

// ended tells whether nothing but a comment stands from i to the end of the line.
func (s *syntaxScan) ended(i int) bool {
	j := s.spaces(i)
	b := s.byte(j)
	return b == '\n' || b == '\r' || b == '#' && (j > i || j == s.lineStart(i))
}

// lines reads the whole text.
func (s *syntaxScan) lines() {
	if s.control() {
		return
	}
	for s.at < len(s.text) && !s.failed && !s.gaveUp {
		s.line(s.at)
	}
}

// control reports a control character.
func (s *syntaxScan) control() bool {
	for i, b := range s.text {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' || b == 0x7f {
			s.fail(i, i+1, "a control character (0x%02x) cannot stand in YAML", b).WithHelp("remove it")
			return true
		}
	}
	return false
}

// line reads a line, and the lines that its value goes on in.
func (s *syntaxScan) line(start int) {
	s.at = s.nextLine(start)
	p := start
	for s.byte(p) == ' ' {
		p++
	}
	indent := p - start
	if s.ended(p) {
		return
	}
	if s.byte(p) == '\t' {
		end := s.spaces(p)
		s.tabs(start, p, end)
		return
	}
	if indent == 0 && (bytes.HasPrefix(s.text[p:], []byte("---")) || bytes.HasPrefix(s.text[p:], []byte("..."))) && s.blank(p+3) {
		s.levels, s.last = nil, nothing
		if p = s.spaces(p + 3); s.ended(p) {
			return
		}
		indent = p - start
	}
	if s.continues(p, indent) {
		return
	}
	first := true
	for s.byte(p) == '-' && s.blank(p+1) {
		if !s.enter(p, indent, true, first) {
			return
		}
		first = false
		s.last = awaited
		dash := p
		if p = s.spaces(p + 1); s.ended(p) {
			return
		}
		indent += p - dash
	}
	s.content(p, indent, first)
}

// continues handles a line that goes on with the plain text of the line before, or is indented where it cannot be.
func (s *syntaxScan) continues(p, indent int) bool {
	if len(s.levels) == 0 || s.last == awaited || indent <= s.levels[len(s.levels)-1].indent {
		return false
	}
	top := s.levels[len(s.levels)-1]
	if s.last != plain {
		if top.indent < 0 {
			s.fail(p, s.lineEnd(p), "something stands after the value of the whole file").WithHelp("a pipeline file is a mapping: each line begins with a key")
			return true
		}
		s.tooDeep(p, indent, top)
		return true
	}
	if colon := s.colon(p); colon >= 0 {
		switch {
		case s.column0 >= 0 && s.column0 <= indent || top.indent < 0:
			s.missingColon(s.text0)
		default:
			s.tooDeep(p, indent, top)
		}
	}
	return true
}

func (s *syntaxScan) tooDeep(p, indent int, top level) {
	what := "keys"
	if top.list {
		what = "entries"
	}
	d := s.fail(p, s.lineEnd(p), "this line is indented too far").
		WithLabel("%s, and the %s above have %d", count(indent, "space"), what, top.indent).
		WithHelp("give it %s", count(top.indent, "space"))
	line := s.lineStart(p)
	d.WithFix(s.span(line, p), strings.Repeat(" ", top.indent))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// enter finds the level of a key or dash in a column, and opens it where it is new. first says that it is the first thing on its line.
func (s *syntaxScan) enter(p, indent int, list, first bool) bool {
	if !first || len(s.levels) == 0 {
		s.levels = append(s.levels, level{indent, list})
		return true
	}
	popped := false
	var before level
	for len(s.levels) > 0 && s.levels[len(s.levels)-1].indent > indent {
		before = s.levels[len(s.levels)-1]
		s.levels = s.levels[:len(s.levels)-1]
		popped = true
	}
	if len(s.levels) == 0 || popped && s.levels[len(s.levels)-1].indent < indent {
		outer := "none"
		help := "give it " + count(before.indent, "space")
		if len(s.levels) > 0 {
			outer = strconv.Itoa(s.levels[len(s.levels)-1].indent)
			help += " or " + outer
		}
		s.fail(p, s.lineEnd(p), "the indentation of this line matches no line above").
			WithLabel("%s", count(indent, "space")).WithHelp("%s", help)
		return false
	}
	top := &s.levels[len(s.levels)-1]
	switch {
	case top.indent < indent:
		s.levels = append(s.levels, level{indent, list})
	case top.list == list:
	case list && s.last == awaited && !popped:
		s.levels = append(s.levels, level{indent, true})
	case list:
		s.fail(p, s.lineEnd(p), "a list entry stands where a key is expected").
			WithHelp("a list stands below a key that has no value of its own")
		return false
	default:
		if len(s.levels) > 1 && s.levels[len(s.levels)-2].indent == indent {
			s.levels = s.levels[:len(s.levels)-1]
			return true
		}
		s.fail(p, s.lineEnd(p), "a key stands where a list entry is expected").
			WithHelp("begin it with `- `, or indent it like the keys of the entry above")
		return false
	}
	return true
}

// content reads what stands in a line after its dashes: a key with its value, or a value.
func (s *syntaxScan) content(p, indent int, first bool) {
	s.column0 = -1
	if s.byte(p) == '?' && s.blank(p+1) {
		s.gaveUp = true
		return
	}
	after, isKey := s.key(p)
	if s.failed {
		return
	}
	if isKey {
		if !s.enter(p, indent, false, first) {
			return
		}
		s.last = awaited
		if v := s.spaces(after); !s.ended(v) {
			s.value(v, false)
		} else if bytes.Contains(s.text[p:after], []byte("{{")) && s.byte(p) == '{' {
			s.bareJinja(p, false)
		}
		return
	}
	if first && len(s.levels) > 0 {
		s.popTo(indent)
		top := s.levels[len(s.levels)-1]
		if top.indent == indent && !top.list || top.indent > indent {
			s.missingColon(p)
			return
		}
		if top.indent == indent && top.list {
			if n := len(s.levels); n > 1 && s.levels[n-2].indent == indent {
				s.missingColon(p)
				return
			}
			s.fail(p, s.lineEnd(p), "a list entry is expected here").WithHelp("begin it with `- `")
			return
		}
		s.column0 = indent
	} else if first {
		s.column0 = indent
		s.levels = append(s.levels, level{indent - 1, false})
	}
	s.text0 = p
	s.value(p, true)
}

func (s *syntaxScan) popTo(indent int) {
	for len(s.levels) > 1 && s.levels[len(s.levels)-1].indent > indent {
		s.levels = s.levels[:len(s.levels)-1]
	}
}

// key tells whether a key begins at p; after is behind its colon.
func (s *syntaxScan) key(p int) (after int, ok bool) {
	i := p
	for s.byte(i) == '&' || s.byte(i) == '!' {
		j := i
		for !s.blank(j) {
			j++
		}
		if s.byte(i) == '&' {
			s.anchors = append(s.anchors, string(s.text[i+1:j]))
		}
		if i = s.spaces(j); s.ended(i) {
			return 0, false
		}
	}
	switch s.byte(i) {
	case '"', '\'':
		end, ok := s.quoted(i)
		if !ok {
			return 0, false
		}
		colon := s.spaces(end)
		return colon + 1, s.byte(colon) == ':' && s.blank(colon+1) && s.lineStart(i) == s.lineStart(end)
	case '[', '{':
		return 0, false
	case '|', '>':
		return 0, false
	}
	colon := s.colon(i)
	return colon + 1, colon >= 0
}

// colon finds the colon that makes a key of the plain text at p; -1 where the line has none.
func (s *syntaxScan) colon(p int) int {
	end := s.lineEnd(p)
	for i := p; i < end; i++ {
		switch s.text[i] {
		case ':':
			if s.blank(i + 1) {
				return i
			}
		case '#':
			if i > p && s.blank(i-1) {
				return -1
			}
		}
	}
	return -1
}

// missingColon reports a line that should be a key and has no colon, or none that YAML sees.
func (s *syntaxScan) missingColon(p int) {
	end := s.lineEnd(p)
	line := string(s.text[p:end])
	word := strings.IndexAny(line, " \t:=")
	if word < 0 {
		s.fail(p, end, "a colon is missing after %s", quoted(line)).WithHelp("write `%s:`", line).WithFix(s.span(end, end), ":")
		return
	}
	rest := strings.TrimLeft(line[word:], " \t")
	if strings.HasPrefix(rest, ":") {
		at := p + word + len(line[word:]) - len(rest)
		s.fail(at, at+1, "a space is missing after the colon").
			WithHelp("write `%s: %s`", line[:word], rest[1:]).WithFix(s.span(at, at+1), ": ")
		return
	}
	if strings.HasPrefix(rest, "=") {
		value := strings.TrimLeft(rest[1:], " \t")
		s.fail(p, end, "a key is followed by a colon, not by =").
			WithHelp("write `%s: %s`", line[:word], value).WithFix(s.span(p, end), line[:word]+": "+value)
		return
	}
	s.fail(p, end, "a colon is missing in this line").
		WithHelp("write `%s: %s`", line[:word], rest).WithFix(s.span(p, end), line[:word]+": "+rest)
}
