package irdiff_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/irdiff"
	"github.com/dagexport/dagexport/ir"
)

const head = "dag_id: d\nstart_date: 2026-01-01\n"

// TestCompare holds what is said of two texts of one pipeline file: the lines of Text without places.
func TestCompare(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                []string
	}{
		{"order of tasks", "tasks: {a: {bash: x}, b: {bash: y}}", "tasks: {b: {bash: y}, a: {bash: x}}", nil},
		{"list form", "tasks: {a: {bash: x}}", "tasks: [{task_id: a, bash: x}]", nil},
		{"spelled defaults", "tasks: {a: {bash: x}}",
			"catchup: false\ntimezone: UTC\ntasks: {a: {bash: x, retries: 0, retry_delay: 5m, trigger_rule: all_success, owner: airflow, pool: default_pool, append_env: false, skip_on_exit_code: 99, env: null}}", nil},
		{"default moved to the tasks", "default_args: {pool: p}\ntasks: {a: {bash: x}}", "tasks: {a: {bash: x, pool: p}}", nil},
		{"default that every task has itself", "default_args: {pool: p}\ntasks: {a: {bash: x, pool: q}}", "tasks: {a: {bash: x, pool: q}}", nil},
		{"order of keys", "tasks: {a: {bash: x, env: {A: '1', B: '2'}}}", "tasks: {a: {env: {B: '2', A: '1'}, bash: x}}", nil},
		{"order of dependencies", "tasks: {a: {bash: x}, b: {bash: x}, c: {bash: x, dependencies: [a, b]}}",
			"tasks: {a: {bash: x}, b: {bash: x}, c: {bash: x, dependencies: [b, a]}}", nil},
		{"duration", "tasks: {a: {bash: x, execution_timeout: 90m}}", "tasks: {a: {bash: x, execution_timeout: 1h30m}}", nil},
		{"retries", "tasks: {a: {bash: x}}", "tasks: {a: {bash: x, retries: 2}}", []string{"~   a: retries: 0 -> 2"}},
		{"text and number", "tasks: {a: {bash: x, env: {A: '1'}}}", "tasks: {a: {bash: x, env: {A: '01'}}}",
			[]string{`~   a: env: {A: "1"} -> {A: "01"}`}},
		{"default", "default_args: {retries: 1}\ntasks: {a: {bash: x}, b: {bash: x, retries: 5}, c: {bash: x}}",
			"default_args: {retries: 2}\ntasks: {a: {bash: x}, b: {bash: x, retries: 5}, c: {bash: x}}",
			[]string{"~   default_args.retries: 1 -> 2 (of a, c)"}},
		{"trigger rule", "tasks: {a: {bash: x}}", "tasks: {a: {bash: x, trigger_rule: all_done}}", []string{"~   a: trigger_rule: all_success -> all_done"}},
		{"operator", "tasks: {a: {bash: x}}", "tasks: {a: {empty: true}}",
			[]string{"~   a: operator: airflow.providers.standard.operators.bash.BashOperator -> airflow.providers.standard.operators.empty.EmptyOperator", "-   a: bash_command: x"}},
		{"renamed", "tasks: {a: {empty: true}}", "tasks: {b: {empty: true}}",
			[]string{"+   task b", "+     operator: airflow.providers.standard.operators.empty.EmptyOperator", "-   task a"}},
		{"edge", "tasks: {a: {bash: x}, b: {bash: x}}", "tasks: {a: {bash: x}, b: {bash: x, dependencies: [a]}}", []string{"+   edge a >> b"}},
		{"edge of a group", "task_groups: {g: {}}\ntasks: {a: {bash: x, task_group_name: g}, b: {bash: x}}",
			"task_groups: {g: {}}\ntasks: {a: {bash: x, task_group_name: g}, b: {bash: x, dependencies: [g]}}", []string{"+   edge g.a >> b"}},
		{"group", "task_groups: {g: {tooltip: x}}\ntasks: {a: {bash: x, task_group_name: g}}", "task_groups: {g: {tooltip: z}}\ntasks: {a: {bash: x, task_group_name: g}}",
			[]string{"~   g: tooltip: x -> z"}},
		{"schedule", "schedule: '@daily'\ntasks: {a: {bash: x}}", "schedule: null\ntasks: {a: {bash: x}}", []string{`~   schedule: "@daily" -> null`}},
		{"params", "params: {a: 1, b: 2}\ntasks: {a: {bash: x}}", "params: {b: {type: integer, default: 2}, c: 3}\ntasks: {a: {bash: x}}",
			[]string{"~   params.b: 2 -> {type: integer, default: 2}", "+   params.c: 3", "-   params.a: 1"}},
		{"tags", "tags: [a, b]\ntasks: {a: {bash: x}}", "tags: [b, a]\ntasks: {a: {bash: x}}", nil},
		{"space in documentation", "doc_md: \"a\\nb\"\ntasks: {a: {bash: x}}", "doc_md: |\n  a\n  b\ntasks: {a: {bash: x}}", nil},
		{"expand in another order", "tasks: {a: {operator: BashOperator, expand: {bash_command: [x, z]}}}", "tasks: {a: {operator: BashOperator, expand: {bash_command: [z, x]}}}",
			[]string{"~   a: expand: {bash_command: [x, z]} -> {bash_command: [z, x]}"}},
		{"setup", "tasks: {a: {bash: x}}", "tasks: {a: {bash: x, setup: true}}", []string{"+   a: setup: true"}},
		{"stand-in", "tasks: {a: {bash: x, local: {bash: w}}}", "tasks: {a: {bash: x, local: {bash: z}}}", []string{"~   a: local.bash_command: w -> z"}},
		{"start in default_args", "tasks: {a: {bash: x}}", "default_args: {start_date: 2026-01-01}\ntasks: {a: {bash: x}}", nil},
		{"a DAG's limit", "tasks: {a: {bash: x}}", "max_active_runs: 1\ntasks: {a: {bash: x}}", []string{"+   max_active_runs: 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changes := irdiff.Compare(set(t, "d.yaml", head+test.before), set(t, "d.yaml", head+test.after))
			hold(t, changes, test.want)
			if again := irdiff.Compare(set(t, "d.yaml", head+test.after), set(t, "d.yaml", head+test.after)); len(again) > 0 {
				t.Errorf("it differs from itself: %s", irdiff.Text(again))
			}
		})
	}
}

