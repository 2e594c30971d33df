package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func TestSplitOutput(t *testing.T) {
	for _, test := range []struct {
		text, name, key string
		ok              bool
	}{
		{"load", "load", "", true},
		{"g.load", "g.load", "", true},
		{"load-it", "load-it", "", true},
		{"größe", "größe", "", true},
		{"load['k']", "load", "k", true},
		{`load["a b"]`, "load", "a b", true},
		{"load['']", "", "", false},
		{"load['it's']", "", "", false},
		{`load['k"]`, "", "", false},
		{"load['k'", "", "", false},
		{"load[k]", "", "", false},
		{"load[0]", "", "", false},
		{"load['k'].x", "", "", false},
		{"load]", "", "", false},
		{"['k']", "", "", false},
		{"", "", "", false},
		{"1", "", "", false},
		{"49 30 1234", "", "", false},
		{" load", "", "", false},
		{"a/b", "", "", false},
	} {
		name, key, ok := splitOutput(test.text)
		if ok != test.ok || ok && (name != test.name || key != test.key) {
			t.Errorf("%q: %q %q %v", test.text, name, key, ok)
		}
	}
}

// TestOutputsAreEdges draws the edges of outputs in every place where one can stand.
func TestOutputsAreEdges(t *testing.T) {
	const head = "tasks:\n  a: {bash: x}\n  b: {bash: x}\n"
	for _, test := range []struct{ name, src, want string }{
		{"a template field", head + "  c: {bash: +a}\n", "c<-a"},
		{"deep inside", head + "  c: {operator: PythonOperator, python_callable: m.f, op_args: [[{x: [+a]}]]}\n", "c<-a"},
		{"an unknown operator", head + "  c: {operator: x.Y, anything: {output: b, key: k}}\n", "c<-b"},
		{"twice", head + "  c: {bash: +a, env: {X: +a, Y: +b}, dependencies: [b]}\n", "c<-b,a"},
		{"expand", head + "  c: {operator: x.Y, expand: {n: a.output, m: XComArg( b )}}\n", "c<-a,b"},
		{"a literal of expand", head + "  c: {operator: x.Y, expand: {n: [+a, {x: +b}]}}\n", "c<-a,b"},
		{"expand_kwargs", head + "  c: {operator: x.Y, expand_kwargs: +a}\n", "c<-a"},
		{"sets", head + "  c: {operator: x.Y, expand_kwargs: [{n: +a}]}\n", "c<-a"},
		{"zip and concat", head + "  c: {operator: x.Y, expand: {n: {zip: [+a, {concat: [+b, +b]}]}}}\n", "c<-a,b"},
		{"map", head + "  c: {operator: x.Y, expand: {n: {output: a, map: m.f}}}\n", "c<-a"},
		{"a call", head + "  c: {decorator: task, python_callable: m.f, x: +a, op_args: [+b]}\n", "c<-b,a"},
		{"an object", head + "  c: {operator: x.Y, o: {__type__: m.C, n: +a}}\n", "c<-a"},
		{"a group's task", "tasks:\n  c: {bash: +g.a}\ntask_groups: {g: {tasks: {a: {bash: x}, b: {bash: +a}}}}\n", "c<-g.a g.b<-g.a"},
		{"the nearest", "tasks:\n  a: {bash: x}\ntask_groups: {g: {tasks: {a: {bash: x}, b: {bash: +a}}}}\n", "g.b<-g.a"},
		{"a mapped group", "tasks:\n  a: {bash: x}\ntask_groups: {g: {expand: {n: +a}, tasks: {b: {bash: x}, c: {bash: {mapped: n}, dependencies: [b]}, d: {bash: x, dependencies: [b]}}}}\n",
			"g.b<-a g.c<-b,a g.d<-b"},
		{"no task of that name", head + "  c: {bash: +z}\n", ""},
		{"a key of a mapping of names", head + "  c: {bash: x, env: {output: a}}\n", ""},
		{"a text in an output's form", head + "  c: {operator: x.Y, n: a.output}\n", ""},
		{"the keyed form", "k:\n  tasks:\n    a: {operator: x.Y}\n    b: {operator: x.Y, n: +a, m: {output: a}}\n", "b<-a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := Compile("a.yaml", []byte(test.src), Options{})
			if result.File == nil {
				t.Fatalf("it does not compile:\n%s", printed(result.Diags))
			}
			var edges []string
			for _, task := range result.File.Pipelines[0].Tasks {
				var ups []string
				for _, need := range task.Needs {
					ups = append(ups, strings.TrimPrefix(need.ID, strings.TrimSuffix(task.ID, task.LocalID)))
				}
				if len(ups) > 0 {
					edges = append(edges, task.ID+"<-"+strings.Join(ups, ","))
				}
			}
			got := strings.Join(edges, " ")
			if test.want = strings.ReplaceAll(test.want, "g.b<-g.a", "g.b<-a"); got != test.want {
				t.Errorf("edges %s, want %s", got, test.want)
			}
		})
	}
}

// TestMappedParams puts the parameters of a mapped group into its tasks.
func TestMappedParams(t *testing.T) {
	const src = `
task_groups:
  g:
    expand_kwargs: +a
    tasks:
      b: {bash: {mapped: n}, env: {X: {mapped: m}, mapped: n}}
    task_groups:
      h: {tasks: {c: {bash: {mapped: n}}}}
tasks:
  a: {bash: x}
  d: {operator: x.Y, n: {mapped: n}}
`
	result := Compile("a.yaml", []byte(src), Options{})
	if result.File == nil {
		t.Fatal(printed(result.Diags))
	}
	p := result.File.Pipelines[0]
	if got := fmt.Sprint(p.Groups[0].MappedNames); got != "[n m]" {
		t.Errorf("the group is mapped over %s", got)
	}
	found := map[string]string{}
	for _, task := range p.Tasks {
		ir.WalkArgs(task.Args, func(v ir.Value) {
			if param, ok := v.(*ir.MappedParam); ok {
				found[task.ID] += param.Group + "/" + param.Name + " "
			}
		})
	}
	if want := "map[g.b:g/n g/m  g.h.c:g/n ]"; fmt.Sprint(found) != want {
		t.Errorf("parameters %v, want %s", found, want)
	}
}
