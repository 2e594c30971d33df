package pysource

import (
	"slices"
	"strings"
	"testing"
)

// describe is a module in one line: its names in order, a question mark after those that may not be there, signatures of
// functions, "class", and "open" where there may be more.
func describe(m *Module) string {
	var out []string
	m.Names(func(b *Binding) {
		text := b.Name
		if b.Def != nil {
			text += signature(b.Def)
		}
		if b.Class {
			text = "class " + text
		}
		if !b.Sure() {
			text += "?"
		}
		out = append(out, text)
	})
	slices.Sort(out)
	if m.Open {
		out = append(out, "open")
	}
	return strings.Join(out, " ")
}

func signature(f *Function) string {
	marks := [...]string{PositionalOnly: "/", Ordinary: "", VarPositional: "*", KeywordOnly: "=", VarKeyword: "**"}
	var params []string
	for _, p := range f.Params {
		text := marks[p.Kind] + p.Name
		if p.Default {
			text += "!"
		}
		if p.Valued {
			text += "!"
		}
		params = append(params, text)
	}
	return "(" + strings.Join(params, ",") + ")"
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"", ""},
		{"def f(): pass", "f()"},
		{"def f(a, b=1, *args, c, d=2, **kw):\n    return a\n", "f(a,b!!,*args,=c,=d!!,**kw)"},
		{"def f(a, /, b, *, c): ...", "f(/a,b,=c)"},
		{"def f(a: int = 3, b: 'dict[str, int]' = {}, *, c: list[int]) -> dict[str, int]:\n  x = 1\n  return 2\ny = 2", "f(a!!,b!!,=c) y"},
		{"def f(a=lambda x, y=1: (x, y), b=lambda: {1: 2}): pass", "f(a!!,b!!)"},
		{"def f(a=None, b=(None), c = None): pass", "f(a!,b!,c!)"},
		{"def f[T: (int, str)](a: T) -> T: return a", "f(a)"},
		{"async def f(a): await a", "f(a)"},
		{"@task\ndef f(a): pass\nclass C(B, metaclass=M):\n  def m(self): pass\n@d\nclass D: pass", "D class C f"},
		{"if x:\n  def f(a): pass\nelse:\n  def f(b): pass\ndef g(): pass", "f? g()"},
		{"try:\n  import a.b\n  from c import (d as e, f,)\nexcept ImportError as err:\n  a = None", "a? e? err? f?"},
		{"import a.b.c, d as e\nfrom . import g\nfrom x import *", "a e g open"},
		{"a = b = c, (d, *e), f.g, h[i], j().k = 1", "a b c d e"},
		{"a += 1; b: int = 2; c: int; d <= e", "a b"},
		{"for i, (j, k) in z: l = 1\nwhile (m := 1): pass\nwith a() as b, c() as (d, e): f = 1", "b? d? e? f? i? j? k? l? m?"},
		{"match x:\n  case {'a': y, **rest}: pass\n  case C(k=v) | [_, w]: pass\n  case q.r: pass\nmatch = 1\nmatch: int = 2", "match rest? v? w? y?"},
		{"def f():\n  global g, h\n  g = 1\n", "f() g? h?"},
		{"def f(a): pass\nf = wrap(f)", "f"},
		{"def f(a): pass\nif x:\n  f = None", "f"},
		{"def f(a): pass\ndel f", "f?"},
		{"globals()['f'] = 1", "open"},
		{"import sys\nsys.modules[__name__] = X()", "open sys"},
		{"def __getattr__(name): return 1", "__getattr__(name) open"},
		{"type X = int\ntype = 3\n", "X type"},
		{"s = f'{x!r:{w}}{{' f\"{d['a']}\" rb'\\'' ; t = '''\ndef no(): pass\n'''", "s t"},
		{"x = \\\n  1\ny = (1,\n# z = 2\n3)", "x y"},
		{"x = 1if y else 2", "x"},
		{"\tx = 1", "!a line is indented without a reason"},
		{"if x:\n\ty = 1\n        z = 1", "!tabs and spaces are mixed in the indentation"},
		{"x = 'abc", "!a string has no closing quote"},
		{"x = (1", "!a bracket is open at the end: \"(\""},
		{"x = 1)", "!nothing opens this bracket: \")\""},
		{"def (): pass", "!a function needs a name"},
		{"def f:\n pass", "!a function needs its parameters in parentheses"},
		{"def f()\n  pass", "!a colon is missing"},
		{"x = $y", "!Python has no such character outside of strings: '$'"},
		{"\xff", "!the text is not UTF-8"},
	} {
		m, err := Read(test.source)
		got := ""
		if err != nil {
			got = "!" + err.Error()
		} else {
			got = describe(m)
		}
		want := strings.Fields(test.want)
		if err == nil {
			slices.SortFunc(want, func(a, b string) int { return strings.Compare(a, b) })
			gotWords := strings.Fields(got)
			slices.Sort(gotWords)
			if slices.Equal(want, gotWords) {
				continue
			}
		}
		if got != test.want {
			t.Errorf("%q\n gives %s\n want  %s", test.source, got, test.want)
		}
	}
}

