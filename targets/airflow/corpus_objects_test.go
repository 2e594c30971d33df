package airflow

import (
	"strings"

	"github.com/dagexport/dagexport/ir"
)

func call(module, name string, pairs ...any) *ir.Call {
	return &ir.Call{Func: &ir.PyRef{Module: module, Name: name}, Kwargs: args(pairs...)}
}

func output(id string) *ir.Output { return &ir.Output{TaskID: id} }

// decorated adds a TaskFlow task that calls sales.clean.run.
func decorated(p *ir.Pipeline, g *ir.Group, id, decorator string, kwargs []ir.Arg, needs ...string) *ir.Task {
	t := empty(p, g, id, needs...)
	t.Class = ir.Class{}
	t.Op = &ir.Decorated{Decorator: ir.Decorator{Name: decorator}, Callable: callable("sales.clean", "run"), Kwargs: kwargs}
	return t
}

// newest are pipelines with what only Airflow 3.2 and later have.
func newest() []sample {
	return []sample{{"deadlines", deadlines()}}
}

func deadlines() *ir.File {
	p := dagOf("deadlines")
	callback := &ir.Call{
		Func:   &ir.PyRef{Module: "airflow.sdk", Name: "SyncCallback"},
		Args:   []ir.Value{callable("sales.clean", "run")},
		Kwargs: args("kwargs", dict("channel", str("#sales"))),
	}
	p.Args = args("deadline", call("airflow.sdk", "DeadlineAlert",
		"reference", &ir.PyRef{Module: "airflow.sdk", Name: "DeadlineReference.DAGRUN_LOGICAL_DATE"},
		"interval", seconds(3600), "callback", callback))
	empty(p, nil, "t")
	q := dagOf("many_crons")
	q.Schedule = &ir.PinnedCron{Exprs: []string{"0 6 * * *", "0 18 * * MON-FRI"}, Interval: ir.MomentInterval, Zone: "Europe/Berlin"}
	empty(q, nil, "t")
	return fileOf(p, q)
}

func calls() *ir.File {
	p := dagOf("calls")
	notify := call("airflow.providers.smtp.notifications.smtp", "SmtpNotifier", "from_email", str("b@example.org"), "to", str("a@example.org"), "subject", str("It failed"))
	page := &ir.Call{Func: callable("sales.clean", "run"), Kwargs: args("channel", str("#sales"), "level", num("2")), Partial: true}
	warn := &ir.Call{Func: callable("sales.clean", "run"), Kwargs: args("level", num("1")), Partial: true}
	p.Args = args(
		"on_failure_callback", list(notify, page, callable("sales.clean", "run")),
		"on_success_callback", warn,
		"user_defined_macros", dict("double", &ir.Lambda{Text: "lambda x: 2 * x"}, "clean", callable("sales.clean", "run")),
		"user_defined_filters", dict("shout", callable("sales.clean", "run")),
	)
	p.DefaultArgs = args("on_failure_callback", page, "retries", num("1"))
	g := group(p, nil, "g")
	g.DefaultArgs = args("on_retry_callback", list(warn))
	bash(p, g, "env", "true").Args = args("bash_command", str("true"), "env", dict(
		"A", &ir.EnvText{Parts: []ir.EnvPart{{Var: "HOME"}}},
		"B", &ir.EnvText{Parts: []ir.EnvPart{{Var: "HOME"}, {Text: "/data/{{ ds }}\n"}, {Var: "PATH"}}},
		"C", &ir.EnvText{Parts: []ir.EnvPart{{Text: "say \"hi\" to "}, {Var: "HOME"}}},
		"D", &ir.EnvText{Parts: []ir.EnvPart{{Text: "it's \"mine\", "}, {Var: "HOME"}, {Text: strings.Repeat(" and long", 12)}}},
		"E", &ir.EnvText{Parts: []ir.EnvPart{{Text: "it's "}, {Var: "HOME"}}},
		"F", &ir.EnvText{Parts: []ir.EnvPart{{Var: "HOME", Unset: "${HOME}"}}},
		"G", &ir.EnvText{Parts: []ir.EnvPart{{Text: "echo "}, {Var: "HOME", Unset: "${HOME}"}, {Text: " \"x\""}}},
	))
	total := &ir.Function{Name: "total", Text: "def total(rows, *, limit=None):\n    import math\n\n    return math.fsum(rows[:limit])\n"}
	task(p, nil, "total", "PythonOperator", args("python_callable", total, "op_args", list(list(num("1"), num("2")))))
	task(p, nil, "again", "PythonOperator", args("python_callable", total, "op_args", list(list())))
	day := &ir.Function{Name: "day_of", Text: "def day_of(**context):\n    return context[\"ds\"]\n"}
	task(p, nil, "wait", "PythonSensor", args("python_callable", day))
	task(p, nil, "inline", "PythonOperator", args("python_callable", &ir.Lambda{Text: "lambda: 1"}))
	task(p, nil, "objects", "sales.ops.AnyOperator", args(
		"range", &ir.Call{Func: &ir.PyRef{Module: "builtins", Name: "range"}, Args: []ir.Value{num("3")}},
		"path", &ir.Call{Func: &ir.PyRef{Module: "pathlib", Name: "PurePosixPath"}, Args: []ir.Value{str("a"), str("b")}},
		"nested", call("collections", "OrderedDict", "a", call("collections", "Counter", "x", num("1")), "not-a-name", num("2")),
		"user", &ir.Call{Func: callable("sales.load", "Loader")},
		"rule", &ir.PyRef{Module: "airflow.sdk", Name: "WeightRule.ABSOLUTE"},
		"class", &ir.PyRef{Module: "airflow.providers.standard.operators.bash", Name: "BashOperator"},
	)).Class.User = true
	return fileOf(p)
}

