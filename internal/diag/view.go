package diag

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// Sources holds the text of the files that diagnostics point into, by the name that their spans carry.
type Sources struct {
	files map[string]*source
}

type source struct {
	text  []byte
	lines []int // offset of each line's first byte, made when first needed
}

// Add makes a file's text known.
func (s *Sources) Add(file string, text []byte) {
	if s.files == nil {
		s.files = map[string]*source{}
	}
	s.files[file] = &source{text: text}
}

// View is one diagnostic as every output format has it: the JSON format is this, and text is written from it.
type View struct {
	File      string   `json:"file"`
	Line      int      `json:"line"`
	Column    int      `json:"column"`
	EndLine   int      `json:"end_line"`
	EndColumn int      `json:"end_column"`
	Severity  string   `json:"severity"`
	Code      Code     `json:"code"`
	Message   string   `json:"message"`
	Places    []Place  `json:"places,omitempty"` // the first is where the problem is
	Help      []string `json:"help,omitempty"`
	Fix       *FixView `json:"fix,omitempty"`
}

// Place is a line of source with a mark under part of it.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`   // the line, without its end
	Length int    `json:"length"` // how many runes are marked, on this line
	Label  string `json:"label,omitempty"`
}

// FixView is a replacement of a stretch of the file.
type FixView struct {
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	Text      string `json:"text"`
}

// Views joins the diagnostics with their source lines.
func (s *Sources) Views(list List) []View {
	views := make([]View, 0, list.Len())
	for _, d := range list.All() {
		v := View{
			File: d.Span.File, Severity: d.Severity.String(), Code: d.Code, Message: d.Message, Help: d.Help,
			Line: int(d.Span.Start.Line), Column: int(d.Span.Start.Col), EndLine: int(d.Span.End.Line), EndColumn: int(d.Span.End.Col),
		}
		if p, ok := s.place(d.Span, d.Label); ok {
			v.Places = append(v.Places, p)
		}
		for _, l := range d.Labels {
			if p, ok := s.place(l.Span, l.Text); ok {
				v.Places = append(v.Places, p)
			}
		}
		if d.Fix != nil {
			v.Fix = &FixView{
				Line: int(d.Fix.Span.Start.Line), Column: int(d.Fix.Span.Start.Col),
				EndLine: int(d.Fix.Span.End.Line), EndColumn: int(d.Fix.Span.End.Col), Text: d.Fix.Text,
			}
		}
		views = append(views, v)
	}
	return views
}

func (s *Sources) place(span ir.Span, label string) (Place, bool) {
	src := s.files[span.File]
	if src == nil || span.IsZero() {
		return Place{}, false
	}
	text, ok := src.line(int(span.Start.Line))
	if !ok {
		return Place{}, false
	}
	runes := utf8.RuneCountInString(text)
	from := min(int(span.Start.Col)-1, runes)
	to := int(span.End.Col) - 1
	if span.End.Line > span.Start.Line {
		to = utf8.RuneCountInString(strings.TrimRight(text, " \t"))
	}
	to = min(max(to, from+1), max(runes, from+1))
	return Place{File: span.File, Line: int(span.Start.Line), Column: int(span.Start.Col), Text: text, Length: to - from, Label: label}, true
}

// line is the text of a line, counted from 1, as valid UTF-8 and without its end.
func (src *source) line(number int) (string, bool) {
	if src.lines == nil {
		src.lines = append(src.lines, 0)
		for i, b := range src.text {
			if b == '\n' || b == '\r' && (i+1 == len(src.text) || src.text[i+1] != '\n') {
				src.lines = append(src.lines, i+1)
			}
		}
	}
	if number < 1 || number > len(src.lines) {
		return "", false
	}
	text := src.text[src.lines[number-1]:]
	if end := bytes.IndexAny(text, "\r\n"); end >= 0 {
		text = text[:end]
	}
	if number == 1 {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	return strings.ToValidUTF8(string(text), "\uFFFD"), true
}
