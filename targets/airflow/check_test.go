package airflow

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func TestCheckIsSilentOnTheCorpus(t *testing.T) {
	for _, sample := range corpus() {
		if problems := New(Options{}).Check(sample.file); problems.Len() != 0 {
			t.Errorf("%s: %+v", sample.name, problems.All())
		}
	}
}

// nested is a pipeline with so many groups in each other, and a value of that depth.
func nested(groups, brackets int) *ir.File {
	p := dagOf("d")
	var g *ir.Group
	for range groups {
		g = group(p, g, "g")
	}
	v := ir.Value(list())
	for range brackets {
		v = list(v)
	}
	empty(p, g, "t").Args = args("x", v)
	p.DefaultArgs = args("x", v)
	return fileOf(p)
}

// The deepest file that passes is one that Python reads.
func TestCheckDepth(t *testing.T) {
	for _, test := range []struct {
		file *ir.File
		want int
	}{
		{nested(maxGroups, 1), 0},
		{nested(maxGroups+1, 1), 1},
		{nested(maxGroups+5, 1), 1},
		{nested(1, maxBrackets-3), 0},
		{nested(1, maxBrackets-2), 2},
		{nested(1, 5000), 2},
	} {
		problems := New(Options{}).Check(test.file)
		if problems.Len() != test.want {
			t.Errorf("%d problems, want %d: %+v", problems.Len(), test.want, problems.All())
		}
		if test.want > 0 {
			continue
		}
		text, err := Render(test.file, RenderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("python3", "-c", `import sys; compile(sys.stdin.read(), "etl.py", "exec")`)
		cmd.Stdin = strings.NewReader(string(text))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("Python does not read it: %s", out)
		}
	}
}
