package compiler

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// FuzzCompile holds any bytes to three promises: no panic, the same answer twice, and spans that lie in the source.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(daily))
	for _, test := range brokenFiles {
		f.Add([]byte(test.src))
	}
	for _, test := range wrongFiles {
		f.Add([]byte(test.src))
	}
	for _, src := range mappedFiles {
		f.Add([]byte(src))
	}
	f.Add([]byte("d:\n  schedule: 1 day\n  tasks:\n    - task_id: a\n      operator: x.Y\n      z: {? [a] : b}\n"))
	f.Add([]byte("d:\n  schedule: {datasets: \"(a & b) | c\", timetable: {callable: a.B, params: {x: 1}}}\n  on_failure_callback: [{callback: a.b, c: 1}]\n  tasks:\n    a: {bash: x, setup: true, outlets: [{__and__: [a, {__type__: airflow.sdk.Asset, uri: b}]}]}\n    b: {bash: x, teardown: {setups: [a]}}\n"))
	f.Add([]byte("schedule: {cron: [\"@daily\", 0 6 * * *], data_interval: moment, timezone: UTC}\nuser_defined_macros: {a: {b: c.d}}\ntasks: {a: {bash: x, start_date: {__type__: pendulum.datetime, __args__: [2026, 1], day: 3}, executor_config: {__type__: builtins.list, items: []}}}\n"))
	f.Add([]byte("dag_id: a<% .item %>\nfor_each: 1..2\nvars: {a: [b, {c: d}], e: <% .vars.a %>}\nx-b: {retries: 1}\ntasks:\n  a<% .item %>:\n    for_each: <% .vars.a %>\n    extends: x-b\n    bash: \"x\\t<% .index | add 1 %>\"\n    env: {<% .env %>: >\n      a <% if .item %>b\n      <% end %>}\ninclude: {file: b.yaml, with: {a: b}}\n"))
	f.Add([]byte("d$HOME:\n  schedule: {file: testdata/x.yml, datasets: \"(a & b)\"}\n  doc_md: x\n  doc_md_file_path: fuzz_test.go\n  doc_md_python_callable_file: $A/b.py\n  doc_md_python_callable_name: c\n  tasks:\n    a: {operator: x.HttpOperator, data: {__join__: [a, 1, $B, true]}, variables_as_arguments: [{variable: x, attribute: y}], success_check_lambda: \"lambda x: x\", execution_delta: 1 day, retries: ${N}, bash_command: \"for i in $i ${x}; do $PATH; done\", outlets: {file: x, datasets: [a]}}\n"))
	f.Add([]byte("deadline: [{reference: {average_runtime: {max_runs: 1}}, interval: 1h, callback: {callback: a.b, c: 1}, async: true, name: x}, {reference: 2026-01-01, interval: 5, callback: a.B}]\nstart_date: 2026-01-01T00:00:00+02:00\ntimezone: Europe/Berlin\ntasks: {a: {bash: x, retry_policy: {rules: [{exception: [a.b, C], action: fail, retry_delay: 5m, match_subclasses: false}], default: retry}}}\n"))
	f.Add([]byte("\ufeffa: &a [*a]\r\nb: !!int 010\u2028c: |+2\n   x\n\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		first := Compile("a.yaml", src, Options{DagsRoot: "testdata"})
		second := Compile("a.yaml", src, Options{DagsRoot: "testdata"})
		if a, b := printed(first.Diags), printed(second.Diags); a != b {
			t.Fatalf("two answers:\n%s\n%s", a, b)
		}
		for _, d := range first.Diags.All() {
			checkSpan(t, src, d.Span)
			for _, l := range d.Labels {
				checkSpan(t, src, l.Span)
			}
			if d.Fix != nil {
				checkSpan(t, src, d.Fix.Span)
			}
			if d.Message == "" || !utf8.ValidString(d.Message) {
				t.Errorf("the message is %q", d.Message)
			}
		}
		if first.File == nil {
			if !first.NotPipeline && !first.Diags.HasErrors() {
				t.Error("no file and no error")
			}
			return
		}
		one, _ := first.File.JSON(true)
		two, _ := second.File.JSON(true)
		if !bytes.Equal(one, two) {
			t.Error("two IRs")
		}
		checkIR(t, src, first.File)
	})
}

// checkSpan tells whether a span lies in the source, and whether its lines and columns are those of its offsets.
func checkSpan(t *testing.T, src []byte, s ir.Span) {
	t.Helper()
	if s.Start.Offset < 0 || s.End.Offset < s.Start.Offset || int(s.End.Offset) > len(src) {
		t.Errorf("the span %v is outside of the source of %d bytes", s, len(src))
		return
	}
	for _, p := range []ir.Pos{s.Start, s.End} {
		before := src[:p.Offset]
		line := bytes.Count(before, []byte("\n")) + 1
		text := before[bytes.LastIndexByte(before, '\n')+1:]
		if line == 1 {
			text = bytes.TrimPrefix(text, byteOrderMark)
		}
		if col := utf8.RuneCount(text) + 1; int(p.Line) != line || utf8.Valid(src) && int(p.Col) != col {
			t.Errorf("offset %d is said to be %d:%d, and is %d:%d", p.Offset, p.Line, p.Col, line, col)
		}
	}
}

// checkIR holds a compiled file to the invariants of ir.
func checkIR(t *testing.T, src []byte, file *ir.File) {
	t.Helper()
	dags := map[string]bool{}
	for _, p := range file.Pipelines {
		if dags[p.ID] || !validID(p.ID) || p.Schedule == nil {
			t.Errorf("the DAG %q is there twice, or has a wrong id or no schedule", p.ID)
		}
		dags[p.ID] = true
		checkSpan(t, src, p.Span)
		checkSpan(t, src, p.IDSpan)
		ids := map[string]bool{}
		for _, g := range p.Groups {
			if ids[g.ID] || g.Parent != nil && !ids[g.Parent.ID] {
				t.Errorf("the group %q is there twice, or before its outer group", g.ID)
			}
			ids[g.ID] = true
		}
		for _, task := range p.Tasks {
			if ids[task.ID] || task.Op == nil || task.Trigger == "" || task.Retry.Delay == nil {
				t.Errorf("the task %q is there twice, or unfinished", task.ID)
			}
			ids[task.ID] = true
			checkSpan(t, src, task.Span)
			for _, a := range task.Args {
				checkSpan(t, src, a.Value.Pos())
			}
		}
		for _, task := range p.Tasks {
			for _, need := range task.Needs {
				if !ids[need.ID] || need.ID == task.ID {
					t.Errorf("%q needs %q", task.ID, need.ID)
				}
			}
		}
	}
}
