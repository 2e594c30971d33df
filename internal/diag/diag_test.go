package diag

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

// mark is the span of the nth (from 0) occurrence of what in src, as the compiler makes spans: columns in runes.
func mark(t *testing.T, file, src, what string, nth int) ir.Span {
	t.Helper()
	offset := -1
	for range nth + 1 {
		next := strings.Index(src[offset+1:], what)
		if next < 0 {
			t.Fatalf("no %q in the source", what)
		}
		offset += 1 + next
	}
	at := func(offset int) ir.Pos {
		line := 1 + strings.Count(src[:offset], "\n")
		start := strings.LastIndexByte(src[:offset], '\n') + 1
		text := strings.TrimPrefix(src[start:offset], "\ufeff")
		return ir.Pos{Line: int32(line), Col: int32(utf8.RuneCountInString(text)) + 1, Offset: int32(offset)}
	}
	return ir.Span{File: file, Start: at(offset), End: at(offset + len(what))}
}

func TestText(t *testing.T) {
	const file = "etl.yaml"
	tests := []struct {
		name string
		src  string
		make func(t *testing.T, src string, l *List)
		want string
	}{
		{
			name: "label and help",
			src:  "tasks:\n  load: {dependencies: [extrat]}\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "extrat", 0), UnknownDependency, "task %q needs unknown task %q", "load", "extrat").
					WithLabel("no task has this name").WithHelp("did you mean %q?", "extract")
			},
			want: `
etl.yaml:2:25: error: task "load" needs unknown task "extrat" [unknown-dependency]
  |
2 |   load: {dependencies: [extrat]}
  |                         ^^^^^^ no task has this name
  = help: did you mean "extract"?
`,
		},
		{
			name: "second place, warning, gutter as wide as the widest number",
			src:  strings.Repeat("# \n", 9) + "a: 1\na: 2\n",
			make: func(t *testing.T, src string, l *List) {
				l.Warnf(mark(t, file, src, "a", 1), DuplicateKey, "key %q stands twice", "a").
					WithPlace(mark(t, file, src, "a", 0), "first defined here")
			},
			want: `
etl.yaml:11:1: warning: key "a" stands twice [duplicate-key]
   |
11 | a: 2
   | ^
   |
10 | a: 1
   | - first defined here
`,
		},
		{
			name: "tabs are expanded",
			src:  "a:\n\tb:\tccc # x\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "ccc", 0), BadValue, "no")
			},
			want: "\netl.yaml:2:5: error: no [bad-value]\n  |\n2 |     b:  ccc # x\n  |         ^^^\n",
		},
		{
			name: "wide characters take two columns, combining ones none",
			src:  "說明: e\u0301 日本 x\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "日本", 0), BadValue, "no")
			},
			want: "\netl.yaml:1:8: error: no [bad-value]\n  |\n1 | 說明: e\u0301 日本 x\n  |         ^^^^\n",
		},
		{
			name: "CRLF, and a mark up to the end of the line for a span over lines",
			src:  "a: 1\r\nb: \"x\r\n  y\"\r\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "\"x\r\n  y\"", 0), BadValue, "no")
			},
			want: "\netl.yaml:2:4: error: no [bad-value]\n  |\n2 | b: \"x\n  |    ^^\n",
		},
		{
			name: "last line without newline, mark behind its end",
			src:  "a:\n  - b",
			make: func(t *testing.T, src string, l *List) {
				at := ir.Pos{Line: 2, Col: 6, Offset: 8}
				l.Errorf(ir.Span{File: file, Start: at, End: at}, Syntax, "ends too early")
			},
			want: "\netl.yaml:2:6: error: ends too early [yaml-syntax]\n  |\n2 |   - b\n  |      ^\n",
		},
		{
			name: "byte order mark is not shown",
			src:  "\ufeffa: b\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "b", 0), BadValue, "no")
			},
			want: "\netl.yaml:1:4: error: no [bad-value]\n  |\n1 | a: b\n  |    ^\n",
		},
		{
			name: "control characters do not reach the terminal",
			src:  "a: \x1b[31mred\u202e\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "red", 0), BadValue, "no \x1b[0m")
			},
			want: "\netl.yaml:1:9: error: no \\x1b[0m [bad-value]\n  |\n1 | a: \\x1b[31mred\\u202e\n  |            ^^^\n",
		},
		{
			name: "a long line is cut around the mark",
			src:  "a: " + strings.Repeat("x", 300) + "HERE" + strings.Repeat("y", 300) + "\n",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(mark(t, file, src, "HERE", 0), BadValue, "no")
			},
			want: "\netl.yaml:1:304: error: no [bad-value]\n  |\n1 | ..." + strings.Repeat("x", 40) + "HERE" + strings.Repeat("y", 76) +
				"...\n  |    " + strings.Repeat(" ", 40) + "^^^^\n",
		},
		{
			name: "nowhere",
			src:  "",
			make: func(t *testing.T, src string, l *List) {
				l.Errorf(ir.Span{File: file}, Unreadable, "cannot be read")
			},
			want: "\netl.yaml: error: cannot be read [unreadable-file]\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var sources Sources
			sources.Add(file, []byte(test.src))
			var list List
			test.make(t, test.src, &list)
			var out bytes.Buffer
			if err := WriteText(&out, sources.Views(list), TextOptions{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want[1:], out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			out.Reset()
			if err := WriteText(&out, sources.Views(list), TextOptions{Color: true}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "\x1b[") {
				t.Error("no colour where colour was asked for")
			}
		})
	}
}

