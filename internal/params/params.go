// Package params checks the values of typed params against their JSON Schema, as Airflow does with the jsonschema library:
// draft 2020-12, with the formats that it always knows.
package params

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Keywords are the keywords of JSON Schema and those that Airflow's form for triggering knows, sorted.
var Keywords = []string{
	"$ref", "additionalProperties", "allOf", "anyOf", "const", "contains", "contentEncoding", "contentMediaType", "custom_html_form", "default",
	"dependentRequired", "dependentSchemas", "deprecated", "description", "description_md", "else", "enum", "examples", "exclusiveMaximum",
	"exclusiveMinimum", "format", "if", "items", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems",
	"minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern", "patternProperties", "prefixItems", "properties",
	"propertyNames", "readOnly", "required", "section", "source", "then", "title", "type", "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
	"values_display", "writeOnly",
}

// Problem is why a value is not valid.
type Problem struct {
	Schema  bool     // it is the schema that is wrong
	Message string   // of the style of a diagnostic
	Path    []string // keys and indexes that lead to the place in the value, or in the schema
}

// Check validates JSON against the schema of a typed param. nil: it is valid, or nobody can tell here, since the schema uses
// what is Python's own or has no plain values.
func Check(schema []ir.Arg, value any) *Problem {
	if plainlyValid(schema, value) {
		return nil
	}
	return byLibrary(schema, value)
}

func byLibrary(schema []ir.Arg, value any) *Problem {
	document := map[string]any{}
	for _, a := range schema {
		v, ok := JSON(a.Value)
		if !ok {
			return nil
		}
		document[a.Name] = v
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	for _, name := range unknownFormats {
		compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
	}
	for name, check := range ownFormats {
		compiler.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	foreign := false
	compiler.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) {
		re, err := regexp.Compile(text)
		if err != nil {
			foreign = true // Python's may take it
			return (*anything)(nil), nil
		}
		return re, nil
	})
	const url = "param.json"
	if err := compiler.AddResource(url, document); err != nil {
		return nil
	}
	compiled, err := compiler.Compile(url)
	if err != nil {
		var invalid *jsonschema.SchemaValidationError
		if errors.As(err, &invalid) {
			if p := first(invalid.Err); p != nil {
				p.Schema = true
				return p
			}
		}
		return nil
	}
	if err := compiled.Validate(value); err != nil && !foreign {
		return first(err)
	}
	return nil
}

// unknownFormats are those that the jsonschema library checks only where further packages are installed.
var unknownFormats = []string{
	"date-time", "duration", "hostname", "idn-hostname", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "uri", "uri-reference",
	"uri-template",
}

// ownFormats are those that it checks in a way of its own.
var ownFormats = map[string]func(any) error{"date": date, "email": email, "idn-email": email, "time": timeOfDay}

var isoDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// date is Python's date.fromisoformat, which takes weeks and dates without dashes, too.
func date(v any) error {
	text, ok := v.(string)
	if !ok || !isoDate.MatchString(text) && strings.ContainsAny(text, "0123456789") {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return errors.New("there is no such date")
	}
	return nil
}

func email(v any) error {
	if text, ok := v.(string); ok && !strings.Contains(text, "@") {
		return errors.New("it has no @")
	}
	return nil
}

var clock = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d$`)

// timeOfDay is strptime's %H:%M:%S.
func timeOfDay(v any) error {
	if text, ok := v.(string); ok && !clock.MatchString(text) {
		return errors.New("it is not written hours:minutes:seconds")
	}
	return nil
}

type anything struct{}

func (*anything) MatchString(string) bool { return true }
func (*anything) String() string          { return "" }

var english = message.NewPrinter(language.English)

// first is the innermost cause of an error, the first where there are several.
func first(err error) *Problem {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	return &Problem{Message: invalid.ErrorKind.LocalizedString(english), Path: invalid.InstanceLocation}
}

// JSON is a value as JSON has it; false where it holds something that JSON has no word for.
func JSON(v ir.Value) (any, bool) {
	switch v := v.(type) {
	case *ir.Null:
		return nil, true
	case *ir.Bool:
		return v.V, true
	case *ir.Int:
		return json.Number(v.Text), true
	case *ir.Float:
		if math.IsNaN(v.V) || math.IsInf(v.V, 0) {
			return nil, false
		}
		return json.Number(strconv.FormatFloat(v.V, 'g', -1, 64)), true
	case *ir.String:
		return v.V, true
	case *ir.Template:
		return v.V, true
	case *ir.List:
		list := make([]any, len(v.Items))
		for i, item := range v.Items {
			one, ok := JSON(item)
			if !ok {
				return nil, false
			}
			list[i] = one
		}
		return list, true
	case *ir.Map:
		values := make(map[string]any, len(v.Entries))
		for _, e := range v.Entries {
			key, ok := e.Key.(*ir.String)
			one, ok2 := JSON(e.Value)
			if !ok || !ok2 {
				return nil, false
			}
			values[key.V] = one
		}
		return values, true
	}
	return nil, false
}

// At is the part of a value that a path leads to, or the innermost part of it that is there.
func At(v ir.Value, path []string) ir.Value {
	for _, step := range path {
		var inner ir.Value
		switch at := v.(type) {
		case *ir.List:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(at.Items) {
				inner = at.Items[i]
			}
		case *ir.Map:
			for _, e := range at.Entries {
				if key, ok := e.Key.(*ir.String); ok && key.V == step {
					inner = e.Value
				}
			}
		}
		if inner == nil {
			return v
		}
		v = inner
	}
	return v
}
