package compiler

import (
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// synonyms are words that other tools and older versions of Airflow have for a key.
var synonyms = map[string]string{
	"depends_on": "dependencies", "needs": "dependencies", "upstream": "dependencies", "after": "dependencies", "requires": "dependencies",
	"command": "bash_command", "cmd": "bash_command", "script": "bash_command", "callable": "python_callable", "function": "python_callable",
	"args": "op_args", "kwargs": "op_kwargs", "xcom_push": "do_xcom_push", "timeout": "execution_timeout", "retry": "retries",
	"group": "task_group_name", "task_group": "task_group_name", "group_id": "task_group_name",
	"name": "dag_id", "id": "dag_id", "cron": "schedule", "interval": "schedule", "start": "start_date", "end": "end_date", "tz": "timezone",
	"steps": "tasks", "jobs": "tasks", "groups": "task_groups", "labels": "tags", "parameters": "params", "defaults": "default_args",
}

// suggest adds what may have been meant: the nearest candidates, or all of them where none is near. With a single nearest
// candidate, that is the fix.
func suggest(d *diag.Diagnostic, span ir.Span, word string, candidates []string, what string) {
	if meant := synonyms[word]; meant != "" && contains(candidates, meant) {
		d.WithHelp("did you mean %q?", meant).WithFix(span, meant)
		return
	}
	near := diag.Near(word, candidates)
	if len(near) > 0 {
		quoted := make([]string, len(near))
		for i, n := range near {
			quoted[i] = strconv.Quote(n)
		}
		d.WithHelp("did you mean %s?", wordList(quoted, "or"))
		if len(near) == 1 || diag.Distance(word, near[0], 99) < diag.Distance(word, near[1], 99) {
			d.WithFix(span, near[0])
		}
		return
	}
	const many = 40
	switch {
	case len(candidates) == 0:
	case len(candidates) > many:
		d.WithHelp("%s: %s, ...", what, strings.Join(candidates[:many], ", "))
	default:
		d.WithHelp("%s: %s", what, strings.Join(candidates, ", "))
	}
}

// wordList is "a, b or c", with the conjunction that is given.
func wordList(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + conjunction + " " + words[len(words)-1]
}

// pythonConstant makes of TriggerRule.ALL_DONE what it stands for.
func pythonConstant(text string) string {
	if dot := strings.LastIndexByte(text, '.'); dot >= 0 {
		text = text[dot+1:]
	}
	return strings.ToLower(text)
}