func assets() *ir.File {
	orders := &ir.Asset{URI: "s3://sales/orders"}
	named := &ir.Asset{Name: "customers", URI: "s3://sales/customers", Group: "crm", Extra: dict("team", str("crm")).(*ir.Map)}
	alias := &ir.AssetAlias{Name: "anything"}
	bare := &ir.Asset{Name: "bare"}
	other := &ir.Asset{URI: "file:///srv/other.csv"}
	any := func(items ...ir.AssetExpr) *ir.AssetSet { return &ir.AssetSet{Any: true, Items: items} }
	all := func(items ...ir.AssetExpr) *ir.AssetSet { return &ir.AssetSet{Items: items} }
	long := &ir.Asset{URI: "s3://a-long-name-for-a-bucket/" + strings.Repeat("x", 30)}
	var pipelines []*ir.Pipeline
	for i, expr := range []ir.AssetExpr{
		orders, all(orders), all(orders, bare), any(orders, bare), any(all(orders, bare), named), all(any(orders, bare), other),
		any(orders, named), any(all(long, long, bare), orders), all(any(long, bare), all(long, orders)), any(orders),
	} {
		p := dagOf("asset_" + itoa(i))
		p.Schedule = &ir.Assets{Expr: expr}
		bash(p, nil, "make", "true").Args = args("bash_command", str("true"), "outlets", list(named, bare), "inlets", list(orders, alias))
		pipelines = append(pipelines, p)
	}
	p := dagOf("asset_or_time")
	p.Schedule = &ir.AssetsOrTime{Assets: any(orders, bare), Time: &ir.PinnedCron{Exprs: []string{"0 6 * * *"}, Interval: ir.MomentInterval, Zone: "UTC"}}
	empty(p, nil, "t")
	q := dagOf("assets_or_time")
	q.Schedule = &ir.AssetsOrTime{Assets: all(orders, bare), Time: &ir.Timetable{Call: call("airflow.sdk", "CronTriggerTimetable", "cron", str("@daily"), "timezone", str("UTC"))}}
	empty(q, nil, "t")
	r := dagOf("called")
	r.Schedule = &ir.Timetable{Call: call("airflow.sdk", "AssetOrTimeSchedule", "assets", list(bare), "timetable", call("airflow.sdk", "CronDataIntervalTimetable", "cron", str("@daily"), "timezone", str("UTC")))}
	empty(r, nil, "t")
	return fileOf(append(pipelines, p, q, r)...)
}

