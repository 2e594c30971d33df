package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// The engine reaches templates and Python through two interfaces of package task only: task.Renderer and
// task.PythonRunner. Options carries both.

// literal renders fields that need no rendering and refuses every other: what a run has without a Renderer.
type literal struct{}

// Render implements task.Renderer.
func (literal) Render(_ context.Context, tc *task.Context, value ir.Value) (ir.Value, error) {
	if what := needsRendering(tc.Task.TemplateExt, value); what != "" {
		return nil, fmt.Errorf("%s cannot be rendered: this run has no template engine", what)
	}
	return value, nil
}

// needsRendering names the first part of a template field that is not what it will be at run time; "" if there is none.
func needsRendering(ext []string, value ir.Value) string {
	switch v := value.(type) {
	case *ir.Template:
		return fmt.Sprintf("the template %q", v.V)
	case *ir.String:
		if hasSuffix(v.V, ext) {
			return fmt.Sprintf("the template file %q", v.V)
		}
	case *ir.List:
		for _, item := range v.Items {
			if what := needsRendering(ext, item); what != "" {
				return what
			}
		}
	case *ir.Map:
		for _, e := range v.Entries {
			if what := needsRendering(ext, e.Value); what != "" {
				return what
			}
		}
	}
	return ""
}

func hasSuffix(text string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(text, s) })
}
