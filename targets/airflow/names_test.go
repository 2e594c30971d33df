package airflow

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"github.com/dagexport/dagexport/ir"
)

func TestVariableNames(t *testing.T) {
	p := dagOf("d")
	g1 := group(p, nil, "g1")
	g2 := group(p, nil, "clean")
	want := map[string]string{}
	for _, test := range []struct {
		g        *ir.Group
		id, want string
	}{
		{nil, "extract", "extract"},
		{nil, "my-task", "my_task_2"}, // my_task itself is taken, though declared later
		{nil, "my_task", "my_task"},
		{g1, "load", "load"},
		{g2, "load", "clean_load"},
		{g1, "clean", "clean"},
		{nil, "class", "class_"},
		{nil, "None", "None_"},
		{nil, "match", "match"},
		{nil, "1st", "task_1st"},
		{nil, "a.b", "a_b"},
		{nil, "...", "task"},
		{nil, "-", "task_2"},
		{nil, "__file__", "file"},
		{nil, "größe", "größe"},
		{nil, "ﬁle", "le"}, // Python would read the ligature as "fi"
		{nil, "gro\u0308ße", "gro_ße"},
	} {
		want[empty(p, test.g, test.id).ID] = test.want
	}
	vars := nameVariables(p, featuresOf(p))
	for id, name := range want {
		if vars.tasks[id] != name {
			t.Errorf("%s is %s, want %s", id, vars.tasks[id], name)
		}
	}
	if vars.groups["g1"] != "g1" || vars.groups["clean"] != "clean_group" {
		t.Errorf("groups: %v", vars.groups)
	}
}

// Python normalises names: one that it would change could become the name of another task.
func TestPythonKeepsOurLetters(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if isNameRune(r) {
			all.WriteRune(r)
		}
	}
	cmd := exec.Command("python3", "-c", `
import keyword, sys, unicodedata
sys.stdin.reconfigure(encoding="utf-8")
letters, words = sys.stdin.read().split("\n")
bad = [c for c in letters if not ("a" + c).isidentifier() or unicodedata.normalize("NFKC", c) != c]
bad += [c for c in letters if not c.isidentifier() and c not in "0123456789"]
bad += [a + b for a, b in zip(letters, letters[1:]) if unicodedata.normalize("NFKC", a + b) != a + b]
print(bad, [w for w in keyword.kwlist if w not in words.split()])
`)
	var words []string
	for word := range keywords {
		words = append(words, word)
	}
	cmd.Stdin = strings.NewReader(all.String() + "\n" + strings.Join(words, " "))
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "[] []\n" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestImportSorting(t *testing.T) {
	m := newImports(map[string]bool{"shop": true, "pendulum": true, "Param": true})
	m.name("datetime", "timedelta", false)
	m.name("datetime", "date", false)
	m.module("sales.v10", true)
	m.module("sales.v2", true)
	m.module("shop.clean", true)
	m.module("pendulum", false)
	m.module("math", false)
	m.name("airflow.sdk", "TaskGroup", false)
	m.name("airflow.sdk", "Param", false)
	m.name("airflow.sdk", "DAG", false)
	m.name("x.ops", "Load", false)
	m.name("y.ops", "Load", false)
	m.name("json", "loads", false)
	var got []string
	for _, section := range m.sections() {
		for _, line := range section {
			got = append(got, string(line))
		}
		got = append(got, "")
	}
	want := `import math
from datetime import date, timedelta
from json import loads

import pendulum as pendulum_
from airflow.sdk import DAG, TaskGroup
from airflow.sdk import Param as Param_
from x.ops import Load
from y.ops import Load as ops_Load

import sales.v2
import sales.v10
import shop.clean as shop_clean
`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got:\n%s\nwant:\n%s", text, want)
	}
}

func TestPathsThatAreCodeAreRefused(t *testing.T) {
	for _, ref := range []*ir.PyRef{
		{Module: "os; import sys", Name: "x"}, {Module: "os", Name: "system('x')"}, {Module: "", Name: "x"}, {Module: "os", Name: ""},
		{Module: "a..b", Name: "x"}, {Module: "a.class", Name: "x"}, {Module: "a\nb", Name: "x"}, {Module: "1a", Name: "x"},
	} {
		f := oneTask()
		f.Pipelines[0].Tasks[0].Args = args("x", ref)
		if text, err := Render(f, RenderOptions{}); err == nil {
			t.Errorf("%+v was rendered:\n%s", ref, text)
		}
		if problems := New(Options{}).Check(f); !problems.HasErrors() {
			t.Errorf("Check passes %+v", ref)
		}
	}
	f := oneTask()
	f.Pipelines[0].Tasks[0].Class = ir.Class{Module: "x", Name: "Y()"}
	if _, err := Render(f, RenderOptions{}); err == nil || !New(Options{}).Check(f).HasErrors() {
		t.Error("a class that is code was rendered")
	}
}
