package golden

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
)

// TestTwinsUseEveryKey wants every argument that both 2.11 and 3.3 have, and every key of the language itself, in a case that has
// a DAG written by hand beside it, so that the compiler and the local target cannot be wrong together.
func TestTwinsUseEveryKey(t *testing.T) {
	var written strings.Builder
	twins := 0
	for _, c := range loadCases(t) {
		if c.hand != nil {
			twins++
			written.Write(c.file("in/" + c.pipeline))
		}
	}
	if twins < 20 {
		t.Errorf("only %d cases have a twin", twins)
	}
	keys := strings.Fields("dag_id task_id group_name task_group_name parent_group_name tasks task_groups bash python empty operator dependencies default timezone python_callable")
	both := []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}}
	for _, args := range []catalog.Args{
		catalog.DAGArgs(), catalog.TaskGroupArgs(), catalog.OperatorArgs(),
		catalog.FindClass("BashOperator").OwnArgs(), catalog.FindClass("PythonOperator").OwnArgs(),
	} {
		for i := range args {
			a := &args[i]
			if a.Type != catalog.Never && a.In(both[0]) && a.In(both[1]) {
				keys = append(keys, a.Name)
			}
		}
	}
	var missing []string
	for _, key := range keys {
		if !regexp.MustCompile(`\b` + key + `:`).MatchString(written.String()) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no twin has %s", strings.Join(missing, ", "))
	}
}
