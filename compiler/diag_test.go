package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

var (
	v2_9  = ir.Version{Major: 2, Minor: 9}
	v2_11 = ir.Version{Major: 2, Minor: 11}
	v3_0  = ir.Version{Major: 3, Minor: 0}
)

// wrongFiles are files with mistakes; want is one line per diagnostic: place, "error" or "warning", code, a part of the message.
var wrongFiles = []struct {
	name, src string
	version   ir.Version
	want      []string
}{
	{name: "unknown key of a DAG", src: "schedul: null\ntasks: {a: {bash: x}}\n",
		want: []string{`1:1 error unknown-key "schedul" | did you mean "schedule"?`}},
	{name: "argument of tasks at the DAG", src: "retries: 2\ntasks: {a: {bash: x}}\n",
		want: []string{`1:1 error unknown-key "retries" | retries is an argument of tasks: put it under default_args`}},
	{name: "unknown argument of Bash", src: "tasks:\n  a:\n    bash: x\n    retrys: 2\n",
		want: []string{`4:5 error unknown-key BashOperator has no argument "retrys" | did you mean "retries"?`}},
	{name: "wrong types", src: "catchup: \"false\"\ntasks:\n  a:\n    bash: 1\n    retries: two\n    depends_on_past: yes\n",
		want: []string{"1:10 error wrong-type catchup must be true or false, not text | write false",
			"4:11 error wrong-type bash must be text, not a number | write it in quotes",
			"5:14 error wrong-type retries must be a whole number, not text",
			"6:22 error wrong-type depends_on_past must be true or false, not text | write true"}},
	{name: "missing operator", src: "tasks:\n  a:\n    retries: 1\n", want: []string{`2:3 error missing-operator the task "a" has no operator`}},
	{name: "empty task", src: "tasks:\n  a:\n", want: []string{"2:3 error missing-operator"}},
	{name: "misspelt operator key", src: "tasks:\n  a:\n    operater: x.Y\n", want: []string{`3:5 error unknown-key "operater" | did you mean "operator"?`}},
	{name: "misspelt class", src: "tasks:\n  a:\n    operator: airflow.operators.bash.BashOprator\n    bash_command: x\n",
		want: []string{"3:15 error bad-operator has no operator"}},
	{name: "class without a path", src: "tasks:\n  a:\n    operator: MyOperator\n", want: []string{"3:15 error bad-operator needs its import path"}},
	{name: "two operators", src: "tasks:\n  a:\n    bash: x\n    python: a.b\n", want: []string{"4:5 error conflicting-keys the task has two operators: bash and python"}},
	{name: "no command", src: "tasks:\n  a:\n    operator: BashOperator\n", want: []string{"2:3 error missing-key needs bash_command"}},
	{name: "duplicate key", src: "tasks:\n  a: {bash: x}\n  a: {bash: y}\n", want: []string{`3:3 error duplicate-key "a"`}},
	{name: "duplicate id in a list", src: "tasks:\n- {task_id: a, bash: x}\n- {task_id: a, bash: y}\n", want: []string{`3:13 error duplicate-id "a"`}},
	{name: "task and group of one id", src: "task_groups: {a: {}}\ntasks:\n  a: {bash: x}\n", want: []string{`3:3 error duplicate-id the id of the task is taken: "a"`}},
	{name: "unknown dependency", src: "tasks:\n  extract: {bash: x}\n  load:\n    bash: x\n    dependencies: [extrat]\n",
		want: []string{`5:20 error unknown-dependency there is no task or task group "extrat" | did you mean "extract"?`}},
	{name: "dependencies as text", src: "tasks:\n  a: {bash: x}\n  b: {bash: x, dependencies: a}\n", want: []string{"3:30 error wrong-type dependencies must be a list of names, not text | write [a]"}},
	{name: "cycle", src: "tasks:\n  x: {bash: x}\n  a: {bash: x, dependencies: [c]}\n  b: {bash: x, dependencies: [a, x]}\n  c: {bash: x, dependencies: [b]}\n",
		want: []string{"3:31 error cycle the tasks wait for each other: a -> b -> c -> a"}},
	{name: "a task that waits for itself", src: "tasks:\n  a: {bash: x, dependencies: [a]}\n", want: []string{`2:31 error cycle "a" depends on itself`}},
	{name: "bad cron", src: "schedule: \"0 25 * * *\"\ntasks: {a: {bash: x}}\n", want: []string{"1:11 error bad-cron in the hour, 25 is not between 0 and 23"}},
	{name: "preset without its sign", src: "schedule: daily\ntasks: {a: {bash: x}}\n", want: []string{`1:11 error bad-cron | did you mean "@daily"?`}},
	{name: "misspelt preset", src: "schedule: \"@dayly\"\ntasks: {a: {bash: x}}\n", want: []string{`1:11 error bad-cron Airflow has no schedule "@dayly" | did you mean "@daily"?`}},
	{name: "continuous", src: "schedule: \"@continuous\"\ntasks: {a: {bash: x}}\n", want: []string{"1:11 error missing-key a @continuous DAG needs max_active_runs: 1"}},
	{name: "bad duration", src: "tasks:\n  a: {bash: x, retry_delay: 5 mintues}\n", want: []string{`2:29 error bad-duration has no unit "mintues": did you mean "minutes"?`}},
	{name: "months", src: "tasks:\n  a: {bash: x, execution_timeout: 1 month}\n", want: []string{"2:35 error bad-duration months and years have no fixed length"}},
	{name: "bad date", src: "start_date: 2026-02-30\ntasks: {a: {bash: x}}\n", want: []string{"1:13 error bad-date there is no such date as 2026-02-30"}},
	{name: "date in words", src: "start_date: 1st of May\ntasks: {a: {bash: x}}\n", want: []string{`1:13 error bad-date "1st of May" is not a date`}},
	{name: "moving start", src: "start_date: 2 days ago\ntasks: {a: {bash: x}}\n", want: []string{"1:13 error moving-start-date"}},
	{name: "moving start in the keyed form", src: "d:\n  start_date: 2 days\n  tasks: {a: {bash: x}}\n", want: []string{"2:15 warning moving-start-date"}},
	{name: "bad zone", src: "timezone: Europe/Berln\ntasks: {a: {bash: x}}\n", want: []string{"1:11 error bad-timezone"}},
	{name: "bad task id", src: "tasks:\n  \"load data\": {bash: x}\n", want: []string{`2:3 error bad-id a character that Airflow does not take: ' '`}},
	{name: "bad group id", src: "task_groups:\n  a.b: {tasks: {x: {bash: x}}}\n", want: []string{"2:3 error bad-id"}},
	{name: "number as a task id", src: "tasks:\n  1: {bash: x}\n", want: []string{"2:3 error wrong-type a task_id must be text, not a number"}},
	{name: "unknown trigger rule", src: "tasks:\n  a: {bash: x, trigger_rule: all_sucess}\n", want: []string{`2:30 error bad-trigger-rule | did you mean "all_success"?`}},
	{name: "old trigger rule", src: "tasks:\n  a: {bash: x, trigger_rule: dummy}\n", want: []string{"2:30 error bad-trigger-rule | its name is always now"}},
	{name: "rule of a newer version", version: v3_0, src: "tasks:\n  a: {bash: x, trigger_rule: all_done_min_one_success}\n", want: []string{"2:30 error bad-trigger-rule | it came with Airflow 3.1"}},
	{name: "rule with fail_fast", src: "fail_fast: true\ntasks:\n  a: {bash: x, trigger_rule: all_done}\n", want: []string{"3:30 error bad-trigger-rule in a DAG with fail_fast"}},
	{name: "argument of a newer version", version: v2_9, src: "start_date: 2026-01-01\ntasks:\n  a: {bash: x, executor: k}\n", want: []string{"3:16 error airflow-version | it came with Airflow 2.10"}},
	{name: "argument of an older version", src: "default_view: graph\ntasks:\n  a: {bash: x}\n", want: []string{"1:1 error airflow-version | Airflow 2.11 was the last to have it"}},
	{name: "old names", src: "schedule_interval: null\nconcurrency: 3\ntasks:\n  a: {bash: x, task_concurrency: 1}\n",
		want: []string{"1:1 warning deprecated-key", "2:1 warning deprecated-key", "4:16 warning deprecated-key"}},
	{name: "no start on Airflow 2", version: v2_11, src: "schedule: \"@daily\"\ntasks: {a: {bash: x}}\n", want: []string{"1:1 error missing-key no start_date"}},
	{name: "dropped default argument", src: "default_args: {ownr: me, schedule: null}\ntasks: {a: {bash: x}}\n",
		want: []string{`1:16 warning dropped-key "ownr" | did you mean "owner"?`, "1:26 warning dropped-key move it out"}},
	{name: "dropped key of a keyed DAG", src: "d:\n  catchp: false\n  tasks: {a: {bash: x}}\n", want: []string{`2:3 warning dropped-key | did you mean "catchup"?`}},
	{name: "unknown group", src: "tasks:\n  a: {bash: x, task_group_name: g}\n", want: []string{`2:33 error unknown-group there is no task group "g"`}},
	{name: "group in itself", src: "task_groups:\n  a: {parent_group_name: b}\n  b: {parent_group_name: a}\ntasks: {x: {bash: x}}\n", want: []string{"error cycle is inside itself"}},
	{name: "ambiguous name", src: "tasks:\n  z: {bash: x, dependencies: [x]}\ntask_groups:\n  a: {tasks: {x: {bash: x}}}\n  b: {tasks: {x: {bash: x}}}\n", want: []string{"2:31 error ambiguous-name"}},
	{name: "bad callable", src: "tasks:\n  a: {python: run}\n", want: []string{"2:15 error bad-callable it needs the module"}},
	{name: "callable of a missing file", src: "tasks:\n  a: {python: \"no/such.py:run\"}\n", want: []string{"2:15 error bad-callable there is no file"}},
	{name: "typed param without default", src: "params: {n: {type: integer}}\ntasks: {a: {bash: x}}\n", want: []string{"1:10 error missing-key has a type but no default"}},
	{name: "text of YAML 1.1", src: "params: {a: yes, b: 010, c: 1:30, d: 1_000}\ntasks: {a: {bash: x}}\n",
		want: []string{"1:13 warning yaml-1.1-scalar", "1:21 warning yaml-1.1-scalar", "1:29 warning yaml-1.1-scalar", "1:38 warning yaml-1.1-scalar"}},
	{name: "many documents", src: "tasks: {a: {bash: x}}\n---\ntasks: {}\n", want: []string{"2:1 error many-documents"}},
	{name: "not UTF-8", src: "tasks: {a: {bash: \"\xe4\"}}\n", want: []string{"1:20 error not-utf8 byte 0xe4"}},
	{name: "empty", src: "", want: []string{"1:1 error empty-file"}},
	{name: "only a comment", src: "# nothing\n", want: []string{"1:1 error empty-file"}},
	{name: "too deep", src: "tasks: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n", want: []string{"error too-deep"}},
	{name: "too deep in blocks", src: deepBlocks(300), want: []string{"error too-deep"}},
	{name: "alias bomb", src: aliasBomb(), want: []string{"error alias-expansion"}},
	{name: "alias of itself", src: "tasks: &a {b: *a}\n", want: []string{"1:15 error yaml-syntax inside the value that it names"}},
	{name: "a list at the top", src: "- a\n", want: []string{"1:1 error wrong-type a pipeline file is a mapping, not a list"}},
	{name: "one cause, one diagnostic", src: "tasks:\n  - {bash: x}\n  - {task_id: b, bash: x, dependencies: [a]}\n", want: []string{"2:6 error missing-key the task has no task_id"}},
	{name: "all at once", src: "schedule: nope\ntasks:\n  a: {bash: x, retries: x}\n  b: {bash: x, dependencies: [z, y]}\n",
		want: []string{"1:11 error bad-cron", "3:25 error wrong-type", "4:31 error unknown-dependency", "4:34 error unknown-dependency"}},
	{name: "an empty group", src: "task_groups: {g: {}}\ntasks: {a: {bash: x, dependencies: [g]}}\n", want: []string{`2:37 warning dropped-key the task group "g" has no tasks`}},
	{name: "a number in env", src: "tasks: {a: {bash: x, env: {A: 1, B: \"2\"}}}\n", want: []string{"1:31 warning wrong-type env.A must be text, not a number | write it in quotes"}},
	{name: "a zone without a date", src: "timezone: Europe/Berlin\ntasks: {a: {bash: x}}\n", want: []string{"1:11 warning dropped-key timezone has no effect"}},
	{name: "a place for anchors", src: "x-base: &b {retries: 1}\ntasks: {a: {<<: *b, bash: x}}\n"},
	{name: "keys that are no DAGs", src: "x-base: {retries: 1}\nversion: 1\nd: {tasks: {a: {bash: x}}}\n", want: []string{"1:1 warning dropped-key has no tasks", "2:1 warning dropped-key is not a DAG"}},
	{name: "words of other tools", src: "cron: null\ntasks:\n  a: {bash: x}\n  b: {bash: x, depends_on: [a]}\n",
		want: []string{`1:1 error unknown-key | did you mean "schedule"?`, `4:16 error unknown-key | did you mean "dependencies"?`}},
	{name: "Python for a duration", src: "tasks: {a: {bash: x, retry_delay: timedelta(minutes=5)}}\n", want: []string{"1:35 error bad-duration is Python | write 5m"}},
	{name: "Airflow 1's context", src: "tasks: {a: {python: a.b, provide_context: true}}\n", want: []string{"1:26 error unknown-key | remove it"}},
	{name: "no tasks", src: "tasks:\n", want: []string{`1:1 warning missing-key the DAG "a" has no tasks`}},
	{name: "no tasks but a slip", src: "dag_id: a\ntaks: {a: {bash: x}}\n", want: []string{`2:1 error unknown-key | did you mean "tasks"?`}},
	{name: "dag-factory's schedule on Airflow 2", version: v2_11, src: "d: {tasks: {a: {bash: x}}}\n", want: []string{"1:1 warning missing-key has no schedule"}},
	{name: "id for task_id", src: "tasks:\n- {id: a, bash: x}\n", want: []string{"2:4 error missing-key the task has no task_id | write task_id instead of id"}},
	{name: "a rule as Python's constant", src: "tasks: {a: {bash: x, trigger_rule: TriggerRule.ALL_DONE}}\n", want: []string{"1:36 error bad-trigger-rule | write all_done"}},
	{name: "a call for a function", src: "tasks: {a: {bash: x, on_failure_callback: a.b()}}\n", want: []string{"1:43 error bad-callable is a call | a.b"}},
	{name: "an argument under another name", src: "tasks: {a: {operator: BashOperator, command: x}}\n", want: []string{`1:37 error unknown-key | did you mean "bash_command"?`}},
	{name: "all that is wrong with one task", src: "tasks: {a: {python: x, op_kwargs: [1], retries: 1.5}}\n",
		want: []string{"1:21 error bad-callable", "1:35 error wrong-type", "1:49 error wrong-type not a decimal number"}},
	{name: "one group twice without a prefix", src: "task_groups:\n  g: &g {prefix_group_id: false, tasks: {a: {bash: x}}}\n  h: *g\n", want: []string{`2:42 error duplicate-id "a"`}},
	{name: "deeper than the YAML library goes", src: "tasks: " + strings.Repeat("[", 20_000) + "\n", want: []string{"1:108 error too-deep"}},
	{name: "a tag of no handle", src: "tasks: {}\nx: !a!b c\n", want: []string{"2:4 error yaml-syntax the tag !a!b is not known"}},
	{name: "what only the YAML library knows", src: "tasks: {}\n? a\n  b: c\n", want: []string{"error yaml-syntax this is no YAML"}},
	{name: "a tag", src: "tasks: {a: {bash: !mine x}}\n", want: []string{"1:19 error not-supported-yet the YAML tag !mine"}},
	{name: "a list as a key", src: "tasks: {a: {bash: x}}\n? [a, b]\n: c\n", want: []string{"2:3 error wrong-type a key must be text"}},
	{name: "keys of a group", src: "task_groups:\n  g: {tooltp: x, retries: 1, expand: {}, prefix_group_id: maybe, group_name: h}\n",
		want: []string{`1:1 warning missing-key`, `2:7 error unknown-key | did you mean "tooltip"?`, "2:18 error unknown-key | put it under default_args of the group", "2:38 error missing-key expand needs at least one argument",
			"2:59 error wrong-type prefix_group_id must be true or false", "2:78 error conflicting-keys group_name differs"}},
	{name: "an argument of groups of a newer version", version: v2_11, src: "task_groups: {g: {group_display_name: x, tasks: {a: {bash: x}}}}\n", want: []string{"1:19 error airflow-version came with Airflow 3.0"}},
	{name: "groups as text", src: "task_groups: x\ntasks: {a: {bash: x}}\n", want: []string{"1:14 error wrong-type task groups must be a mapping or a list"}},
	{name: "a group as text", src: "task_groups: {g: x}\ntasks: {a: {bash: x}}\n", want: []string{"1:18 error wrong-type a task group is a mapping"}},
	{name: "two places for a task", src: "task_groups: {g: {tasks: {a: {bash: x, task_group_name: h}}}, h: {}}\n", want: []string{"1:57 error conflicting-keys the task is written inside the group"}},
	{name: "two parents of a group", src: "task_groups: {g: {task_groups: {i: {parent_group_name: h}}}, h: {}}\ntasks: {a: {bash: x}}\n", want: []string{"1:56 error conflicting-keys the group is inside another one"}},
	{name: "several groups of one name", src: "task_groups: {g: {task_groups: {i: {}}}, h: {task_groups: {i: {}}}}\ntasks: {a: {bash: x, task_group_name: i}}\n", want: []string{"2:39 error ambiguous-name several groups are named"}},
	{name: "a misspelt group", src: "task_groups: {load: {}}\ntasks: {a: {bash: x, task_group_name: laod}}\n", want: []string{`2:39 error unknown-group | did you mean "load"?`}},
	{name: "a task that waits for its own group", src: "task_groups: {g: {tasks: {a: {bash: x, dependencies: [g]}}}}\n", want: []string{"1:55 error cycle is a group around this one"}},
	{name: "a group that waits for its own task", src: "task_groups: {g: {dependencies: [g.a], tasks: {a: {bash: x}}}}\n", want: []string{"1:34 error cycle is inside the group that waits for it"}},
	{name: "a file without a function's name", src: "tasks: {a: {operator: PythonOperator, python_callable_file: x.py}}\n", want: []string{"1:39 error missing-key python_callable_file needs python_callable_name beside it"}},
	{name: "no function where a branch needs one", src: "tasks: {a: {branch: {python: x.y}}}\n", want: []string{"1:21 error wrong-type python_callable must be the dotted name of a function, module.function, not a mapping"}},
	{name: "no function where a sensor needs one", src: "tasks: {a: {sensor: [x.y]}}\n", want: []string{"1:21 error wrong-type python_callable must be the dotted name of a function"}},
	{name: "no function where a query takes one", src: "tasks: {a: {sql: SELECT 1, conn_id: c, handler: [x.y]}}\n", want: []string{"1:49 error wrong-type handler must be the dotted name of a function"}},
	{name: "nothing where a query takes a function", src: "tasks: {a: {sql: SELECT 1, conn_id: c, handler: null}}\n"},
	{name: "two callables", src: "tasks: {a: {operator: PythonOperator, python_callable: a.b, python_callable_name: c, python_callable_file: d.py}}\n",
		want: []string{"1:61 error conflicting-keys", "1:86 error conflicting-keys"}},
	{name: "a file for a function", src: "tasks: {a: {python: b.py}}\n", want: []string{"1:21 error bad-callable is a file, not a function"}},
	{name: "a word of Python's as a module", src: "tasks: {a: {python: class.run}}\n", want: []string{`1:21 error bad-callable "class" is a word of Python's own`}},
	{name: "a file that is not Python", src: "tasks: {a: {python: \"./run.sh:main\"}}\n", want: []string{"1:21 error bad-callable is not a Python file"}},
	{name: "the same argument twice", src: "concurrency: 1\nmax_active_tasks: 2\nschedule: null\nschedule_interval: null\ntasks: {a: {bash: x, bash_command: y}}\n",
		want: []string{"1:1 error conflicting-keys", "4:1 error conflicting-keys", "5:22 error conflicting-keys"}},
	{name: "values that Airflow refuses", src: "max_consecutive_failed_dag_runs: -1\ntags: [" + strings.Repeat("x", 101) + ", 1]\ntasks: {a: {bash: x, pool_slots: 0, weight_rule: upstrem}}\n",
		want: []string{"1:34 error bad-value cannot be less than 0", "2:8 error bad-value a tag has at most 100", "2:111 error wrong-type", "3:34 error bad-value pool_slots", `3:50 error bad-value | did you mean "upstream"?`}},
	{name: "@continuous with more runs", src: "schedule: \"@continuous\"\nmax_active_runs: 2\ntasks: {a: {bash: x}}\n", want: []string{"2:18 error conflicting-keys"}},
	{name: "a number as a schedule", src: "schedule: 5\ntasks: {a: {bash: x}}\n", want: []string{"1:11 error wrong-type schedule must be text or null"}},
	{name: "no time between runs", src: "schedule: 0s\ntasks: {a: {bash: x}}\n", want: []string{"1:11 error bad-duration"}},
	{name: "what Airflow 3 no longer looks at", src: "sla_miss_callback: a.b\ntasks: {a: {bash: x, sla: 1h}}\n", want: []string{"1:1 warning dropped-key", "2:22 warning dropped-key"}},
	{name: "ids beside keys", src: "tasks: {a: {task_id: b, bash: x}}\n", want: []string{"1:22 error conflicting-keys task_id differs"}},
	{name: "ids beside keys in the keyed form", src: "d: {dag_id: e, tasks: {a: {task_id: b, bash: x}}}\n", want: []string{"1:13 warning dropped-key", "1:37 warning dropped-key"}},
	{name: "a DAG without tasks in the keyed form", src: "c: {schedule: null}\nd: {tasks: {a: {bash: x}}}\n", want: []string{`1:1 warning missing-key the DAG "c" has no tasks`}},
	{name: "a name that is no id", src: "dag_id: 5\ntasks: {a: {bash: x}}\n", want: []string{"1:9 error wrong-type dag_id must be text"}},
	{name: "an operator of a newer version", version: v2_11, src: "tasks: {a: {operator: airflow.providers.standard.operators.hitl.HITLOperator}}\n", want: []string{"1:23 error airflow-version"}},
	{name: "callbacks that are no names", src: "on_success_callback: 5\non_failure_callback: [{name: a.b}, 7]\ntasks: {a: {bash: x}}\n",
		want: []string{"1:22 error wrong-type", "2:23 error missing-key on_failure_callback with arguments needs the key callback", "2:36 error wrong-type"}},
	{name: "a pool that only 2.11 refuses", version: v2_11, src: "default_args: {pool: my pool}\ntasks: {a: {bash: x}, b: {bash: x}}\n", want: []string{"1:22 error bad-id takes no pool"}},
	{name: "files of the keyed form", src: "d:\n  schedule: {file: a.yaml, datasets: [a]}\n  doc_md_file_path: /a\n  tasks:\n    a: {operator: x.Y, p: \"$HOME/x\", q: {__join__: [a]}}\n",
		want: []string{"2:20 error bad-value", "3:21 error bad-value"}},
}

