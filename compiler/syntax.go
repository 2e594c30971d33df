package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
)

func reportSyntax(src *source, problem string, diags *diag.List) {
	diags.Errorf(src.span(0, 0), diag.Syntax, "%s", strings.TrimPrefix(problem, "yaml: "))
}

func reportBareJinja(src *source, at int32, diags *diag.List) {
	diags.Errorf(src.span(at, at+2), diag.Syntax, "Jinja must be in quotes")
}
