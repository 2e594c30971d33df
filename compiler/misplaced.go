package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// notBelow reports a key that stands in the column of its task, where it would be a task itself.
func (c *compilation) notBelow(d *dagDecl, task, p pair, group *groupDecl) {
	c.diags.Errorf(p.key.span, diag.MissingOperator, "%s stands beside the task %s, not below it", p.key.text, quoted(task.key.text)).
		WithHelp("indent it by two spaces").WithFix(p.key.span, "  "+p.key.text)
	t := &taskDecl{group: group, index: len(d.tasks), bad: true}
	t.t = &ir.Task{LocalID: task.key.text, IDSpan: task.key.span, Span: c.whole(task)}
	c.place(d, t)
}

// isTaskKey tells whether a word is a key of tasks rather than the name of one.
func isTaskKey(word string) bool {
	if word == "bash" || word == "python" || word == "operator" || word == "decorator" || word == "dependencies" {
		return true
	}
	return catalog.OperatorArg(word) != nil && strings.Contains(word, "_") || word == "retries" || word == "bash_command" || word == "python_callable"
}

// removable makes the removal of an entry the fix, where it has lines of its own.
func (c *compilation) removable(d *diag.Diagnostic, p pair) {
	s := c.sourceOf(p.key.span)
	if s == nil || strings.TrimSpace(string(s.lineText(int(p.key.span.Start.Line))[:p.key.span.Start.Offset-s.lines[p.key.span.Start.Line-1]])) != "" {
		return
	}
	last := max(p.key.span.End.Line, p.value.span.End.Line)
	end := int32(len(s.text))
	if int(last) < len(s.lines) {
		end = s.lines[last]
	}
	d.WithFix(s.span(s.lines[p.key.span.Start.Line-1], end), "")
}

// looksLikeTask tells whether a mapping has a key that says what a task does.
func looksLikeTask(n *node) bool {
	for _, key := range []string{"bash", "python", "operator", "decorator", "bash_command", "python_callable"} {
		if n.has(key) {
			return true
		}
	}
	return false
}
