// Package schema writes the language down as a JSON Schema, for editors: every key with its meaning and its type, made from the
// tables that the compiler reads. It is looser than the compiler where a value may be a template, and knows nothing of names.
package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
)

// Write is the schema as text.
func Write() ([]byte, error) {
	data, err := json.Marshal(document())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", " "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func document() object {
	has := func(keys ...string) object {
		var any list
		for _, key := range keys {
			any = append(any, object{{"required", list{key}}})
		}
		return object{{"anyOf", any}}
	}
	return object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "dagexport pipeline"},
		{"type", "object"},
		{"if", object{{"anyOf", list{
			has("tasks", "dag_id", "extends", "include"),
			object{{"required", list{"task_groups"}}, {"properties", object{{"task_groups", object{{"additionalProperties", object{{"properties", object{
				{"schedule", false}, {"start_date", false},
			}}}}}}}}},
		}}}},
		{"then", ref("dag")},
		{"else", object{
			{"if", has("fragment")},
			{"then", ref("fragment")},
			{"else", object{{"additionalProperties", object{{"anyOf", list{ref("keyed_dag"), object{{"type", "object"}, {"not", has("tasks", "task_groups")}}, object{{"not", object{{"type", "object"}}}}}}}}}},
		}},
		{"$defs", defs()},
	}
}

func ref(name string) object { return object{{"$ref", "#/$defs/" + name}} }

// defs are the parts of the language.
func defs() object {
	return object{
		{"dag", dag(true)},
		{"keyed_dag", dag(false)},
		{"fragment", object{{"type", "object"}, {"description", "a fragment: its parameters, and what is put where it is included"},
			{"properties", object{{"fragment", object{{"description", "the parameters, with the values that they have unless they are given"}, {"type", list{"object", "null"}}}}}}}},
		{"group", group()},
		{"task", task()},
		{"task_key", taskKey()},
		{"tasks", entries("task", "task_id")},
		{"groups", entries("group", "group_name", "group_id")},
		{"default_args", object{{"type", list{"object", "null"}}, {"properties", arguments(catalog.OperatorArgs(), catalogArgs("BashOperator"), catalogArgs("PythonOperator"))}}},
		{"dependencies", object{{"type", list{"array", "null", "string"}}, {"items", object{{"anyOf", list{
			object{{"type", "string"}},
			object{{"type", "object"}, {"properties", object{{"task", kind("string")}, {"label", kind("string")}}}, {"additionalProperties", false}},
		}}}}}.with("if", kind("string")).with("then", object{{"pattern", deferredPattern}})},
		{"assets", object{{"anyOf", list{
			kind("string", "null"),
			oneOfKeys(slices.Concat(compiler.AssetKeys(), objectKeys, []string{"file", "datasets"}), "string"),
			object{{"type", "array"}, {"items", oneOfKeys(slices.Concat(compiler.AssetKeys(), objectKeys), "string")}},
		}}}},
		{"deferred", object{{"description", "a template, an environment variable or an output of a task"}, {"anyOf", list{
			object{{"type", "string"}, {"pattern", deferredPattern}},
			object{{"type", "object"}, {"anyOf", list{
				object{{"required", list{"__type__"}}, {"propertyNames", object{{"pattern", identifierPattern}}}}, object{{"required", list{"__join__"}}}, object{{"required", list{"output"}}},
				object{{"required", list{"mapped"}}}, object{{"required", list{"zip"}}}, object{{"required", list{"concat"}}}, object{{"required", list{"code"}}},
			}}},
		}}}},
	}
}

// deferredPattern is text that is not yet the value: a template, a variable, an output.
const deferredPattern = `<%|\$|\{\{|\{%|^\+`

func kind(names ...string) object {
	if len(names) == 1 {
		return object{{"type", names[0]}}
	}
	return object{{"type", texts(names)}}
}

// entries is tasks or groups: by their ids, or as a list.
func entries(what string, idKeys ...string) object {
	var ids list
	for _, key := range idKeys {
		ids = append(ids, object{{"required", list{key}}})
	}
	return object{{"anyOf", list{
		object{{"type", "object"}, {"additionalProperties", ref(what)}},
		object{{"type", "array"}, {"items", object{{"allOf", list{ref(what), object{{"anyOf", ids}}}}}}},
		object{{"type", "null"}},
		object{{"type", "string"}, {"pattern", deferredPattern}},
	}}}
}