func TestOneFunction(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"def f(x):\n    return x\n", "f"},
		{"# why\n\ndef f(x): return x  # so\n\n# end\n", "f"},
		{"async def f(): pass", "!it"},
		{"def f(x):\n    return x\nimport os\n", "!there must be nothing after the function"},
		{"def f(x): pass\nf(1)", "!there must be nothing after the function"},
		{"def f(x): return '''\nimport os\n'''", "f"},
		{"def f(x): pass; import os", "f"},
		{"def f(x): pass\n;import os", "!"},
		{"def f(x):\n  pass\n  import os\n pass", "!the indentation matches no block around it"},
		{"@d\ndef f(): pass", "!the function must have no decorator"},
		{"  def f(): pass", "!the function must begin at the left margin"},
		{"import os", "!the code must be one function: it must begin with def"},
		{"f = 1", "!the code must be one function: it must begin with def"},
		{"", "!there is no code"},
		{"# only this", "!there is no code"},
		{"def f(x):\n\n", "!an indented block is missing"},
		{"def f(x): pass\x0cimport os", "!the code has a control character, which it must not"},
		{"def f(x): pass\rimport os", "!the code has a control character, which it must not"},
		{"def f() x: pass", "!a colon is missing"},
		{"def f(x): pass\\\n", "!a backslash at the end of the text joins nothing"},
	} {
		name, problem := OneFunction(test.text)
		got := name
		if problem != nil {
			got = "!" + problem.Message
			if problem.Offset < 0 || problem.Offset > len(test.text) {
				t.Errorf("%q: the offset %d is outside", test.text, problem.Offset)
			}
		}
		if test.want == "!" && problem != nil || test.want == "!it" && name == "f" {
			continue
		}
		if got != test.want {
			t.Errorf("%q gives %s, want %s", test.text, got, test.want)
		}
	}
}

func TestOneLambda(t *testing.T) {
	for _, test := range []struct {
		text string
		good bool
	}{
		{"lambda: 1", true},
		{"lambda x, y=(1, 2), *a, **k: [x for x in y]", true},
		{"lambda x: lambda y=1: x + y", true},
		{"lambda x: {1: 2}[x]", true},
		{"lambda x: x == 1 and x <= 2", true},
		{"  lambda x: x", false}, // indented
		{"lambda x: x, y", false},
		{"lambda x: x; import os", false},
		{"lambda x: x\nimport os", false},
		{"lambda x: x # no", false},
		{"lambda x:", false},
		{"lambda x", false},
		{"lambda x: y = 1", false},
		{"lambda x: y := 1", false},
		{"lambda x: return 1", false},
		{"lambda x: (y := 1)", true},
		{"(lambda x: x)", false},
		{"lambda x: x)", false},
		{"lambda x: [x", false},
		{"f(1)", false},
		{"", false},
	} {
		if problem := OneLambda(test.text); (problem == nil) != test.good {
			t.Errorf("%q: %v", test.text, problem)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"def f(a, /, *b, c=1, **d): pass\nx = f'{a!r:{b}}'\n", "match x:\n  case [a, *_]: pass\n", "a, (b, *c) = d[e].f = 1", "lambda x: x",
		"@d\nclass C[T](B):\n\tdef m(self): global g\n", "if x:\n  y = 1\nelse: z = 2\n", "x = \\\n1", "for a, in b: pass", "with a as b, c: pass",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tokens, err := Tokens(source)
		if err != nil {
			if err.Offset < 0 || err.Offset > len(source) {
				t.Fatalf("the offset %d is outside", err.Offset)
			}
		}
		depth, last := 0, 0
		for _, token := range tokens {
			if token.Start < last || token.End < token.Start || source[token.Start:token.End] != token.Text {
				t.Fatalf("bad token %+v after %d", token, last)
			}
			last = token.End
			switch token.Kind {
			case Indent:
				depth++
			case Dedent:
				depth--
			}
		}
		if depth != 0 {
			t.Fatal("blocks are not balanced")
		}
		if m, err := Read(source); err == nil {
			_ = describe(m)
		}
		name, problem := OneFunction(source)
		if problem == nil {
			m, err := Read(source)
			if err != nil || m.Lookup(name) == nil {
				t.Fatalf("%q is one function %s, and the reader does not see it: %v", source, name, err)
			}
		}
		if problem := OneLambda(source); problem == nil && !strings.HasPrefix(source, "lambda") {
			t.Fatalf("%q is no lambda", source)
		}
	})
}
