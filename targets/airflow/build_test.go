package airflow

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
)

// at is a span for what a test "wrote".
var at = ir.Span{File: "etl.yaml", Start: ir.Pos{Line: 1, Col: 1}, End: ir.Pos{Line: 1, Col: 2, Offset: 1}}

func str(s string) ir.Value       { return &ir.String{V: s} }
func num(text string) ir.Value    { return &ir.Int{Text: text} }
func boolean(b bool) ir.Value     { return &ir.Bool{V: b} }
func float(f float64) ir.Value    { return &ir.Float{V: f} }
func list(v ...ir.Value) ir.Value { return &ir.List{Items: v} }
func seconds(n int64) *ir.Duration {
	return &ir.Duration{Micros: n * 1_000_000}
}

func dict(pairs ...any) ir.Value {
	m := &ir.Map{}
	for i := 0; i < len(pairs); i += 2 {
		m.Entries = append(m.Entries, ir.Entry{Key: str(pairs[i].(string)), Value: pairs[i+1].(ir.Value)})
	}
	return m
}

func args(pairs ...any) []ir.Arg {
	var out []ir.Arg
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, ir.Arg{Name: pairs[i].(string), Value: pairs[i+1].(ir.Value)})
	}
	return out
}

func callable(module, name string) *ir.PyRef {
	return &ir.PyRef{Module: module, Name: name, User: true}
}

// dagOf is a pipeline with the usual head.
func dagOf(id string) *ir.Pipeline {
	return &ir.Pipeline{
		ID: id, IDSpan: at, Span: at, Timezone: "UTC",
		Schedule:  &ir.Preset{Name: "@daily"},
		StartDate: &ir.Time{Year: 2026, Month: 1, Day: 1, DateOnly: true},
	}
}

func fileOf(pipelines ...*ir.Pipeline) *ir.File {
	return &ir.File{Path: "etl.yaml", Version: ir.DefaultVersion, Pipelines: pipelines}
}

// group adds a group; parent may be nil.
func group(p *ir.Pipeline, parent *ir.Group, id string, needs ...string) *ir.Group {
	g := &ir.Group{ID: id, LocalID: id, Parent: parent, Prefix: true}
	if parent != nil {
		g.ID = parent.ID + "." + id
	}
	p.Groups = append(p.Groups, g)
	g.Dependencies = refs(p, needs)
	return g
}

// task adds a task of a class that the catalogue knows, or of any other by its path.
func task(p *ir.Pipeline, g *ir.Group, id, class string, arguments []ir.Arg, needs ...string) *ir.Task {
	t := &ir.Task{ID: id, LocalID: id, Group: g, Args: arguments, Op: &ir.Generic{}}
	if g != nil && g.Prefix {
		t.ID = g.ID + "." + id
	}
	if known := catalog.FindClass(class); known != nil {
		t.Class = ir.Class{Module: known.Module, Name: known.Name}
	} else {
		dot := strings.LastIndexByte(class, '.')
		t.Class = ir.Class{Module: class[:dot], Name: class[dot+1:]}
	}
	t.Dependencies = refs(p, needs)
	p.Tasks = append(p.Tasks, t)
	return t
}

func bash(p *ir.Pipeline, g *ir.Group, id, command string, needs ...string) *ir.Task {
	return task(p, g, id, "BashOperator", args("bash_command", str(command)), needs...)
}

func empty(p *ir.Pipeline, g *ir.Group, id string, needs ...string) *ir.Task {
	return task(p, g, id, "EmptyOperator", nil, needs...)
}

func refs(p *ir.Pipeline, ids []string) []ir.Ref {
	var out []ir.Ref
	for _, id := range ids {
		ref := ir.Ref{ID: id}
		for _, g := range p.Groups {
			ref.Group = ref.Group || g.ID == id
		}
		out = append(out, ref)
	}
	return out
}

// dailySales uses a little of everything.
func dailySales() *ir.File {
	p := dagOf("daily_sales")
	p.Schedule = &ir.Cron{Expr: "0 6 * * *"}
	p.Timezone = "Europe/Berlin"
	p.Args = args("tags", list(str("sales"), str("daily")), "description", str("Sales of the day"), "max_active_runs", num("1"))
	p.DefaultArgs = args("owner", str("data-eng"), "retries", num("2"), "retry_delay", seconds(300))
	p.Params = []ir.Param{
		{Name: "region", Default: str("eu"), Typed: true, Schema: args("type", str("string"), "enum", list(str("eu"), str("us")))},
		{Name: "limit", Default: num("10")},
	}
	bash(p, nil, "extract", "./extract.sh {{ ds }} {{ params.region }}").Args = args(
		"bash_command", str("./extract.sh {{ ds }} {{ params.region }}"), "execution_timeout", seconds(600))
	g := group(p, nil, "transform", "extract")
	clean := task(p, g, "clean", "PythonOperator", args("python_callable", callable("sales.clean", "run"),
		"op_kwargs", dict("rows", str("{{ ti.xcom_pull(task_ids='extract') }}"))))
	clean.Trigger, clean.TriggerSpan = ir.AllDone, at
	bash(p, g, "check", strings.Repeat("echo \"line\" | sort\n", 8), "transform.clean")
	empty(p, nil, "publish", "transform")
	empty(p, nil, "notify", "transform")
	empty(p, nil, "done", "publish", "notify")
	return fileOf(p)
}
