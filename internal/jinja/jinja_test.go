package jinja

import (
	"fmt"
	"strings"
	"testing"
)

// verdicts are templates and whether jinja2 takes them; a test with the real one holds the verdicts.
var verdicts = []struct {
	text string
	good bool
}{
	{"", true}, {"plain", true}, {"{", true}, {"}}", true}, {"a }} b %} c #}", true}, {"{ { x } }", true}, {"${HOME}", true}, {"{{{ x }}}", false},
	{"{{ ds }}", true}, {"{{ds}}", true}, {"{{ ds", false}, {"{{ ds }", false}, {"{{ }}", false}, {"{{", false}, {"{{ ds }}}", true}, {"{{ ds }}}}", true},
	{"{{- ds -}}", true}, {"{{+ ds }}", true}, {"{{ ds +}}", false}, {"{{ ds - }}", false}, {"{{ - ds }}", true}, {"{{--1}}", true},
	{"{{ params.x }}", true}, {"{{ params. }}", false}, {"{{ params..x }}", false}, {"{{ params.x.0.y }}", true}, {"{{ params.1.2 }}", true}, {"{{ params.0x1 }}", true},
	{"{{ params['x'] }}", true}, {"{{ params['x' }}", false}, {"{{ params[x'] }}", false}, {"{{ params[] }}", true}, {"{{ params['a', 'b'] }}", true},
	{"{{ a[1:2] }} {{ a[:] }} {{ a[::2] }} {{ a[1:] }} {{ a[:2:] }}", true}, {"{{ a[1:2:3:4] }}", false}, {"{{ a[:, 1] }}", true},
	{"{{ f() }}", true}, {"{{ f(1, 2, x=3) }}", true}, {"{{ f(1,) }}", true}, {"{{ f(,) }}", false}, {"{{ f(x=1, 2) }}", false}, {"{{ f(*a, **b) }}", true},
	{"{{ f(**b, *a) }}", false}, {"{{ f(*a, x=1) }}", true}, {"{{ f(*a, 1) }}", false}, {"{{ f(**a, x=1) }}", false}, {"{{ f(**a, **b) }}", false}, {"{{ f(*a, *b) }}", false},
	{"{{ f(1 2) }}", false}, {"{{ f(1 }}", false}, {"{{ f 1) }}", false}, {"{{ f(1)) }}", false}, {"{{ f(1] }}", false}, {"{{ f(x==1) }}", true}, {"{{ f(x=) }}", false},
	{"{{ ti.xcom_pull(task_ids='a') }}", true}, {"{{ ti.xcom_pull(task_ids='a) }}", false}, {"{{ ti.xcom_pull(task_ids=\"a') }}", false}, {"{{ ti.xcom_pull('a')[0]['b'] }}", true},
	{"{{ 'a' 'b' }}", true}, {"{{ 'a\\'b' }}", true}, {"{{ 'a\\x1' }}", false}, {"{{ 'a\\x41' }}", true}, {"{{ '\\u12' }}", false}, {"{{ '\\q' }}", true}, {"{{ '\n' }}", true},
	{"{{ '\\U00110000' }}", false}, {"{{ '\\U0010ffff' }}", true}, {"{{ '}}' }}", true}, {"{{ \"{{\" }}", true},
	{"{{ 1 }} {{ 1.5 }} {{ 1e5 }} {{ 1_000 }} {{ 0x1F }} {{ 0b1 }} {{ 0o7 }} {{ 00 }}", true}, {"{{ 007 }}", false}, {"{{ 1. }}", false}, {"{{ .5 }}", false}, {"{{ 1a }}", false},
	{"{{ 1_ }}", false}, {"{{ 0x }}", false}, {"{{ 1e }}", false}, {"{{ 1.5.real }}", true}, {"{{ 1.real }}", true}, {"{{ 08.5 }}", true},
	{"{{ 1 + 2 * 3 - 4 / 5 // 6 % 7 ** 8 ~ 9 }}", true}, {"{{ 1 + }}", false}, {"{{ * 1 }}", false}, {"{{ 1 ++ 2 }}", true}, {"{{ 1 ** -2 }}", true}, {"{{ -x ** 2 }}", true},
	{"{{ a == b != c < d <= e > f >= g }}", true}, {"{{ a = b }}", false}, {"{{ a <> b }}", false}, {"{{ a === b }}", false}, {"{{ a && b }}", false}, {"{{ !a }}", false}, {"{{ a || b }}", false},
	{"{{ a and b or not c }}", true}, {"{{ not }}", false}, {"{{ a not b }}", false}, {"{{ a not in b }}", true}, {"{{ a in b }}", true}, {"{{ not not a }}", true}, {"{{ a and }}", false},
	{"{{ a if b else c }}", true}, {"{{ a if b }}", true}, {"{{ a if }}", false}, {"{{ if a }}", false}, {"{{ a if b else }}", false}, {"{{ a if b else c if d else e }}", true},
	{"{{ a | upper }}", true}, {"{{ a | }}", false}, {"{{ a | upper | replace('a', 'b') }}", true}, {"{{ a | 1 }}", false}, {"{{ a.b | default('x', true) }}", true}, {"{{ | upper }}", false},
	{"{{ a | upper() }}", true}, {"{{ a|upper.x }}", true}, {"{{ a is defined }}", true}, {"{{ a is not defined }}", true}, {"{{ a is }}", false}, {"{{ a is divisibleby 3 }}", true},
	{"{{ a is divisibleby(3) }}", true}, {"{{ a is defined and b }}", true}, {"{{ a is defined is none }}", false}, {"{{ a is number is x }}", false}, {"{{ a is sameas b.c }}", true}, {"{{ a is in [1] }}", true},
	{"{{ (a) }}", true}, {"{{ (a, b) }}", true}, {"{{ () }}", true}, {"{{ (a,) }}", true}, {"{{ (,) }}", false}, {"{{ a, b }}", true}, {"{{ a, }}", true}, {"{{ , }}", false}, {"{{ (a }}", false},
	{"{{ [1, 2] }}", true}, {"{{ [1, 2,] }}", true}, {"{{ [,] }}", false}, {"{{ [1 2] }}", false}, {"{{ [1, 2 }}", false}, {"{{ [x for x in y] }}", false}, {"{{ [] }}", true},
	{"{{ {} }}", true}, {"{{ {'a': 1} }}", true}, {"{{ {'a': 1,} }}", true}, {"{{ {'a'} }}", false}, {"{{ {'a': } }}", false}, {"{{ {a: 1, 'b': {'c': 2}} }}", true}, {"{{ {**a} }}", false},
	{"{{ lambda x: x }}", false}, {"{{ a; b }}", false}, {"{{ a @ b }}", false}, {"{{ a ? b : c }}", false}, {"{{ $a }}", false}, {"{{ a & b }}", false}, {"{{ f\"x\" }}", false}, {"{{ a.b-c }}", true},
	{"{{ {{ a }} }}", false}, {"{{ a {{ b }} }}", false}, {"{{ a }} {{ b", false}, {"{{ a %}", false}, {"{% a }}", false}, {"{{ a b }}", false}, {"{{ my-var }}", true}, {"{{ a. b }}", true}, {"{{ a\n.b }}", true},
	{"{# note #}", true}, {"{# note", false}, {"{# {{ #}", true}, {"{#- a -#}", true}, {"{#}", false}, {"{##}", true}, {"#}", true},
	{"{% if a %}x{% endif %}", true}, {"{% if a %}x", false}, {"{% if %}x{% endif %}", false}, {"{% if a %}x{% else %}y{% endif %}", true}, {"{% if a %}x{% elif b %}y{% else %}z{% endif %}", true},
	{"{% if a %}x{% else if b %}y{% endif %}", false}, {"{% if a %}x{% elseif b %}y{% endif %}", false}, {"{% if a: %}x{% endif %}", true}, {"{% if a %}x{% end %}", false}, {"{% if a = 1 %}x{% endif %}", false},
	{"{% if a, b %}x{% endif %}", true}, {"{% if a if b else c %}x{% endif %}", false}, {"{% if a %}{% else %}{% else %}{% endif %}", false}, {"{% endif %}", false}, {"{% else %}", false},
	{"{%- if a -%}x{%+ endif +%}", true}, {"{% if a %}{% for x in y %}{% endif %}{% endfor %}", false},
	{"{% for x in y %}{{ loop.index }}{% endfor %}", true}, {"{% for x, y in z %}{% else %}{% endfor %}", true}, {"{% for x in y if z %}{% endfor %}", true}, {"{% for x in y recursive %}{% endfor %}", true},
	{"{% for x in %}{% endfor %}", false}, {"{% for x y %}{% endfor %}", false}, {"{% for in y %}{% endfor %}", false}, {"{% for 1 in y %}{% endfor %}", false}, {"{% for x in y %}", false}, {"{% for (a, b) in y %}{% endfor %}", true},
	{"{% for x.y in z %}{% endfor %}", false}, {"{% for x in y if z else w %}{% endfor %}", false}, {"{% for [a, b] in y %}{% endfor %}", false}, {"{% for x in a, b %}{% endfor %}", true},
	{"{% for x in y %}{% break %}{% endfor %}", false}, {"{% for x in range(3) %}{% endfor %}", true}, {"{% for x in y -%}\n{%- endfor %}", true}, {"{% FOR x in y %}{% endfor %}", false},
	{"{% set a = 1 %}", true}, {"{% set a, b = 1, 2 %}", true}, {"{% set a %}x{% endset %}", true}, {"{% set a | upper %}x{% endset %}", true}, {"{% set a.b = 1 %}", true}, {"{% set a == 1 %}", false}, {"{% set 1 = a %}", false},
	{"{% set a = %}", false}, {"{% set = 1 %}", false}, {"{% set a['b'] = 1 %}", false}, {"{% set true = 1 %}", false}, {"{% set a = 1, %}", true}, {"{% a = 1 %}", false}, {"{% let a = 1 %}", false}, {"{% set a %}", false},
	{"{% do f() %}", true}, {"{% do %}", false}, {"{% do a.append(1), b %}", true}, {"{% raw %}{{ x {% endraw %}", true}, {"{% raw %}{{ x", false}, {"{%- raw -%} {% {%- endraw +%}", true}, {"{% raw x %}{% endraw %}", false}, {"{% endraw %}", false},
	{"{% with %}{% endwith %}", true}, {"{% with a = 1, b = 2 %}{% endwith %}", true}, {"{% with a %}{% endwith %}", false}, {"{% with a = 1 b = 2 %}{% endwith %}", false}, {"{% with a, b = 1 %}{% endwith %}", true},
	{"{% macro m(a, b=1) %}{{ varargs }}{% endmacro %}", true}, {"{% macro m %}{% endmacro %}", false}, {"{% macro m(a=1, b) %}{% endmacro %}", false}, {"{% macro m(1) %}{% endmacro %}", false}, {"{% macro (a) %}{% endmacro %}", false},
	{"{% call m() %}x{% endcall %}", true}, {"{% call(a) m(1) %}x{% endcall %}", true}, {"{% call m %}x{% endcall %}", false}, {"{% filter upper %}x{% endfilter %}", true}, {"{% filter upper | lower %}x{% endfilter %}", true},
	{"{% filter %}x{% endfilter %}", false}, {"{% filter replace('a', 'b') %}x{% endfilter %}", true}, {"{% block a %}{% endblock %}", true}, {"{% block a %}{% endblock a %}", true}, {"{% block a %}{% endblock b %}", false},
	{"{% block a-b %}{% endblock %}", false}, {"{% block a scoped required %} {% endblock %}", true}, {"{% block a required %}x{% endblock %}", false}, {"{% block %}{% endblock %}", false},
	{"{% extends 'a' %}", true}, {"{% extends %}", false}, {"{% include 'a' %}", true}, {"{% include 'a' ignore missing with context %}", true}, {"{% include ['a', 'b'] without context %}", true}, {"{% include 'a' b %}", false},
	{"{% import 'a' as b %}", true}, {"{% import 'a' %}", false}, {"{% import 'a' as b with context %}", true}, {"{% from 'a' import b, c as d %}", true}, {"{% from 'a' import b with context %}", true}, {"{% from 'a' import %}", false},
	{"{% from 'a' import _b %}", false}, {"{% from 'a' import b, %}", false}, {"{% from 'a' import b c %}", false}, {"{% from 'a' import with context %}", true}, {"{% print a, b %}", true}, {"{% print %}", true}, {"{% print a b %}", false},
	{"{% autoescape true %}{% endautoescape %}", true}, {"{% autoescape %}{% endautoescape %}", false}, {"{% %}", false}, {"{%", false}, {"{% 1 %}", false}, {"{% if a %", false}, {"{% unknown %}", false}, {"{% trans %}a{% endtrans %}", false},
	{"{% if a %}{{ b }{% endif %}", false}, {"{% if a }}x{% endif %}", false}, {"a {{ b }} c {% if d %} e {% endif %} f", true}, {"{{ x }}\r\n{% if y %}\r{% endif %}", true}, {"{{ π }}", true}, {"{{ a\u00a0b }}", false}, {"{{ “a” }}", false},
	{"{{ macros.ds_add(ds, -1) }}", true}, {"{{ macros.ds_add(ds -1) }}", true}, {"{{ (execution_date - macros.timedelta(days=1)).strftime('%Y-%m-%d') }}", true}, {"{{ dag_run.conf.get('a', {}).get('b') }}", true},
	{"{{ dag_run.conf[\"a\"] if dag_run else '' }}", true}, {"{{ var.value.my-key }}", true}, {"{{ var.json.a.b[0] }}", true}, {"{{ task_instance.xcom_pull(task_ids=['a','b'], key='c') | tojson }}", true}, {"{{ ds | ds_format('%Y') ", false},
	{"{{ ds_nodash }}/{{ params.region|lower }}/*.csv", true}, {"{{ params.x }} {{ params.y }", false}, {"{% if params.x == 'a' %}--flag{% endif %} run", true}, {"echo {{ ds }} && echo {{ ts }", false}, {"awk '{print $1}' {{ f }}", true},
	{"awk '{{print $1}}'", false}, {"docker ps --format '{{.Names}}'", false}, {"docker ps --format '{{ \"{{.Names}}\" }}'", true}, {"jq '.[] | {a: .b}' {{ f }}", true}, {"${#array[@]}", false}, {"echo ${#a} {# x #}", true}, {"echo ${#a}", false}, {"x {#", true}, {"x {#\n", true}, {"{% raw %}", true},
}