func TestSortRemovesRepetitions(t *testing.T) {
	src := "a: 1\nb: 2\n"
	var list List
	list.Errorf(mark(t, "f", src, "b", 0), UnknownKey, "second")
	list.Errorf(mark(t, "f", src, "a", 0), UnknownKey, "first")
	list.Errorf(mark(t, "f", src, "b", 0), UnknownKey, "second")
	list.Errorf(mark(t, "e", src, "b", 0), UnknownKey, "other file")
	list.Sort()
	var got []string
	for _, d := range list.All() {
		got = append(got, d.Message)
	}
	if diff := cmp.Diff([]string{"other file", "first", "second"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMachineFormats(t *testing.T) {
	src := "a: <b>\n"
	var sources Sources
	sources.Add("dir, x/f.yaml", []byte(src))
	var list List
	list.Warnf(mark(t, "dir, x/f.yaml", src, "<b>", 0), BadValue, "100%% wrong\nreally").WithHelp("mend it").
		WithFix(mark(t, "dir, x/f.yaml", src, "<b>", 0), "c")
	views := sources.Views(list)

	var out bytes.Buffer
	if err := WriteJSON(&out, views); err != nil {
		t.Fatal(err)
	}
	var back []View
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(views, back); diff != "" {
		t.Errorf("JSON loses something (-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), `"text": "a: <b>"`) {
		t.Errorf("JSON escapes for HTML:\n%s", out.String())
	}

	out.Reset()
	if err := WriteGitHub(&out, views); err != nil {
		t.Fatal(err)
	}
	want := "::warning file=dir%2C x/f.yaml,line=1,col=4,endLine=1,endColumn=7,title=dagexport%3A bad-value::" +
		"100%25 wrong%0Areally [bad-value]%0Ahelp: mend it\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("GitHub (-want +got):\n%s", diff)
	}

	out.Reset()
	if err := WriteSARIF(&out, views); err != nil {
		t.Fatal(err)
	}
	var sarif struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID    string
				Locations []struct {
					PhysicalLocation struct {
						Region struct{ StartLine, StartColumn, EndColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &sarif); err != nil {
		t.Fatal(err)
	}
	if got := sarif.Runs[0].Results[0]; sarif.Version != "2.1.0" || got.RuleID != "bad-value" || got.Locations[0].PhysicalLocation.Region.StartColumn != 4 {
		t.Errorf("SARIF: %s", out.String())
	}
	out.Reset()
	if err := WriteJSON(&out, nil); err != nil || out.String() != "[]\n" {
		t.Errorf("no diagnostics: %q", out.String())
	}
}
