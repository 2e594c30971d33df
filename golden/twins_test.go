//go:build airflow

package golden

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

// TestTwinsSerialiseAlike wants Airflow to serialise a DAG written by hand as it does the generated one. Records are of what a run
// shows; this is of all the rest: documentation, limits, colours, dates.
func TestTwinsSerialiseAlike(t *testing.T) {
	cases := loadCases(t)
	for _, v := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		var jobs []job
		for _, c := range cases {
			if c.hand == nil || !contains(c.versions, v) {
				continue
			}
			dir, twin := t.TempDir(), t.TempDir()
			c.unpack(t, dir)
			c.unpack(t, twin)
			one := c.compile(t, dir, v)
			if one.file == nil {
				t.Errorf("%s: a twin of what does not compile", c.name)
				continue
			}
			folder := path.Join(filepath.ToSlash(dir), path.Dir(c.pipeline))
			write(t, filepath.Join(folder, one.dagName), one.dagFile)
			write(t, filepath.Join(twin, "hand.py"), c.hand)
			jobs = append(jobs, job{ID: slug(c.name), Folder: folder, File: one.dagName}, job{ID: slug(c.name) + "-hand", Folder: twin, File: "hand.py"})
		}
		verdicts := judge(t, v, jobs)
		for i := 0; i < len(jobs); i += 2 {
			generated, hand := verdicts[jobs[i].ID], verdicts[jobs[i+1].ID]
			if diff := cmp.Diff(serialised(t, hand), serialised(t, generated)); diff != "" {
				t.Errorf("%s: Airflow %s serialises them differently (-by hand +generated):\n%s", jobs[i].ID, v, diff)
			}
		}
	}
}

// serialised is what Airflow made of a file's DAGs, without the places of files, tasks in the order of their ids.
func serialised(t *testing.T, v verdict) any {
	t.Helper()
	if v.Error != "" || len(v.ImportErrors) > 0 || len(v.Dags) == 0 {
		t.Errorf("%s: %s %s", v.ID, strings.Join(v.ImportErrors, "\n"), v.Error)
	}
	data, err := json.Marshal(v.Dags)
	if err != nil {
		t.Fatal(err)
	}
	var dags any
	if err := json.Unmarshal(data, &dags); err != nil {
		t.Fatal(err)
	}
	settle(dags)
	return dags
}

// settle removes what depends on where a file is, and orders what has no order of its own.
func settle(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, place := range []string{"fileloc", "relative_fileloc", "_processor_dags_folder"} {
			delete(value, place)
		}
		if tasks, ok := value["tasks"].([]any); ok {
			slices.SortFunc(tasks, func(a, b any) int { return strings.Compare(taskID(a), taskID(b)) })
		}
		for _, inner := range value {
			settle(inner)
		}
	case []any:
		for _, inner := range value {
			settle(inner)
		}
	}
}

// taskID is the id of a serialised task.
func taskID(task any) string {
	data, _ := json.Marshal(task)
	var shape struct {
		Var struct {
			TaskID string `json:"task_id"`
		} `json:"__var"`
	}
	_ = json.Unmarshal(data, &shape)
	return shape.Var.TaskID
}
