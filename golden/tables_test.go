//go:build airflow

package golden

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tables are what real Airflow said of its own rules, each by a script that stands beside it.
var tables = []struct{ script, table, version string }{
	{"../targets/local/sched/testdata/trigger_rules.py", "trigger_rules_2.11.jsonl", "2.11"},
	{"../targets/local/sched/testdata/trigger_rules.py", "trigger_rules_3.3.jsonl", "3.3"},
	{"../targets/local/sched/testdata/retry_delays.py", "retry_delays_2.11.jsonl", "2.11"},
	{"../targets/local/sched/testdata/retry_delays.py", "retry_delays_3.3.jsonl", "3.3"},
	{"../targets/local/testdata/bash_operator.py", "bash_operator_2.11.jsonl", "2.11"},
	{"../targets/local/testdata/bash_operator.py", "bash_operator_3.3.jsonl", "3.3"},
	{"../targets/local/testdata/intervals.py", "intervals.jsonl", "2.11"},
}

// TestTables asks the real Airflow again and wants the same tables, byte for byte.
func TestTables(t *testing.T) {
	for _, one := range tables {
		t.Run(strings.TrimSuffix(one.table, ".jsonl"), func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join(filepath.Dir(one.script), one.table))
			if err != nil {
				t.Fatal(err)
			}
			script, err := filepath.Abs(one.script)
			if err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			cmd := exec.Command(python(t, one.version), script)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "AIRFLOW_HOME="+cmd.Dir)
			cmd.Stderr = &stderr
			got, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, tail(stderr.String(), 3000))
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-kept +real Airflow):\n%s", tail(diff, 4000))
			}
		})
	}
}
