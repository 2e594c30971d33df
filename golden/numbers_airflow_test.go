//go:build airflow

package golden

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestNumbers pushes values of numpy and pandas in both Airflows and here: what can be kept, and as what it comes back, is the same.
func TestNumbers(t *testing.T) {
	site := sitePackages(t, "numbers")
	t.Setenv("PYTHONPATH", site)
	source, err := os.ReadFile("testdata/numbers/fn.py")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(source), "VALUES = {")
	names := regexp.MustCompile(`(?m)^    "(\w+)": `).FindAllStringSubmatch(table, -1)
	for _, name := range strings.Fields("int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble") {
		names = append(names, []string{"", name})
	}
	if len(names) < 50 {
		t.Fatalf("only %d values", len(names))
	}
	pipeline := "dag_id: numbers\nschedule: null\nstart_date: 2026-01-01\ntasks:\n"
	for _, name := range names {
		pipeline += fmt.Sprintf("  gives_%[1]s: {python: fn.gives, op_args: [%[1]s]}\n  sees_%[1]s: {python: fn.sees, op_args: [%[1]s], dependencies: [gives_%[1]s]}\n"+
			"  pushes_%[1]s: {python: fn.pushes, op_args: [%[1]s]}\n", name[1])
	}
	for _, name := range []string{"int64", "float64", "float32", "true", "list", "tuple", "dict"} {
		pipeline += fmt.Sprintf("  tells_%[1]s: {bash: \"echo \\\"{{ ti.xcom_pull(task_ids='gives_%[1]s') }}\\\"\", dependencies: [gives_%[1]s]}\n", name)
	}
	c := &testCase{
		name: "numbers", pipeline: "pipeline.yaml", date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		archive: &txtar.Archive{Files: []txtar.File{{Name: "in/pipeline.yaml", Data: []byte(pipeline)}, {Name: "in/fn.py", Data: source}}},
	}
	for _, v := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		c.versions = []ir.Version{v}
		jobs, _ := recordJobs(t, []*testCase{c}, v, []string{"own"})
		want := encodeRecord(t, c, v, judge(t, v, jobs)[c.name], "own")
		if diff := cmp.Diff(string(want), string(c.runLocally(t, v, python(t, "python")))); diff != "" {
			t.Errorf("%s (-real Airflow +local run):\n%s", v, diff)
		}
	}
}
