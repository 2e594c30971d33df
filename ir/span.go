package ir

import "strconv"

// Pos is a place in a source file.
type Pos struct {
	Line   int32 // from 1
	Col    int32 // from 1, in runes
	Offset int32 // from 0, in bytes
}

// Span is a half-open stretch of a source file. The zero Span is "nowhere".
type Span struct {
	File       string // the path as the user gave it, with slashes
	Start, End Pos
}

// IsZero tells whether the span points nowhere.
func (s Span) IsZero() bool { return s.Start.Line == 0 }

// String is file:line:col.
func (s Span) String() string {
	if s.IsZero() {
		return s.File
	}
	return s.File + ":" + strconv.Itoa(int(s.Start.Line)) + ":" + strconv.Itoa(int(s.Start.Col))
}
