package compiler

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/ir"
)

// needs is "task<-upstream,upstream" for each task of a pipeline, in order.
func needs(p *ir.Pipeline) string {
	var out []string
	for _, t := range p.Tasks {
		var up []string
		for _, n := range t.Needs {
			up = append(up, n.ID)
		}
		out = append(out, t.ID+"<-"+strings.Join(up, ","))
	}
	return strings.Join(out, " ")
}

func TestGroupsAndEdges(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"a list of tasks", "tasks:\n- {task_id: a, bash: x}\n- {task_id: b, bash: x, dependencies: [a, a]}\n", "a<- b<-a"},
		{"tasks in a group", "task_groups:\n  g:\n    tasks:\n      a: {bash: x}\n      b: {bash: x, dependencies: [a]}\ntasks:\n  c: {bash: x, dependencies: [g]}\n",
			"g.a<- g.b<-g.a c<-g.b"},
		{"tasks that name their group", "task_groups: [{group_name: g, dependencies: [s]}]\ntasks:\n  s: {bash: x}\n  a: {bash: x, task_group_name: g}\n  b: {bash: x, task_group_name: g, dependencies: [a]}\n",
			"s<- g.a<-s g.b<-g.a"},
		{"nested groups and their leaves", "task_groups:\n  g:\n    tasks: {a: {bash: x}}\n    task_groups:\n      h:\n        dependencies: [a]\n        tasks: {b: {bash: x}, c: {bash: x}}\ntasks:\n  d: {bash: x, dependencies: [g]}\n",
			"g.a<- g.h.b<-g.a g.h.c<-g.a d<-g.h.b,g.h.c"},
		{"a group that waits for a group", "task_groups:\n  g: {tasks: {a: {bash: x}, b: {bash: x}}}\n  h: {dependencies: [g], tasks: {c: {bash: x}, d: {bash: x, dependencies: [c]}}}\n",
			"g.a<- g.b<- h.c<-g.a,g.b h.d<-h.c"},
		{"no prefix", "task_groups:\n  g:\n    task_groups:\n      h: {prefix_group_id: false, tasks: {b: {bash: x}}}\n      i: {tasks: {c: {bash: x}}}\n", "b<- g.i.c<-"},
		{"no outer prefix", "task_groups:\n  g:\n    prefix_group_id: false\n    task_groups:\n      h: {tasks: {b: {bash: x}}}\n", "h.b<-"},
		{"a parent named later", "task_groups:\n  h: {parent_group_name: g}\n  g: {}\ntasks: {a: {bash: x, task_group_name: h}}\n", "g.h.a<-"},
		{"the same group first", "tasks:\n  a: {bash: x}\ntask_groups:\n  g: {tasks: {a: {bash: x}, b: {bash: x, dependencies: [a]}}}\n", "a<- g.a<- g.b<-g.a"},
		{"a full id", "tasks:\n  a: {bash: x}\n  c: {bash: x, dependencies: [g.a]}\ntask_groups:\n  g: {tasks: {a: {bash: x}}}\n", "a<- c<-g.a g.a<-"},
		{"a bare id anywhere", "tasks:\n  c: {bash: x, dependencies: [z]}\ntask_groups:\n  g: {tasks: {z: {bash: x}}}\n", "c<-g.z g.z<-"},
		{"an inner edge makes a leaf of one task only", "task_groups:\n  g: {tasks: {a: {bash: x}, b: {bash: x, dependencies: [a]}}}\ntasks: {z: {bash: x, dependencies: [g, g.a]}}\n", "g.a<- g.b<-g.a z<-g.b,g.a"},
		{"one group twice by an alias", "task_groups:\n  g: &g {tasks: {a: {bash: x}, b: {bash: x, dependencies: [a]}}}\n  h: *g\n", "g.a<- g.b<-g.a h.a<- h.b<-h.a"},
		{"ids that Airflow takes", "tasks:\n  a.b: {bash: x}\n  class: {bash: x, dependencies: [a.b]}\n  日本-é: {bash: x}\n", "a.b<- class<-a.b 日本-é<-"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, needs(compiled(t, test.src).Pipelines[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDefaultsFromOutsideInwards(t *testing.T) {
	p := compiled(t, `default_args: {retries: 1, owner: dag, pool: dag_pool, trigger_rule: all_done}
task_groups:
  g:
    default_args: {retries: 2, owner: outer}
    task_groups:
      h:
        default_args: {owner: inner, on_failure_callback: alerts.notify}
        tasks:
          a: {bash: x, retries: 4, default_args: {pool: own}}
          b: {bash: x, trigger_rule: one_failed, retry_exponential_backoff: true, wait_for_downstream: true}
tasks:
  c: {empty: , retries: null}
`).Pipelines[0]
	a, b, c := p.Tasks[0], p.Tasks[1], p.Tasks[2]
	if a.Retry.Retries != 4 || a.Owner != "inner" || a.Limits.Pool != "own" || a.Trigger != ir.AllDone || !a.TriggerSpan.IsZero() {
		t.Errorf("a is %+v %+v", a, a.Limits)
	}
	if len(a.Callbacks) != 1 || a.Callbacks[0].Refs[0].Path() != "alerts.notify" {
		t.Errorf("a's callbacks are %+v", a.Callbacks)
	}
	if b.Retry.Retries != 2 || b.Trigger != ir.OneFailed || b.TriggerSpan.IsZero() || b.Retry.Multiplier != 2 || !b.DependsOnPast {
		t.Errorf("b is %+v", b)
	}
	if c.Retry.Retries != 0 || c.Owner != "dag" || p.Settings.DefaultArgsOwner != "dag" {
		t.Errorf("c is %+v", c)
	}
}

func TestKeyedForm(t *testing.T) {
	file := compiled(t, `default:
  catchup: yes
  default_args: {owner: me, start_date: 2 days, retries: 010}
  tags: [a]
one:
  default_args: {owner: you}
  schedule: none
  tasks:
    - {task_id: a, operator: airflow.operators.bash_operator.BashOperator, bash_command: "x {{ ds }}"}
two:
  start_date: 2026-01-01 06:30:00
  timezone: Europe/Berlin
  tags: [b]
  tasks:
    a: {operator: airflow.operators.dummy_operator.DummyOperator}
    b: {operator: my.Op, anything: {x: on}, when: 2026-01-01, dependencies: [a]}
`)
	one, two := file.Pipelines[0], file.Pipelines[1]
	if file.Form != ir.FormKeyed || one.ID != "one" || !one.Catchup || one.Tasks[0].Owner != "you" || one.Tasks[0].Retry.Retries != 8 {
		t.Errorf("one is %+v", one)
	}
	if ago, ok := ir.Lookup(one.DefaultArgs, "start_date").Value.(*ir.Ago); !ok || ago.Back.Micros != 2*day || ago.Zone != "UTC" {
		t.Errorf("the start is %+v", ir.Lookup(one.DefaultArgs, "start_date").Value)
	}
	if c := one.Tasks[0].Class; c.Path() != "airflow.providers.standard.operators.bash.BashOperator" {
		t.Errorf("the class is %s", c.Path())
	}
	if start := two.StartDate.(*ir.Time); start.Zone != "Europe/Berlin" || start.String() != "2026-01-01T06:30:00" {
		t.Errorf("two starts %+v", start)
	}
	if tags := ir.Lookup(two.Args, "tags").Value.(*ir.List); len(tags.Items) != 1 {
		t.Errorf("lists are not merged: %+v", tags)
	}
	b := two.Tasks[1]
	if on := ir.Lookup(b.Args, "anything").Value.(*ir.Map).Entries[0].Value; !on.(*ir.Bool).V {
		t.Errorf("on is %+v", on)
	}
	if when := ir.Lookup(b.Args, "when").Value.(*ir.Time); !when.DateOnly || when.Zone != "" {
		t.Errorf("a date in an argument is %+v", when)
	}
	if _, ok := b.Op.(*ir.Generic); !ok || b.Class.Path() != "my.Op" {
		t.Errorf("b is %+v", b)
	}
}

func TestMergeKeysInPyYAMLsOrder(t *testing.T) {
	p := compiled(t, `tasks:
  a: &a {bash: one, retries: 1, owner: a}
  b: {pool: p, <<: *a, retries: 2}
  c: {<<: [{owner: first, queue: q}, *a]}
`).Pipelines[0]
	names := func(task *ir.Task) string {
		var out []string
		for _, a := range task.Args {
			out = append(out, a.Name)
		}
		return strings.Join(out, " ")
	}
	if got := names(p.Tasks[1]); got != "bash_command retries owner pool" || p.Tasks[1].Retry.Retries != 2 {
		t.Errorf("b has %s", got)
	}
	if got := names(p.Tasks[2]); got != "bash_command retries owner queue" || p.Tasks[2].Owner != "first" {
		t.Errorf("c has %s, owner %s", got, p.Tasks[2].Owner)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]int64{
		"5m": 5 * minute, "1h30m": 90 * minute, "2d": 2 * day, "90s": 90 * second, "300": 300 * second, "1.5h": 90 * minute, "1 day 2 hours": day + 2*hour,
		"1 day, 2:03:04": day + 2*hour + 3*minute + 4*second, "0:05:00": 5 * minute, "1:00:00.5": hour + second/2, "PT5M": 5 * minute, "P1DT2H": day + 2*hour,
		"P2W": 2 * week, "PT0.5S": second / 2, "1 week and 1 day": 8 * day, "2 Hours": 2 * hour, "250ms": 250_000, "-5m": -5 * minute, " 10 minutes ": 10 * minute,
		"1hour": hour, "3 hrs": 3 * hour, "10 secs": 10 * second, "0": 0, "1_0": -1, "": -1, "5": 5 * second, "5 x": -1, "1 month": -1, "1M": -1, "PT": -1, "P1M": -1,
		"1:30": -1, "1:99:00": -1, "m": -1, "5m6": -1, "timedelta(minutes=5)": -1, "99999999999999d": -1, "P1H": -1, "pending": -1,
	} {
		got, problem := parseDuration(text)
		if want == -1 && problem != "" {
			continue
		}
		if problem != "" || got != want {
			t.Errorf("%q is %d (%s), want %d", text, got, problem, want)
		}
	}
}

func TestSchedules(t *testing.T) {
	for text, want := range map[string]string{
		`"@daily"`: "@daily", "null": "none", "none": "none", "None": "none", `"0 6 * * *"`: "0 6 * * *", "6h": "21600s", "1 day": "86400s", "PT30M": "1800s",
		`"0 0 * * 0#1"`: "0 0 * * 0#1", `" 0 6 * * * "`: "0 6 * * *",
	} {
		p := compiled(t, "schedule: "+text+"\nstart_date: 2026-01-01\ntasks: {a: {bash: x}}\n").Pipelines[0]
		var got string
		switch s := p.Schedule.(type) {
		case *ir.Cron:
			got = s.Expr
		case *ir.Preset:
			got = s.Name
		case *ir.Delta:
			got = strconv.FormatInt(s.Period.Micros/second, 10) + "s"
		case *ir.Unscheduled:
			got = "none"
		}
		if got != want {
			t.Errorf("schedule %s is %s, want %s", text, got, want)
		}
	}
}

func TestUserCodeIsFoundBelowTheRoot(t *testing.T) {
	dir := t.TempDir()
	const code = "def run():\n    pass\n\n\nclass Job:\n    def run(self):\n        pass\n\n\nclass MyOperator(BaseOperator):\n    pass\n"
	for _, f := range []string{"lib/jobs.py", "ops/__init__.py", "ops/mine.py", "flows/own.py"} {
		full := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	src := `tasks:
  a: {python: lib.jobs.run}
  b: {python: "lib.jobs:Job.run"}
  c: {python: own.py:run}
  d: {python: lib.jobs.Job.run}
  e: {operator: ops.mine.MyOperator, x: 1}
  f: {python: pandas.read_csv}
  g: {operator: PythonOperator, python_callable_name: run, python_callable_file: own.py}
`
	result := Compile(filepath.Join(dir, "flows", "a.yaml"), []byte(src), Options{DagsRoot: dir})
	if result.File == nil {
		t.Fatal(printed(result.Diags))
	}
	var got []string
	for _, task := range result.File.Pipelines[0].Tasks {
		if op, ok := task.Op.(*ir.Python); ok {
			got = append(got, op.Callable.Module+":"+op.Callable.Name+map[bool]string{true: "+", false: "-"}[op.Callable.User])
		} else {
			got = append(got, task.Class.Path()+map[bool]string{true: "+", false: "-"}[task.Class.User])
		}
	}
	want := []string{"lib.jobs:run+", "lib.jobs:Job.run+", "flows.own:run+", "lib.jobs:Job.run+", "ops.mine.MyOperator+", "pandas:read_csv-", "flows.own:run+"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSpansCoverTheText(t *testing.T) {
	src := "dag_id: é日\r\ntasks:\r\n  a:\r\n    bash: |\r\n      echo 日\r\n      echo b\r\n\r\n    env: {A: \"x\\\"y\", B: 'it''s', C: [1, 2 ] }\r\n    cwd: plain text\r\n      over lines # comment\r\n    doc: >-\r\n      folded"
	result := Compile("a.yaml", []byte(src), Options{})
	if result.File == nil {
		t.Fatal(printed(result.Diags))
	}
	p := result.File.Pipelines[0]
	at := func(s ir.Span) string { return src[s.Start.Offset:s.End.Offset] }
	task := p.Tasks[0]
	env := ir.Lookup(task.Args, "env").Value.(*ir.Map)
	for what, pair := range map[string][2]string{
		"id":    {at(p.IDSpan), "é日"},
		"block": {at(ir.Lookup(task.Args, "bash_command").Value.Pos()), "|\r\n      echo 日\r\n      echo b"},
		"map":   {at(env.Span), "{A: \"x\\\"y\", B: 'it''s', C: [1, 2 ] }"},
		"dq":    {at(env.Entries[0].Value.Pos()), `"x\"y"`},
		"sq":    {at(env.Entries[1].Value.Pos()), "'it''s'"},
		"list":  {at(env.Entries[2].Value.Pos()), "[1, 2 ]"},
		"plain": {at(ir.Lookup(task.Args, "cwd").Value.Pos()), "plain text\r\n      over lines"},
		"fold":  {at(ir.Lookup(task.Args, "doc").Value.Pos()), ">-\r\n      folded"},
		"name":  {at(task.Args[0].NameSpan), "bash"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s covers %q, want %q", what, pair[0], pair[1])
		}
	}
	checkIR(t, []byte(src), result.File)
}
