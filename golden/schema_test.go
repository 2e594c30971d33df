package golden

import (
	"bytes"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/schema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// besidesSchema are the cases whose wrong key the schema cannot see, and why.
var besidesSchema = map[string]string{
	"err/files_of_dag_factory":         "the names are those of another file, or of another task's operator",
	"err/loops_in_dag_factorys_form":   "DAGs by their ids may have any key",
	"err/schedules":                    "a key without tasks need not be a DAG",
	"err/shorthands":                   "a task may get what it does from what it extends",
	"err/deadlines_and_retry_policies": "DAGs by their ids may have any key",
}

// TestSchema validates the pipeline of every case: those that compile are valid, those with an unknown key are not.
func TestSchema(t *testing.T) {
	compiled := compileSchema(t)
	unknown := regexp.MustCompile(`(?m)^(\S+?):\d+:\d+: error: .*\[unknown-key\]$`)
	valid, invalid := 0, 0
	for _, c := range loadCases(t) {
		if c.env != "" || len(c.set) > 0 {
			continue // the pipeline is not all that is compiled
		}
		for _, f := range c.archive.Files {
			if f.Name != "in/"+c.pipeline {
				continue
			}
			m := unknown.FindSubmatch(c.file("want/diagnostics"))
			if c.file("want/ir.json") == nil && m == nil {
				continue
			}
			value, ok := jsonOf(c.input(f))
			if !ok {
				continue
			}
			err := compiled.Validate(value)
			switch {
			case c.file("want/ir.json") != nil:
				valid++
				if err != nil {
					t.Errorf("%s compiles and is not valid: %v", c.name, err)
				}
			case m != nil && string(m[1]) == c.pipeline:
				invalid++
				if why := besidesSchema[c.name]; (err == nil) != (why != "") {
					t.Errorf("%s has an unknown key; the schema says %v, expected: %q", c.name, err, why)
				}
			}
		}
	}
	if *only == "" && (valid < 140 || invalid < 15) {
		t.Errorf("only %d valid and %d invalid pipelines", valid, invalid)
	}
}

// TestSchemaFile holds docs/pipeline.schema.json against the code; -update writes it.
func TestSchemaFile(t *testing.T) {
	const file = "../docs/pipeline.schema.json"
	want, err := schema.Write()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err == nil && bytes.Equal(got, want) {
		return
	}
	if *update {
		write(t, file, want)
	}
	t.Errorf("%s is not what the code writes; run: go test ./golden -run TestSchemaFile -update", file)
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := schema.Write()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("dagexport.schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("dagexport.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// jsonOf is a YAML document as JSON has it, dates as text; false where it cannot be read.
func jsonOf(text []byte) (any, bool) {
	var document yaml.Node
	if yaml.Unmarshal(text, &document) != nil || len(document.Content) != 1 {
		return nil, false
	}
	return jsonNode(document.Content[0])
}

func jsonNode(n *yaml.Node) (any, bool) {
	switch n.Kind {
	case yaml.AliasNode:
		return jsonNode(n.Alias)
	case yaml.SequenceNode:
		items := []any{}
		for _, child := range n.Content {
			item, ok := jsonNode(child)
			if !ok {
				return nil, false
			}
			items = append(items, item)
		}
		return items, true
	case yaml.MappingNode:
		values := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			value, ok := jsonNode(n.Content[i+1])
			if !ok {
				return nil, false
			}
			if merged, isMap := value.(map[string]any); isMap && n.Content[i].Tag == "!!merge" {
				for key, one := range merged {
					if values[key] == nil {
						values[key] = one
					}
				}
				continue
			}
			values[n.Content[i].Value] = value
		}
		return values, true
	}
	switch n.Tag {
	case "!!null":
		return nil, true
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), true
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f, true
		}
	}
	return n.Value, true
}
