package compiler

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
)

func micros(d *ir.Duration) int64 {
	if d == nil {
		return -1
	}
	return d.Micros
}

func TestEveryFieldOfATask(t *testing.T) {
	p := compiled(t, `tasks:
  a:
    bash: run.sh {{ ds }}
    env: {A: "{{ ds }}", B: x}
    append_env: true
    cwd: /tmp/{{ ds }}
    skip_on_exit_code: [99, 100]
    output_encoding: latin-1
    owner: me
    retries: 3
    retry_delay: 90
    retry_exponential_backoff: 1.5
    max_retry_delay: 0.5
    execution_timeout: 1h
    pool: p
    pool_slots: 2
    priority_weight: -4
    weight_rule: absolute
    max_active_tis_per_dag: 5
    max_active_tis_per_dagrun: 6
    do_xcom_push: false
    multiple_outputs: true
    depends_on_past: true
    on_retry_callback: [a.b, "c.d:e"]
    params: {x: 1}
  b:
    operator: airflow.operators.python.PythonOperator
    python_callable: a.b
    op_args: ["{{ ds }}", 1, null]
    op_kwargs: "{{ params.all }}"
    templates_dict: {t: "{{ ds }}"}
    templates_exts: [.sql]
    show_return_value_in_logs: false
  c: {bash: x, skip_on_exit_code: null, env: null, pool: null, retries: null}
  d: {bash: x, skip_on_exit_code: 7, env: {}}
`).Pipelines[0]
	a, b, c, d := p.Tasks[0], p.Tasks[1], p.Tasks[2], p.Tasks[3]
	bash := a.Op.(*ir.Bash)
	template := func(v ir.Value) string {
		if tmpl, ok := v.(*ir.Template); ok {
			return tmpl.V
		}
		return "no template"
	}
	if template(bash.Command) != "run.sh {{ ds }}" || template(bash.Cwd) != "/tmp/{{ ds }}" || template(bash.Env.(*ir.Map).Entries[0].Value) != "{{ ds }}" {
		t.Errorf("templates: %+v", bash)
	}
	if _, text := bash.Env.(*ir.Map).Entries[1].Value.(*ir.String); !text || !bash.AppendEnv || bash.Encoding != "latin-1" {
		t.Errorf("bash is %+v", bash)
	}
	if diff := cmp.Diff([]int64{99, 100}, bash.SkipExitCode); diff != "" {
		t.Error(diff)
	}
	if a.Retry.Retries != 3 || micros(a.Retry.Delay) != 90*second || a.Retry.Multiplier != 1.5 || micros(a.Retry.MaxDelay) != second/2 {
		t.Errorf("retry is %+v", a.Retry)
	}
	limits := a.Limits
	if micros(limits.ExecutionTimeout) != hour {
		t.Errorf("the timeout is %v", limits.ExecutionTimeout)
	}
	limits.ExecutionTimeout = nil
	want := ir.Limits{Pool: "p", PoolSlots: 2, PriorityWeight: -4, WeightRule: "absolute", MaxActivePerDag: 5, MaxActivePerDagRn: 6}
	if diff := cmp.Diff(want, limits); diff != "" {
		t.Error(diff)
	}
	if a.Owner != "me" || a.DoXComPush || !a.MultipleOut || !a.DependsOnPast || a.WaitForDownstream || len(a.Params) != 1 || ir.Lookup(a.Args, "params") != nil {
		t.Errorf("a is %+v", a)
	}
	if len(a.Callbacks) != 1 || a.Callbacks[0].Event != "on_retry_callback" || a.Callbacks[0].Refs[1].Path() != "c.d.e" {
		t.Errorf("the callbacks are %+v", a.Callbacks)
	}
	python := b.Op.(*ir.Python)
	if template(python.OpArgs.(*ir.List).Items[0]) != "{{ ds }}" || template(python.OpKwargs) != "{{ params.all }}" || python.LogReturn ||
		template(python.TemplatesDict.(*ir.Map).Entries[0].Value) != "{{ ds }}" || len(python.TemplatesExts) != 1 || python.Callable.Path() != "a.b" {
		t.Errorf("python is %+v", python)
	}
	if op := c.Op.(*ir.Bash); op.SkipExitCode != nil || op.Env != nil || c.Limits.Pool != "default_pool" || c.Retry.Retries != 0 || micros(c.Retry.Delay) != 300*second {
		t.Errorf("null is read as %+v %+v", op, c)
	}
	if op := d.Op.(*ir.Bash); len(op.SkipExitCode) != 1 || op.Env == nil || len(op.Env.(*ir.Map).Entries) != 0 {
		t.Errorf("d is %+v", op)
	}
}

