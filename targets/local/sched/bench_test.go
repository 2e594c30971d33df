package sched

import (
	"fmt"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
)

func wide(n int) *ir.Pipeline {
	p := &ir.Pipeline{ID: "d"}
	for i := range n {
		p.Tasks = append(p.Tasks, &ir.Task{ID: fmt.Sprint("t", i), Trigger: ir.AllSuccess})
	}
	return p
}

func layers(depth, width int) *ir.Pipeline {
	p := wide(depth * width)
	for i := width; i < depth*width; i++ {
		for up := (i/width - 1) * width; up < i/width*width; up++ {
			p.Tasks[i].Needs = append(p.Tasks[i].Needs, ir.Ref{ID: p.Tasks[up].ID})
		}
	}
	return p
}

// runAll plays a run in which everything succeeds, in the order of starting.
func runAll(p *ir.Pipeline) int {
	m := New(p, Options{Version: latest, Jobs: 16, LogicalDate: time.Unix(0, 0)})
	var started []int
	apply := func(ds []Decision) {
		for _, d := range ds {
			if d.Kind == Start {
				started = append(started, d.Task)
			}
		}
	}
	apply(m.Begin())
	for at := 0; at < len(started); at++ {
		apply(m.Ended(started[at], Succeeded))
	}
	return len(started)
}

func BenchmarkMachine(b *testing.B) {
	for _, c := range []struct {
		name string
		p    *ir.Pipeline
	}{{"wide 10000", wide(10000)}, {"chain 1000", layers(1000, 1)}, {"chain 10000", layers(10000, 1)}, {"layers 100x10", layers(100, 10)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if n := runAll(c.p); n != len(c.p.Tasks) {
					b.Fatal(n)
				}
			}
		})
	}
}
