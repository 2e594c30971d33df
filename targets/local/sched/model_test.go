package sched

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// dress makes some tasks of a random pipeline setups, teardowns, mapped ones or parts of mapped groups, over lists or outputs,
// and limits the instances of some.
func dress(r *rand.Rand, p *ir.Pipeline) {
	group := &ir.Group{ID: "g", Expand: &ir.Expand{Args: []ir.Arg{{Name: "x", Value: mappedOver(r, p, 1)}}}}
	for i, t := range p.Tasks {
		if r.IntN(4) == 0 {
			t.Limits.MaxActivePerDagRn = 1 + r.IntN(2)
		}
		switch r.IntN(8) {
		case 0:
			t.Expand = &ir.Expand{Args: []ir.Arg{{Name: "x", Value: mappedOver(r, p, i)}}}
		case 1, 2:
			if i > 0 {
				t.Group = group
			}
		case 3:
			t.Setup = true
			for _, below := range p.Tasks[i+1:] {
				if slices.ContainsFunc(below.Needs, func(ref ir.Ref) bool { return ref.ID == t.ID }) && below.Teardown == nil {
					below.Trigger = ir.AllSuccess
				}
			}
			if i+2 < len(p.Tasks) {
				down := p.Tasks[i+2+r.IntN(len(p.Tasks)-i-2)]
				down.Trigger, down.Teardown = ir.AllDoneSetupSuccess, &ir.Teardown{FailsDagrun: r.IntN(2) == 0}
				need(down, t.ID)
			}
		}
		for _, id := range Sources(orNone(expandAround(t))) {
			need(t, id)
		}
	}
}

func orNone(e *ir.Expand) *ir.Expand {
	if e == nil {
		return &ir.Expand{}
	}
	return e
}

func expandAround(t *ir.Task) *ir.Expand {
	if t.Expand == nil && t.Group != nil {
		return t.Group.Expand
	}
	return t.Expand
}

func need(t *ir.Task, id string) {
	if !slices.ContainsFunc(t.Needs, func(ref ir.Ref) bool { return ref.ID == id }) {
		t.Needs = append(t.Needs, ir.Ref{ID: id})
	}
}

// mappedOver is a list of up to three items, or the output of a task before the i-th.
func mappedOver(r *rand.Rand, p *ir.Pipeline, i int) ir.Value {
	if i > 0 && r.IntN(2) == 0 {
		return &ir.Output{TaskID: p.Tasks[r.IntN(i)].ID}
	}
	list := &ir.List{}
	for range r.IntN(4) {
		list.Items = append(list.Items, &ir.Null{})
	}
	return list
}

// Whatever the order of completion: every run ends, no task instance starts against its rule, none twice at a time or too
// often, and the limits hold. Tries fail, skip what is downstream, give their slots back for a while. Some runs are cut short, by
// their timeout or from outside, and these go on: nothing runs again that had ended.
func TestEveryRunEnds(t *testing.T) {
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := randomPipeline(r)
		p.Settings.FailFast = r.IntN(5) == 0
		if seed%2 == 1 {
			dress(r, p)
		}
		pools := map[string]int{"0": 1 + r.IntN(PoolSlots)}
		options := Options{Version: latest, Jobs: 1 + r.IntN(4), Pools: pools}
		if seed%4 > 1 {
			options.Idle = func(t *ir.Task) bool { return t.Limits.PriorityWeight == 1 }
		}
		check := newModel(t, seed, r, p, options)
		cut := r.IntN(30)
		check.apply(check.m.Begin())
		for step := 0; !check.finished; step++ {
			switch {
			case step > 2000:
				t.Fatalf("seed %d: the run does not end", seed)
			case step == cut && seed%10 == 0:
				check.cut = true
				check.apply(check.m.TimeOut())
			case step == cut && (seed%10 == 1 || seed%10 == 2):
				check.cut = true
				check = check.goOn(options)
			default:
				check.next()
			}
		}
		check.end()
		if t.Failed() {
			return
		}
	}
}

func newModel(t *testing.T, seed uint64, r *rand.Rand, p *ir.Pipeline, options Options) *model {
	return &model{
		t: t, seed: seed, r: r, p: p, m: New(p, options), pools: options.Pools, idle: options.Idle, jobs: options.Jobs, lengths: map[string]int{},
		running: map[int]bool{}, waiting: map[int]bool{}, settled: map[int]bool{}, rescheduled: map[int]bool{}, failing: map[int]bool{},
	}
}

