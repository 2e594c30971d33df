package compiler

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// source is the text of a file and its lines: the one place where byte offsets become positions.
type source struct {
	file  string
	text  []byte
	lines []int32 // offsets at which lines begin, as editors count them
	yaml  []int32 // the same as YAML counts them; the same slice unless the text has rarer line breaks
	bom   int32   // length of a byte order mark at the start
	ascii bool

	// The places last looked up: the next one is mostly a little further on in the same line, which may be long.
	lastPos, lastYAML ir.Pos
}

var byteOrderMark = []byte("\uFEFF")

func newSource(file string, text []byte) *source {
	s := &source{file: file, text: text, ascii: true}
	if bytes.HasPrefix(text, byteOrderMark) {
		s.bom = int32(len(byteOrderMark))
	}
	s.lines = make([]int32, 1, 16+len(text)/24)
	rare := false
	for i, b := range text {
		switch {
		case b == '\n':
			s.lines = append(s.lines, int32(i+1))
		case b == '\r':
			rare = rare || i+1 >= len(text) || text[i+1] != '\n'
		case b >= utf8.RuneSelf:
			s.ascii = false
		}
	}
	s.yaml = s.lines
	if rare || !s.ascii && hasRareBreak(text) {
		s.yaml = yamlLines(text)
	}
	return s
}

// hasRareBreak looks for the line breaks that YAML 1.1 knows beside \n and \r: NEL, LS and PS.
func hasRareBreak(text []byte) bool {
	return bytes.Contains(text, []byte("\u0085")) || bytes.Contains(text, []byte("\u2028")) || bytes.Contains(text, []byte("\u2029"))
}

func yamlLines(text []byte) []int32 {
	lines := []int32{0}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		switch r {
		case '\r':
			if i < len(text) && text[i] == '\n' {
				i++
			}
		case '\n', '\u0085', '\u2028', '\u2029':
		default:
			continue
		}
		lines = append(lines, int32(i))
	}
	return lines
}

// offset finds the byte that YAML calls line and column, both from 1, the column in runes.
func (s *source) offset(line, column int) int32 {
	if line < 1 {
		return 0
	}
	if line > len(s.yaml) {
		return int32(len(s.text))
	}
	at := s.yaml[line-1]
	if line == 1 {
		at += s.bom
	}
	if s.ascii {
		return min(at+int32(column-1), int32(len(s.text)))
	}
	col := 1
	if last := s.lastYAML; int(last.Line) == line && int(last.Col) <= column {
		at, col = last.Offset, int(last.Col)
	}
	for ; col < column && int(at) < len(s.text); col++ {
		if s.text[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRune(s.text[at:])
		at += int32(size)
	}
	s.lastYAML = ir.Pos{Line: int32(line), Col: int32(col), Offset: at}
	return at
}

// pos is the position of an offset. hint is the number of a line not after it, from 0; any number is safe.
func (s *source) pos(offset int32, hint int) ir.Pos {
	line := hint
	if line < 0 || line >= len(s.lines) || s.lines[line] > offset {
		line = 0
	}
	if line+1 < len(s.lines) && s.lines[line+1] <= offset {
		if line+2 >= len(s.lines) || s.lines[line+2] > offset {
			line++
		} else {
			rest := s.lines[line+2:]
			line += 1 + sort.Search(len(rest), func(i int) bool { return rest[i] > offset })
		}
	}
	start := s.lines[line]
	if line == 0 {
		start = min(s.bom, offset)
	}
	if s.ascii {
		return ir.Pos{Line: int32(line + 1), Col: offset - start + 1, Offset: offset}
	}
	col := int32(1)
	if last := s.lastPos; last.Line == int32(line+1) && last.Offset <= offset && last.Offset >= start {
		start, col = last.Offset, last.Col
	}
	col += int32(utf8.RuneCount(s.text[start:offset]))
	s.lastPos = ir.Pos{Line: int32(line + 1), Col: col, Offset: offset}
	return s.lastPos
}

// span is the stretch between two offsets.
func (s *source) span(start, end int32) ir.Span {
	from := s.pos(start, 0)
	return ir.Span{File: s.file, Start: from, End: s.pos(end, int(from.Line)-1)}
}

// lineText is the text of a line without its line break; line counts from 1.
func (s *source) lineText(line int) []byte {
	if line < 1 || line > len(s.lines) {
		return nil
	}
	start, end := s.lines[line-1], int32(len(s.text))
	if line < len(s.lines) {
		end = s.lines[line]
	}
	return bytes.TrimRight(s.text[start:end], "\r\n")
}

// at is the text of a span.
func (s *source) at(span ir.Span) string {
	return string(s.text[span.Start.Offset:span.End.Offset])
}
