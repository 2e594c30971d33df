//go:build airflow

package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
)

// factoryJob is a file that dag-factory and dagexport both make DAGs of; factory.py says what the fields mean.
type factoryJob struct {
	ID      string            `json:"id"`
	Folder  string            `json:"folder"`
	YAML    string            `json:"yaml"`
	File    string            `json:"file"`
	Environ map[string]string `json:"environ,omitempty"`
}

// factoryVerdict is how they compare.
type factoryVerdict struct {
	ID           string            `json:"id"`
	Theirs       []string          `json:"theirs"`
	Ours         []string          `json:"ours"`
	Failed       map[string]string `json:"failed"`
	ImportErrors []string          `json:"import_errors"`
	Differences  []difference      `json:"differences"`
	Error        string            `json:"error"`
}

type difference struct {
	Dag    string `json:"dag"`
	Key    string `json:"key"`
	Place  string `json:"place"`
	Theirs string `json:"theirs"`
	Ours   string `json:"ours"`
}

// compareFactory builds every job with dag-factory 1.1 on Airflow 3.3 and compares, in one process.
func compareFactory(t testing.TB, jobs []factoryJob) []factoryVerdict {
	t.Helper()
	input, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(python(t, "dag-factory"), filepath.Join("..", "internal", "airflowenv", "factory.py"))
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(stderr.String(), 4000))
	}
	verdicts := make([]factoryVerdict, len(jobs))
	dec := json.NewDecoder(bytes.NewReader(output))
	for i := range verdicts {
		if err := dec.Decode(&verdicts[i]); err != nil {
			t.Fatal(err)
		}
	}
	return verdicts
}

// factoryFile compiles a file of dag-factory's for Airflow 3.3 and writes the DAG file beside it; nil where it does not compile.
func factoryFile(t testing.TB, root, name string, environ map[string]string) (*ir.File, compiler.Result) {
	t.Helper()
	result := compiler.CompileFile(filepath.Join(root, filepath.FromSlash(name)), compiler.Options{
		Version: ir.DefaultVersion, DagsRoot: root,
		LookupEnv: lookup(environ),
	})
	if result.File == nil {
		return nil, result
	}
	text, err := airflow.Render(result.File, airflow.RenderOptions{Version: ir.DefaultVersion})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	write(t, filepath.Join(root, "dags.py"), text)
	return result.File, result
}

// intended are the differences between dag-factory's DAGs and ours that are meant, by their key. factory.py says what was left out
// before the comparison.
var intended = []struct{ key, reason string }{
	{"start_date", "dag-factory passes None for a DAG that has none itself, so that the DAG lacks the one of default_args, where Airflow looks otherwise; each task has it, and Airflow schedules by both"},
	{"default_args.timezone", "a key of dag-factory's own, which tells how it reads the dates beside it; Airflow knows no such argument"},
}

// judgeFactory fails the test for every difference that is not intended, and returns the intended keys that were met.
func judgeFactory(t testing.TB, verdicts []factoryVerdict) map[string]bool {
	t.Helper()
	met := map[string]bool{}
	for _, v := range verdicts {
		if v.Error != "" || len(v.ImportErrors) > 0 {
			t.Errorf("%s: %v %s", v.ID, v.ImportErrors, v.Error)
			continue
		}
		for _, d := range v.Differences {
			means := false
			for _, one := range intended {
				if one.key == d.Key {
					means, met[d.Key] = true, true
				}
			}
			if !means {
				t.Errorf("%s: %s: %s: dag-factory has %s, we have %s", v.ID, d.Dag, d.Place, tail(d.Theirs, 300), tail(d.Ours, 300))
			}
		}
	}
	return met
}

// TestFactoryGenerated builds every generated file with dag-factory and with dagexport, has Airflow serialise both, and compares.
func TestFactoryGenerated(t *testing.T) {
	var jobs []factoryJob
	texts := map[string]string{}
	dags := 0
	for seed := uint64(1); seed <= factorySeeds; seed++ {
		text, defaults, _ := factoryDraft(seed)
		dir := t.TempDir()
		writeFactory(t, dir, text, defaults)
		environ := factoryEnviron(dir)
		file, result := factoryFile(t, dir, "generated.yml", environ)
		if file == nil {
			t.Fatalf("seed %d does not compile: %v", seed, result.Diags.All())
		}
		j := factoryJob{ID: fmt.Sprintf("generated-%d", seed), Folder: dir, YAML: "generated.yml", File: "dags.py", Environ: environ}
		texts[j.ID] = text
		dags += len(file.Pipelines)
		jobs = append(jobs, j)
	}
	verdicts := compareFactory(t, jobs)
	met := judgeFactory(t, verdicts)
	for _, v := range verdicts {
		for id, problem := range v.Failed {
			t.Errorf("%s: dag-factory cannot build %s: %s\n%s", v.ID, id, problem, texts[v.ID])
		}
		if !slices.Equal(v.Theirs, v.Ours) {
			t.Errorf("%s: dag-factory made %v, we made %v", v.ID, v.Theirs, v.Ours)
		}
		dags -= len(v.Theirs)
	}
	if dags != 0 {
		t.Errorf("%d DAGs were not compared", dags)
	}
	for _, one := range intended {
		if !met[one.key] {
			t.Errorf("no generated file shows the intended difference of %s: take it out of the table", one.key)
		}
	}
}

// TestFactoryDifferences shows that the comparison sees what differs: a DAG file that was changed by hand, in each kind of place.
func TestFactoryDifferences(t *testing.T) {
	const yaml = "told_apart:\n  schedule: \"@daily\"\n  start_date: 2024-01-01\n  default_args: {retries: 1}\n  task_groups:\n    g: {tooltip: a}\n" +
		"  tasks:\n    a: {operator: airflow.operators.bash.BashOperator, bash_command: echo}\n" +
		"    b: {operator: airflow.operators.bash.BashOperator, bash_command: echo, dependencies: [a], task_group_name: g}\n"
	changes := []struct{ key, old, new string }{
		{"tasks", `bash_command="echo"`, `bash_command="echo 1"`},
		{"tasks", "a >> b", "pass"},
		{"default_args.retries", `"retries": 1`, `"retries": 2`},
		{"timetable", `schedule="@daily"`, `schedule="@hourly"`},
		{"task_group.children", `tooltip="a"`, `tooltip="b"`},
	}
	var jobs []factoryJob
	for i, change := range changes {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.yml"), []byte(yaml))
		if file, result := factoryFile(t, dir, "a.yml", nil); file == nil {
			t.Fatal(result.Diags.All())
		}
		text, err := os.ReadFile(filepath.Join(dir, "dags.py"))
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), change.old, change.new, 1)
		if changed == string(text) {
			t.Fatalf("the DAG file has no %s:\n%s", change.old, text)
		}
		write(t, filepath.Join(dir, "dags.py"), []byte(changed))
		jobs = append(jobs, factoryJob{ID: fmt.Sprintf("changed-%d", i), Folder: dir, YAML: "a.yml", File: "dags.py"})
	}
	for i, v := range compareFactory(t, jobs) {
		if len(v.Differences) == 0 || v.Error != "" || len(v.ImportErrors) > 0 {
			t.Errorf("%s for %s: no difference: %v %s", changes[i].new, changes[i].old, v.ImportErrors, v.Error)
			continue
		}
		if !slices.ContainsFunc(v.Differences, func(d difference) bool { return strings.HasPrefix(d.Key, changes[i].key) }) {
			t.Errorf("%s for %s differs in %v", changes[i].new, changes[i].old, v.Differences)
		}
	}
}