// TestCompareFiles is about DAGs that come, go, move, or were in a file that did not compile.
func TestCompareFiles(t *testing.T) {
	one, moved := set(t, "a.yaml", head+"tasks: {a: {bash: x}}"), set(t, "b.yaml", head+"tasks: {a: {bash: x}}")
	hold(t, irdiff.Compare(one, moved), []string{"~   file: a.yaml -> b.yaml"})
	hold(t, irdiff.Compare(one, irdiff.Set{}), []string{"- DAG d"})
	hold(t, irdiff.Compare(irdiff.Set{}, one), []string{"+ DAG d", "+   file: a.yaml", "+   schedule: null", "+   tasks: [a]"})
	hold(t, irdiff.Compare(irdiff.Set{Broken: []string{"a.yaml"}}, one), []string{"? DAG d: its file did not compile before"})
}

func hold(t *testing.T, changes []irdiff.Change, want []string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(irdiff.Text(changes)) {
		line = strings.TrimSuffix(line, "\n")
		if line == irdiff.NoChange || strings.HasPrefix(line, "  DAG ") {
			continue
		}
		if i := strings.LastIndex(line, "  "); i > 8 {
			line = line[:i] // the place
		} else if i := strings.Index(line, "DAG d  "); i > 0 {
			line = line[:i+5]
		}
		got = append(got, line)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// set is one file, compiled.
func set(t *testing.T, name, text string) irdiff.Set {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(filepath.FromSlash(name), []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	result := compiler.CompileFile(name, compiler.Options{Version: ir.DefaultVersion, DagsRoot: "."})
	if result.File == nil {
		t.Fatalf("%s: %v", text, result.Diags.All())
	}
	return irdiff.Set{Files: []*ir.File{result.File}}
}
