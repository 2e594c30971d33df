package compiler

import (
	"os"
	"strings"
	"testing"
)

// TestCronAgreesWithAirflow compares with a table that Airflow made; testdata/cron.py makes it anew.
func TestCronAgreesWithAirflow(t *testing.T) {
	table, err := os.ReadFile("testdata/cron.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")
	if len(lines) < 1000 {
		t.Fatalf("the table has only %d expressions", len(lines))
	}
	for _, line := range lines {
		answer, expression, _ := strings.Cut(line, "\t")
		if strings.HasPrefix(expression, "@") {
			continue // presets are TestPresets's
		}
		problem := checkCron(expression)
		if (problem == "") != (answer == "yes") {
			t.Errorf("%q: Airflow says %s, we say %q", expression, answer, problem)
		}
	}
}

func TestPresets(t *testing.T) {
	table, err := os.ReadFile("testdata/cron.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(table), "\n") {
		answer, preset, _ := strings.Cut(line, "\t")
		if !strings.HasPrefix(preset, "@") {
			continue
		}
		result := Compile("a.yaml", []byte("schedule: \""+preset+"\"\ntasks: {a: {bash: x}}\n"), Options{})
		if (result.File != nil) != (answer == "yes") {
			t.Errorf("%s: Airflow says %s, we say\n%s", preset, answer, printed(result.Diags))
		}
	}
}
