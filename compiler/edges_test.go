package compiler

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEdgesAgreeWithAirflow compares with DAGs that Airflow built; testdata/edges.py makes them anew.
func TestEdgesAgreeWithAirflow(t *testing.T) {
	table, err := os.ReadFile("testdata/edges.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSuffix(string(table), "----\n"), "----\n")
	if len(cases) < 100 {
		t.Fatalf("the table has only %d cases", len(cases))
	}
	for _, c := range cases {
		src, want, _ := strings.Cut(c, "==\n")
		p := compiled(t, src).Pipelines[0]
		var got strings.Builder
		for _, task := range p.Tasks {
			var up []string
			for _, need := range task.Needs {
				up = append(up, need.ID)
			}
			slices.Sort(up)
			got.WriteString(task.ID + "<-" + strings.Join(up, ",") + "\n")
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s\n%s", src, diff)
		}
	}
}