func timetables() *ir.File {
	var pipelines []*ir.Pipeline
	for i, s := range []ir.Schedule{
		&ir.RelativeDelta{Period: call("dateutil.relativedelta", "relativedelta", "months", num("1"))},
		&ir.RelativeDelta{Period: call("dateutil.relativedelta", "relativedelta", "months", num("1"), "day", num("31"))},
		&ir.PinnedCron{Exprs: []string{"0 6 * * *"}, Zone: "Europe/Berlin"},
		&ir.PinnedCron{Exprs: []string{"@daily"}, Interval: ir.MomentInterval, Zone: "UTC"},
		&ir.PinnedDelta{Period: seconds(5400)},
		&ir.PinnedDelta{Period: seconds(5400), Interval: ir.MomentInterval},
		&ir.PinnedDelta{Period: call("dateutil.relativedelta", "relativedelta", "months", num("1"))},
		&ir.Timetable{Call: call("airflow.sdk", "CronTriggerTimetable", "cron", str("0 1 * * 3"), "timezone", str("UTC"), "interval", seconds(3600))},
		&ir.Timetable{Call: call("airflow.timetables.events", "EventsTimetable", "event_dates", list(&ir.Time{Year: 2026, Month: 4, Day: 5, Hour: 8, Zone: "UTC"}), "description", str("Once in spring"))},
	} {
		p := dagOf("timetable_" + itoa(i))
		p.Schedule = s
		empty(p, nil, "t")
		pipelines = append(pipelines, p)
	}
	return fileOf(pipelines...)
}

func taskflow() *ir.File {
	p := dagOf("taskflow")
	decorated(p, nil, "plain", "task", nil)
	decorated(p, nil, "one", "task", args("rows", num("1")), "plain")
	two := decorated(p, nil, "two", "task", args("rows", num("1"), "day", str("{{ ds }}")), "plain", "one")
	two.Args = args("retries", num("3"), "multiple_outputs", boolean(true))
	two.Trigger, two.TriggerSpan = ir.AllDone, at
	decorated(p, nil, "branch", "task.branch", nil, "two")
	decorated(p, nil, "circuit", "task.short_circuit", args("x", list(num("1"), num("2"))), "two").Args = args("ignore_downstream_trigger_rules", boolean(false))
	decorated(p, nil, "shell", "task.bash", nil, "branch")
	decorated(p, nil, "wait", "task.sensor", nil, "branch").Args = args("poke_interval", num("5"), "mode", str("reschedule"))
	decorated(p, nil, "external", "task.external_python", nil).Args = args("python", str("/usr/bin/python3"))
	decorated(p, nil, "a_name_that_is_so_long_that_nothing_else_fits_on_a_line_with_it_88", "task", nil)
	decorated(p, nil, "a_name_that_leaves_some_room", "task", args("rows", num("1")))
	decorated(p, nil, "a_name_that_leaves_hardly_any_room_to_write", "task", args("rows", num("1")))
	decorated(p, nil, "my-odd-name", "task", args("rows", num("1")))
	op := decorated(p, nil, "written", "task", args("x", num("1"))).Op.(*ir.Decorated)
	op.Callable = &ir.Function{Name: "add", Text: "def add(x, y=1):\n    return x + y\n"}
	op = decorated(p, nil, "lambda_", "task", nil).Op.(*ir.Decorated)
	op.Callable, op.Args = &ir.Lambda{Text: "lambda x, y: x + y"}, []ir.Value{num("1"), num("2")}
	g := group(p, nil, "g", "plain")
	decorated(p, g, "task", "task", nil)
	decorated(p, g, "last", "task", nil, "g.task")
	return fileOf(p)
}

