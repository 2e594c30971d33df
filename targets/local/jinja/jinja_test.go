package jinja

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Texts and whether they are rendered without Python.
var set = []struct {
	text string
	here bool
}{
	{"plain", true},
	{"", true},
	{"two\nlines\n", true},
	{"two\r\nlines\r\n\n", true},
	{"{{ ds }}", true},
	{"{{ds}}{{ ts }} {{ts_nodash}}", true},
	{"{{ ds }}\n", true},
	{"a } b }} c", true},
	{"{{ ds_nodash }} {{ ts_nodash_with_tz }}", true},
	{"{{ run_id }} {{ dag.dag_id }} {{ task.task_id }} {{ ti.task_id }} {{ ti.try_number }} {{ ti.map_index }}", true},
	{"{{ dag_run.run_id }} {{ task_instance_key_str }}", true},
	{"{{ params.s }} {{ params['s'] }} {{ params[\"n\"] }} {{ params.f }} {{ params.b }} {{ params.none }}", true},
	{"{{ params.l }} {{ params.l[1] }} {{ params.d }} {{ params.d.k }} {{ params.d['k'] }} {{ params.big }}", true},
	{"{{ params.quotes }} {{ params.l }} {{ params.s[0] }}", true},
	{"{{ params }}", true},
	{"{{ dag_run.conf }} {{ dag_run.conf.a }} {{ dag_run.conf['a'] }}", true},
	{"{{ ti.xcom_pull('t') }}", true},
	{"{{ ti.xcom_pull(task_ids='t', key='k') }} {{ task_instance.xcom_pull(key='k', task_ids='t').x }}", true},
	{"{{ ti.xcom_pull('t')['a'] }}", true},
	{"{{ ti.xcom_pull('nobody') }}", true},
	{"{{ var.value.v }} {{ var.json.j.a }} {{ var.json.j['b'][0] }} {{ var.json.j }}", true},
	{"{{ logical_date }} {{ data_interval_start }} {{ data_interval_end }}", true},
	{"{{ logical_date | ds }} {{ data_interval_end|ts_nodash }} {{ logical_date | ts }}", true},
	{"{{ logical_date.strftime('%Y/%m/%d %H:%M:%S.%f %y %j %a %A %b %B %I %p %%') }}", true},
	{"{{ logical_date.add(days=1).strftime('%d') }} {{ (1) }}", true},
	{"{{ logical_date.add(days=1) | ds }} {{ logical_date.subtract(hours=30, minutes=1).isoformat() }}", true},
	{"{{ logical_date.add(days=-1).to_date_string() }} {{ logical_date.to_datetime_string() }}", true},
	{"{{ logical_date.year }}-{{ logical_date.month }}", true},
	{"{{ macros.ds_add(ds, -1) }} {{ macros.ds_add(ds, 40) }} {{ macros.ds_add('2024-02-28', 1) }}", true},
	{"{{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.%y') }}", true},
	{"{{ 'text' }} {{ 5 }} {{ true }} {{ none }} {{ None }} {{ True }}", true},
	{"{{ 'a\"b' }} {{ \"it's\" }}", true},
	{"{{ ds }}}", true},

	{"{{- ds }}", false},
	{"{{ ds -}}", false},
	{"{% if True %}x{% endif %}", false},
	{"{# note #}x", false},
	{"{{ ds", false},
	{"{{ }}", false},
	{"{{ unknown }}", false},
	{"{{ ds | upper }}", false},
	{"{{ ds | ds }}", false},
	{"{{ ds.replace('-', '') }}", false},
	{"{{ params.items() }}", false},
	{"{{ params.items }}", false},
	{"{{ params.d.keys }}", false},
	{"{{ params.s.upper }}", false},
	{"{{ ds ~ ts }}", false},
	{"{{ 1 + 1 }}", false},
	{"{{ 1.5 }}", false},
	{"{{ 007 }}", false},
	{"{{ 'a\\n' }}", false},
	{"{{ ti.xcom_pull(task_ids=['t']) }}", false},
	{"{{ ti.xcom_pull(task_ids='t', map_indexes=0) }}", false},
	{"{{ ti.xcom_pull(key='k') }}", false},
	{"{{ ti.xcom_pull(params.s) }}", false},
	{"{{ ti }}", false},
	{"{{ var.value.get('v', 'd') }}", false},
	{"{{ conn.db.host }}", false},
	{"{{ logical_date.strftime('%c') }}", false},
	{"{{ logical_date.timestamp() }}", false},
	{"{{ logical_date.add(months=1) }}", false},
	{"{{ macros.ds_add(params.s, 1) }}", false},
	{"{{ macros.uuid }}", false},
	{"{{ data_interval_start if True else 1 }}", false},
	{"{{ [1, 2] }}", false},
	{"{{ ds[0] }}", false},
	{"{{ params.a-b }}", false},
	{"{{ params['a', 'b'] }}", false},
	{"{{ xs }}", false},
	{"{{ π }}", false},
}

