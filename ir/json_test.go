package ir

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestJSONKeepsOrderAndKinds(t *testing.T) {
	span := Span{File: "a.yaml", Start: Pos{Line: 2, Col: 3, Offset: 9}, End: Pos{Line: 2, Col: 7, Offset: 13}}
	values := []Value{
		&Null{}, &Bool{V: true}, &Int{Text: "123456789012345678901234567890"}, &Float{V: 1.5}, &Float{V: math.Inf(-1)}, &Float{V: math.NaN()},
		&String{V: "<a> & \"b\"\n\u2028\x01日"}, &Template{V: "{{ ds }}"}, &List{Items: []Value{&Null{}}},
		&Map{Entries: []Entry{{Key: &String{V: "z"}, Value: &Int{Text: "1"}}, {Key: &String{V: "a"}, Value: &Int{Text: "2"}}}},
		&PyRef{Module: "m", Name: "f", User: true}, &Duration{Micros: 5, Span: span},
		&Time{Year: 2026, Month: 1, Day: 2, Hour: 3, Microsecond: 4, Zone: "UTC"}, &Time{Year: 26, Month: 1, Day: 2, DateOnly: true},
		&Ago{Back: &Duration{Micros: 7}, Zone: "UTC"},
	}
	p := &Pipeline{ID: "a", Schedule: &Unscheduled{}, Timezone: "UTC"}
	for _, v := range values {
		p.Args = append(p.Args, Arg{Name: "x", Value: v})
	}
	file := &File{Path: "a.yaml", Version: DefaultVersion, Pipelines: []*Pipeline{p}}
	plain, err := file.JSON(false)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(plain) || strings.Contains(string(plain), "span") || plain[len(plain)-1] != '\n' {
		t.Fatalf("got\n%s", plain)
	}
	for _, want := range []string{
		`"value": 123456789012345678901234567890`, `"value": "-inf"`, `"value": "nan"`, `"value": "<a> & \"b\"\n\u2028\u000` + `1日"`,
		`"value": "2026-01-02T03:00:00.000004"`, `"value": "0026-01-02"`, "\n \"airflow_version\": \"3.3\"",
	} {
		if !strings.Contains(string(plain), want) {
			t.Errorf("%s is not in\n%s", want, plain)
		}
	}
	if z, a := strings.Index(string(plain), `"value": "z"`), strings.Index(string(plain), `"value": "a"`); z < 0 || z > a {
		t.Error("the order of a map is not kept")
	}
	spans, _ := file.JSON(true)
	if !strings.Contains(string(spans), `"span": "2:3-2:7"`) {
		t.Error("spans are missing")
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{"3.3": "3.3", "2.11.2": "2.11", "2.8": "", "3": "", "a.b": "", "": ""} {
		v, err := ParseVersion(text)
		if (err == nil) != (want != "") || err == nil && v.String() != want {
			t.Errorf("%q is %v (%v)", text, v, err)
		}
	}
}
