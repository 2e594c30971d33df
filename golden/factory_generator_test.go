package golden

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/ir"
)

// factorySeeds is how many files the generator makes, from the seeds 1, 2, 3 ...
const factorySeeds = 260

// factoryEnviron are the environment variables that generated files name; FACTORY_ROOT is the folder of the file.
func factoryEnviron(root string) map[string]string {
	return map[string]string{"FACTORY_ROOT": root, "FACTORY_TEAM": "data", "FACTORY_TRIES": "4", "AIRFLOW_VAR_GREETING": "echo hello"}
}

// draft is a DAG of dag-factory's in the making.
type draft struct {
	rng         *rand.Rand
	dag         []string // lines of the DAG itself
	defaultArgs []string // entries of default_args
	tasks       []*draftTask
	groups      []*draftGroup
	listed      bool // tasks as a list
	groupList   bool // task groups as a list
}

type draftTask struct {
	id    string
	lines []string // without indentation
	deps  []string
}

type draftGroup struct {
	id    string
	lines []string
	deps  []string
}

func (d *draft) say(format string, args ...any) { d.dag = append(d.dag, fmt.Sprintf(format, args...)) }

func (d *draft) pick(choices ...string) string { return choices[d.rng.IntN(len(choices))] }

// task adds a task that depends on some of those before it.
func (d *draft) task(id string, lines ...string) *draftTask {
	t := &draftTask{id: id, lines: lines}
	for _, before := range d.tasks {
		if d.rng.IntN(6) == 0 {
			t.deps = append(t.deps, before.id)
		}
	}
	d.tasks = append(d.tasks, t)
	return t
}

// bash adds a task of bash with an argument.
func (d *draft) bash(id string, lines ...string) *draftTask {
	operator := d.pick("airflow.operators.bash.BashOperator", "airflow.providers.standard.operators.bash.BashOperator")
	return d.task(id, append([]string{"operator: " + operator, `bash_command: "echo ` + id + ` {{ ds }}"`}, lines...)...)
}

func (d *draft) python(id string, lines ...string) *draftTask {
	return d.task(id, append([]string{"operator: airflow.providers.standard.operators.python.PythonOperator"}, lines...)...)
}

func (d *draft) decorated(id string, lines ...string) *draftTask {
	return d.task(id, append([]string{"decorator: " + d.pick("airflow.decorators.task", "airflow.sdk.definitions.decorators.task")}, lines...)...)
}

func (d *draft) group(id string, lines ...string) *draftGroup {
	g := &draftGroup{id: id, lines: lines}
	d.groups = append(d.groups, g)
	return g
}

// factoryKey is a key of dag-factory's vocabulary, or a way to write one. Of those with the same choice a DAG has one.
type factoryKey struct {
	name   string
	choice string
	add    func(d *draft)
}

const sensorOf = "operator: airflow.providers.standard.sensors.external_task.ExternalTaskSensor"

// dagLine is a key of the DAG with one of some values.
func dagLine(key string, values ...string) factoryKey {
	return factoryKey{name: key, add: func(d *draft) { d.say("%s: %s", key, d.pick(values...)) }}
}

// defaultArg is a key of default_args.
func defaultArg(key string, values ...string) factoryKey {
	return factoryKey{name: "default_args." + key, add: func(d *draft) { d.defaultArgs = append(d.defaultArgs, key+": "+d.pick(values...)) }}
}

// bashArg is an argument of a task of its own.
func bashArg(key string, values ...string) factoryKey {
	return factoryKey{name: "task." + key, add: func(d *draft) { d.bash("with_"+key, key+": "+d.pick(values...)) }}
}