func catalogArgs(class string) catalog.Args { return catalog.FindClass(class).OwnArgs() }

// dag is a DAG; in a file of many DAGs unknown keys are dropped with a warning, and so allowed.
func dag(strict bool) object {
	properties := object{
		{"tasks", describe(ref("tasks"), "the tasks of the DAG: by their ids, or as a list with `task_id`")},
		{"task_groups", describe(ref("groups"), "the task groups of the DAG")},
		{"timezone", describe(kind("string"), "the time zone of dates without one, and of the schedule: a name of the IANA database")},
		{"timetable", object{{"description", "when the DAG runs, by a timetable of Airflow's or your own"}}},
	}
	if strict {
		properties = append(properties, reuse("DAG")...)
		properties = properties.with("vars", describe(kind("object", "null"), "values for <% .vars.NAME %>"))
	}
	properties = append(properties, arguments(catalog.DAGArgs())...)
	properties = append(properties, byFile(catalog.DAGArgs())...)
	for _, key := range []string{"doc_md_file_path", "doc_md_python_callable_name", "doc_md_python_callable_file", "doc_md_python_arguments"} {
		properties = properties.with(key, object{{"description", "doc_md from a file, or from a function"}})
	}
	out := object{{"type", "object"}, {"properties", typedKeys(properties)}}
	if strict {
		out = append(out, member{"patternProperties", object{{"^x-", true}}}, member{"additionalProperties", false})
	}
	return out
}

// typedKeys puts the parts that have a shape of their own in place of the plain types of the tables.
func typedKeys(properties object) object {
	shapes := map[string]object{
		"schedule":             oneOfKeys(slices.Concat(compiler.ScheduleKeys(), compiler.AssetKeys(), objectKeys, []string{"file", "callable", "params"}), "string", "null", "array"),
		"default_args":         ref("default_args"),
		"dependencies":         ref("dependencies"),
		"params":               kind("object", "null"),
		"include":              oneOfKeys([]string{"file", "with"}, "string", "array", "null"),
		"inlets":               ref("assets"),
		"outlets":              ref("assets"),
		"user_defined_macros":  names(),
		"user_defined_filters": names(),
	}
	seen := map[string]bool{}
	var out object
	for _, m := range properties {
		if seen[m.key] {
			continue
		}
		seen[m.key] = true
		if shape, ok := shapes[m.key]; ok {
			if own, isObject := m.value.(object); isObject && own.find("description") != nil {
				shape = describe(shape, own.find("description").(string))
			}
			m.value = shape
		}
		out = append(out, m)
	}
	return out
}

