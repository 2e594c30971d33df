package airflow

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// benchFile is one of the pipelines that the project's figures are about: 20 tasks, of which 18 do something.
func benchFile() *ir.File {
	p := dagOf("bench")
	p.DefaultArgs = args("owner", str("data-eng"), "retries", num("2"), "retry_delay", seconds(300))
	empty(p, nil, "start")
	g := group(p, nil, "work", "start")
	before := ""
	for i := range 18 {
		id := fmt.Sprintf("step_%d", i)
		var needs []string
		if before != "" {
			needs = []string{before}
		}
		if i%3 == 0 {
			task(p, g, id, "PythonOperator", args("python_callable", callable("sales.clean", "run"), "op_kwargs", dict("n", num("1"), "day", str("{{ ds }}"))), needs...)
		} else {
			task(p, g, id, "BashOperator", args("bash_command", str("./step.sh {{ ds }} --region {{ params.region }}"), "execution_timeout", seconds(600)), needs...)
		}
		before = g.ID + "." + id
	}
	empty(p, nil, "done", "work")
	return fileOf(p)
}

func BenchmarkRender(b *testing.B) {
	file := benchFile()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Render(file, RenderOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPreRun(b *testing.B) {
	for _, kind := range []string{"new", "unchanged"} {
		b.Run(kind, func(b *testing.B) {
			file, dir, n := benchFile(), b.TempDir(), 0
			exporter := New(Options{})
			for b.Loop() {
				name := "same.yaml"
				if kind == "new" {
					name = fmt.Sprintf("p%d.yaml", n)
				}
				n++
				if err := exporter.PreRun(context.Background(), file, filepath.Join(dir, name)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A tree of single elements is tried on one line at every depth; that must not cost the square of the depth.
func BenchmarkDeepValue(b *testing.B) {
	v := str(strings.Repeat("x", 100))
	for range 180 {
		v = list(v)
	}
	for b.Loop() {
		literalOf(v)
	}
}