// callbackKeys are the three ways to write a callback.
func callbackKeys(name string, add func(d *draft, lines ...string)) []factoryKey {
	return []factoryKey{
		{name + " by name", name, func(d *draft) { add(d, last(name)+": callbacks.tell") }},
		{name + " with arguments", name, func(d *draft) { add(d, last(name)+": {callback: callbacks.tell_more, channel: \"#sales\", level: 2}") }},
		{name + " by file", name, func(d *draft) {
			add(d, last(name)+"_name: tell", last(name)+"_file: $FACTORY_ROOT/callbacks.py")
		}},
	}
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// factoryKeys is the vocabulary of dag-factory 1.1 on Airflow 3.3. Left out is what it cannot build there: `timetable`, schedules of
// dataset files or of a text with & and |, lists of callbacks.
func factoryKeys() []factoryKey {
	keys := []factoryKey{
		dagLine("dag_display_name", `"Pretty: é"`, "Plain name"),
		dagLine("description", `"It's a \"description\""`, "Plain", "For $FACTORY_TEAM"),
		dagLine("tags", "[b, a]", "[one]"),
		dagLine("doc_md", `"# Title\nText"`, "Plain"),
		dagLine("doc_md_file_path", "$FACTORY_ROOT/about.md"),
		{"doc_md_python_callable", "", func(d *draft) {
			d.say("doc_md_python_callable_name: about")
			d.say("doc_md_python_callable_file: $FACTORY_ROOT/callbacks.py")
			if d.rng.IntN(2) == 0 {
				d.say("doc_md_python_arguments: {what: sales, times: 2}")
			}
		}},
		{"schedule cron", "schedule", func(d *draft) { d.say("schedule: %s", d.pick(`"0 5 * * *"`, `"*/15 8-18 * * 1-5"`, "0 0 * * *")) }},
		{"schedule preset", "schedule", func(d *draft) { d.say("schedule: %s", d.pick(`"@daily"`, `"@once"`, `"@hourly"`)) }},
		{"schedule none", "schedule", func(d *draft) { d.say("schedule: %s", d.pick("null", "none", `"None"`)) }},
		{"schedule timedelta", "schedule", func(d *draft) { d.say("schedule: {__type__: datetime.timedelta, hours: %d}", 1+d.rng.IntN(9)) }},
		{"schedule timetable", "schedule", func(d *draft) {
			d.say("schedule: {__type__: airflow.timetables.trigger.CronTriggerTimetable, cron: \"0 1 * * 3\", timezone: UTC}")
		}},
		{"schedule assets", "schedule", func(d *draft) { d.say("schedule: [%s]", d.pick(`"s3://b/x", "s3://b/y"`, `"s3://b/x"`)) }},
		{"schedule __and__", "schedule", func(d *draft) { d.say("schedule: {__and__: [%s, %s]}", asset("x"), asset("y")) }},
		{"schedule __or__", "schedule", func(d *draft) {
			d.say("schedule: {__or__: [{__and__: [%s, %s]}, %s]}", asset("x"), asset("y"), asset("z"))
		}},
		{"schedule __join__", "schedule", func(d *draft) { d.say(`schedule: {__join__: ["0 ", 6, " * * *"]}`) }},
		dagLine("start_date", "2024-01-02", "'2024-01-02'", `"2024-01-02 06:30:00"`, "2024-01-02 06:30:00", "2 days", `"3 hours"`),
		dagLine("end_date", "2034-01-02", "'2034-01-02'", "2034-01-02 06:30:00"),
		dagLine("timezone", "Europe/Amsterdam", "America/New_York", "UTC"),
		dagLine("catchup", "true", "false", "yes", "Off"),
		dagLine("is_paused_upon_creation", "true", "no"),
		{"max_active_tasks", "max_active_tasks", func(d *draft) { d.say("max_active_tasks: %d", 1+d.rng.IntN(30)) }},
		{"concurrency", "max_active_tasks", func(d *draft) { d.say("concurrency: %d", 1+d.rng.IntN(30)) }},
		dagLine("max_active_runs", "1", "010", "0x10"),
		dagLine("dagrun_timeout", "{__type__: datetime.timedelta, minutes: 90}", "{__type__: datetime.timedelta, __args__: [1, 30]}"),
		dagLine("template_searchpath", "[$FACTORY_ROOT]", "$FACTORY_ROOT"),
		dagLine("render_template_as_native_obj", "true", "false"),
		dagLine("params", "{a: 1, b: text, c: [1, 2], d: null, e: true, f: 1.5}", "{day: \"2024-01-02\"}", "{nested: {x: 1, y: {z: a}}}"),
		dagLine("user_defined_macros", "{shift: callbacks.shift, tools: {shift: callbacks.shift}, limit: 5}"),
		dagLine("access_control", "{Viewer: {DAGs: [can_read]}}"),
		defaultArg("owner", `"$FACTORY_TEAM"`, "me", `"@owner"`),
		defaultArg("start_date", "2024-01-01", "'2024-01-01'", "1 days"),
		defaultArg("end_date", "2035-01-01", "'2035-01-01 12:00'"),
		defaultArg("timezone", "Europe/Amsterdam"),
		defaultArg("retries", "3", "$FACTORY_TRIES", "0b11"),
		defaultArg("retry_delay", "{__type__: datetime.timedelta, minutes: 5}", "300", "1:30"),
		defaultArg("email_on_failure", "false", "no"),
		defaultArg("depends_on_past", "true", "on"),
		defaultArg("pool", "small"),

		bashArg("retries", "1", "$FACTORY_TRIES", "0"),
		bashArg("retry_delay", "{__type__: datetime.timedelta, seconds: 30}", "60", "90.5"),
		bashArg("retry_exponential_backoff", "true"),
		bashArg("max_retry_delay", "{__type__: datetime.timedelta, hours: 1}"),
		bashArg("execution_timeout", "{__type__: datetime.timedelta, minutes: 10}"),
		bashArg("trigger_rule", "all_done", "none_failed", "one_success"),
		bashArg("pool", "big"), bashArg("pool_slots", "2"), bashArg("queue", "slow"), bashArg("priority_weight", "7"),
		bashArg("weight_rule", "upstream", "absolute"),
		bashArg("depends_on_past", "true"), bashArg("wait_for_downstream", "true"), bashArg("do_xcom_push", "false"),
		bashArg("max_active_tis_per_dag", "2"), bashArg("email", "[a@example.org, b@example.org]", "a@example.org"),
		bashArg("doc_md", `"*text*"`), bashArg("task_display_name", `"A name"`), bashArg("owner", "someone"),
		bashArg("params", "{task_level: 1}"), bashArg("start_date", "2023-02-01 06:30:00"),
		bashArg("env", "{A: b, TEAM: $FACTORY_TEAM, DAY: \"{{ ds }}\"}"), bashArg("append_env", "true"), bashArg("cwd", "/tmp", "${FACTORY_ROOT}/x"),
		bashArg("skip_on_exit_code", "[1, 2]", "99"),
		bashArg("executor_config", "{a: {b: [1, 2]}}"),
		bashArg("inlets", `["s3://b/in"]`, `["s3://b/in", "s3://b/in2"]`),
		bashArg("outlets", `["s3://b/out"]`, "["+asset("named")+"]", "[{__type__: airflow.sdk.AssetAlias, name: any}]"),
		{"outlets of a file", "", func(d *draft) {
			d.bash("writes_of_file", "outlets: {file: $FACTORY_ROOT/datasets.yml, datasets: [prices, orders]}", "inlets: {file: $FACTORY_ROOT/datasets.yml, datasets: [orders]}")
		}},
		{"task.bash_command __join__", "", func(d *draft) {
			d.task("joined", "operator: airflow.operators.bash.BashOperator", `bash_command: {__join__: ["echo ", 1, " ", yes, " {{ ds }} ", $FACTORY_TEAM]}`)
		}},
		{"task.bash_command of many lines", "", func(d *draft) {
			d.task("script", "operator: airflow.operators.bash.BashOperator", "bash_command: |", "  for i in 1 2; do", "    echo \"$i\" $NOT_SET ${1:-x} $FACTORY_TEAM", "  done")
		}},
		{"task.variables_as_arguments", "", func(d *draft) {
			d.bash("from_variables", "variables_as_arguments: [{variable: greeting, attribute: bash_command}]")
		}},
		{"EmptyOperator", "", func(d *draft) { d.task("empty", "operator: airflow.operators.empty.EmptyOperator") }},

		{"python_callable", "", func(d *draft) { d.python("by_name", "python_callable: steps.one") }},
		{"python_callable_name and _file", "", func(d *draft) {
			d.python("by_file", "python_callable_name: one", "python_callable_file: $FACTORY_ROOT/steps.py")
		}},
		{"op_args", "", func(d *draft) {
			d.python("with_op_args", "python_callable: steps.takes", "op_args: "+d.pick(`[1, "{{ ds }}"]`, "{__type__: builtins.list, items: [1, {__type__: datetime.date, __args__: [2024, 1, 2]}]}"))
		}},
		{"op_kwargs", "", func(d *draft) {
			d.python("with_op_kwargs", "python_callable: steps.takes", "op_kwargs: {a: "+d.pick("1", "2024-01-02", "1e3", "0o17", "~", "[yes, no]", "{__type__: decimal.Decimal, __args__: [\"1.5\"]}")+", b: $FACTORY_TEAM}")
		}},
		{"BranchPythonOperator", "", func(d *draft) {
			d.bash("branch_a")
			d.task("branch", "operator: airflow.providers.standard.operators.python.BranchPythonOperator", "python_callable: steps.branch").deps = nil
		}},
		{"PythonSensor", "", func(d *draft) {
			d.task("python_sensor", "operator: airflow.providers.standard.sensors.python.PythonSensor", "python_callable: steps.one", "mode: reschedule", "timeout: 60", "poke_interval: 5")
		}},

		{"decorator", "", func(d *draft) { d.decorated("made", "python_callable: steps.numbers") }},
		{"decorator by file", "", func(d *draft) {
			d.decorated("made_by_file", "python_callable_name: numbers", "python_callable_file: $FACTORY_ROOT/steps.py", "retries: 2")
		}},
		{"decorator with +task", "", func(d *draft) {
			d.decorated("source", "python_callable: steps.numbers")
			d.decorated("uses", "python_callable: steps.double", "number: +source").deps = []string{"source"}
		}},
		{"decorator with +task['key']", "", func(d *draft) {
			d.decorated("pairs", "python_callable: steps.pairs", "multiple_outputs: true")
			d.decorated("uses_key", "python_callable: steps.double", `number: "+pairs['first']"`).deps = []string{"pairs"}
		}},
		{"decorator with arguments", "", func(d *draft) { d.decorated("doubles", "python_callable: steps.double", "number: "+d.pick("2", "2.5")) }},
		{"decorator expand", "", func(d *draft) {
			d.decorated("expanded", "python_callable: steps.double", "expand: {number: "+d.pick("[1, 2, 3]", "{a: 1, b: 2}")+"}")
		}},
		{"decorator expand and partial", "", func(d *draft) {
			d.decorated("list_of", "python_callable: steps.numbers")
			d.decorated("expanded_from", "python_callable: steps.takes", "expand: {a: +list_of}", "partial: {b: "+d.pick("1", "text", "true")+"}").deps = []string{"list_of"}
		}},
		{"expand", "", func(d *draft) {
			d.task("mapped", "operator: airflow.operators.bash.BashOperator", `expand: {bash_command: ["echo 1", "echo 2"]}`)
		}},
		{"expand task.output", "", func(d *draft) {
			d.python("lists", "python_callable: steps.lists")
			d.python("mapped_output", "python_callable: steps.one", "expand: {op_args: lists.output}").deps = []string{"lists"}
		}},
		{"expand XcomArg(task) and partial", "", func(d *draft) {
			d.python("more_lists", "python_callable: steps.lists")
			d.python("mapped_xcom", "python_callable: steps.takes", "partial: {op_kwargs: {b: 1}}", "expand: {op_args: XcomArg(more_lists)}").deps = []string{"more_lists"}
		}},
		{"map_index_template", "", func(d *draft) {
			d.decorated("indexed", "python_callable: steps.double", `map_index_template: "{{ index }}"`, "expand: {number: [1, 2]}")
		}},

		{"execution_delta", "", func(d *draft) {
			d.task("waits_delta", sensorOf, "external_dag_id: other", "external_task_id: t", "execution_delta: "+d.pick("1 days", "2 hours", "30 minutes"))
		}},
		{"execution_date_fn", "", func(d *draft) {
			d.task("waits_fn", sensorOf, "external_dag_id: other", "execution_date_fn: callbacks.day_before")
		}},
		{"execution_date_fn_name and _file", "", func(d *draft) {
			d.task("waits_fn_file", sensorOf, "external_dag_id: other", "execution_date_fn_name: day_before", "execution_date_fn_file: $FACTORY_ROOT/callbacks.py", "mode: poke")
		}},
		{"success_check", "", func(d *draft) {
			d.task("sql_success", "operator: airflow.providers.common.sql.sensors.sql.SqlSensor", "conn_id: db", "sql: select 1",
				"success_check_name: is_up", "success_check_file: $FACTORY_ROOT/callbacks.py")
		}},
		{"failure_check", "", func(d *draft) {
			d.task("sql_failure", "operator: airflow.providers.common.sql.sensors.sql.SqlSensor", "conn_id: db", "sql: select 1",
				"failure_check_name: is_up", "failure_check_file: $FACTORY_ROOT/callbacks.py")
		}},
		{"success_check_lambda and failure_check_lambda", "", func(d *draft) {
			d.task("sql_lambda", "operator: airflow.providers.common.sql.sensors.sql.SqlSensor", "conn_id: db", "sql: select 1",
				`success_check_lambda: "lambda x: x > 1"`, `failure_check_lambda: "lambda x: x < 0"`)
		}},
		{"response_check", "", func(d *draft) {
			d.task("http_check", "operator: airflow.providers.http.sensors.http.HttpSensor", "endpoint: health",
				"response_check_name: is_up", "response_check_file: $FACTORY_ROOT/callbacks.py")
		}},
		{"response_check_lambda", "", func(d *draft) {
			d.task("http_lambda", "operator: airflow.providers.http.sensors.http.HttpSensor", "endpoint: health", `response_check_lambda: "lambda r: r.ok"`)
		}},
		{"HttpOperator", "", func(d *draft) {
			d.task("http_json", "operator: airflow.providers.http.operators.http.HttpOperator", "endpoint: run", "method: POST", "data: {a: 1, b: [x, y]}",
				"headers: {Content-Type: application/json}")
			d.task("http_form", "operator: airflow.providers.http.operators.http.HttpOperator", "endpoint: run", "data: {a: \"{{ ds }}\"}")
		}},
		{"an operator of one's own", "", func(d *draft) {
			d.task("bread", "operator: customized.operators.breakfast_operators.MakeBreadOperator", "bread_type: Sourdough")
		}},

		{"task_groups", "", func(d *draft) {
			d.group("plain_group")
			d.bash("in_group", "task_group_name: plain_group")
		}},
		{"tooltip", "", func(d *draft) {
			d.group("with_tooltip", "tooltip: "+d.pick("\"Tip: é\"", "Text"))
			d.bash("in_tooltip", "task_group_name: with_tooltip")
		}},
		{"group dependencies", "", func(d *draft) {
			d.bash("before_group")
			d.group("after_task").deps = []string{"before_group"}
			d.bash("in_after", "task_group_name: after_task").deps = nil
			d.bash("after_group").deps = []string{"after_task"}
		}},
		{"parent_group_name", "", func(d *draft) {
			d.group("inner", "parent_group_name: outer")
			d.group("outer")
			d.bash("in_inner", "task_group_name: inner")
			d.bash("in_outer", "task_group_name: outer").deps = []string{"in_inner"}
		}},
		{"group default_args", "", func(d *draft) {
			d.group("with_args", "default_args: {retries: 5, owner: group, on_failure_callback: callbacks.tell}", "ui_color: \"#fff\"")
			d.bash("in_args", "task_group_name: with_args")
		}},
		{"tasks as a list", "tasks", func(d *draft) { d.listed = true }},
		{"tasks as a map", "tasks", func(d *draft) {}},
		{"task_groups as a list", "task_groups", func(d *draft) { d.groupList = true }},
		{"task_groups as a map", "task_groups", func(d *draft) {}},
	}
	onDAG := func(d *draft, lines ...string) { d.dag = append(d.dag, lines...) }
	inDefaults := func(d *draft, lines ...string) { d.defaultArgs = append(d.defaultArgs, lines...) }
	keys = append(keys, callbackKeys("on_success_callback", onDAG)...)
	keys = append(keys, callbackKeys("on_failure_callback", onDAG)...)
	keys = append(keys, callbackKeys("default_args.on_failure_callback", inDefaults)...)
	keys = append(keys, callbackKeys("default_args.on_retry_callback", inDefaults)...)
	for _, event := range []string{"on_execute_callback", "on_failure_callback", "on_success_callback", "on_retry_callback", "on_skipped_callback"} {
		keys = append(keys, callbackKeys("task."+event, func(d *draft, lines ...string) { d.bash("calls_"+event, lines...) })...)
	}
	return keys
}

func asset(name string) string {
	return fmt.Sprintf(`{__type__: airflow.sdk.Asset, uri: "s3://b/%s", name: %s}`, name, name)
}

// factoryDraft makes the file of a seed: its text, that of its defaults.yml ("" for none), and the keys that its first DAG has.
func factoryDraft(seed uint64) (text, defaults string, used []string) {
	rng := rand.New(rand.NewPCG(seed, 2026))
	first, used := factoryDAG(rng, fmt.Sprintf("generated_%d", seed))
	var out strings.Builder
	switch rng.IntN(3) { // what the DAG says itself, what the file says for all its DAGs, what the tree says
	case 1:
		out.WriteString("default:\n  default_args: {owner: file, queue: file}\n  description: Of the file\n")
		used = append(used, "default")
	case 2:
		defaults = "default_args: {owner: tree, queue: tree}\ntags: [tree]\ndescription: Of the tree\n"
		used = append(used, "defaults.yml")
	}
	out.WriteString(first)
	if seed%8 == 0 {
		second, _ := factoryDAG(rng, fmt.Sprintf("also_${FACTORY_TEAM}_%d", seed))
		out.WriteString(second)
		used = append(used, "two DAGs")
	}
	return out.String(), defaults, used
}

// factoryDAG makes a DAG and lists the keys that it has.
func factoryDAG(rng *rand.Rand, id string) (text string, used []string) {
	d := &draft{rng: rng}
	chosen := map[string]string{}
	keys := factoryKeys()
	for _, i := range rng.Perm(len(keys)) {
		if k := keys[i]; k.choice != "" && chosen[k.choice] == "" {
			chosen[k.choice] = k.name
		}
	}
	for _, k := range keys {
		always := k.choice == "tasks" || k.choice == "task_groups"
		switch {
		case k.choice != "" && chosen[k.choice] != k.name, k.choice == "" && rng.IntN(2) == 0, k.choice != "" && !always && rng.IntN(8) == 0:
			continue
		}
		k.add(d)
		used = append(used, k.name)
	}
	if !slices.Contains(used, "start_date") && !slices.Contains(used, "default_args.start_date") {
		d.say("start_date: 2024-01-01")
	}
	if len(d.tasks) == 0 {
		d.bash("only")
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s:\n", id)
	for _, line := range d.dag {
		out.WriteString("  " + line + "\n")
	}
	if len(d.defaultArgs) > 0 {
		out.WriteString("  default_args:\n")
		for _, line := range d.defaultArgs {
			out.WriteString("    " + line + "\n")
		}
	}
	if len(d.groups) > 0 {
		out.WriteString("  task_groups:\n")
		for _, g := range d.groups {
			entry(&out, g.id, "group_name", g.lines, g.deps, d.groupList)
		}
	}
	out.WriteString("  tasks:\n")
	for _, t := range d.tasks {
		entry(&out, t.id, "task_id", t.lines, t.deps, d.listed)
	}
	return out.String(), used
}

// entry writes a task or group, of a list or of a map.
func entry(out *strings.Builder, id, idKey string, lines, deps []string, listed bool) {
	if len(deps) > 0 {
		lines = append(slices.Clone(lines), "dependencies: ["+strings.Join(deps, ", ")+"]")
	}
	switch {
	case listed:
		fmt.Fprintf(out, "    - %s: %s\n", idKey, id)
	case len(lines) == 0:
		fmt.Fprintf(out, "    %s: {}\n", id)
	default:
		fmt.Fprintf(out, "    %s:\n", id)
	}
	for _, line := range lines {
		out.WriteString("      " + line + "\n")
	}
}

// TestFactoryGenerator holds the generated files to what they are for: each key is in five files or more, each pair that goes
// together in one, and all of them compile.
func TestFactoryGenerator(t *testing.T) {
	keys := factoryKeys()
	single := map[string]int{}
	pairs := map[[2]string]bool{}
	for seed := uint64(1); seed <= factorySeeds; seed++ {
		text, defaults, used := factoryDraft(seed)
		if again, _, _ := factoryDraft(seed); again != text {
			t.Fatalf("seed %d makes two files", seed)
		}
		for _, a := range used {
			single[a]++
			for _, b := range used {
				pairs[[2]string{a, b}] = true
			}
		}
		dir := t.TempDir()
		writeFactory(t, dir, text, defaults)
		result := compiler.CompileFile(dir+"/generated.yml", compiler.Options{Version: ir.DefaultVersion, DagsRoot: dir, LookupEnv: lookup(factoryEnviron(dir))})
		if result.File == nil {
			t.Errorf("seed %d: %v\n%s", seed, result.Diags.All(), text)
		}
	}
	for _, name := range []string{"default", "defaults.yml", "two DAGs"} {
		if single[name] < 5 {
			t.Errorf("%s is in %d files only", name, single[name])
		}
	}
	for i, a := range keys {
		if single[a.name] < 5 {
			t.Errorf("%s is in %d files only", a.name, single[a.name])
		}
		for _, b := range keys[:i] {
			if (a.choice == "" || a.choice != b.choice) && !pairs[[2]string{a.name, b.name}] {
				t.Errorf("%s and %s are in no file together", a.name, b.name)
			}
		}
	}
}

func lookup(environ map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := environ[name]
		return value, set
	}
}

// writeFactory writes a generated file and the modules that it imports.
func writeFactory(t testing.TB, dir, text, defaults string) {
	t.Helper()
	standIns(t, dir)
	write(t, dir+"/generated.yml", []byte(text))
	if defaults != "" {
		write(t, dir+"/defaults.yml", []byte(defaults))
	}
}