func TestEveryFieldOfADAG(t *testing.T) {
	p := compiled(t, `dag_id: x
schedule: "@continuous"
start_date: 2026-01-02T03:04:05+02:00
end_date: "2027-01-01"
timezone: Europe/Berlin
catchup: true
max_active_tasks: 3
max_active_runs: 1
dagrun_timeout: 2h
render_template_as_native_obj: true
template_searchpath: [sql, lib]
fail_fast: true
on_success_callback: a.b
on_failure_callback: [c.d]
tags: [a, b]
description: text
params:
  plain: 1
  typed: {type: [string, "null"], default: null, description: d}
  map: {a: 1}
tasks: {a: {bash: x}}
`).Pipelines[0]
	s := p.Settings
	if s.MaxActiveTasks != 3 || s.MaxActiveRuns != 1 || micros(s.DagrunTimeout) != 2*hour || !s.NativeTemplates || !s.FailFast ||
		strings.Join(s.TemplateSearch, " ") != "sql lib" || s.OnSuccessCallback[0].Path() != "a.b" || s.OnFailureCallback[0].Path() != "c.d" || s.DefaultArgsOwner != "airflow" {
		t.Errorf("the settings are %+v", s)
	}
	start, end := p.StartDate.(*ir.Time), p.EndDate.(*ir.Time)
	if start.Zone != "Europe/Berlin" || start.String() != "2026-01-02T02:04:05" || end.Zone != "Europe/Berlin" || end.DateOnly || !p.Catchup {
		t.Errorf("from %+v to %+v", start, end)
	}
	if len(p.Params) != 3 || p.Params[0].Typed || !p.Params[1].Typed || len(p.Params[1].Schema) != 2 || p.Params[2].Typed {
		t.Errorf("the params are %+v", p.Params)
	}
	var names []string
	for _, a := range p.Args {
		names = append(names, a.Name)
	}
	want := "max_active_tasks max_active_runs dagrun_timeout render_template_as_native_obj template_searchpath fail_fast on_success_callback on_failure_callback tags description"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the arguments are %s", got)
	}
}

// TestNamesOfTheTargetVersion: an argument that changed its name has the one of the version that is compiled for.
func TestNamesOfTheTargetVersion(t *testing.T) {
	for _, test := range []struct {
		src     string
		version ir.Version
		want    string
		warn    bool
	}{
		{"fail_fast: true", v2_11, "fail_stop", false},
		{"fail_stop: true", ir.DefaultVersion, "fail_fast", false},
		{"concurrency: 3", ir.DefaultVersion, "max_active_tasks", true},
		{"default_view: graph", v2_11, "default_view", false},
	} {
		result := Compile("a.yaml", []byte(test.src+"\nstart_date: 2026-01-01\ntasks: {a: {bash: x}}\n"), Options{Version: test.version})
		if result.File == nil || result.Diags.Len() != map[bool]int{true: 1}[test.warn] {
			t.Errorf("%s: %s", test.src, printed(result.Diags))
			continue
		}
		if got := result.File.Pipelines[0].Args[0].Name; got != test.want {
			t.Errorf("%s is %s on %s, want %s", test.src, got, test.version, test.want)
		}
	}
}

// TestEveryArgumentChecksItsType gives every argument of the tables a value of a type that it does not take.
func TestEveryArgumentChecksItsType(t *testing.T) {
	wrong := map[catalog.Type]string{
		catalog.Bool: "7", catalog.Int: "text", catalog.Number: "text", catalog.Text: "7", catalog.Texts: "7", catalog.TextOrSeq: "7", catalog.Dict: "7",
		catalog.Seconds: "[1]", catalog.Date: "true", catalog.Function: "7", catalog.Functions: "7", catalog.Backoff: "text", catalog.ExitCodes: "text",
		catalog.Arguments: "7", catalog.Positions: "7", catalog.Assets: "7", catalog.Names: "7", catalog.Deadlines: "7", catalog.RetryRules: "7", catalog.ClassName: "7", catalog.Never: "7",
	}
	check := func(class, src, name string) {
		result := Compile("a.yaml", []byte(src), Options{})
		if !result.Diags.HasErrors() {
			t.Errorf("%s.%s takes anything:\n%s", class, name, src)
		}
	}
	for _, arg := range catalog.DAGArgs() {
		if arg.Type != catalog.Any && arg.In(ir.DefaultVersion) && arg.Name != "sla_miss_callback" {
			check("DAG", arg.Name+": "+wrong[arg.Type]+"\ntasks: {a: {bash: x}}\n", arg.Name)
		}
	}
	for _, arg := range catalog.TaskGroupArgs() {
		if arg.Name != "group_id" {
			check("TaskGroup", "task_groups: {g: {"+arg.Name+": "+wrong[arg.Type]+"}}\n", arg.Name)
		}
	}
	for _, args := range []catalog.Args{catalog.OperatorArgs(), catalog.FindClass("BashOperator").OwnArgs()} {
		for _, arg := range args {
			if arg.In(ir.DefaultVersion) && arg.Name != "task_id" && arg.Name != "sla" {
				check("BashOperator", "tasks: {a: {operator: BashOperator, "+arg.Name+": "+wrong[arg.Type]+"}}\n", arg.Name)
			}
		}
	}
}

