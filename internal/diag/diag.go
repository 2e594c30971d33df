// Package diag holds what the compiler and the targets have to say about a user's file, and renders it.
//
// Style of a message: lower case, no full stop, the smallest span that shows the mistake, one diagnostic per cause. The
// message says what is wrong, the label under the caret points, the help says what to type instead.
package diag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// Severity follows Airflow: what stops the import there is an Error, what fails or is dropped at run time a Warning.
type Severity int

// The severities.
const (
	Error Severity = iota
	Warning
)

// String is "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one problem in a user's file.
type Diagnostic struct {
	Severity Severity
	Code     Code
	Message  string
	Span     ir.Span
	Label    string  // text beside the caret; may be empty
	Labels   []Label // further places, such as "first defined here"
	Help     []string
	Fix      *Fix // what to type instead, where one replacement is right
}

// Label points at a second place.
type Label struct {
	Span ir.Span
	Text string
}

// Fix is a replacement for the text of a span.
type Fix struct {
	Span ir.Span
	Text string
}

// List collects diagnostics; its zero value is ready to use. Its methods return the new entry, valid until the next is added.
type List struct {
	items []Diagnostic
}

// Errorf adds an error.
func (l *List) Errorf(span ir.Span, code Code, format string, args ...any) *Diagnostic {
	return l.add(Diagnostic{Severity: Error, Code: code, Message: fmt.Sprintf(format, args...), Span: span})
}

// Warnf adds a warning.
func (l *List) Warnf(span ir.Span, code Code, format string, args ...any) *Diagnostic {
	return l.add(Diagnostic{Severity: Warning, Code: code, Message: fmt.Sprintf(format, args...), Span: span})
}

func (l *List) add(d Diagnostic) *Diagnostic {
	l.items = append(l.items, d)
	return &l.items[len(l.items)-1]
}

// WithLabel sets the text beside the caret.
func (d *Diagnostic) WithLabel(format string, args ...any) *Diagnostic {
	d.Label = fmt.Sprintf(format, args...)
	return d
}

// WithPlace adds a second place.
func (d *Diagnostic) WithPlace(span ir.Span, format string, args ...any) *Diagnostic {
	d.Labels = append(d.Labels, Label{Span: span, Text: fmt.Sprintf(format, args...)})
	return d
}

// WithHelp adds a line of help.
func (d *Diagnostic) WithHelp(format string, args ...any) *Diagnostic {
	d.Help = append(d.Help, fmt.Sprintf(format, args...))
	return d
}

// WithFix says what to type instead of the text at span.
func (d *Diagnostic) WithFix(span ir.Span, text string) *Diagnostic {
	d.Fix = &Fix{Span: span, Text: text}
	return d
}

// Add appends the entries of others.
func (l *List) Add(others ...List) {
	for _, o := range others {
		l.items = append(l.items, o.items...)
	}
}

// All is every entry, in order.
func (l List) All() []Diagnostic { return l.items }

// Len is the number of entries.
func (l List) Len() int { return len(l.items) }

// HasErrors tells whether an entry is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l.items, func(d Diagnostic) bool { return d.Severity == Error })
}

// Promote makes every warning an error, as --strict does.
func (l *List) Promote() {
	for i := range l.items {
		l.items[i].Severity = Error
	}
}

// Sort orders the entries by file, line, column and code, and removes repetitions.
func (l *List) Sort() {
	slices.SortStableFunc(l.items, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Span.File, b.Span.File),
			cmp.Compare(a.Span.Start.Line, b.Span.Start.Line),
			cmp.Compare(a.Span.Start.Col, b.Span.Start.Col),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
	l.items = slices.CompactFunc(l.items, func(a, b Diagnostic) bool {
		return a.Span == b.Span && a.Code == b.Code && a.Message == b.Message
	})
}

// Filter is the list of those entries that keep takes.
func (l List) Filter(keep func(Diagnostic) bool) List {
	var out List
	for _, d := range l.items {
		if keep(d) {
			out.items = append(out.items, d)
		}
	}
	return out
}

// Calm keeps, of several entries of one code at one place, the first, and takes away replacements for text that is not as it
// stands in the file. The list must be sorted.
func (l *List) Calm(made func(ir.Span) bool) {
	l.items = slices.CompactFunc(l.items, func(a, b Diagnostic) bool { return a.Span == b.Span && a.Code == b.Code })
	for i := range l.items {
		if d := &l.items[i]; d.Fix != nil && (made(d.Fix.Span) || made(d.Span)) {
			d.Fix = nil
		}
	}
}
