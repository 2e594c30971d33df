package airflow

import (
	"fmt"
	"math"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// corpus are pipelines that together use every form of Python text that is written. Their DAG files stand in testdata, where
// ruff and the real Airflows have read them.
func corpus() []sample {
	return []sample{
		{"daily_sales", dailySales()},
		{"empty_dag", fileOf(dagOf("empty_dag"))},
		{"one_task", oneTask()},
		{"many_dags", manyDAGs()},
		{"schedules", schedules()},
		{"names", names()},
		{"clashes", clashes()},
		{"groups", groups()},
		{"deep_groups", deepGroups()},
		{"edges", edges()},
		{"long_ids", longIDs()},
		{"values", values()},
		{"texts", texts()},
		{"times", times()},
		{"params", params()},
		{"operators", operators()},
		{"calls", calls()},
		{"assets", assets()},
		{"timetables", timetables()},
		{"taskflow", taskflow()},
		{"outputs", outputs()},
		{"mapping", mapping()},
		{"mapped_groups", mappedGroups()},
		{"setups", setups()},
		{"labels", labels()},
	}
}

type sample struct {
	name string
	file *ir.File
}

func oneTask() *ir.File {
	p := dagOf("one_task")
	empty(p, nil, "only")
	return fileOf(p)
}

func manyDAGs() *ir.File {
	first, second := dagOf("first"), dagOf("second")
	for _, p := range []*ir.Pipeline{first, second} {
		bash(p, nil, "extract", "true")
		empty(p, group(p, nil, "inner"), "done")
		p.Groups[0].Dependencies = refs(p, []string{"extract"})
	}
	second.Params = []ir.Param{{Name: "n", Default: num("1"), Typed: true, Schema: args("type", str("integer"))}}
	return fileOf(first, second, dagOf("third"))
}

func schedules() *ir.File {
	none, delta, cron, once, bare := dagOf("none"), dagOf("delta"), dagOf("cron"), dagOf("once"), dagOf("bare")
	none.Schedule = &ir.Unscheduled{}
	delta.Schedule = &ir.Delta{Period: seconds(5400)}
	cron.Schedule = &ir.Cron{Expr: "*/5 0-6 * * MON"}
	cron.Catchup = true
	cron.EndDate = &ir.Time{Year: 2026, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 59, Zone: "UTC"}
	once.Schedule = &ir.Preset{Name: "@once"}
	bare.Schedule, bare.StartDate = &ir.Unscheduled{}, nil
	bare.DefaultArgs = args("start_date", &ir.Time{Year: 2026, Month: 1, Day: 1, DateOnly: true}, "owner", str("x"))
	return fileOf(none, delta, cron, once, bare)
}

func names() *ir.File {
	p := dagOf("names")
	for _, id := range []string{"class", "my-task", "my_task", "a.b", "1st", "größe", "задача", "任务", "ﬁle", "__name__", "_", "-", "float", "list", "print", "match", "type"} {
		empty(p, nil, id)
	}
	p.Tasks[1].Dependencies = refs(p, []string{"class", "my_task", "a.b"})
	return fileOf(p)
}

func clashes() *ir.File {
	p := dagOf("clashes")
	p.Timezone = "Europe/Berlin"
	for _, id := range []string{"DAG", "TaskGroup", "pendulum", "timedelta", "sales", "BashOperator", "math", "math_"} {
		task(p, nil, id, "BashOperator", args("bash_command", str("true"), "retry_delay", seconds(90)))
	}
	task(p, nil, "run", "PythonOperator", args("python_callable", callable("sales.clean", "run"), "op_args", list(float(math.Inf(1)))))
	task(p, nil, "nested", "PythonOperator", args("python_callable", callable("sales.load", "Loader.Inner.run")))
	one := task(p, nil, "one", "sales.ops.LoadOperator", nil)
	two := task(p, nil, "two", "shop.ops.LoadOperator", nil)
	one.Class.User, two.Class.User = true, true
	g1, g2 := group(p, nil, "run"), group(p, nil, "g2", "run")
	g1.ID, g1.LocalID = "run_group", "run_group"
	p.Groups[1].Dependencies = []ir.Ref{{ID: "run_group", Group: true}}
	empty(p, g1, "check")
	empty(p, g2, "check")
	empty(p, g2, "g2", "g2.check", "run_group.check")
	return fileOf(p)
}

func groups() *ir.File {
	p := dagOf("groups")
	empty(p, nil, "start")
	outer := group(p, nil, "outer", "start")
	outer.Args = args("tooltip", str("Everything"))
	outer.DefaultArgs = args("retries", num("3"), "retry_delay", seconds(1))
	empty(p, outer, "a")
	inner := group(p, outer, "inner", "outer.a")
	empty(p, inner, "b")
	empty(p, inner, "c", "outer.inner.b", "start")
	flat := group(p, outer, "flat")
	flat.Prefix = false
	empty(p, flat, "d", "outer.inner")
	group(p, nil, "nothing", "outer")
	last := group(p, nil, "last", "outer", "start")
	empty(p, last, "e")
	empty(p, last, "f", "last.e", "outer.inner", "outer.a")
	empty(p, nil, "end", "last", "outer.inner.c")
	return fileOf(p)
}

func deepGroups() *ir.File {
	p := dagOf("deep_groups")
	var g *ir.Group
	for i := range 18 {
		g = group(p, g, fmt.Sprintf("long_name_%d", i))
	}
	bash(p, g, "a", "true")
	empty(p, g, "b_that_leaves_little_room", g.ID+".a")
	empty(p, g, "c", g.ID+".a", g.ID+".b_that_leaves_little_room")
	return fileOf(p)
}

func edges() *ir.File {
	p := dagOf("edges")
	var many, few []string
	for i := range 30 {
		id := fmt.Sprintf("task_%d", i)
		empty(p, nil, id)
		many = append(many, id)
		if i < 6 {
			few = append(few, id)
		}
	}
	empty(p, nil, "fan_in", many...)
	empty(p, nil, "one_line", few...)
	for i := range 20 {
		empty(p, nil, fmt.Sprintf("fan_out_%d", i), "fan_in")
	}
	empty(p, nil, "alone")
	for _, id := range []string{"x", "y", "z"} {
		empty(p, nil, id, "task_1", "task_2")
	}
	return fileOf(p)
}

func longIDs() *ir.File {
	p := dagOf(strings.Repeat("long_dag_id_", 18))
	long := func(prefix string) string { return prefix + strings.Repeat("_and_longer", 14) }
	for _, id := range []string{"a", "b", long("c"), long("d"), "just_as_long_as_it_can_be_on_one_line_of_88_columns_here"} {
		empty(p, nil, id)
	}
	empty(p, nil, long("e"), "a")
	empty(p, nil, long("f"), long("c"))
	empty(p, nil, long("g"), long("c"), "a")
	empty(p, nil, "h", long("c"), "a")
	empty(p, nil, "i", long("d"))
	empty(p, nil, "j", long("d"))
	g := group(p, nil, long("group"), "i")
	empty(p, g, "inner")
	empty(p, nil, "k", g.ID)
	for _, n := range []int{55, 56, 57, 58} {
		id := strings.Repeat("x", n)
		empty(p, nil, id)
		empty(p, nil, strings.Repeat("y", 84-len(" >> ")-n), id)
		empty(p, nil, strings.Repeat("z", 85-len(" >> ")-n), id)
		empty(p, group(p, nil, strings.Repeat("g", n-20)), strings.Repeat("w", n-20))
	}
	return fileOf(p)
}

func values() *ir.File {
	p := dagOf("values")
	deep := list(num("1"))
	for range 12 {
		deep = list(deep)
	}
	oddMap := &ir.Map{Entries: []ir.Entry{
		{Key: num("1"), Value: str("int")}, {Key: float(1.5), Value: str("float")}, {Key: boolean(false), Value: str("bool")},
		{Key: &ir.Null{}, Value: str("null")}, {Key: str("é\n"), Value: &ir.Null{}},
	}}
	task(p, nil, "all_kinds", "PythonOperator", args(
		"python_callable", callable("sales.clean", "run"),
		"op_args", list(
			&ir.Null{}, boolean(true), boolean(false), num("0"), num("-7"), num("123456789012345678901234567890"), float(0), float(math.Copysign(0, -1)),
			float(1.5), float(1e16), float(1e-5), float(123456789.125), float(math.MaxFloat64), float(5e-324), float(math.Inf(1)), float(math.Inf(-1)),
			float(math.NaN()), list(), dict(), list(list()), list(dict("a", list(num("1")))), list(list(num("1"), num("2"))), deep, oddMap,
			seconds(0), seconds(-60), seconds(86400*7), &ir.Duration{Micros: 1500}, &ir.Duration{Micros: 1},
			list(seconds(5)), callable("sales.clean", "run"), &ir.PyRef{Module: "builtins", Name: "print"}, &ir.PyRef{Module: "os.path", Name: "join"},
		),
		"op_kwargs", dict("one", dict("two", dict("three", str(strings.Repeat("long ", 20))))),
		"templates_dict", dict("short", str("x"), "nested", list(dict("k", list(str(strings.Repeat("x", 40)), str("y"))))),
	))
	task(p, nil, "odd_names", "sales.ops.AnyOperator", args("plain", num("1"), "not-a-name", num("2"), "lambda", list(num("3"), num("4"))))
	p.Tasks[1].Class.User = true
	task(p, nil, "one_long", "BashOperator", args("bash_command", str("true"), "env", dict("PATH", str(strings.Repeat("/usr/bin:", 12)))))
	task(p, nil, "one_odd", "sales.ops.AnyOperator", args("x-y", num("2")))
	p.Tasks[3].Class.User = true
	return fileOf(p)
}

func texts() *ir.File {
	p := dagOf("texts")
	p.Args = args("doc_md", str("# Texts\n\n"+strings.Repeat("A paragraph that says something about texts.\n", 5)), "description", str("quote \" and ' and \\"))
	var all []ir.Value
	for _, s := range []string{
		"", "plain", `say "hi"`, "it's", `"it's"`, `""'`, `C:\new\table`, "tab\tand\r\nCRLF\n", "\x00\x07\x1b\x7f", "\u0085\u00a0\u2028\ufeff\u200b\u202e",
		"é ü ß 日本語 😀 👨‍👩‍👧 e\u0301", "{{ ds }} {% if x %}{# no #}{% endif %} ${HOME} %s {0}", "\U0010ffff\uffff\ue000", "trailing space \n \n", "\n", "\n\n", "a\n", "a\nb",
		"#!/bin/bash\nset -e\n\n\techo \"tab\"\n", `\N{DASH} \x41 \u0041 \101`, "\"\"\" and '''", "-- a comment --\nselect 1",
	} {
		all = append(all, str(s))
	}
	for n := 80; n < 130; n += 3 {
		all = append(all, str(strings.Repeat("x", n/2)+"\n"+strings.Repeat("y", n-n/2)))
		all = append(all, str(strings.Repeat("日", n/4)+"\n"+strings.Repeat("語", n/4)), str(strings.Repeat("é", n/2)+"\n'"+strings.Repeat("\"", n-n/2)))
	}
	task(p, nil, "texts", "PythonOperator", args("python_callable", callable("sales.clean", "run"), "op_args", list(all...)))
	script := "set -euo pipefail\ncd \"$HOME\"\nfor f in *.csv; do\n    echo 'loading' \"$f\" \\\n        | tee -a log\ndone\nexit 0"
	bash(p, nil, "script", script)
	task(p, nil, "sql", "SQLExecuteQueryOperator", args("sql", list(str("SELECT *\n  FROM sales.orders AS o\n  JOIN sales.customers AS c ON c.id = o.customer_id\n WHERE o.day = '{{ ds }}'\n   AND c.name <> \"x\"\n")), "conn_id", str("warehouse")))
	for n := 105; n < 122; n++ {
		bash(p, nil, fmt.Sprintf("edge_%d", n), "echo "+strings.Repeat("x", n-44)+"\necho y")
	}
	return fileOf(p)
}

func times() *ir.File {
	p := dagOf("times")
	p.Timezone = "America/Argentina/Buenos_Aires"
	p.StartDate = &ir.Time{Year: 2026, Month: 1, Day: 1, Hour: 6, Minute: 30, Zone: "America/Argentina/Buenos_Aires"}
	day := &ir.Time{Year: 2026, Month: 2, Day: 28, DateOnly: true}
	naive := &ir.Time{Year: 2026, Month: 2, Day: 28, Hour: 1}
	offset := &ir.Time{Year: 2026, Month: 2, Day: 28, Hour: 1, Minute: 2, Second: 3, Microsecond: 456789, Zone: "+05:30"}
	west := &ir.Time{Year: 2026, Month: 2, Day: 28, Zone: "-0300"}
	task(p, nil, "t", "PythonOperator", args("python_callable", callable("sales.clean", "run"), "op_args", list(day, naive, offset, west, list(day)), "start_date", day, "end_date", naive))
	back := dagOf("moving")
	back.StartDate = &ir.Ago{Back: seconds(2 * 86400), Zone: "UTC", Text: "2 days"}
	back.DefaultArgs = args("start_date", &ir.Ago{Zone: "Europe/Berlin"}, "end_date", &ir.Ago{Back: seconds(-3600), Zone: "UTC"})
	empty(back, nil, "t")
	fixed := dagOf("fixed_offset")
	fixed.StartDate = offset
	return fileOf(p, back, fixed)
}

func params() *ir.File {
	p := dagOf("params")
	p.Params = []ir.Param{
		{Name: "plain", Default: str("x")},
		{Name: "list", Default: list(num("1"), num("2"))},
		{Name: "typed", Default: num("1"), Typed: true, Schema: args("type", str("integer"), "minimum", num("0"), "title", str("How many"))},
		{Name: "maybe", Default: &ir.Null{}, Typed: true, Schema: args("type", list(str("null"), str("string")))},
		{Name: "odd-name", Default: str("a"), Typed: true, Schema: args("type", str("string"), "x-y", boolean(true), "if", dict())},
	}
	t := bash(p, nil, "own", "echo {{ params.n }}")
	t.Params = []ir.Param{{Name: "n", Default: num("3"), Typed: true, Schema: args("type", str("integer"))}}
	t.DefaultArgs = args("retries", num("1"), "owner", str("me"))
	u := bash(p, nil, "plain", "echo {{ params.n }}")
	u.Params = []ir.Param{{Name: "n", Default: num("1")}}
	return fileOf(p)
}

func operators() *ir.File {
	p := dagOf("operators")
	run := callable("sales.clean", "run")
	task(p, nil, "branch", "BranchPythonOperator", args("python_callable", run))
	task(p, nil, "circuit", "ShortCircuitOperator", args("python_callable", run, "ignore_downstream_trigger_rules", boolean(false)))
	task(p, nil, "latest", "LatestOnlyOperator", nil)
	task(p, nil, "trigger", "TriggerDagRunOperator", args("trigger_dag_id", str("other"), "conf", dict("a", num("1"))))
	task(p, nil, "external", "ExternalPythonOperator", args("python_callable", run, "python", str("/usr/bin/python3")))
	task(p, nil, "weekday", "BranchDayOfWeekOperator", args("week_day", str("Monday"), "follow_task_ids_if_true", str("latest"), "follow_task_ids_if_false", str("trigger")), "branch")
	task(p, nil, "mail", "EmailOperator", args("to", str("a@example.org"), "subject", str("s"), "html_content", str("<b>x</b>")))
	task(p, nil, "wait_bash", "BashSensor", args("bash_command", str("true")))
	task(p, nil, "wait_file", "FileSensor", args("filepath", str("/tmp/x"), "poke_interval", num("5")))
	task(p, nil, "wait_python", "PythonSensor", args("python_callable", run))
	task(p, nil, "wait_delta", "TimeDeltaSensor", args("delta", seconds(60)))
	task(p, nil, "wait_date", "DateTimeSensor", args("target_time", str("2026-01-01T00:00:00+00:00")))
	task(p, nil, "wait_task", "ExternalTaskSensor", args("external_dag_id", str("other"), "execution_delta", seconds(3600)))
	task(p, nil, "wait_day", "DayOfWeekSensor", args("week_day", str("Monday")))
	task(p, nil, "sql", "SQLExecuteQueryOperator", args("conn_id", str("db"), "sql", str("select 1")))
	task(p, nil, "check_sql", "SQLCheckOperator", args("conn_id", str("db"), "sql", str("select 1")))
	return fileOf(p)
}