func TestVerdicts(t *testing.T) {
	for _, v := range verdicts {
		_, err := Parse(v.text)
		if err != nil && !err.Doubt && (err.Start < 0 || err.End > len(v.text) || err.Start >= err.End && v.text != "") {
			t.Errorf("%q: the error %s is at %d to %d", v.text, err, err.Start, err.End)
		}
		if (err == nil) != v.good {
			t.Errorf("%q: %v, want good: %t", v.text, err, v.good)
		}
	}
	if len(verdicts) < 150 {
		t.Errorf("only %d templates", len(verdicts))
	}
}

func TestPlain(t *testing.T) {
	good := func(name, attr string) bool { return name != "bad" && attr != "bad" }
	for text, want := range map[string]bool{
		"": true, "x": true, "{{ a }}": true, "{{a.b}} }} {{ c }}": true, "{ { a": true,
		"{{ bad }}": false, "{{ a.bad }}": false, "{{ a.b.c }}": false, "{{ a | b }}": false, "{{ a": false, "{{ }}": false, "{{ a. }}": false,
		"{{- a }}": false, "{% if a %}": false, "{{ a }} {# b #}": false, "{{ 1a }}": false, "{{ a b }}": false, "{{": false, "{{ a }": false,
	} {
		if got := Plain(text, good); got != want {
			t.Errorf("%q is plain: %t", text, got)
		}
	}
}

