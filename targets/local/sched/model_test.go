package sched

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// randomPipeline has up to 12 tasks with random edges, rules, retries, weights and pools.
func randomPipeline(r *rand.Rand) *ir.Pipeline {
	rules := ir.TriggerRules(latest)
	p := &ir.Pipeline{ID: "d"}
	p.Settings.MaxActiveTasks = r.IntN(4)
	for i := range 1 + r.IntN(12) {
		t := &ir.Task{ID: fmt.Sprint("t", i), Trigger: rules[r.IntN(len(rules))]}
		t.Retry = ir.Retry{Retries: r.IntN(3), Delay: &ir.Duration{Micros: 1}}
		t.Limits = ir.Limits{PriorityWeight: r.IntN(3), PoolSlots: 1 + r.IntN(100), Pool: fmt.Sprint(r.IntN(2))}
		t.Limits.WeightRule = []string{"", "upstream", "absolute"}[r.IntN(3)]
		for j := range i {
			if r.IntN(4) == 0 {
				t.Needs = append(t.Needs, ir.Ref{ID: fmt.Sprint("t", j)})
			}
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p
}

// Whatever the order of completion: every run ends, no task starts against its trigger rule, none twice at a time or too
// often, and the limits hold.
func TestEveryRunEnds(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := randomPipeline(r)
		p.Settings.FailFast = r.IntN(5) == 0
		m := New(p, Options{Version: latest, Jobs: 1 + r.IntN(4)})
		check := &model{t: t, seed: seed, p: p, m: m, running: map[int]bool{}, waiting: map[int]bool{}}
		check.apply(m.Begin())
		for step := 0; !check.finished; step++ {
			if step > 1000 {
				t.Fatalf("seed %d: the run does not end", seed)
			}
			check.next(r)
		}
		check.end()
		if t.Failed() {
			return
		}
	}
}

type model struct {
	t                *testing.T
	seed             uint64
	p                *ir.Pipeline
	m                *Machine
	running, waiting map[int]bool
	finished         bool
	run              target.State
}

// next lets a random running try end or a random delay pass.
func (c *model) next(r *rand.Rand) {
	var choices []int
	for i := range c.p.Tasks {
		if c.running[i] || c.waiting[i] {
			choices = append(choices, i)
		}
	}
	if len(choices) == 0 {
		c.t.Fatalf("seed %d: nothing runs and the run has not ended", c.seed)
	}
	task := choices[r.IntN(len(choices))]
	if c.waiting[task] {
		delete(c.waiting, task)
		c.apply(c.m.Elapsed(task))
		return
	}
	delete(c.running, task)
	c.apply(c.m.Ended(task, Outcome(r.IntN(4))))
}

func (c *model) apply(ds []Decision) {
	for _, d := range ds {
		if c.finished {
			c.t.Errorf("seed %d: %v after the end", c.seed, d)
		}
		switch d.Kind {
		case Start:
			if c.running[d.Task] || c.waiting[d.Task] {
				c.t.Errorf("seed %d: task %d starts twice", c.seed, d.Task)
			}
			if d.Try > c.p.Tasks[d.Task].Retry.Retries+1 {
				c.t.Errorf("seed %d: task %d has try %d", c.seed, d.Task, d.Try)
			}
			if _, runs := c.verdict(d.Task); !runs {
				c.t.Errorf("seed %d: task %d starts against its rule", c.seed, d.Task)
			}
			c.running[d.Task] = true
		case Settle:
			if c.running[d.Task] {
				c.t.Errorf("seed %d: task %d is settled while it runs", c.seed, d.Task)
			}
		case Wait:
			c.waiting[d.Task] = true
		case Stop:
			delete(c.running, d.Task)
		case End:
			delete(c.waiting, d.Task)
		case Finish:
			c.finished, c.run = true, d.State
		}
	}
	if limit := c.p.Settings.MaxActiveTasks; limit > 0 && len(c.running) > limit {
		c.t.Errorf("seed %d: %d tasks run", c.seed, len(c.running))
	}
	slots := map[string]int{}
	for task := range c.running {
		slots[c.p.Tasks[task].Limits.Pool] += c.p.Tasks[task].Limits.PoolSlots
	}
	for pool, n := range slots {
		if n > PoolSlots {
			c.t.Errorf("seed %d: %d slots of pool %s are taken", c.seed, n, pool)
		}
	}
}

// verdict evaluates a task's rule from the states as they are now, counted afresh.
func (c *model) verdict(task int) (target.State, bool) {
	counts := Counts{Upstream: len(c.p.Tasks[task].Needs)}
	for _, ref := range c.p.Tasks[task].Needs {
		for i, up := range c.p.Tasks {
			if up.ID == ref.ID {
				state, _ := c.m.State(i)
				counts.add(state, up.Setup, 1)
			}
		}
	}
	return Evaluate(latest, c.p.Tasks[task].Trigger, counts)
}

func (c *model) end() {
	for i := range c.p.Tasks {
		if state, _ := c.m.State(i); !state.Finished() {
			c.t.Errorf("seed %d: task %d ends as %q", c.seed, i, state)
		}
	}
	if len(c.running)+len(c.waiting) > 0 || c.run != target.Success && c.run != target.Failed {
		c.t.Errorf("seed %d: the run ends %q with %d running, %d waiting", c.seed, c.run, len(c.running), len(c.waiting))
	}
}

func TestPriorities(t *testing.T) {
	for seed := range uint64(500) {
		p := randomPipeline(rand.New(rand.NewPCG(seed, 2)))
		m := New(p, Options{Version: latest, Jobs: 1})
		for i, task := range p.Tasks {
			seen := map[int32]bool{}
			edges := m.feeds
			if task.Limits.WeightRule == "upstream" {
				edges = m.needs
			}
			var visit func(at int32)
			visit = func(at int32) {
				if !seen[at] {
					seen[at] = true
					for _, next := range edges[at] {
						visit(next)
					}
				}
			}
			visit(int32(i))
			want := int64(0)
			for at := range seen {
				want += int64(p.Tasks[at].Limits.PriorityWeight)
			}
			if task.Limits.WeightRule == "absolute" {
				want = int64(task.Limits.PriorityWeight)
			}
			if m.priority[i] != want {
				t.Fatalf("seed %d: %s has %d, want %d", seed, task.ID, m.priority[i], want)
			}
		}
	}
}

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
