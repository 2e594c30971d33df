//go:build airflow

package worker

import (
	"os/exec"
	"testing"
)

// TestStatementsAsSQLParse divides 5,000 texts of SQL by sqlparse, as Airflow does, and by what stands in for it.
func TestStatementsAsSQLParse(t *testing.T) {
	out, err := exec.Command(testPython, "testdata/statements.py", "python").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v (text, sqlparse, ours)\n%s", err, out[:min(len(out), 2000)])
	}
}
