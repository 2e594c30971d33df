//go:build airflow

package golden

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

// sameOnBoth are what Airflow 2.11 and 3.3 both serialise of a task under these names, with the value that is left out.
var sameOnBoth = map[string]any{
	"task_id": nil, "downstream_task_ids": []any{}, "trigger_rule": "all_success", "retries": float64(0), "owner": "airflow",
	"pool": "default_pool", "queue": "default", "depends_on_past": false, "wait_for_downstream": false, "is_setup": false, "is_teardown": false,
	"on_failure_fail_dagrun": false, "execution_timeout": nil, "priority_weight": float64(1), "weight_rule": "downstream", "pool_slots": float64(1),
	"bash_command": nil, "env": nil, "cwd": nil, "op_args": []any{}, "op_kwargs": map[string]any{}, "sql": nil, "max_active_tis_per_dag": nil, "doc_md": nil,
	"_is_mapped": false, "expand_input": nil, "map_index_template": nil,
}

// opaque are values that stand for an object, which each version writes in words of its own, and the folder of the judge.
var opaque = regexp.MustCompile(`XComArg\(|MappedArgument\(|task_instance\.xcom_pull|object at|object>|DYNAMIC|timedelta|(Asset|Dataset)A(ny|ll)\(|\d:\d\d:\d\d|airflow-judge`)

// TestVersionsMeanTheSame holds the tasks and edges that Airflow 2.11 makes of each case's DAG file against those of 3.3.
func TestVersionsMeanTheSame(t *testing.T) {
	two, three := ir.Version{Major: 2, Minor: 11}, ir.Version{Major: 3, Minor: 3}
	verdicts := map[ir.Version]map[string]verdict{}
	var names []string
	for _, v := range []ir.Version{two, three} {
		var jobs []job
		for _, c := range loadCases(t) {
			if !contains(c.versions, two) || !contains(c.versions, three) || c.noImport != "" {
				continue
			}
			dir := t.TempDir()
			c.unpack(t, dir)
			both := []compiled{c.compile(t, dir, two), c.compile(t, dir, three)}
			if both[0].file == nil || both[1].file == nil {
				continue
			}
			one := both[0]
			if v == three {
				one = both[1]
			}
			folder := path.Join(filepath.ToSlash(dir), path.Dir(c.pipeline))
			write(t, filepath.Join(folder, one.dagName), one.dagFile)
			jobs = append(jobs, job{ID: slug(c.name), Folder: folder, File: one.dagName, Environ: c.environ})
			if v == two {
				names = append(names, slug(c.name))
			}
		}
		verdicts[v] = judge(t, v, jobs)
	}
	for _, name := range names {
		a, b := tasksOf(t, verdicts[two][name]), tasksOf(t, verdicts[three][name])
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: Airflow 2.11 and 3.3 make different tasks of it (-2.11 +3.3):\n%s", name, diff)
		}
	}
	if *only == "" && len(names) < 100 {
		t.Errorf("only %d cases were compared", len(names))
	}
}

// tasksOf are the tasks of a verdict's DAGs by their ids, with what both versions say of them.
func tasksOf(t *testing.T, v verdict) map[string]map[string]any {
	tasks := map[string]map[string]any{}
	dags, ok := serialised(t, v).(map[string]any)
	if !ok {
		t.Fatalf("%s: no DAGs", v.ID)
	}
	for dagID, dag := range dags {
		list, _ := dag.(map[string]any)["dag"].(map[string]any)["tasks"].([]any)
		for _, one := range list {
			values, _ := one.(map[string]any)["__var"].(map[string]any)
			task := map[string]any{"class": values["_task_type"]}
			if task["class"] == nil {
				task["class"] = values["task_type"] // its name since 3.0
			}
			for name, otherwise := range sameOnBoth {
				value, ok := values[name]
				if !ok {
					value = otherwise
				}
				if ids, list := value.([]any); list && name == "downstream_task_ids" {
					slices.SortFunc(ids, func(a, b any) int { return slices.Compare([]byte(fmt.Sprint(a)), []byte(fmt.Sprint(b))) })
				}
				if written := fmt.Sprint(value); opaque.MatchString(written) {
					value = "an object"
				}
				task[name] = value
			}
			tasks[fmt.Sprintf("%s.%s", dagID, values["task_id"])] = task
		}
	}
	return tasks
}
