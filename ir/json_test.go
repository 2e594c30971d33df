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

func TestJSONOfObjects(t *testing.T) {
	class := &PyRef{Module: "airflow.sdk", Name: "X"}
	asset := &Asset{Name: "a", URI: "s3://a", Group: "g", Extra: &Map{Entries: []Entry{{Key: &String{V: "k"}, Value: &Int{Text: "1"}}}}}
	alias := &AssetAlias{Name: "b"}
	output := &Output{TaskID: "g.a", Key: "k"}
	call := &Call{Func: class, Args: []Value{&Null{}}, Kwargs: []Arg{{Name: "x", Value: output}}, Partial: true}
	for _, test := range []struct {
		value Value
		want  string
	}{
		{call, `{"kind": "call", "func": {"kind": "pyref", "module": "airflow.sdk", "name": "X"}, "partial": true, "args": [{"kind": "null"}], "kwargs": [{"name": "x", "value": {"kind": "output", "task_id": "g.a", "key": "k"}}]}`},
		{&Function{Name: "f", Text: "def f():\n    pass\n"}, `{"kind": "function", "name": "f", "text": "def f():\n    pass\n"}`},
		{&Lambda{Text: "lambda x: x"}, `{"kind": "lambda", "text": "lambda x: x"}`},
		{&EnvText{Parts: []EnvPart{{Var: "HOME"}, {Text: "/x"}}}, `{"kind": "env_text", "parts": [{"var": "HOME"}, {"text": "/x"}]}`},
		{&OutputMethod{Of: output, Method: "zip", Args: []Value{&Output{TaskID: "b"}}, Fill: &Null{}}, `{"kind": "output_method", "method": "zip", "of": {"kind": "output", "task_id": "g.a", "key": "k"}, "args": [{"kind": "output", "task_id": "b"}], "fill": {"kind": "null"}}`},
		{&MappedParam{Group: "g", Name: "n"}, `{"kind": "mapped_param", "group": "g", "name": "n"}`},
		{&AssetSet{Any: true, Items: []AssetExpr{asset, alias}}, `{"kind": "asset_any", "items": [{"kind": "asset", "name": "a", "uri": "s3://a", "group": "g", "extra": {"kind": "map", "entries": [{"key": {"kind": "string", "value": "k"}, "value": {"kind": "int", "value": 1}}]}}, {"kind": "asset_alias", "name": "b"}]}`},
	} {
		w := &jsonWriter{}
		w.value(test.value)
		if got := oneLine(w.buf); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	for _, test := range []struct {
		schedule Schedule
		want     string
	}{
		{&RelativeDelta{Period: &Call{Func: class}}, `{"kind": "relativedelta", "period": {"kind": "call", "func": {"kind": "pyref", "module": "airflow.sdk", "name": "X"}}}`},
		{&PinnedCron{Exprs: []string{"@daily"}, Interval: MomentInterval, Zone: "UTC"}, `{"kind": "pinned_cron", "exprs": ["@daily"], "data_interval": "moment", "zone": "UTC"}`},
		{&PinnedDelta{Period: &Duration{Micros: 5}}, `{"kind": "pinned_delta", "period": {"kind": "duration", "micros": 5}, "data_interval": "previous"}`},
		{&AssetsOrTime{Assets: alias, Time: &Timetable{Call: &Call{Func: class}}}, `{"kind": "assets_or_time", "assets": {"kind": "asset_alias", "name": "b"}, "time": {"kind": "timetable", "call": {"kind": "call", "func": {"kind": "pyref", "module": "airflow.sdk", "name": "X"}}}}`},
		{&Assets{Expr: alias}, `{"kind": "assets", "expr": {"kind": "asset_alias", "name": "b"}}`},
	} {
		w := &jsonWriter{}
		w.schedule(test.schedule)
		if got := oneLine(w.buf); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestJSONOfMappedTasks(t *testing.T) {
	task := &Task{
		ID: "a", LocalID: "a", Setup: true,
		Op:       &Decorated{Decorator: Decorator{Name: "task.branch"}, Callable: &PyRef{Module: "m", Name: "f"}, Kwargs: []Arg{{Name: "x", Value: &Null{}}}},
		Expand:   &Expand{Args: []Arg{{Name: "n", Value: &List{}}}},
		Teardown: &Teardown{Setups: []Ref{{ID: "s"}}, FailsDagrun: true},
		Needs:    []Ref{{ID: "s", Label: "later"}},
	}
	task.Callbacks = []Callback{{Event: "on_failure_callback", Values: []Value{&Lambda{Text: "lambda c: 0"}}}}
	w := &jsonWriter{}
	w.task(task)
	got := oneLine(w.buf)
	for _, want := range []string{
		`"op": {"kind": "decorated", "decorator": {"name": "task.branch"}, "callable": {"kind": "pyref", "module": "m", "name": "f"}, "kwargs": [{"name": "x", "value": {"kind": "null"}}]}`,
		`"expand": {"args": [{"name": "n", "value": {"kind": "list"}}]}, "setup": true, "teardown": {"setups": [{"id": "s"}], "on_failure_fail_dagrun": true}`,
		`"needs": [{"id": "s", "label": "later"}]`,
		`"callbacks": [{"event": "on_failure_callback", "values": [{"kind": "lambda", "text": "lambda c: 0"}]}]`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

// oneLine is JSON without its line breaks.
func oneLine(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		b.WriteString(line)
		if strings.HasSuffix(line, ",") {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
