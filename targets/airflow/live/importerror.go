package live

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow/rest"
)

var (
	traceLine = regexp.MustCompile(`(?m)^\s*File "([^"]+)", line (\d+)`)
	taskID    = regexp.MustCompile(`\btask_id="([^"\\]+)"`)
)

// importError is a file that Airflow cannot import as a refusal, at the task of the pipeline file whose line it is in the
// DAG file, else at the file's beginning.
func (t *Target) importError(file *ir.File, problem rest.ImportError, text string) error {
	var problems diag.List
	lines := strings.Split(strings.TrimSpace(problem.Text), "\n")
	d := problems.Errorf(spanOf(file, problem, text), diag.ImportFailed, "Airflow cannot import the DAG file: %s", strings.TrimSpace(lines[len(lines)-1]))
	if len(lines) > 1 {
		d.WithHelp("what it says:\n%s", strings.Join(lines, "\n"))
	}
	return &target.Refusal{Diags: problems}
}

// spanOf is the task that the innermost line of the DAG file in a traceback is about.
func spanOf(file *ir.File, problem rest.ImportError, text string) ir.Span {
	name := filepath.Base(problem.File)
	number := 0
	for _, m := range traceLine.FindAllStringSubmatch(problem.Text, -1) {
		if filepath.Base(m[1]) == name {
			number, _ = strconv.Atoi(m[2])
		}
	}
	lines := strings.Split(text, "\n")
	if number < 1 || number > len(lines) {
		return top(file)
	}
	// A statement begins with the first line above that is not further in than the last of it; its task_id is among its lines.
	first, last := number-1, number-1
	indent := func(i int) int { return len(lines[i]) - len(strings.TrimLeft(lines[i], " ")) }
	for first > 0 && (indent(first) > 4 || strings.HasPrefix(strings.TrimSpace(lines[first]), ")")) {
		first--
	}
	for last+1 < len(lines) && (indent(last+1) > indent(first) || strings.HasPrefix(strings.TrimSpace(lines[last+1]), ")")) {
		last++
	}
	m := taskID.FindStringSubmatch(strings.Join(lines[first:last+1], "\n"))
	if m == nil {
		return top(file)
	}
	for _, p := range file.Pipelines {
		for _, task := range p.Tasks {
			if (task.ID == m[1] || strings.HasSuffix(task.ID, "."+m[1])) && !task.IDSpan.IsZero() {
				return task.IDSpan
			}
		}
	}
	return top(file)
}