func deepBlocks(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return out.String()
}

func aliasBomb() string {
	var out strings.Builder
	out.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		a := "*a" + string(rune('0'+i-1))
		out.WriteString("a" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) + " [" + strings.Repeat(a+", ", 9) + a + "]\n")
	}
	return out.String() + "tasks: {}\n"
}

func TestDiagnostics(t *testing.T) {
	for _, test := range wrongFiles {
		t.Run(test.name, func(t *testing.T) {
			result := Compile("a.yaml", []byte(test.src), Options{Version: test.version})
			all := result.Diags.All()
			if len(all) != len(test.want) {
				t.Fatalf("%d diagnostics, want %d:\n%s", len(all), len(test.want), printed(result.Diags))
			}
			for i, d := range all {
				place, rest, _ := strings.Cut(test.want[i], " ")
				if !strings.Contains(place, ":") {
					place, rest = "", test.want[i]
				}
				severity, rest, _ := strings.Cut(rest, " ")
				code, rest, _ := strings.Cut(rest, " ")
				message, help, _ := strings.Cut(rest, "| ")
				switch {
				case place != "" && d.Span.String() != "a.yaml:"+place:
					t.Errorf("%s, want %s: %s", d.Span, place, d.Message)
				case d.Severity.String() != severity || d.Code != diag.Code(code):
					t.Errorf("%s [%s], want %s: %s", d.Severity, d.Code, test.want[i], d.Message)
				case !strings.Contains(d.Message, strings.TrimSpace(message)) && !strings.Contains(strings.Join(d.Help, "\n"), strings.TrimSpace(message)):
					t.Errorf("%q, want %q", d.Message, message)
				case !strings.Contains(strings.Join(d.Help, "\n"), help):
					t.Errorf("help %q, want %q", d.Help, help)
				}
				checkSpan(t, []byte(test.src), d.Span)
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	result := CompileFile(filepath.Join(t.TempDir(), "none.yaml"), Options{})
	if len(result.Diags.All()) != 1 || result.Diags.All()[0].Code != diag.Unreadable {
		t.Errorf("got %s", printed(result.Diags))
	}
}

func TestFilesThatAreNoPipelines(t *testing.T) {
	for _, src := range []string{"default_args: {owner: me}\nschedule: null\n", "version: 2\nmodels: [a]\n", "on: push\njobs:\n  a: {steps: []}\n"} {
		if result := Compile("a.yaml", []byte(src), Options{}); !result.NotPipeline || result.Diags.Len() != 1 {
			t.Errorf("%q is a pipeline: %s", src, printed(result.Diags))
		}
	}
}

func TestProject(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("dagexport.yaml", "airflow_version: 2.10\ndags_root: flows\nstrict: true\n")
	write("flows/team/a.yaml", "tasks: {a: {python: \"b.py:run\"}}\n")
	write("flows/team/b.py", "def run(): pass\n")
	write("flows/.hidden/c.yaml", "")
	write("flows/z.yml", "")
	project, diags := LoadProject(filepath.Join(dir, "flows", "team"))
	if diags.Len() != 0 || len(project.Versions) != 1 || project.Versions[0] != (ir.Version{Major: 2, Minor: 10}) || !project.Strict || project.DagsRoot != filepath.Join(dir, "flows") {
		t.Fatalf("project %+v\n%s", project, printed(diags))
	}
	file := filepath.Join(dir, "flows", "team", "a.yaml")
	result := CompileFile(file, Options{DagsRoot: FindDagsRoot(file, project)})
	if result.File == nil {
		t.Fatal(printed(result.Diags))
	}
	if ref := result.File.Pipelines[0].Tasks[0].Op.(*ir.Python).Callable; ref.Path() != "team.b.run" || !ref.User {
		t.Errorf("the callable is %+v", ref)
	}
	files, err := Discover(dir)
	if err != nil || len(files) != 2 || files[0] != file {
		t.Errorf("found %v (%v)", files, err)
	}
	write("dagexport.yaml", "airflow_version: 4.0\ndag_root: x\nstrict: maybe\ndags_root: none\n")
	_, diags = LoadProject(dir)
	if diags.Len() != 4 {
		t.Errorf("want four diagnostics:\n%s", printed(diags))
	}
}

func TestDagsRoot(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"dags/a/b", "x/y", "z"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x", ".airflowignore"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"dags/a/b/p.yaml": "dags", "x/y/p.yaml": "x", "z/p.yaml": "z"} {
		if got := FindDagsRoot(filepath.Join(dir, file), Project{}); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