func (o object) find(key string) any {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// objectKeys are those that make a mapping something else than its keys say.
var objectKeys = []string{"__type__", "__args__", "__and__", "__or__", "__join__"}

// oneOfKeys is a mapping of these keys, unless it is an object of a class, or another type.
func oneOfKeys(keys []string, others ...string) object {
	return object{{"anyOf", list{
		kind(others...),
		object{{"type", "object"}, {"anyOf", list{
			object{{"propertyNames", object{{"enum", texts(keys)}}}},
			object{{"required", list{"__type__"}}, {"propertyNames", object{{"pattern", identifierPattern}}}},
			object{{"required", list{"callable"}}},
		}}},
	}}}
}

const identifierPattern = `^[^\s.-]+$`

// names is a mapping of names that templates use.
func names() object {
	return object{{"type", list{"object", "null"}}, {"propertyNames", object{{"pattern", identifierPattern}}}}
}

func describe(shape object, text string) object {
	return append(object{{"description", text}}, shape...)
}

// reuse are the keys that are gone when the file is compiled.
func reuse(what string) object {
	return object{
		{"for_each", describe(kind("array", "object", "string", "null"), "one "+what+" per item: a list, a mapping, or a range such as 1..12")},
		{"include", describe(kind("string", "object", "array", "null"), "fragments that are put under this "+what)},
		{"extends", describe(kind("string", "array", "null"), "what this "+what+" is like, but for its own keys")},
	}
}

func mapping() object {
	return object{
		{"expand", describe(kind("object"), "one instance per item: arguments with a list, a mapping or an output of a task")},
		{"expand_kwargs", object{{"description", "one instance per set of arguments: a list of mappings, or an output of a task"}}},
		{"partial", describe(kind("object", "null"), "what is the same in every instance")},
	}
}

func group() object {
	properties := object{
		{"group_name", describe(kind("string"), "the id of the group, in a list")},
		{"parent_group_name", describe(kind("string", "null"), "the group that it is in")},
		{"dependencies", describe(ref("dependencies"), "tasks or groups that come before")},
		{"tasks", ref("tasks")},
		{"task_groups", ref("groups")},
	}
	properties = append(properties, reuse("task group")...)
	properties = append(properties, mapping()...)
	properties = append(properties, arguments(catalog.TaskGroupArgs())...)
	return object{{"type", list{"object", "null"}}, {"properties", typedKeys(properties)}, {"additionalProperties", false}}
}

// taskKeys are the keys of a task beside arguments.
func taskKeys() object {
	keys := object{
		{"operator", describe(kind("string"), "the import path of any operator; the class alone where only one has the name")},
		{"decorator", describe(kind("string"), "a decorator of TaskFlow, such as task or task.branch")},
		{"code", describe(kind("string"), "one Python function, written into the DAG file")},
		{"dependencies", describe(ref("dependencies"), "tasks or groups that come before")},
		{"task_group_name", describe(kind("string", "null"), "the task group that it is in")},
		{"setup", describe(kind("boolean"), "whether it is a setup")},
		{"teardown", describe(kind("boolean", "object"), "whether it is a teardown; {setups: [...], on_failure_fail_dagrun: true}")},
		{"local", describe(kind("object", "null"), "what a local run does instead")},
		{"variables_as_arguments", object{{"description", "arguments that are variables of Airflow"}}},
		{"python_callable_name", describe(kind("string"), "the function, beside python_callable_file")},
		{"python_callable_file", describe(kind("string"), "the file of the function")},
	}
	keys = append(keys, reuse("task")...)
	keys = append(keys, mapping()...)
	for _, s := range compiler.Shorthands() {
		meaning := s.Class
		if s.Arg != "" {
			meaning += " with this " + s.Arg
		}
		keys = keys.with(s.Key, object{{"description", meaning}})
	}
	return keys
}

func task() object {
	properties := append(taskKeys(), arguments(catalog.OperatorArgs())...)
	properties = append(properties, byFile(catalog.OperatorArgs())...)
	var rules list
	for _, s := range compiler.Shorthands() {
		class := catalog.FindClass(s.Class)
		if class == nil || !class.KnowsArgs() {
			continue
		}
		// A task of which every argument is known takes no others.
		own := arguments(class.OwnArgs())
		names := append(keysOf(typedKeys(properties)), keysOf(own)...)
		slices.Sort(names)
		rules = append(rules, object{
			{"if", object{{"required", list{s.Key}}, {"not", object{{"anyOf", list{
				object{{"required", list{"operator"}}}, object{{"required", list{"decorator"}}}, object{{"required", list{"external_python"}}},
			}}}}}},
			{"then", object{{"properties", own}, {"propertyNames", object{{"anyOf", list{
				object{{"enum", texts(slices.Compact(names))}}, object{{"pattern", deferredPattern}},
			}}}}}},
		})
	}
	rules = append(rules, operatorRules()...)
	return object{{"type", "object"}, {"properties", typedKeys(properties)}, {"allOf", rules}}
}

// operatorRules say of each operator of the catalogue what arguments it takes, in any version.
func operatorRules() (rules list) {
	for _, path := range catalog.Paths() {
		class := catalog.FindClass(path)
		if class.Moved != "" {
			continue // on Airflow 3 it is another class
		}
		var own []string
		for _, v := range ir.Versions {
			if s := class.Signature(v); s != nil {
				own = append(own, s.Names()...)
			}
		}
		slices.Sort(own)
		rules = append(rules, object{
			{"if", object{{"required", list{"operator"}}, {"properties", object{{"operator", object{{"enum", texts(class.Spellings())}}}}}}},
			{"then", object{{"propertyNames", object{{"anyOf", list{ref("task_key"), object{{"enum", texts(slices.Compact(own))}}}}}}}},
		})
	}
	return rules
}

// taskKey is the name of anything that may stand in a task of any operator.
func taskKey() object {
	properties := append(taskKeys(), arguments(catalog.OperatorArgs())...)
	names := keysOf(typedKeys(append(properties, byFile(catalog.OperatorArgs())...)))
	slices.Sort(names)
	return object{{"anyOf", list{
		object{{"enum", texts(slices.Compact(names))}}, object{{"pattern", deferredPattern}}, object{{"pattern", sensorFunctionPattern}},
	}}}
}

// sensorFunctionPattern are dag-factory's keys for the functions of sensors.
const sensorFunctionPattern = `^(execution_date_fn|success_check|failure_check|response_check)(_name|_file|_lambda)?$`

func keysOf(o object) []string {
	keys := make([]string, len(o))
	for i, m := range o {
		keys[i] = m.key
	}
	return keys
}

// byFile are dag-factory's names and files of the functions among arguments.
func byFile(args catalog.Args) object {
	var out object
	for _, a := range args {
		if a.Type == catalog.Functions && strings.HasSuffix(a.Name, "_callback") {
			for _, part := range []string{"_name", "_file"} {
				out = out.with(a.Name+part, describe(kind("string"), a.Name+" by the name of a function and its file"))
			}
		}
	}
	return out
}

// arguments are the properties of tables of arguments. An argument in several tables is described as in the first.
func arguments(tables ...catalog.Args) object {
	var out object
	for _, args := range tables {
		for i := range args {
			a := &args[i]
			if a.Type != catalog.Never && out.find(a.Name) == nil {
				out = out.with(a.Name, describe(shape(a), meaning(a)))
			}
		}
	}
	return out
}

func meaning(a *catalog.Arg) string {
	text := a.Meaning
	switch {
	case a.Since.Major != 0 && a.Until.Major != 0:
		text += " (Airflow " + a.Since.String() + " to " + a.Until.String() + ")"
	case a.Since.Major != 0:
		text += " (from Airflow " + a.Since.String() + ")"
	case a.Until.Major != 0:
		text += " (up to Airflow " + a.Until.String() + ")"
	}
	return text
}

// shape is what may be written for an argument.
func shape(a *catalog.Arg) object {
	types := typesOf(a.Type)
	if types == nil && len(a.Choices) == 0 {
		return nil
	}
	options := list{ref("deferred")}
	switch {
	case len(a.Choices) > 0:
		options = append(options, object{{"enum", texts(a.Choices)}})
	case a.Type == catalog.Texts:
		options = append(options, object{{"type", "array"}, {"items", kind("string", "object")}})
	case a.Type == catalog.Bool:
		// dag-factory's files are YAML 1.1.
		options = append(options, kind("boolean"), object{{"enum", list{"yes", "no", "on", "off", "Yes", "No", "On", "Off", "YES", "NO", "ON", "OFF"}}})
	default:
		options = append(options, kind(types...))
	}
	if a.Null {
		options = append(options, kind("null"))
	}
	return object{{"anyOf", options}}
}

// typesOf are JSON's types for a type of argument; nil: any.
func typesOf(t catalog.Type) []string {
	switch t {
	case catalog.Bool:
		return []string{"boolean"}
	case catalog.Int:
		return []string{"integer"}
	case catalog.Number:
		return []string{"number"}
	case catalog.Text:
		return []string{"string"}
	case catalog.Texts:
		return []string{"array"}
	case catalog.TextOrSeq:
		return []string{"string", "array"}
	case catalog.Dict, catalog.Names:
		return []string{"object"}
	case catalog.Seconds:
		return []string{"string", "number", "object"}
	case catalog.Date:
		return []string{"string", "object"}
	case catalog.Function, catalog.Functions:
		return []string{"string", "object", "array"}
	case catalog.ClassName:
		return []string{"string", "object"}
	case catalog.Backoff:
		return []string{"boolean", "number"}
	case catalog.ExitCodes:
		return []string{"integer", "array", "null"}
	case catalog.Arguments:
		return []string{"object", "string"}
	case catalog.Positions:
		return []string{"array", "string"}
	case catalog.Assets, catalog.Deadlines, catalog.RetryRules:
		return []string{"array", "object", "string"}
	}
	return nil
}
