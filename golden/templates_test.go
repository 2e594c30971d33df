package golden

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/jinja"
)

// census counts the templates of pipelines, and those that local runs render without Python.
type census struct {
	seen, here int
	python     []string // the others
}

func (c *census) add(file *ir.File) {
	visit := func(v ir.Value) {
		text := ""
		switch v := v.(type) {
		case *ir.Template:
			text = v.V
		case *ir.String:
			text = v.V // of an operator that the catalogue does not know, whose fields it does not know either
		}
		if !strings.Contains(text, "{{") && !strings.Contains(text, "{%") {
			return
		}
		c.seen++
		if jinja.Parse(text) != nil {
			c.here++
		} else {
			c.python = append(c.python, text)
		}
	}
	for _, p := range file.Pipelines {
		for _, t := range p.Tasks {
			ir.WalkArgs(slices.DeleteFunc(slices.Clone(t.Args), func(a ir.Arg) bool {
				return a.Name == "map_index_template" // rendered when the task has run
			}), visit)
			ir.WalkExpand(t.Expand, visit)
			if op, ok := t.Op.(*ir.Decorated); ok {
				ir.WalkAll(op.Args, visit)
				ir.WalkArgs(op.Kwargs, visit)
			}
		}
	}
}

// most wants four of five templates to be rendered without Python.
func (c *census) most(t *testing.T, what string) {
	t.Helper()
	if c.seen == 0 {
		t.Fatalf("%s: no templates", what)
	}
	t.Logf("%s: %d of %d templates need no Python", what, c.here, c.seen)
	if 5*c.here < 4*c.seen {
		t.Errorf("%s: only %d of %d templates are rendered without Python; not so:\n%s", what, c.here, c.seen, strings.Join(c.python, "\n"))
	}
}

// TestMostTemplatesNeedNoPython counts the templates of the examples.
func TestMostTemplatesNeedNoPython(t *testing.T) {
	examples(t).most(t, "examples")
}

// examples are the templates of the examples.
func examples(t *testing.T) *census {
	t.Helper()
	files, err := compiler.Discover(filepath.Join("..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	all := &census{}
	for _, path := range files {
		if result := compiler.CompileFile(path, compiler.Options{}); result.File != nil {
			all.add(result.File)
		}
	}
	return all
}