func TestWhatIsRenderedHere(t *testing.T) {
	for _, test := range set {
		if got := Parse(test.text) != nil; got != test.here {
			t.Errorf("%q is rendered here: %t, want %t", test.text, got, test.here)
		}
	}
}

type xcoms map[string]string

func (xcoms) All() []task.Pushed { return nil }

func (x xcoms) MapIndexes(taskID, key string) []int {
	if _, ok := x[taskID+" "+key]; ok {
		return []int{-1}
	}
	return nil
}

func (x xcoms) Pull(taskID string, _ int, key string) (json.RawMessage, bool) {
	v, ok := x[taskID+" "+key]
	return json.RawMessage(v), ok
}

func (xcoms) Push(string, json.RawMessage) {}

func testContext(dir string) *task.Context {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	this := &ir.Task{ID: "g.a", LocalID: "a", Class: ir.Class{Name: "BashOperator"}, Op: &ir.Bash{}, TemplateExt: []string{".sh"}, Owner: "airflow"}
	run := &task.Run{
		Version: ir.DefaultVersion, Pipeline: &ir.Pipeline{ID: "d", Timezone: "UTC", Tasks: []*ir.Task{this}}, File: filepath.Join(dir, "p.yaml"), DagsRoot: dir,
		ID: "manual__1", LogicalDate: at, DataIntervalStart: at.Add(-24 * time.Hour).Truncate(time.Second), DataIntervalEnd: at,
		RunAfter: at, StartDate: at, Conf: json.RawMessage(`{"a": [1, "x"], "with space": true, "nested": {"deep": {"er": 0.30}}}`), Grace: time.Second,
		Environ: []string{"AIRFLOW_VAR_V=plain text", "AIRFLOW_VAR_PATH=/a/b", `AIRFLOW_VAR_J={"b": [true, null], "a": 1.50, "s": "é'"}`, "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")},
	}
	return &task.Context{
		Run: run, Task: this, MapIndex: -1, Try: 2, StartDate: at, Environ: run.Environ,
		Params: json.RawMessage(`{"s": "é\"'\\", "n": 12, "f": 1e22, "b": true, "none": null, "l": ["a'b", "a\"b", "a'\"b", "\n\u0001\u007f\u00a0ü\u200b😀"],
			"d": {"k": {"x": -0.0}, "items": 1}, "big": 123456789012345678901234567890, "quotes": ["it's"], "text": "two\nlines", "zero": 0,
			"negative": -7, "tiny": 1e-5, "empty": {}, "list_of_dicts": [{"name": "a"}, {"name": null}], "key with space": " ", "1": [[]]}`),
		XComs: xcoms{
			"t return_value": `{"a": [1.0, 1e-7, 123456789.5, 1e16, 0.1]}`, "t k": `{"x": "<&>"}`, "t pair": `{"x": {"~": ["tuple", ["<&>"]]}}`, "g.t return_value": `"of a group"`,
			"list return_value": `["x", 2.50, {"id": "y"}]`, "text return_value": `"{{ ds }} \"q\" 'p'"`, "int return_value": `-12`,
			"bool return_value": `false`, "null return_value": `null`,
		},
	}
}

// fakePython answers with the texts themselves.
type fakePython struct{ asked []string }