func outputs() *ir.File {
	p := dagOf("outputs")
	// It uses what is declared after it.
	early := decorated(p, nil, "early", "task", args("rows", output("late")))
	g := group(p, nil, "g")
	decorated(p, g, "user", "task", args("rows", &ir.Output{TaskID: "made", Key: "it's"}, "more", list(output("bash"), output("g.other"))))
	decorated(p, g, "other", "task", nil)
	decorated(p, nil, "made", "task", nil).Args = args("multiple_outputs", boolean(true))
	bash(p, nil, "bash", "echo 1")
	bash(p, nil, "late", "echo 2", "bash")
	early.Dependencies = refs(p, []string{"late", "bash"})
	echo := bash(p, nil, "echo", "")
	echo.Args = args("bash_command", output("bash"), "env", dict("ROWS", &ir.Output{TaskID: "made", Key: "rows"}))
	echo.TemplateFields = []string{"bash_command", "env", "cwd"}
	echo.Dependencies = refs(p, []string{"bash", "made", "late"})
	task(p, nil, "unknown", "sales.ops.AnyOperator", args("x", output("made"))).Class.User = true
	decorated(p, nil, "zipped", "task", nil).Expand = &ir.Expand{Args: args("pair", &ir.OutputMethod{
		Of: output("made"), Method: "zip", Args: []ir.Value{output("bash")}, Fill: num("0"),
	})}
	decorated(p, nil, "converted", "task", nil).Expand = &ir.Expand{Args: args("x", &ir.OutputMethod{
		Of: output("bash"), Method: "map", Args: []ir.Value{callable("sales.clean", "run")},
	})}
	return fileOf(p)
}

func mapping() *ir.File {
	p := dagOf("mapping")
	decorated(p, nil, "files", "task", nil)
	one := bash(p, nil, "one", "")
	one.Args, one.Expand = nil, &ir.Expand{Args: args("bash_command", list(str("true")))}
	two := bash(p, nil, "two", "", "one")
	two.Args = args("retries", num("2"), "env", dict("A", str("1")), "map_index_template", str("{{ task.bash_command }}"))
	two.Expand = &ir.Expand{Args: args("bash_command", list(str("true"), str("exit 0")), "cwd", list(str("/tmp")))}
	two.Trigger, two.TriggerSpan = ir.AllDone, at
	two.Params = []ir.Param{{Name: "n", Default: num("1")}}
	two.DefaultArgs = args("owner", str("me"))
	long := bash(p, nil, "a_name_of_some_length", "")
	long.Args, long.Expand = nil, &ir.Expand{Args: args("bash_command", list(str("echo something rather long")))}
	longer := bash(p, nil, "a_name_that_leaves_hardly_any_room_to_write", "")
	longer.Args, longer.Expand = nil, &ir.Expand{Args: args("bash_command", list(str("true")))}
	kwargs := bash(p, nil, "kwargs", "", "two")
	kwargs.Args, kwargs.Expand = nil, &ir.Expand{Kwargs: list(dict("bash_command", str("true")), dict("bash_command", str("false")))}
	from := task(p, nil, "from_output", "PythonOperator", args("python_callable", callable("sales.clean", "run")))
	from.Expand = &ir.Expand{Args: args("op_args", output("files"))}
	from.Dependencies = refs(p, []string{"files", "kwargs"})
	decorated(p, nil, "each", "task", nil).Expand = &ir.Expand{Args: args("path", output("files"))}
	each := decorated(p, nil, "each_of", "task", args("limit", num("3")), "each")
	each.Expand = &ir.Expand{Args: args("path", dict("a", num("1")), "n", list(num("1"), num("2")))}
	each = decorated(p, nil, "each_with", "task", args("limit", num("3"), "more", num("4")))
	each.Args, each.Expand = args("retries", num("1")), &ir.Expand{Args: args("path", list(num("1")))}
	decorated(p, nil, "each_kwargs", "task", nil).Expand = &ir.Expand{Kwargs: output("files")}
	decorated(p, nil, "sum", "task", args("rows", output("each")))
	return fileOf(p)
}

