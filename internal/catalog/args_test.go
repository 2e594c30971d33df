package catalog

import (
	"os"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestArgsAgreeWithAirflow compares the tables with the signatures of every supported version; testdata/args.py reads them.
func TestArgsAgreeWithAirflow(t *testing.T) {
	tables := map[string]Args{
		"DAG": DAGArgs(), "TaskGroup": TaskGroupArgs(), "BaseOperator": OperatorArgs(),
		"BashOperator": FindClass("BashOperator").OwnArgs(), "PythonOperator": FindClass("PythonOperator").OwnArgs(),
	}
	for _, version := range ir.Versions {
		text, err := os.ReadFile("testdata/args-" + version.String() + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, line := range strings.Fields(strings.ReplaceAll(string(text), " ", ".")) {
			there[line] = true
			class, name, _ := strings.Cut(line, ".")
			if arg := tables[class].Find(name); arg == nil || !arg.In(version) {
				t.Errorf("Airflow %s: the table lacks %s", version, line)
			}
		}
		if len(there) < 100 {
			t.Fatalf("only %d arguments of Airflow %s", len(there), version)
		}
		for class, args := range tables {
			for _, arg := range args {
				if arg.In(version) && !there[class+"."+arg.Name] {
					t.Errorf("Airflow %s has no %s.%s", version, class, arg.Name)
				}
			}
		}
	}
}

func TestEveryArgHasAMeaning(t *testing.T) {
	for _, args := range []Args{dagArgs, groupArgs, operatorArgs, bashArgs, pythonArgs} {
		seen := map[string]bool{}
		for _, arg := range args {
			if arg.Meaning == "" || strings.Contains(arg.Meaning, "\n") || seen[arg.Name] {
				t.Errorf("%s is there twice, or its meaning %q is not one line", arg.Name, arg.Meaning)
			}
			seen[arg.Name] = true
			if arg.Instead != "" && args.Find(arg.Instead) == nil {
				t.Errorf("%s points to %s, which is not there", arg.Name, arg.Instead)
			}
		}
	}
	if Any.Noun() == "" || Never.Noun() == "" {
		t.Error("a type has no noun")
	}
}
