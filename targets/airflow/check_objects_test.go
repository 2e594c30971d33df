package airflow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// What a version lacks is told at its place; the newest version has everything here.
func TestCheckVersions(t *testing.T) {
	scheduled := func(s ir.Schedule) *ir.File {
		p := dagOf("d")
		p.Schedule = s
		return fileOf(p)
	}
	valued := func(v ir.Value) *ir.File {
		p := dagOf("d")
		empty(p, nil, "t").Args = args("x", list(v))
		return fileOf(p)
	}
	v := func(major, minor int) ir.Version { return ir.Version{Major: major, Minor: minor} }
	deadline := call("airflow.sdk", "DeadlineAlert", "reference", &ir.PyRef{Module: "airflow.sdk", Name: "DeadlineReference.DAGRUN_QUEUED_AT"})
	for _, test := range []struct {
		name string
		file *ir.File
		last ir.Version // the last one that lacks it
		want string
	}{
		{"several crons", scheduled(&ir.PinnedCron{Exprs: []string{"@daily", "@weekly"}, Interval: ir.MomentInterval, Zone: "UTC", Span: at}), v(2, 11),
			"error: Airflow 2.11 does not have several cron expressions"},
		{"moments of a period", scheduled(&ir.PinnedDelta{Period: seconds(60), Interval: ir.MomentInterval, Span: at}), v(2, 10),
			"error: Airflow 2.10 does not have a period whose data interval is a moment"},
		{"moments beside assets", scheduled(&ir.AssetsOrTime{Assets: &ir.Asset{URI: "x"}, Time: &ir.PinnedDelta{Period: seconds(60), Interval: ir.MomentInterval, Span: at}}), v(2, 10),
			"error: Airflow 2.10 does not have a period whose data interval is a moment"},
		{"an alias", scheduled(&ir.Assets{Expr: &ir.AssetSet{Items: []ir.AssetExpr{&ir.AssetAlias{Name: "a", Span: at}, &ir.Asset{URI: "x"}}}}), v(2, 9),
			"error: Airflow 2.9 does not have asset aliases"},
		{"the group of an asset", valued(&ir.Asset{Name: "a", Group: "g", Span: at}), v(2, 11),
			`warning: Airflow 2.11 has no groups of assets: the group "g" is left out`},
		{"the group of an alias", valued(&ir.AssetAlias{Name: "a", Group: "g", Span: at}), v(2, 11),
			`warning: Airflow 2.11 has no groups of assets: the group "g" is left out`},
		{"a timetable", scheduled(&ir.Timetable{Call: &ir.Call{Func: &ir.PyRef{Module: "airflow.sdk", Name: "DeltaTriggerTimetable", Span: at}}}), v(2, 10),
			"error: Airflow 2.10 does not have DeltaTriggerTimetable"},
		{"concat", valued(&ir.OutputMethod{Of: output("t"), Method: "concat", Args: []ir.Value{output("t")}, Span: at}), v(2, 9),
			"error: outputs cannot be joined by concat on Airflow 2.9"},
		{"a deadline", valued(deadline), v(3, 0), "error: Airflow 3.0 does not have DeadlineAlert"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var next ir.Version
			for i, version := range ir.Versions {
				if version == test.last {
					next = ir.Versions[i+1]
				}
			}
			problems := New(Options{Version: test.last}).Check(test.file)
			got := ""
			if problems.Len() > 0 {
				first := problems.All()[0]
				got = fmt.Sprintf("%s: %s", first.Severity, first.Message)
			}
			if got != test.want {
				t.Errorf("on %v: %q, want %q", test.last, got, test.want)
			}
			if problems := New(Options{Version: next}).Check(test.file); problems.Len() != 0 {
				t.Errorf("on %v: %+v", next, problems.All())
			}
		})
	}
}

func TestCheckMapping(t *testing.T) {
	p := dagOf("d")
	outer := group(p, nil, "outer")
	outer.Expand, outer.MappedNames = &ir.Expand{Args: args("x", list(num("1")))}, []string{"x"}
	plain := group(p, outer, "plain")
	bash(p, plain, "t", "true").Expand = &ir.Expand{Args: args("env", list(dict()))}
	inner := group(p, plain, "inner")
	inner.Expand, inner.MappedNames = &ir.Expand{Args: args("y", list(num("1")))}, []string{"y"}
	one, two := group(p, nil, "one"), group(p, nil, "two")
	decorated(p, one, "a", "task", args("x", output("two.a")))
	decorated(p, two, "a", "task", nil)
	decorated(p, two, "b", "task", args("x", output("one.b")))
	decorated(p, one, "b", "task", nil)
	decorated(p, nil, "bad", "task.not-a-name", nil)
	var got []string
	for _, d := range New(Options{}).Check(fileOf(p)).All() {
		got = append(got, d.Message)
	}
	want := []string{
		`task "outer.plain.t" is mapped inside the mapped group "outer"`,
		`"task.not-a-name" is not a path of Python`,
		`the mapped group "outer.plain.inner" stands inside the mapped group "outer"`,
		`the output of task "one.b" cannot be used here: two groups use outputs of each other`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Python that is no path never gets into a file, whichever value brings it.
func TestRenderRefusesWhatIsNoPath(t *testing.T) {
	evil := "x; import os"
	for name, v := range map[string]ir.Value{
		"reference": &ir.PyRef{Module: "a", Name: evil}, "module": &ir.PyRef{Module: evil, Name: "a"},
		"call": call("a", evil), "call of Airflow's": call("airflow.sdk", "Asset."+evil), "builtin": call("builtins", evil),
		"call of the user's": &ir.Call{Func: callable(evil, "a")}, "partial": &ir.Call{Func: callable("a", evil), Partial: true},
		"variable": &ir.EnvText{Parts: []ir.EnvPart{{Var: "A']}" + evil}, {Text: "x"}}}, "parameter": &ir.MappedParam{Name: evil},
		"function": &ir.Function{Name: evil, Text: "def a():\n    pass\n"},
	} {
		p := dagOf("d")
		empty(p, nil, "t").Args = args("x", v)
		if text, err := Render(fileOf(p), RenderOptions{}); err == nil {
			t.Errorf("%s: rendered\n%s", name, text)
		}
	}
	p := dagOf("d")
	decorated(p, nil, "t", evil, nil)
	if text, err := Render(fileOf(p), RenderOptions{}); err == nil {
		t.Errorf("decorator: rendered\n%s", text)
	}
}
