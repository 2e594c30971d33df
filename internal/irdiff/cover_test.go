package irdiff

import (
	"reflect"
	"slices"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// compared lists the fields of the IR that count, and uncounted those that do not, with the reason. A field that is new in the
// IR is in neither, and has to be thought about.
var compared = map[string][]string{
	"File":      {"Path", "Version", "Pipelines"},
	"Pipeline":  {"ID", "Schedule", "StartDate", "EndDate", "Timezone", "Catchup", "DefaultArgs", "Params", "Args", "Settings", "Groups", "Tasks"},
	"Settings":  {"NativeTemplates", "FailFast"},
	"Param":     {"Name", "Default", "Schema", "Typed"},
	"Group":     {"ID", "Parent", "Prefix", "DefaultArgs", "Args", "Dependencies", "Expand"},
	"Ref":       {"ID", "Label"},
	"Task":      {"ID", "Group", "Class", "Op", "Args", "DefaultArgs", "Expand", "Setup", "Teardown", "Dependencies", "Needs", "Trigger", "Retry", "Limits", "Params", "Owner", "DoXComPush", "MultipleOut", "Local", "DependsOnPast", "WaitForDownstream", "Callbacks"},
	"Class":     {"Module", "Name"},
	"Retry":     {"Retries", "Delay", "Multiplier", "MaxDelay"},
	"Limits":    {"ExecutionTimeout", "Pool", "PoolSlots", "PriorityWeight", "WeightRule", "MaxActivePerDag", "MaxActivePerDagRn"},
	"Callback":  {"Event", "Values"},
	"Expand":    {"Args", "Kwargs"},
	"Teardown":  {"Setups", "FailsDagrun"},
	"Bash":      {"Env", "AppendEnv", "Cwd", "SkipExitCode", "Encoding"},
	"Python":    {"OpArgs", "OpKwargs", "TemplatesDict", "LogReturn"},
	"Decorated": {"Decorator", "Callable", "Args", "Kwargs"},
	"Decorator": {"Module", "Name"},
}

var uncounted = map[string]map[string]string{
	"File": {"Form": "how DAGs are declared is layout", "With": "the same options are used on both sides"},
	"Settings": {
		"MaxActiveTasks": "of Args", "MaxActiveRuns": "of Args", "DagrunTimeout": "of Args", "TemplateSearch": "of Args",
		"DefaultArgsOwner": "told by the owners of tasks", "OnSuccessCallback": "of Args", "OnFailureCallback": "of Args", "Callbacks": "of Args",
	},
	"Group": {"LocalID": "of ID", "MappedNames": "of Expand"},
	"Ref":   {"Group": "of ID"},
	"Task": {
		"LocalID": "of ID", "TemplateFields": "of Class and the Airflow version", "TemplateExt": "of Class or of templates_exts",
	},
	"Class":     {"User": "where the module is does not change its name"},
	"Callback":  {"Refs": "of Values"},
	"Bash":      {"Command": "of Args"},
	"Python":    {"Callable": "of Args", "Function": "of Args", "TemplatesExts": "of Args"},
	"Decorator": {"User": "where the module is does not change its name"},
}

// TestEveryFieldIsThoughtOf holds the fields of the IR against the lists. Spans never count.
func TestEveryFieldIsThoughtOf(t *testing.T) {
	span := reflect.TypeFor[ir.Span]()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[ir.File](), reflect.TypeFor[ir.Pipeline](), reflect.TypeFor[ir.Settings](), reflect.TypeFor[ir.Param](),
		reflect.TypeFor[ir.Group](), reflect.TypeFor[ir.Ref](), reflect.TypeFor[ir.Task](), reflect.TypeFor[ir.Class](),
		reflect.TypeFor[ir.Retry](), reflect.TypeFor[ir.Limits](), reflect.TypeFor[ir.Callback](), reflect.TypeFor[ir.Expand](),
		reflect.TypeFor[ir.Teardown](), reflect.TypeFor[ir.Bash](), reflect.TypeFor[ir.Python](), reflect.TypeFor[ir.Decorated](),
		reflect.TypeFor[ir.Decorator](), reflect.TypeFor[ir.Empty](), reflect.TypeFor[ir.Generic](),
	} {
		seen := 0
		for field := range fieldsOf(typ) {
			if field.Type == span {
				continue
			}
			counts := slices.Contains(compared[typ.Name()], field.Name)
			_, not := uncounted[typ.Name()][field.Name]
			if counts == not {
				t.Errorf("%s.%s: compare it, or say why it does not count", typ.Name(), field.Name)
			}
			seen++
		}
		if listed := len(compared[typ.Name()]) + len(uncounted[typ.Name()]); listed != seen {
			t.Errorf("%s has %d fields, the lists have %d", typ.Name(), seen, listed)
		}
	}
}

func fieldsOf(typ reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range typ.NumField() {
			if !yield(typ.Field(i)) {
				return
			}
		}
	}
}
