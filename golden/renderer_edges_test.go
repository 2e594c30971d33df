//go:build airflow

package golden

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/ir"
)

// edgesWanted are the edges of DAGs whose edges come about in many ways: drawn by hand, by Airflow where an output is used, by
// as_teardown, and into and out of mapped groups. They follow from the pipelines alone.
var edgesWanted = map[string]string{
	"outputs": `
late -> early echo
made -> echo g.user unknown zipped
bash -> converted early echo g.user late zipped
g.other -> g.user`,
	"setups": `
create (setup) -> delete work
work -> delete
delete (teardown, fails the run)
only_setup (setup) -> each only_teardown
only_teardown (teardown)
open (setup) -> close use
login (setup) -> close use
use -> close
close (teardown)
early (teardown)
late (setup) -> early
g.begin (setup) -> g.end g.middle
g.middle -> after g.end
g.end (teardown)
each (teardown)
m.up (setup) -> m.do m.down
m.do -> m.down
m.down (teardown)`,
	"mapped_groups": `
files -> per_file.check per_file.load per_file.nameless.x
start -> per_file.check per_file.load per_file.nameless.x
per_file.load -> per_file.alone per_file.check user
per_file.check -> per_file.inner.path per_file.inner.unnamed
per_file.alone -> end
per_file.inner.path -> end
per_file.inner.unnamed -> end
per_file.nameless.x -> end
small.t -> a_group_of_some_length_that_takes_much_of_the_line.t
a_group_of_some_length_that_takes_much_of_the_line.t -> a_group_of_some_length_that_takes_much_of_the_line.per_file`,
	"labels": `
a -> b c g.x
b -> c
c -> g.y
g.x -> g.y
g.y -> d
d -> e f`,
}

// TestRendererEdges has real Airflow tell the edges of those DAGs.
func TestRendererEdges(t *testing.T) {
	for _, v := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		dir := t.TempDir()
		for name, text := range stubs {
			write(t, filepath.Join(dir, name), []byte(text))
		}
		var jobs []job
		for name := range edgesWanted {
			text, err := os.ReadFile(filepath.Join("../targets/airflow/testdata/airflow-"+v.String(), name+".py"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name+".py"), text)
			jobs = append(jobs, job{ID: name, Folder: dir, File: name + ".py"})
		}
		for id, got := range judge(t, v, jobs) {
			if got.Error != "" || len(got.Dags) != 1 {
				t.Errorf("Airflow %s: %s: %v %s", v, id, got.ImportErrors, got.Error)
				continue
			}
			want := strings.Split(strings.TrimSpace(edgesWanted[id]), "\n")
			slices.Sort(want)
			if diff := cmp.Diff(want, edgesOf(t, got.Dags[id])); diff != "" {
				t.Errorf("Airflow %s: %s (-want +got):\n%s", v, id, diff)
			}
		}
	}
}

// edgesOf lists the tasks of a serialised DAG that have a task after them or are setups or teardowns.
func edgesOf(t *testing.T, dag json.RawMessage) []string {
	t.Helper()
	type task struct {
		ID         string   `json:"task_id"`
		Downstream []string `json:"downstream_task_ids"`
		Setup      bool     `json:"is_setup"`
		Teardown   bool     `json:"is_teardown"`
		Fails      bool     `json:"on_failure_fail_dagrun"`
		Partial    struct {
			Teardown bool `json:"is_teardown"`
		} `json:"partial_kwargs"`
	}
	var serialised struct {
		DAG struct {
			Tasks []struct {
				Task task `json:"__var"`
			} `json:"tasks"`
		} `json:"dag"`
	}
	if err := json.Unmarshal(dag, &serialised); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, entry := range serialised.DAG.Tasks {
		one := entry.Task
		line := one.ID
		switch {
		case one.Setup:
			line += " (setup)"
		case one.Teardown && one.Fails:
			line += " (teardown, fails the run)"
		case one.Teardown || one.Partial.Teardown:
			line += " (teardown)"
		}
		if len(one.Downstream) > 0 {
			slices.Sort(one.Downstream)
			line += " -> " + strings.Join(one.Downstream, " ")
		}
		if line != one.ID {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("no edges in %.300s", dag)
	}
	slices.Sort(lines)
	return lines
}