func (f *fakePython) RenderTemplates(_ context.Context, _ *task.Context, texts []string) ([]json.RawMessage, error) {
	f.asked = append(f.asked, texts...)
	var out []json.RawMessage
	for _, text := range texts {
		data, err := json.Marshal([]string{"python", text})
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func TestRender(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.sh"), []byte("echo {{ ds }}\n\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text := func(s string) ir.Value { return &ir.String{V: s} }
	template := func(s string) ir.Value { return &ir.Template{V: s} }
	python := &fakePython{}
	value := &ir.Map{Entries: []ir.Entry{
		{Key: text("{{ ds }}"), Value: template("{{ ds }}\n")},
		{Key: text("list"), Value: &ir.List{Items: []ir.Value{template("{{ 1 + 1 }}"), text("kept\n"), &ir.Int{Text: "7"}, template("{{ ds | lower }}")}}},
		{Key: text("file"), Value: text("x.sh")},
		{Key: text("tuple"), Value: template("{{ ti.xcom_pull('t', key='pair') }}")},
		{Key: text("empty"), Value: text("")},
	}}
	got, err := New(python).Render(t.Context(), testContext(dir), value)
	if err != nil {
		t.Fatal(err)
	}
	fromPython := func(s string) ir.Value { return &ir.List{Items: []ir.Value{text("python"), text(s)}} }
	want := &ir.Map{Entries: []ir.Entry{
		{Key: text("{{ ds }}"), Value: text("2026-01-02")},
		{Key: text("list"), Value: &ir.List{Items: []ir.Value{fromPython("{{ 1 + 1 }}"), text("kept"), &ir.Int{Text: "7"}, fromPython("{{ ds | lower }}")}}},
		{Key: text("file"), Value: text("echo 2026-01-02\n")},
		{Key: text("tuple"), Value: fromPython("{{ ti.xcom_pull('t', key='pair') }}")},
		{Key: text("empty"), Value: text("")},
	}}
	if diff := cmp.Diff(ir.Value(want), got, cmpopts.IgnoreTypes(ir.Span{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(python.asked) != 3 {
		t.Errorf("Python was asked for %q", python.asked)
	}
}

func TestErrors(t *testing.T) {
	tests := map[string]string{
		"{{ params.nothing }}":        "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'nothing'",
		"{{ params.l[9] }}":           "jinja2.exceptions.UndefinedError: list object has no element 9",
		"{{ params.none.x }}":         "jinja2.exceptions.UndefinedError: 'None' has no attribute 'x'",
		"{{ params.s.x }}":            "jinja2.exceptions.UndefinedError: 'str object' has no attribute 'x'",
		"{{ params.nothing.more }}":   "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'nothing'",
		"{{ var.value.nobody }}":      "the Variable nobody does not exist; a local run reads it from AIRFLOW_VAR_NOBODY",
		"missing.sh":                  "jinja2.exceptions.TemplateNotFound: missing.sh: no such file beside the pipeline file or in template_searchpath",
		"../missing.sh":               "jinja2.exceptions.TemplateNotFound: ../missing.sh: no such file beside the pipeline file or in template_searchpath",
		"{{ ti.xcom_pull('no')[0] }}": "jinja2.exceptions.UndefinedError: None has no element 0",
	}
	for text, want := range tests {
		_, err := New(&fakePython{}).Render(t.Context(), testContext(t.TempDir()), &ir.Template{V: text})
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v\nwant %s", text, err, want)
		}
	}
	broken := errors.New("broken")
	if _, err := New(brokenPython{broken}).Render(t.Context(), testContext(t.TempDir()), &ir.Template{V: "{{ 1 + 1 }}"}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type brokenPython struct{ err error }

func (b brokenPython) RenderTemplates(context.Context, *task.Context, []string) ([]json.RawMessage, error) {
	return nil, b.err
}

func TestNeedsPython(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "loop.sh"), []byte("{% for x in [1] %}{{ x }}{% endfor %}"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		text   string
		native bool
		want   bool
	}{
		{"echo {{ ds }}", false, false},
		{"echo {{ ds | upper }}", false, true},
		{"loop.sh", false, true},
		{"missing.sh", false, false},
		{"echo {{ ds }}", true, false},
		{"{{ ds }}", true, true},
		{"5", true, true},
		{"None", true, true},
		{"None of it", true, true},
		{"set()", true, true},
		{"br'x'", true, true},
	}
	for _, test := range tests {
		run := testContext(dir).Run
		run.Pipeline.Settings.NativeTemplates = test.native
		run.Pipeline.Tasks[0].Op = &ir.Bash{Command: &ir.String{V: "true"}, Env: &ir.Map{Entries: []ir.Entry{{Key: &ir.String{V: "K"}, Value: &ir.Template{V: test.text}}}}}
		if test.native {
			run.Pipeline.Tasks[0].Op = &ir.Bash{Command: &ir.Template{V: test.text}}
		}
		if got := New(&fakePython{}).NeedsPython(run); got != test.want {
			t.Errorf("%q (native %t): %t, want %t", test.text, test.native, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, test := range set {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed := Parse(text)
		if parsed == nil {
			return
		}
		s := scope{tc: testContext(t.TempDir())}
		for _, p := range parsed.parts {
			if p.expr != nil {
				_, _ = p.expr.eval(&s)
			}
		}
	})
}
