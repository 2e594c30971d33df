package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// unpacked writes the files of an archive to a folder of its own.
func unpacked(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		full := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestDoubtIsSilent compiles callables of which nothing is certain: decorated, starred, conditional, dynamic, unreadable.
func TestDoubtIsSilent(t *testing.T) {
	dir := unpacked(t, `
-- x.yaml --
tasks:
  a: {python: starred.anything}
  b: {python: dynamic.anything}
  c: {python: maybe.run}
  d: {python: maybe.wrapped, op_kwargs: {anything: 1}}
  e: {python: maybe.twice}
  f: {python: maybe.lam}
  g: {python: broken.anything}
  h: {python: maybe.anyway, op_kwargs: {a: 1, b: 2}, op_args: [1, 2]}
  i: {python: maybe.given, op_kwargs: "{{ params }}"}
  j: {python: maybe.Class.method}
  k: {python: pack.inner.run}
  l: {python: pack.run}
  m: {python: maybe.é}
  n: {python: pack.inner}
  o: {python: folder.gone.run}
  p: {python: maybe.lazy}
  q: {operator: PythonVirtualenvOperator, python_callable: maybe.given}
  r: {operator: my.Operator, python_callable: maybe.given}
  s: {python: maybe.given, op_args: "{{ params.x }}", params: {x: []}}
  t: {python: maybe.__doc__}
-- starred.py --
from somewhere import *
-- dynamic.py --
for name in ("anything",):
    globals()[name] = print
-- maybe.py --
import functools

try:
    from fast import run
except ImportError:
    def run(a, b, c):
        pass


@functools.cache
def wrapped(a, b):
    pass


def twice(a):
    pass


twice = functools.partial(twice, 1)
lam = lambda: 1


def anyway(*args, **kwargs):
    pass


def given(a, b):
    pass


def setup():
    global lazy
    lazy = given


class Class:
    @staticmethod
    def method():
        pass


def é():
    pass
-- broken.py --
def anything(:
-- pack/__init__.py --
from .inner import run
-- pack/inner.py --
def run(ti, params, ds, logical_date, templates_dict, **context):
    pass
-- folder/other.py --
`)
	result := CompileFile(filepath.Join(dir, "x.yaml"), Options{DagsRoot: dir})
	if result.Diags.Len() > 0 {
		t.Error(printed(result.Diags))
	}
}

// faults is one small pipeline with every kind of fault that a file can have and still be read.
const faults = `
-- x.yaml --
dag_id: x
start_date: 2026-13-01
schedule: "0 25 * * *"
catchupp: false
max_active_runs: many
params: {region: eu}
default_args: {retires: 2}
task_groups: {load: {}}
tasks:
  extract: {bash: "echo {{ ds }", retriess: 2}
  typed: {bash: echo, retries: some}
  extract: {bash: echo}
  clean: {python: lib.clen, dependencies: [extrat], trigger_rule: all_sucess}
  one: {bash: "echo {{ params.regoin }} {{ dss }} {{ ds | uper }}", dependencies: [two], task_group_name: lod}
  two: {bash: "{{ ti.xcom_pull(task_ids='extrac') }}", dependencies: [three]}
  three: {bash: gone.sh, dependencies: [two]}
  call: {python: lib.run, op_kwargs: {rows: 1, more: 2}}
  needs: {python: lib.run}
-- query.yaml --
dag_id: q
tasks:
  query: {operator: SQLExecuteQueryOperator, conn_id: db, sql: gone.sql}
-- syntax.yaml --
dag_id: x
tasks:
  a: {bash: echo
-- cycle.yaml --
dag_id: x
tasks:
  one: {bash: echo, dependencies: [two]}
  two: {bash: "{{ ti.xcom_pull(task_ids='three') }}", dependencies: [one]}
  three: {bash: echo}
-- apart.yaml --
dag_id: x
tasks:
  one: {bash: echo}
  two: {bash: "{{ ti.xcom_pull(task_ids='one') }}"}
-- lib.py --
def clean():
    pass


def run(rows):
    return rows
`

// TestEveryFaultIsTold wants each of the faults that used to show on a scheduler only, or never, named at its place.
func TestEveryFaultIsTold(t *testing.T) {
	dir := unpacked(t, faults)
	var said strings.Builder
	for _, name := range []string{"x.yaml", "query.yaml", "syntax.yaml", "cycle.yaml", "apart.yaml"} {
		result := CompileFile(filepath.Join(dir, name), Options{DagsRoot: dir})
		for _, d := range result.Diags.All() {
			said.WriteString(strings.TrimPrefix(filepath.ToSlash(d.Span.String()), filepath.ToSlash(dir)+"/") + ": " + d.Severity.String() + ": " + d.Message + " [" + string(d.Code) + "]\n")
		}
	}
	for what, want := range map[string]string{
		"broken syntax":                     `syntax.yaml:3:6: error: `,
		"misspelt DAG argument":             `x.yaml:4:1: error: a DAG has no key "catchupp" [unknown-key]`,
		"misspelt key in default_args":      `x.yaml:7:16: warning: "retires" in default_args has no effect`,
		"misspelt BaseOperator argument":    `x.yaml:10:35: error: `,
		"wrong-typed BaseOperator argument": `x.yaml:11:32: error: retries must be a whole number`,
		"unknown dependency":                `x.yaml:13:44: error: `,
		"cycle":                             `cycle.yaml:3:36: error: the tasks wait for each other: one -> two -> one [cycle]`,
		"duplicate task":                    `x.yaml:12:3: error: `,
		"bad cron":                          `x.yaml:3:11: error: `,
		"bad trigger rule":                  `x.yaml:13:67: error: there is no trigger rule "all_sucess" [bad-trigger-rule]`,
		"unknown group":                     `x.yaml:14:107: error: `,
		"bad date":                          `x.yaml:2:13: error: `,
		"broken Jinja":                      `x.yaml:10:31: warning: broken template: nothing opens this "}" [bad-template]`,
		"unknown param":                     `x.yaml:14:31: warning: neither the DAG nor the task has a param "regoin" [unknown-param]`,
		"unknown context name":              `x.yaml:14:44: warning: templates have no variable "dss" [unknown-context-name]`,
		"unknown filter":                    `x.yaml:14:59: warning: templates have no filter "uper" [unknown-filter]`,
		"xcom_pull of no task":              `x.yaml:15:42: warning: `,
		"xcom_pull of a task not upstream":  `apart.yaml:4:42: warning: "two" does not wait for "one"`,
		"callable that is not defined":      `x.yaml:13:19: error: lib.py defines no "clen" [unknown-name]`,
		"argument that is not taken":        `x.yaml:17:48: warning: run has no parameter "more"`,
		"argument that is needed":           `x.yaml:18:19: warning: run needs the argument rows`,
		"template file that is not there":   `x.yaml:16:17: warning: there is no template file "gone.sh" [missing-template-file]`,
		"SQL file that is not there":        `query.yaml:3:64: warning: there is no template file "gone.sql" [missing-template-file]`,
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%s is not told: %s", what, want)
		}
	}
	if t.Failed() {
		t.Log(said.String())
	}
}

// BenchmarkFaults measures how long it takes to tell all the faults of one file.
func BenchmarkFaults(b *testing.B) {
	dir := unpacked(b, faults)
	for b.Loop() {
		if result := CompileFile(filepath.Join(dir, "x.yaml"), Options{DagsRoot: dir}); result.Diags.Len() < 15 {
			b.Fatal(printed(result.Diags))
		}
	}
}
