package target

import "github.com/dagexport/dagexport/internal/diag"

// Refusal is the error of a target that did not do what was asked, for reasons that the user can act on: to be shown as
// diagnostics are.
type Refusal struct{ Diags diag.List }

// Error is the messages of all diagnostics, one a line.
func (r *Refusal) Error() string {
	text := ""
	for i, d := range r.Diags.All() {
		if i > 0 {
			text += "\n"
		}
		if at := d.Span.String(); at != "" {
			text += at + ": "
		}
		text += d.Message
	}
	return text
}
