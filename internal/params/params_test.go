package params

import (
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func str(s string) ir.Value { return &ir.String{V: s} }

func TestCheck(t *testing.T) {
	schema := func(pairs ...any) []ir.Arg {
		var args []ir.Arg
		for i := 0; i < len(pairs); i += 2 {
			args = append(args, ir.Arg{Name: pairs[i].(string), Value: pairs[i+1].(ir.Value)})
		}
		return args
	}
	number := &ir.Int{Text: "5"}
	for _, tc := range []struct {
		name    string
		schema  []ir.Arg
		value   ir.Value
		message string
	}{
		{"type", schema("type", str("integer")), str("x"), "got string, want integer"},
		{"a boolean is no integer", schema("type", str("integer")), &ir.Bool{V: true}, "got boolean, want integer"},
		{"1.0 is an integer", schema("type", str("integer")), &ir.Float{V: 1}, ""},
		{"enum", schema("enum", &ir.List{Items: []ir.Value{str("x"), str("y")}}), str("q"), "value must be one of 'x', 'y'"},
		{"minimum", schema("minimum", &ir.Int{Text: "10"}), number, "minimum: got 5, want 10"},
		{"big numbers", schema("maximum", &ir.Int{Text: "100000000000000000000"}), &ir.Int{Text: "99999999999999999999"}, ""},
		{"date", schema("format", str("date")), str("2026-13-01"), "'2026-13-01' is not valid date: there is no such date"},
		{"time", schema("format", str("time")), str("25:00"), "'25:00' is not valid time: it is not written hours:minutes:seconds"},
		{"email", schema("format", str("email")), str("a"), "'a' is not valid email: it has no @"},
		{"a format that only some know", schema("format", str("hostname")), str("-a"), ""},
		{"a format of Airflow's form", schema("format", str("multiline")), str("x"), ""},
		{"a pattern of Python's", schema("pattern", str("(?=x)")), str("y"), ""},
		{"an unknown keyword", schema("section", str("A")), str("y"), ""},
		{"a schema that is none", schema("minLength", str("x")), str("y"), "got string, want integer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			value, ok := JSON(tc.value)
			if !ok {
				t.Fatal("no JSON")
			}
			got := ""
			if p := Check(tc.schema, value); p != nil {
				got = p.Message
			}
			if got != tc.message {
				t.Errorf("got %q, want %q", got, tc.message)
			}
		})
	}
}

// TestPlainlyValid wants the short way to say yes only where the library does.
func TestPlainlyValid(t *testing.T) {
	values := []ir.Value{
		str("x"), str(""), &ir.Bool{V: true}, &ir.Null{}, &ir.Int{Text: "5"}, &ir.Int{Text: "-1"}, &ir.Float{V: 1}, &ir.Float{V: 1.5}, &ir.Int{Text: "99999999999999999999"},
		&ir.List{Items: []ir.Value{str("x")}}, &ir.Map{},
	}
	keywords := []ir.Arg{
		{Name: "title", Value: str("T")}, {Name: "title", Value: &ir.Int{Text: "1"}}, {Name: "section", Value: str("S")},
		{Name: "minimum", Value: &ir.Int{Text: "0"}}, {Name: "maximum", Value: &ir.Int{Text: "5"}}, {Name: "minimum", Value: &ir.Float{V: 0.5}},
		{Name: "enum", Value: &ir.List{Items: []ir.Value{str("x"), &ir.Int{Text: "5"}}}}, {Name: "enum", Value: &ir.List{}}, {Name: "maxLength", Value: &ir.Int{Text: "3"}},
	}
	for _, name := range []string{"string", "integer", "number", "boolean", "array", "object", "null", "strin"} {
		keywords = append(keywords, ir.Arg{Name: "type", Value: str(name)})
	}
	yes := 0
	for _, v := range values {
		value, _ := JSON(v)
		for i := range keywords {
			for j := range keywords {
				schema := []ir.Arg{keywords[i]}
				if keywords[j].Name != keywords[i].Name {
					schema = append(schema, keywords[j])
				}
				if !plainlyValid(schema, value) {
					continue
				}
				yes++
				if p := byLibrary(schema, value); p != nil {
					t.Errorf("%v of %v: the library says %s", schema, value, p.Message)
				}
			}
		}
	}
	if yes < 100 {
		t.Errorf("only %d plain answers", yes)
	}
}

func TestAt(t *testing.T) {
	deep := str("b")
	v := &ir.Map{Entries: []ir.Entry{{Key: str("a"), Value: &ir.List{Items: []ir.Value{str("x"), deep}}}}}
	if got := At(v, []string{"a", "1"}); got != deep {
		t.Errorf("found %v", got)
	}
	if got := At(v, []string{"z", "1"}); got != ir.Value(v) {
		t.Errorf("found %v", got)
	}
}
