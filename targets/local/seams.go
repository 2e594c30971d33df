package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// The engine reaches templates and Python through two interfaces of package task only. This file says who implements them.

// newEngines makes the template renderer and the Python runner of one run; the first may use the second.
func newEngines() (task.Renderer, task.PythonRunner) { return literal{}, noPython{} }

// literal renders fields that need no rendering and refuses every other.
type literal struct{}

// NeedsPython implements task.Renderer.
func (literal) NeedsPython(*task.Run) bool { return false }

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

// noPython runs no Python.
type noPython struct{}

// Start implements task.PythonRunner.
func (noPython) Start(context.Context, *task.Run) error {
	return errors.New("this run has no Python runner, and the pipeline has Python tasks")
}

// RunTask implements task.PythonRunner.
func (noPython) RunTask(context.Context, *task.Context) task.Result {
	return task.Result{Error: "this run has no Python runner"}
}

// Stop implements task.PythonRunner.
func (noPython) Stop() error { return nil }
