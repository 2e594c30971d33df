package compiler

import (
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/diag"
)

// brokenFiles are files as a newcomer writes them; § is where a person would point, and is taken out before compiling.
var brokenFiles = []struct{ name, src, message, fix string }{
	{"preset without quotes", "schedule: §@daily\ntasks:\n  a: {bash: x}\n", "cannot begin with @", `"@daily"`},
	{"preset in an indented map", "d:\n  schedule: §@hourly # each hour\n  tasks:\n    a: {bash: x}\n", "cannot begin with @", `"@hourly"`},
	{"backtick", "tasks:\n  a:\n    bash: §`date`\n", "cannot begin with `", "\"`date`\""},
	{"percent", "tasks:\n  a:\n    bash: §%d\n", "cannot begin with %", `"%d"`},
	{"cron that begins with a star", "schedule: §*/5 * * * *\ntasks:\n  a: {bash: x}\n", "cannot begin with *", `"*/5 * * * *"`},
	{"cron of stars", "schedule: §* * * * *\ntasks:\n  a: {bash: x}\n", "cannot begin with *", `"* * * * *"`},
	{"pattern in a list", "tags:\n  - §*.csv\ntasks: {}\n", "cannot begin with *", `"*.csv"`},
	{"alias in brackets", "tags: [§*.csv, b]\ntasks: {}\n", "cannot begin with *", `"*.csv"`},
	{"Jinja with more behind", "tasks:\n  a:\n    bash: §{{ params.cmd }} --all\n", "begins with Jinja", `"{{ params.cmd }} --all"`},
	{"Jinja alone", "tasks:\n  a:\n    bash: §{{ params.cmd }}\n", "begins with Jinja", `"{{ params.cmd }}"`},
	{"Jinja with quotes", "tasks:\n  a:\n    bash: §{{ var.value[\"x\"] }}\n", "begins with Jinja", `'{{ var.value["x"] }}'`},
	{"Jinja statement", "tasks:\n  a:\n    bash: §{% if x %} a {% endif %}\n", "begins with Jinja", `"{% if x %} a {% endif %}"`},
	{"Jinja in brackets", "tasks:\n  a:\n    op_args: [1, §{{ ds }}]\n", "begins with Jinja", `"{{ ds }}"`},
	{"Jinja in a list", "tasks:\n  a:\n    op_args:\n      - §{{ ds }}/x\n", "begins with Jinja", `"{{ ds }}/x"`},
	{"colon in a command", "tasks:\n  a:\n    bash: echo from§: here\n", "colon and a space", `"echo from: here"`},
	{"colon at the end of a command", "tasks:\n  a:\n    bash: echo done§:\n    retries: 1\n", "colon and a space", `"echo done:"`},
	{"colon in a description with a comment", "description: sales§: daily # x\ntasks: {}\n", "colon and a space", `"sales: daily"`},
	{"double quote never closed", "dag_id: a\ndescription: §\"sales\ntasks:\n  a: {bash: x}\n", "quote is never closed", ""},
	{"double quote closed by the next one", "dag_id: §\"a\ndescription: \"b\"\ntasks:\n  a: {bash: x}\n", "quote is never closed", ""},
	{"single quote never closed", "tasks:\n  a:\n    bash: §'echo hi\n    retries: 1\n", "quote is never closed", ""},
	{"quote never closed in the last line", "tasks:\n  a:\n    bash: §\"echo hi\n", "quote is never closed", ""},
	{"apostrophe in single quotes", "tasks:\n  a:\n    bash: §'echo it's'\n", "single quote ends the text", `'echo it''s'`},
	{"text after the quotes", "tasks:\n  a:\n    bash: \"echo\" §hello\n", "after the closing quote", `'"echo" hello'`},
	{"escape in a pattern", "tasks:\n  a:\n    bash: \"grep §\\d x\"\n", `no escape \d`, `'grep \d x'`},
	{"Windows path", "tasks:\n  a:\n    cwd: \"C:§\\data\"\n    bash: x\n", `no escape \d`, `'C:\data'`},
	{"short hexadecimal escape", "description: \"§\\x4\"\ntasks: {}\n", "needs 2 hexadecimal digits", ""},
	{"bracket never closed", "tags: §[a, b\nschedule: null\ntasks: {}\n", "[ is never closed", ""},
	{"bracket never closed at the end", "tasks: {}\ntags: §[a, b\n", "[ is never closed", ""},
	{"brace never closed", "default_args: §{owner: me, retries: 2\ntasks: {}\n", "{ is never closed", ""},
	{"inner bracket never closed", "tasks:\n  a: {bash: x, dependencies: [b§}\n", "} closes [", "]"},
	{"wrong closing bracket", "tags: [a, b§}\ntasks: {}\n", "} closes [", "]"},
	{"bracket too much", "tags: [a, b]§]\ntasks: {}\n", "closes nothing", ""},
	{"comma missing in a list", "tags: [\"a\" §\"b\"]\ntasks: {}\n", "a comma is missing", ", "},
	{"comma missing in a map", "default_args: {owner: \"me\" §retries: 2}\ntasks: {}\n", "a comma is missing", ", "},
	{"comma twice", "tags: [a,§, b]\ntasks: {}\n", "an entry is missing", ""},
	{"comma missing between plain entries", "default_args: {owner: me retries§: 2}\ntasks: {}\n", "a second colon", ""},
	{"dash in brackets", "tags: [§- a]\ntasks: {}\n", "a dash inside brackets", ""},
	{"preset in braces", "d: {schedule: §@daily, tasks: {}}\n", "cannot begin with @", `"@daily"`},
	{"tab as indentation", "tasks:\n§\ta:\n\t\tbash: x\n", "a tab in the indentation", "  a:\n    bash: x\n"},
	{"tab after spaces", "tasks:\n  a:\n  §\tbash: x\n", "a tab in the indentation", "    "},
	{"key indented too far", "dag_id: a\n  §schedule: null\ntasks: {}\n", "indented too far", ""},
	{"key indented too far after quotes", "dag_id: \"a\"\n  §schedule: null\ntasks: {}\n", "indented too far", ""},
	{"key of a task indented too far", "tasks:\n  a:\n    bash: x\n      §retries: 2\n", "indented too far", "    "},
	{"indentation of no line above", "tasks:\n    a:\n        bash: x\n  §b:\n        bash: y\n", "matches no line above", ""},
	{"entry of a list indented less", "tasks:\n  - task_id: a\n    bash: x\n §- task_id: b\n", "matches no line above", ""},
	{"key in a list", "tasks:\n  - task_id: a\n  §bash: x\n", "a key stands where a list entry is expected", ""},
	{"list entry among keys", "tasks:\n  a:\n    bash: x\n    §- b\n", "a list entry stands where a key is expected", ""},
	{"list on the line of its key", "tasks:\n  a:\n    bash: x\n    dependencies: §- b\n", "a list cannot begin on the line of its key", ""},
	{"colon missing", "name: John\naddress:\n  street: x\n  §postal_code 10001\n", "a colon is missing", "postal_code: 10001"},
	{"colon missing after a lone word", "dag_id: a\n§tasks\n  a:\n    bash: x\n", "a colon is missing", ":"},
	{"colon missing in the first key of a task", "tasks:\n  a:\n    §bash echo hi\n    retries: 1\n", "a colon is missing", "bash: echo hi"},
	{"space missing after the colon", "tasks:\n  a:\n    bash: x\n    retries§:2\n", "a space is missing after the colon", ": "},
	{"equals sign", "tasks:\n  a:\n    bash: x\n    §retries = 2\n", "followed by a colon, not by =", "retries: 2"},
	{"unknown anchor", "base: &base {retries: 1}\ntasks:\n  a:\n    <<: §*bse\n    bash: x\n", "no anchor &bse", "base"},
	{"no anchor at all", "tasks:\n  a: §*base\n", "no anchor &base", ""},
	{"text behind the bar", "tasks:\n  a:\n    bash: | §echo a\n      echo b\n", "text on the line of |", ""},
	{"block of text indented less", "tasks:\n  a:\n    bash: |\n        echo a\n      §echo b\n", "indented less than the block", ""},
	{"control character", "dag_id: a§\x01b\ntasks: {}\n", "control character", ""},
	{"text after brackets", "tags: [a] §b\ntasks: {}\n", "text after the closing ]", ""},
	{"Windows line ends", "dag_id: a\r\nschedule: §@daily\r\ntasks: {}\r\n", "cannot begin with @", `"@daily"`},
	{"Chinese before the mistake", "描述: 销售\nschedule: §@daily\ntasks: {}\n", "cannot begin with @", `"@daily"`},
	{"no line end at the end", "tasks: {}\nschedule: §@daily", "cannot begin with @", `"@daily"`},
}