// goOn interrupts the run and begins another that knows what had ended in it, as a run that is resumed does.
func (c *model) goOn(options Options) *model {
	type key struct {
		id    string
		index int
	}
	known := map[key]Known{}
	under := map[int]bool{}
	for i := range c.m.Instances() {
		under[i] = c.running[i] || c.waiting[i]
	}
	cut := map[int]int{}
	for i := range under {
		if c.running[i] || c.rescheduled[i] {
			cut[i]++
		}
	}
	c.apply(c.m.Interrupt())
	for i := range c.m.Instances() {
		_, index := c.m.Instance(i)
		state, tries := c.m.State(i)
		at := key{c.task(i).ID, index}
		switch {
		case under[i]:
			known[at] = Known{Tries: tries, Cut: cut[i]}
		case state.Finished():
			known[at] = Known{Final: true, State: state, Tries: tries}
		}
	}
	options.Known = func(id string, index int) (Known, bool) {
		one, ok := known[key{id, index}]
		return one, ok
	}
	next := newModel(c.t, c.seed, c.r, c.p, options)
	next.lengths, next.known = c.lengths, options.Known
	next.apply(next.m.Begin())
	return next
}

type model struct {
	t                         *testing.T
	seed                      uint64
	r                         *rand.Rand
	p                         *ir.Pipeline
	m                         *Machine
	pools                     map[string]int
	idle                      IdleFunc
	jobs                      int
	known                     func(id string, index int) (Known, bool) // nil: the run is no later part of another
	lengths                   map[string]int                           // of what has been expanded, by task
	running, waiting, settled map[int]bool
	rescheduled, failing      map[int]bool // tries that go on; instances that are tried again
	cut                       bool         // the run was ended early
	finished                  bool
	run                       target.State
}

// next lets a random running try end or a random delay pass. A process that crashed is a try that failed.
func (c *model) next() {
	var choices []int
	for i := range c.m.Instances() {
		if c.running[i] || c.waiting[i] {
			choices = append(choices, i)
		}
	}
	if len(choices) == 0 {
		c.t.Fatalf("seed %d: nothing runs and the run has not ended", c.seed)
	}
	task := choices[c.r.IntN(len(choices))]
	if c.waiting[task] {
		delete(c.waiting, task)
		c.apply(c.m.Elapsed(task))
		return
	}
	delete(c.running, task)
	index, _ := c.m.Instance(task)
	switch n := c.r.IntN(12); {
	case n == 0 && c.seed%3 == 0:
		var chosen []string
		for _, id := range Downstream(c.p, c.p.Tasks[index].ID) {
			if c.r.IntN(2) == 0 {
				chosen = append(chosen, id)
			}
		}
		skipped, err := Branch(c.p, c.p.Tasks[index].ID, chosen)
		if err != nil {
			c.t.Fatal(err)
		}
		c.apply(c.m.EndedSkipping(task, Skipping{Tasks: skipped}))
	case n == 1 && c.seed%3 == 0:
		c.apply(c.m.EndedSkipping(task, Skipping{Tasks: ShortCircuit(c.p, c.p.Tasks[index].ID, c.r.IntN(2) == 0), Short: true}))
	case n == 2 && c.seed%3 == 1:
		c.rescheduled[task] = true
		c.apply(c.m.Reschedule(task, time.Second))
	default:
		c.apply(c.m.Ended(task, Outcome(c.r.IntN(4))))
	}
}

func (c *model) size(pool string) int {
	if size, ok := c.pools[pool]; ok {
		return size
	}
	return PoolSlots
}

func (c *model) task(instance int) *ir.Task {
	task, _ := c.m.Instance(instance)
	return c.p.Tasks[task]
}