func mappedGroups() *ir.File {
	p := dagOf("mapped_groups")
	decorated(p, nil, "files", "task", nil)
	empty(p, nil, "start")
	g := group(p, nil, "per_file", "start")
	g.Args = args("tooltip", str("Each file"))
	g.Expand, g.MappedNames = &ir.Expand{Args: args("path", output("files"))}, []string{"path"}
	decorated(p, g, "load", "task", args("path", &ir.MappedParam{Group: "per_file", Name: "path"}))
	bash(p, g, "check", "true", "per_file.load", "start").Args = args("bash_command", str("true"), "env", dict("P", &ir.MappedParam{Group: "per_file", Name: "path"}))
	decorated(p, g, "alone", "task", args("rows", output("per_file.load")))
	inner := group(p, g, "inner", "per_file.check")
	empty(p, inner, "path")
	empty(p, inner, "unnamed")
	empty(p, group(p, g, "nameless"), "x")
	empty(p, nil, "end", "per_file", "per_file.inner.path")
	decorated(p, nil, "user", "task", args("x", output("per_file.load")))

	small := group(p, nil, "small")
	small.Expand, small.MappedNames = &ir.Expand{Args: args("a", list(num("1"), num("2")), "b", list(num("3")))}, []string{"a", "b"}
	decorated(p, small, "t", "task", args("x", &ir.MappedParam{Group: "small", Name: "a"}))
	both := group(p, nil, "a_group_of_some_length_that_takes_much_of_the_line", "small")
	names := []string{"a_name_of_some_length", "another_name_of_some_length"}
	both.Expand, both.MappedNames = &ir.Expand{Kwargs: list(dict(names[0], num("1"), names[1], num("2")))}, names
	decorated(p, both, "t", "task", args("x", &ir.MappedParam{Group: both.ID, Name: names[0]}))
	empty(p, both, "per_file", both.ID+".t")
	return fileOf(p)
}

func setups() *ir.File {
	p := dagOf("setups")
	teardown := func(t *ir.Task, fails bool, ids ...string) {
		t.Teardown = &ir.Teardown{Setups: refs(p, ids), FailsDagrun: fails}
		for _, id := range ids {
			for _, other := range p.Tasks {
				other.Setup = other.Setup || other.ID == id
			}
		}
	}
	bash(p, nil, "create", "true")
	bash(p, nil, "work", "true", "create")
	teardown(bash(p, nil, "delete", "true", "work", "create"), true, "create")
	empty(p, nil, "only_setup").Setup = true
	empty(p, nil, "only_teardown", "only_setup").Teardown = &ir.Teardown{}
	decorated(p, nil, "open", "task", nil)
	decorated(p, nil, "login", "task", nil)
	decorated(p, nil, "use", "task", nil, "open", "login")
	teardown(decorated(p, nil, "close", "task", nil, "use"), false, "open", "login")
	late := empty(p, nil, "early")
	empty(p, nil, "late")
	teardown(late, false, "late")
	g := group(p, nil, "g")
	empty(p, g, "begin")
	empty(p, g, "middle", "g.begin")
	teardown(empty(p, g, "end", "g.middle"), false, "g.begin")
	empty(p, nil, "after", "g")
	each := bash(p, nil, "each", "")
	each.Args, each.Expand = nil, &ir.Expand{Args: args("bash_command", list(str("true")))}
	teardown(each, false, "only_setup")
	m := group(p, nil, "m")
	m.Expand, m.MappedNames = &ir.Expand{Args: args("x", list(num("1")))}, []string{"x"}
	empty(p, m, "up")
	empty(p, m, "do", "m.up")
	teardown(empty(p, m, "down", "m.do"), false, "m.up")
	return fileOf(p)
}

func labels() *ir.File {
	p := dagOf("labels")
	empty(p, nil, "a")
	empty(p, nil, "b", "a")
	p.Tasks[1].Dependencies[0].Label = "when \"b\""
	empty(p, nil, "c", "a", "b")
	p.Tasks[2].Dependencies[1].Label = "it's"
	g := group(p, nil, "g", "a")
	p.Groups[0].Dependencies[0].Label = "in"
	empty(p, g, "x")
	decorated(p, g, "y", "task", nil, "g.x", "c")
	p.Tasks[4].Dependencies[1].Label = strings.Repeat("a long label ", 8)
	empty(p, nil, "d", "g")
	p.Tasks[5].Dependencies[0].Label = "out"
	for _, id := range []string{"e", "f"} {
		t := empty(p, nil, id, "d")
		t.Dependencies[0].Label = "same"
	}
	return fileOf(p)
}
