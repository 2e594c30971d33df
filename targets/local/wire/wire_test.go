package wire

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestPlain(t *testing.T) {
	for value, want := range map[string]string{
		`{"a": [1, "{\"~\"", null]}`:                     `{"a": [1, "{\"~\"", null]}`,
		`{"~": ["tuple", [1, {"~": ["tuple", []]}]]}`:    `[1, []]`,
		`{"k": {"~": ["set", [1], "{1}"]}, "b": 1e3}`:    `{"k": {"__repr__": "{1}"}, "b": 1e3}`,
		`[{"~": ["float", "nan"]}]`:                      `["NaN"]`,
		`{"~": ["float", "-inf"]}`:                       `"-Infinity"`,
		`{"~": ["map", [["~", {"~": ["tuple", [1]]}]]]}`: `{"~": [1]}`,
		` {"~": ["decimal", "1.5", "Decimal('1.5')"]}`:   `{"__repr__": "Decimal('1.5')"}`,
		`"~"`: `"~"`,
	} {
		got, err := Plain(json.RawMessage(value))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", value, got, err, want)
		}
	}
	for _, broken := range []string{`{"~": []}`, `{"~": [1, 2]}`, `{"~": ["set", [1]]}`, `[{"~": ["set"`} {
		if got, err := Plain(json.RawMessage(broken)); err == nil {
			t.Errorf("%s: %s", broken, got)
		}
	}
}

func TestQuoted(t *testing.T) {
	for _, value := range []string{`{"~":["tuple",[1]]}`, `[{"a":{"~":1}},2]`, `{"a":"{\"~\"}"}`, `{"~":{"~":[]}}`} {
		quoted, err := Quoted(json.RawMessage(value))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Plain(quoted)
		var compact bytes.Buffer
		if err == nil {
			err = json.Compact(&compact, plain)
		}
		if err != nil || compact.String() != value {
			t.Errorf("%s became %s, %v", value, plain, err)
		}
	}
}

func TestItems(t *testing.T) {
	for value, want := range map[string]int{
		`[1, 2]`: 2, `{"~": ["tuple", [1]]}`: 1, `{"~": ["tuple", []]}`: 0, `[]`: 0,
		`{"~": ["set", [1], "{1}"]}`: -1, `{"a": 1}`: -1, `"ab"`: -1, `3`: -1,
	} {
		items, ok := Items(json.RawMessage(value))
		if !ok && want >= 0 || ok && len(items) != want {
			t.Errorf("%s: %v, %t", value, items, ok)
		}
	}
}