func TestMessages(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"{{ ds", "0-2 {{ is never closed: }} is missing"},
		{"{{ f(1 }}", "4-5 \"(\" is never closed"},
		{"x {% if a %}y", "5-7 {% if %} has no {% endif %}"},
		{"{% for x in y %}{% endif %}", "19-24 {% endif %} ends nothing: {% for %} is open and waits for {% endfor %}"},
		{"{{ ds }", "6-7 nothing opens this \"}\""},
		{"{{ 'a }}", "3-4 the string has no closing '"},
		{"{{ a b }}", "5-6 unexpected \"b\": }} should be here"},
		{"{{ }}", "3-5 unexpected }}: an expression should be here"},
		{"{% endif %}", "3-8 {% endif %} ends nothing that is open"},
		{"{% foo %}", "3-6 Jinja has no tag \"foo\": the tags are " + strings.Join(tags, ", ")},
		{"{# a", "0-2 the comment that {# opens has no end #}"},
		{"{{ a ? b }}", "5-6 Jinja has no such character in an expression: '?'"},
		{"{{ params. }}", "11-13 unexpected }}: a name or number should follow the dot"},
	} {
		_, err := Parse(test.text)
		got := "no error"
		if err != nil {
			got = fmt.Sprintf("%d-%d %s", err.Start, err.End, err.Message)
		}
		if got != test.want {
			t.Errorf("%q\n gives %s\n want  %s", test.text, got, test.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	text := "x {{ a.b['c'](d, e=f) | g(h) is i }} {% for j, k in l if m %}{{ n if o else -p }}{% set q = {r: s[t:u]} %}{% endfor %}"
	parsed, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	parsed.Walk(func(e Expr) { got = append(got, text[e.Place().Start:e.Place().End]) })
	want := []string{
		"a.b['c'](d, e=f) | g(h) is i", "a.b['c'](d, e=f) | g(h)", "a.b['c'](d, e=f)", "a.b['c']", "a.b", "a", "'c'", "d", "f", "h", "l", "m",
		"n if o else -p", "o", "n", "-p", "p", "{r: s[t:u]}", "r", "s[t:u]", "s", "t:u", "t", "u",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the expressions are\n%q, want\n%q", got, want)
	}
	for _, name := range []string{"j", "k", "q", "loop"} {
		if !parsed.Assigned[name] {
			t.Errorf("%s is not seen to get a value", name)
		}
	}
	if parsed.Assigned["l"] || parsed.Assigned["r"] {
		t.Error("too much is seen to get a value")
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range verdicts {
		f.Add(v.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text)
		if err != nil {
			if err.Start < 0 || err.End > len(text) || err.Start > err.End {
				t.Fatalf("%q: the error %s is at %d to %d", text, err, err.Start, err.End)
			}
			if Plain(text, func(name, _ string) bool { return name != "not" }) {
				t.Fatalf("%q is plain and broken: %s", text, err)
			}
			return
		}
		parsed.Walk(func(e Expr) {
			if at := e.Place(); at.Start < 0 || at.End > len(text) || at.Start > at.End {
				t.Fatalf("%q: an expression is at %d to %d", text, at.Start, at.End)
			}
		})
	})
}