func TestArgumentsOfUnknownOperators(t *testing.T) {
	p := compiled(t, `tasks:
  a:
    operator: my.own.FileSensor
    timeout: 1h
    poke_interval: 30
    python_callable: a.b
    bash: anything
    when: 2026-01-01 10:00:00
    text: "{{ ds }}"
    retry_delay: 5m
  b:
    operator: airflow.providers.standard.operators.python.BranchPythonOperator
    python_callable: a.b
    op_kwargs: {x: "{{ ds }}"}
`).Pipelines[0]
	a := p.Tasks[0]
	kinds := map[string]string{}
	for _, arg := range a.Args {
		switch v := arg.Value.(type) {
		case *ir.Duration:
			kinds[arg.Name] = "duration"
		case *ir.Int:
			kinds[arg.Name] = "int"
		case *ir.PyRef:
			kinds[arg.Name] = "ref"
		case *ir.String:
			kinds[arg.Name] = "string"
		case *ir.Time:
			kinds[arg.Name] = "time in " + v.Zone
		}
	}
	want := map[string]string{
		"timeout": "duration", "poke_interval": "int", "python_callable": "ref", "bash": "string", "when": "time in ", "text": "string", "retry_delay": "duration",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	kwargs := ir.Lookup(p.Tasks[1].Args, "op_kwargs").Value.(*ir.Map)
	if _, ok := kwargs.Entries[0].Value.(*ir.Template); !ok {
		t.Error("a field that the catalogue knows as templated has no template")
	}
}

func TestDatesInWords(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31": "2026-01-31", "2026-1-5": "2026-01-05", "20260131": "2026-01-31", "2026/01/31": "2026-01-31", "2026-01-31 06:30": "2026-01-31T06:30:00",
		"2026-01-31T06:30:00.25": "2026-01-31T06:30:00.250000", "2026-01-31T06:30:00Z": "2026-01-31T06:30:00 UTC", "20260131T06:30:00": "2026-01-31T06:30:00",
		"2026-01-31 06:30:00 +0530": "2026-01-31T06:30:00 +05:30", "2026-01-31T06:30:00-08": "2026-01-31T06:30:00 -08:00", "2026-01-31T06:30:00+00:00": "2026-01-31T06:30:00 UTC",
		"2026-01-31x": "", "2026": "", "31.01.2026": "", "2026-01-31T": "", "2026-01-31T6": "", "2026-01-31T06:30:00+99:00": "",
	} {
		got := ""
		if d, ok := parseDate(text); ok {
			got = strings.TrimSpace(d.String() + " " + d.Zone)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]int64{
		"now": 0, "today": 0, "Yesterday": day, "2 days": 2 * day, "3 hours ago": 3 * hour, "1 day 2 hours": day + 2*hour, "days_ago(2)": 2 * day, "days_ago(n=1)": day,
		"5": -1, "soon": -1, "ago": -1,
	} {
		got, ok := parseAgo(text)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, ok, want)
		}
	}
}

// TestSecondsRoundAsInPython: the values are those of datetime.timedelta(seconds=...).
func TestSecondsRoundAsInPython(t *testing.T) {
	for seconds, want := range map[float64]int64{
		0.1: 100000, 1.0000005: 1000001, 1.0000015: 1000001, 0.0000005: 0, 0.0000015: 2, -0.5: -500000, 300: 300000000, 1e9: 1000000000000000, 86399.999999: 86399999999,
	} {
		if got, ok := secondsToMicros(seconds); !ok || got != want {
			t.Errorf("%v seconds are %d, want %d", seconds, got, want)
		}
	}
	if _, ok := secondsToMicros(1e300); ok {
		t.Error("a time longer than any is taken")
	}
}