func TestSyntaxErrorsPointWhereAPersonWould(t *testing.T) {
	for _, test := range brokenFiles {
		t.Run(test.name, func(t *testing.T) {
			at := strings.Index(test.src, "§")
			src := strings.Replace(test.src, "§", "", 1)
			result := Compile("a.yaml", []byte(src), Options{})
			if result.Diags.Len() != 1 {
				t.Fatalf("%d diagnostics, want one:\n%s", result.Diags.Len(), printed(result.Diags))
			}
			d := result.Diags.All()[0]
			if d.Code != diag.Syntax || !strings.Contains(d.Message, test.message) {
				t.Errorf("says %q [%s], want %q", d.Message, d.Code, test.message)
			}
			if int(d.Span.Start.Offset) != at {
				t.Errorf("points at %s (byte %d), want byte %d: %q", d.Span, d.Span.Start.Offset, at, src)
			}
			if test.fix != "" {
				if d.Fix == nil || d.Fix.Text != test.fix {
					t.Errorf("the fix is %+v, want %q", d.Fix, test.fix)
				}
			}
		})
	}
}

// TestFixesOfSyntaxErrorsWork applies each fix: what was broken is YAML then, or has a further mistake elsewhere.
func TestFixesOfSyntaxErrorsWork(t *testing.T) {
	for _, test := range brokenFiles {
		src := strings.Replace(test.src, "§", "", 1)
		result := Compile("a.yaml", []byte(src), Options{})
		if result.Diags.Len() == 0 || result.Diags.All()[0].Fix == nil {
			continue
		}
		before := result.Diags.All()[0]
		fix := before.Fix
		fixed := src[:fix.Span.Start.Offset] + fix.Text + src[fix.Span.End.Offset:]
		for _, d := range Compile("a.yaml", []byte(fixed), Options{}).Diags.All() {
			if d.Code == diag.Syntax && d.Span.Start.Line <= before.Span.Start.Line {
				t.Errorf("%s: after the fix: %s: %s\n%s", test.name, d.Span, d.Message, fixed)
			}
		}
	}
}
