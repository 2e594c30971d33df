package compiler

import (
	"sort"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// nearest finds at most three candidates that word may be a slip of: nearest first, ties in the candidates' order.
func nearest(word string, candidates []string) []string {
	limit := max(1, len([]rune(word))/3)
	type match struct {
		text     string
		distance int
	}
	var found []match
	for _, c := range candidates {
		if d := distance(word, c, limit); d <= limit && d > 0 {
			found = append(found, match{c, d})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].distance < found[j].distance })
	var out []string
	for _, m := range found[:min(3, len(found))] {
		out = append(out, m.text)
	}
	return out
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour; more than limit is not counted out.
func distance(a, b string, limit int) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	if a != b && string(x) == string(y) {
		return 1
	}
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(y)]
}

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
	near := nearest(word, candidates)
	if len(near) > 0 {
		quoted := make([]string, len(near))
		for i, n := range near {
			quoted[i] = strconv.Quote(n)
		}
		d.WithHelp("did you mean %s?", orList(quoted))
		if len(near) == 1 || distance(word, near[0], 99) < distance(word, near[1], 99) {
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

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// pythonConstant makes of TriggerRule.ALL_DONE what it stands for.
func pythonConstant(text string) string {
	if dot := strings.LastIndexByte(text, '.'); dot >= 0 {
		text = text[dot+1:]
	}
	return strings.ToLower(text)
}

// Nearest is the candidate that somebody who wrote word most likely meant; "" where none is near.
func Nearest(word string, candidates []string) string {
	if near := nearest(word, candidates); len(near) > 0 {
		return near[0]
	}
	return ""
}