func (c *model) apply(ds []Decision) {
	ds = slices.Clone(ds)
	var expanding []int
	for _, d := range ds {
		if c.finished {
			c.t.Errorf("seed %d: %v after the end", c.seed, d)
		}
		switch d.Kind {
		case Start:
			if c.running[d.Task] || c.waiting[d.Task] || c.settled[d.Task] {
				c.t.Errorf("seed %d: instance %d starts twice", c.seed, d.Task)
			}
			_, index := c.m.Instance(d.Task)
			var before Known
			if c.known != nil {
				before, _ = c.known(c.task(d.Task).ID, index)
			}
			if before.Final {
				c.t.Errorf("seed %d: instance %d had ended and runs again", c.seed, d.Task)
			}
			if d.Try > c.task(d.Task).Retry.Retries+1+before.Cut {
				c.t.Errorf("seed %d: instance %d has try %d", c.seed, d.Task, d.Try)
			}
			// What is tried again, or goes on, has been let in already; a branch may have skipped something above since.
			if !c.failing[d.Task] && !c.rescheduled[d.Task] && !c.mayRun(d.Task) {
				c.t.Errorf("seed %d: instance %d starts against its rule", c.seed, d.Task)
			}
			delete(c.rescheduled, d.Task)
			c.running[d.Task] = true
		case Settle:
			if c.running[d.Task] {
				c.t.Errorf("seed %d: instance %d is settled while it runs", c.seed, d.Task)
			}
			c.settled[d.Task] = true
		case Expand:
			if task, index := c.m.Instance(d.Task); task != d.Task || index != -1 {
				c.t.Errorf("seed %d: instance %d expands", c.seed, d.Task)
			}
			expanding = append(expanding, d.Task)
		case Wait:
			c.waiting[d.Task] = true
			c.failing[d.Task] = d.State == target.UpForRetry || c.failing[d.Task]
		case Stop:
			delete(c.running, d.Task)
			c.settled[d.Task] = true
		case End:
			delete(c.waiting, d.Task)
			c.settled[d.Task] = true
		case Finish:
			c.finished, c.run = true, d.State
		}
	}
	if limit := c.p.Settings.MaxActiveTasks; limit > 0 && len(c.running) > limit {
		c.t.Errorf("seed %d: %d tasks run", c.seed, len(c.running))
	}
	jobs := 0
	for i := range c.running {
		if c.idle == nil || !c.idle(c.task(i)) {
			jobs++
		}
	}
	if jobs > c.jobs {
		c.t.Errorf("seed %d: %d jobs are taken", c.seed, jobs)
	}
	slots, instances := map[string]int{}, map[*ir.Task]int{}
	for i := range c.running {
		task := c.task(i)
		slots[task.Limits.Pool] += min(task.Limits.PoolSlots, c.size(task.Limits.Pool)) // what asks for more runs alone
		if instances[task]++; task.Limits.MaxActivePerDagRn > 0 && instances[task] > task.Limits.MaxActivePerDagRn {
			c.t.Errorf("seed %d: %d instances of %s run", c.seed, instances[task], task.ID)
		}
	}
	for pool, n := range slots {
		if n > c.size(pool) {
			c.t.Errorf("seed %d: %d slots of pool %s are taken", c.seed, n, pool)
		}
	}
	for _, instance := range expanding {
		n := c.r.IntN(5) - 1
		if before, ok := c.lengths[c.task(instance).ID]; ok {
			n = before
		}
		if list, ok := expandAround(c.task(instance)).Args[0].Value.(*ir.List); ok {
			n = len(list.Items)
		}
		for _, id := range Sources(expandAround(c.task(instance))) {
			for i := range c.p.Tasks {
				if state, _ := c.m.State(i); c.p.Tasks[i].ID == id && state != target.Success {
					n = -1 // nothing was pushed
				}
			}
		}
		c.lengths[c.task(instance).ID] = n
		c.apply(c.m.Expanded(instance, n))
	}
}

// mayRun evaluates the rule of an instance from the states as they are now, counted afresh.
func (c *model) mayRun(instance int) bool {
	index, own := c.m.Instance(instance)
	task := c.p.Tasks[index]
	if mapped := expandAround(task) != nil; mapped != (own >= 0) {
		return false
	}
	for _, id := range Sources(orNone(expandAround(task))) {
		for i := range c.m.Instances() {
			if _, at := c.m.Instance(i); c.task(i).ID == id && at < 0 {
				if state, _ := c.m.State(i); state != target.Success && state.Finished() {
					return false
				}
			}
		}
	}
	if len(task.Needs) == 0 {
		return true
	}
	var counts Counts
	for _, ref := range task.Needs {
		for i := range c.m.Instances() {
			up := c.task(i)
			_, at := c.m.Instance(i)
			if up.ID != ref.ID || task.Group != nil && up.Group == task.Group && at >= 0 && at != own {
				continue
			}
			counts.Upstream++
			if up.Setup {
				counts.Setups++
			}
			state, _ := c.m.State(i)
			counts.add(state, up.Setup, 1)
		}
	}
	if task.Trigger == ir.Always {
		return true
	}
	_, runs := evaluate(latest, task.Trigger, counts)
	return runs
}

func (c *model) end() {
	for i := range c.m.Instances() {
		if state, _ := c.m.State(i); !state.Finished() && !c.cut {
			c.t.Errorf("seed %d: instance %d ends as %q", c.seed, i, state)
		}
	}
	if len(c.running)+len(c.waiting) > 0 || c.run != target.Success && c.run != target.Failed || c.cut && c.run != target.Failed {
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
