package compiler

import (
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/diag"
)

func TestWithin(t *testing.T) {
	for _, tc := range []struct{ name, src, find, want string }{
		{"plain", "a: one two three", "two", "two"},
		{"plain over lines", "a: one\n  two\n  three", "two three", "two\n  three"},
		{"single quotes", "a: 'it''s one two'", "one", "one"},
		{"a doubled quote itself", "a: 'it''s'", "s", "s"},
		{"single quotes over lines", "a: 'one\n   two'", "two", "two"},
		{"double quotes", `a: "one two"`, "two", "two"},
		{"after an escape", `a: "one\ttwo"`, "two", "two"},
		{"an escape", `a: "one\ttwo"`, "\t", `\t`},
		{"after hexadecimal escapes", `a: "\x41\u00e9\U0001F600two"`, "two", "two"},
		{"after an escaped break", "a: \"one \\\n   two\"", "two", "two"},
		{"double quotes over lines", "a: \"one  \n\n   two\"", "two", "two"},
		{"quotes in quotes", `a: "say \"two\""`, "two", "two"},
		{"literal", "a: |\n  one\n    two\n  three\n", "two", "two"},
		{"literal with header", "a: |2-\n    one\n  two\n", "two", "two"},
		{"folded", "a: >\n  one\n  two\n\n  three\n", "three", "three"},
		{"not ASCII", "a: é ü two", "two", "two"},
		{"after a tag", "a: !!str one two", "two", "two"},
		{"CRLF", "a: |\r\n  one\r\n  two\r\n", "two", "two"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var diags diag.List
			c := &compilation{src: newSource("a.yaml", []byte(tc.src)), diags: &diags}
			root := parse(c.src, new(memory), &diags)
			if root == nil {
				t.Fatal(diags.All())
			}
			n := root.get("a")
			at := strings.Index(n.text, tc.find)
			if at < 0 {
				t.Fatalf("%q is not in %q", tc.find, n.text)
			}
			if got := c.src.at(c.within(n, at, at+len(tc.find))); got != tc.want {
				t.Errorf("got %q of %q, want %q", got, c.src.at(n.span), tc.want)
			}
		})
	}
}

func FuzzWithin(f *testing.F) {
	for _, seed := range []string{"a: x y", "a: 'x''y\n\n z'", "a: \"x\\ty\\\n z\\u00e9\"", "a: |\n  x\n   y\n", "a: >-\n  x\n  y\n", "a: x\n  y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var diags diag.List
		c := &compilation{src: newSource("a.yaml", []byte(text)), diags: &diags}
		root := parse(c.src, new(memory), &diags)
		if root == nil {
			return
		}
		c.eachScalar(root, func(n *node) {
			for i := range n.text {
				span := c.within(n, i, i+1)
				if span.Start.Offset < n.span.Start.Offset || span.End.Offset > n.span.End.Offset || span.End.Offset < span.Start.Offset {
					t.Fatalf("byte %d of %q is at %v, outside %v", i, n.text, span, n.span)
				}
				if found := c.src.at(span); !isBlank(n.text[i]) && span != n.span && found[0] != n.text[i] && found[0] != '\\' && n.text[i] < 0x80 {
					t.Fatalf("byte %d of %q is found at %q", i, n.text, found)
				}
			}
		})
	})
}

func (c *compilation) eachScalar(n *node, visit func(*node)) {
	if n.kind == scalarNode {
		visit(n)
	}
	for _, item := range n.items {
		c.eachScalar(item, visit)
	}
	for _, p := range n.pairs {
		c.eachScalar(p.key, visit)
		c.eachScalar(p.value, visit)
	}
}
