package sched

import (
	"slices"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Airflow's defaults for what a pipeline does not say.
const (
	MaxActiveTasks = 16  // tasks of a DAG that run at a time
	PoolSlots      = 128 // slots of default_pool; every other pool is taken to have as many
)

// Options are what a Machine needs to know beside the pipeline.
type Options struct {
	Version     ir.Version
	LogicalDate time.Time
	Jobs        int // tries that run at a time, at least 1

	// Idle tells which tasks take no job while they run; nil: none.
	Idle IdleFunc

	// Pools are the slots of each pool; one that is not there has PoolSlots.
	Pools map[string]int

	// Held tells which tasks an earlier run keeps from running, whatever their upstream tasks come to; nil: none.
	Held func(taskID string) bool

	// Absent tells which tasks have no instance in the run: what waits for one waits forever. nil: none.
	Absent func(taskID string) bool

	// Known is what is known of a task instance before it runs; nil: of none. It is asked once the instance is there.
	Known func(taskID string, mapIndex int) (Known, bool)
}

// Outcome is how a try ended.
type Outcome int

// The outcomes of a try.
const (
	Succeeded Outcome = iota
	Skipped
	Failed        // may be tried again
	FailedForGood // is not tried again
)

// Kind is a kind of Decision.
type Kind int

// The kinds of decisions.
const (
	// Start begins a try of a task.
	Start Kind = iota
	// Settle gives a task a state without any try: by its trigger rule, or because the run ends early.
	Settle
	// End gives a task the state that the try just reported, or one that was stopped, came to.
	End
	// Wait asks for Elapsed after a delay; the task is up for retry.
	Wait
	// Stop ends the running try of a task whose state has been decided; its end is not reported to the machine.
	Stop
	// Finish ends the run; it comes last, once nothing runs any more but what Stop named.
	Finish
	// Expand asks for Expanded: how many instances a mapped task, or one of a mapped group, has.
	Expand
)

// Decision is one thing to do, or one state to write down.
type Decision struct {
	Kind  Kind
	Task  int           // number of the task instance, as Machine.Instance knows it; -1 for Finish
	Try   int           // the try that starts, has ended or is stopped; for Wait, the failed one
	State target.State  // for Settle, End and Stop that of the task, for Finish that of the run
	Delay time.Duration // for Wait
}

// phase is where a task instance stands within the machine.
type phase uint8

const (
	undecided phase = iota // its trigger rule has not let it run yet
	ready                  // waits for a slot
	running
	waiting // up for retry
	final
	expanding // its rule lets it run, and its instances are still to be counted
)

// Machine is the state of one run. Its methods are not for concurrent use; the decisions that one returns are valid until
// the next call.
//
// Task instances have numbers. One that is not mapped, or not expanded yet, has the index of its task in Pipeline.Tasks; that
// is the number of the first instance, too, once a task is expanded, and the others follow after all that were there.
type Machine struct {
	pipeline *ir.Pipeline
	options  Options

	// By task.
	needs, feeds [][]int32
	priority     []int64
	counts       []Counts // of the upstream task instances; of use to tasks outside mapped groups
	scopes       *scopes  // nil where there are no setups and teardowns
	mapping      *mapping // nil where nothing is mapped
	tallies      []Counts // of the instances of each task; empty where nothing is mapped and there are no scopes

	// By task instance.
	of      []int32 // its task
	index   []int32 // its map_index
	phases  []phase
	states  []target.State
	tries   []int
	mark    []bool
	counted []bool      // its final state has been counted where it matters
	cut     map[int]int // tries that were interrupted, by instance

	queue queue
	limit int // tries at a time, whatever they do
	idle  int // of those that run, the ones that only wait

	gaveUp bool   // the run has waited for an earlier one until its dagrun_timeout
	absent []bool // by task; nil: none is

	left    left           // what tasks have skipped; nil: nothing yet
	resumed map[int32]bool // instances whose next start goes on with the last try

	active, delayed, pending, unfinished int // pending: instances that are expanding
	ended                                bool

	decisions []Decision
	fresh     []int32 // instances that became final and whose children have not been looked at
	touched   []int32 // instances to evaluate
	spare     []int32 // the memory of the last ones
}

// New is a machine for one run of a pipeline; Begin sets it going.
func New(pipeline *ir.Pipeline, options Options) *Machine {
	n := len(pipeline.Tasks)
	m := &Machine{
		pipeline:   pipeline,
		options:    options,
		needs:      make([][]int32, n),
		feeds:      make([][]int32, n),
		counts:     make([]Counts, n),
		of:         make([]int32, n),
		index:      make([]int32, n),
		phases:     make([]phase, n),
		states:     make([]target.State, n),
		tries:      make([]int, n),
		mark:       make([]bool, n),
		counted:    make([]bool, n),
		queue:      queue{sizes: options.Pools, free: map[string]int{}},
		unfinished: n,
	}
	m.limit = pipeline.Settings.MaxActiveTasks
	if m.limit <= 0 {
		m.limit = MaxActiveTasks
	}
	m.options.Jobs = max(1, options.Jobs)

	index := make(map[string]int32, n)
	for i, t := range pipeline.Tasks {
		index[t.ID] = int32(i)
		m.of[i], m.index[i] = int32(i), -1
	}
	for i, t := range pipeline.Tasks {
		for _, ref := range t.Needs {
			up := index[ref.ID]
			m.needs[i] = append(m.needs[i], up)
			m.feeds[up] = append(m.feeds[up], int32(i))
			if pipeline.Tasks[up].Setup {
				m.counts[i].Setups++
			}
		}
		m.counts[i].Upstream = len(t.Needs)
	}
	m.priority = priorities(pipeline.Tasks, m.needs, m.feeds)
	m.scopes = newScopes(pipeline.Tasks, m.needs, m.feeds)
	m.mapping = newMapping(pipeline, index)
	m.findAbsent()
	return m
}

// Instances is how many task instances there are so far.
func (m *Machine) Instances() int { return len(m.of) }

// Instance is the index in Pipeline.Tasks of a task instance, and its map_index: -1 where it is not mapped or not expanded.
func (m *Machine) Instance(number int) (task, mapIndex int) {
	return int(m.of[number]), int(m.index[number])
}

// task is the task of an instance.
func (m *Machine) task(instance int) *ir.Task { return m.pipeline.Tasks[m.of[instance]] }

// Begin starts the run.
func (m *Machine) Begin() []Decision {
	m.decisions = m.decisions[:0]
	m.expandLiterals()
	m.leaveAbsent()
	for i := range m.of {
		m.evaluate(int32(i))
	}
	if m.options.Known != nil && m.pipeline.Settings.FailFast {
		m.failFastAgain()
	}
	return m.proceed()
}

// Ended reports that the running try of a task instance has ended.
func (m *Machine) Ended(task int, outcome Outcome) []Decision {
	m.decisions = m.decisions[:0]
	if m.ended || m.phases[task] != running {
		return nil
	}
	m.release(int32(task))
	switch outcome {
	case Succeeded:
		m.end(task, target.Success)
	case Skipped:
		m.end(task, target.Skipped)
	default:
		t := m.task(task)
		if outcome == Failed && t.Retry.Retries != 0 && m.tries[task]-m.cut[task] <= t.Retry.Retries {
			m.retry(task)
			break
		}
		m.end(task, target.Failed)
		if m.pipeline.Settings.FailFast {
			m.failFast(task)
		}
	}
	return m.proceed()
}

// Elapsed reports that the delay of a Wait is over.
func (m *Machine) Elapsed(task int) []Decision {
	m.decisions = m.decisions[:0]
	if m.ended || m.phases[task] != waiting {
		return nil
	}
	m.delayed--
	m.enqueue(int32(task))
	return m.proceed()
}

// Interrupt ends the run from outside: what runs or waits for its next try has failed, what never ran keeps no state, and
// the run has failed.
func (m *Machine) Interrupt() []Decision {
	return m.abort(func(p phase) target.State {
		if p == running || p == waiting {
			return target.Failed
		}
		return target.None
	})
}

// TimeOut ends the run by its dagrun_timeout, as Airflow does: whatever is unfinished is skipped, the run has failed.
func (m *Machine) TimeOut() []Decision {
	return m.abort(func(phase) target.State { return target.Skipped })
}

// State is the state of a task instance and the number of its last try, 0 if it never ran. Once the run has ended it is final, or
// None for a task that was not reached.
func (m *Machine) State(task int) (target.State, int) {
	return m.states[task], m.tries[task]
}

func (m *Machine) abort(become func(phase) target.State) []Decision {
	m.decisions = m.decisions[:0]
	if m.ended {
		return nil
	}
	for i := range m.phases {
		m.cutShort(i, become(m.phases[i]))
	}
	m.queue.clear()
	m.finish(target.Failed)
	return m.decisions
}

// cutShort gives an unfinished task a state, and stops it if it runs.
func (m *Machine) cutShort(task int, state target.State) {
	was := m.phases[task]
	if was == final {
		return
	}
	if state == target.None {
		m.states[task] = state
		return
	}
	m.phases[task], m.states[task] = final, state
	m.unfinished--
	m.fresh = append(m.fresh, int32(task))
	switch was {
	case running:
		m.release(int32(task))
		m.decide(Decision{Kind: Stop, Task: task, Try: m.tries[task], State: state})
	case waiting:
		m.delayed--
		m.decide(Decision{Kind: End, Task: task, Try: m.tries[task], State: state})
	case expanding:
		m.pending--
		m.decide(Decision{Kind: Settle, Task: task, State: state})
	default:
		m.decide(Decision{Kind: Settle, Task: task, State: state})
	}
}

// failFast ends what is left after a task has failed for good: what runs has failed too, all else is skipped, what its
// trigger rule had given a state without success included. Teardowns and other instances of the same task are spared.
func (m *Machine) failFast(cause int) {
	for i := range m.phases {
		switch {
		case m.of[i] == m.of[cause] || m.task(i).Teardown != nil || m.states[i] == target.Success || m.states[i] == target.Failed:
		case m.phases[i] == running:
			m.cutShort(i, target.Failed)
		case m.phases[i] != final:
			m.cutShort(i, target.Skipped)
		case m.states[i] != target.Skipped:
			m.recount(int32(i), target.Skipped)
			m.states[i] = target.Skipped
			m.decide(Decision{Kind: Settle, Task: i, State: target.Skipped})
		}
	}
	m.queue.clear()
	for i := range m.phases {
		if m.phases[i] == ready {
			m.enqueue(int32(i))
		}
	}
}

// recount changes what the tasks behind a finished instance have counted of it.
func (m *Machine) recount(instance int32, state target.State) {
	if !m.counted[instance] {
		return
	}
	t := m.of[instance]
	setup := m.pipeline.Tasks[t].Setup
	for _, child := range m.feeds[t] {
		m.counts[child].add(m.states[instance], setup, -1)
		m.counts[child].add(state, setup, 1)
	}
	if m.mapping != nil || m.scopes != nil {
		m.tally(t).add(m.states[instance], setup, -1)
		m.tally(t).add(state, setup, 1)
	}
}

// retry puts a failed task up for its next try.
func (m *Machine) retry(task int) {
	t := m.task(task)
	m.phases[task], m.states[task] = waiting, target.UpForRetry
	m.delayed++
	delay := RetryDelay(m.options.Version, m.pipeline.ID, t.ID, m.options.LogicalDate, t.Retry, m.tries[task])
	m.decide(Decision{Kind: Wait, Task: task, Try: m.tries[task], State: target.UpForRetry, Delay: delay})
}

func (m *Machine) end(task int, state target.State) {
	m.phases[task], m.states[task] = final, state
	m.unfinished--
	m.fresh = append(m.fresh, int32(task))
	m.decide(Decision{Kind: End, Task: task, Try: m.tries[task], State: state})
}

// release gives back what a running task instance holds.
func (m *Machine) release(instance int32) {
	m.active--
	m.idle -= m.idles(instance)
	m.queue.release(m.of[instance], m.task(int(instance)))
}

// evaluate asks whether a task instance that is still undecided may run, once.
func (m *Machine) evaluate(instance int32) {
	if m.phases[instance] != undecided || m.options.Known != nil && m.recall(instance) {
		return
	}
	if m.left != nil && m.previouslySkipped(instance) {
		m.settle(instance, target.Skipped)
		return
	}
	state, runs := m.verdict(instance)
	runs = runs && !m.held(instance)
	switch {
	case state != target.None && runs && m.index[instance] < 0 && m.mapping.expands(m.of[instance]):
		// Airflow goes on to make the instances, which all have the state.
		m.states[instance] = state
		m.phases[instance] = expanding
		m.pending++
		m.decide(Decision{Kind: Expand, Task: int(instance)})
	case state != target.None:
		m.settle(instance, state)
	case runs && m.index[instance] < 0 && m.mapping.expands(m.of[instance]):
		m.phases[instance] = expanding
		m.pending++
		m.decide(Decision{Kind: Expand, Task: int(instance)})
	case runs:
		m.enqueue(instance)
	}
}

// verdict is the state that the upstream task instances give to an instance, None if they give none, and whether they let it run.
func (m *Machine) verdict(instance int32) (target.State, bool) {
	t := m.of[instance]
	task := m.pipeline.Tasks[t]
	state, runs := target.None, true
	if len(m.needs[t]) > 0 && task.Trigger != ir.Always {
		state, runs = m.ruled(instance, task)
	}
	if m.mapping == nil {
		return state, runs
	}
	if spoiled, ends := m.spoiled(t); ends {
		runs = false
		if state != target.UpstreamFailed && spoiled != target.None {
			state = spoiled
		}
	}
	return state, runs
}

// ruled is what the trigger rule says, and the setups and teardowns around the task.
func (m *Machine) ruled(instance int32, task *ir.Task) (target.State, bool) {
	t := m.of[instance]
	waits := false
	if m.scopes != nil && task.Teardown == nil && len(m.scopes.setups[t]) > 0 {
		c := m.sum(instance, m.scopes.setups[t])
		switch {
		case c.Failed+c.UpstreamFailed > 0:
			return target.UpstreamFailed, false
		case c.Skipped > 0:
			return target.Skipped, false
		}
		waits = c.Success < c.Upstream
	}
	counts := m.counts[t]
	if m.mapping.groupOf(t) >= 0 {
		counts = m.sum(instance, m.needs[t])
	}
	state, runs := evaluate(m.options.Version, task.Trigger, counts)
	if m.scopes != nil && task.Teardown != nil && runs && len(m.scopes.within[t]) > 0 && m.options.Version.AtLeast(3, 2) {
		c := m.sum(instance, m.scopes.within[t])
		waits = c.Done() < c.Upstream
	}
	return state, runs && !waits
}

func (m *Machine) settle(instance int32, state target.State) {
	m.phases[instance], m.states[instance] = final, state
	m.unfinished--
	m.fresh = append(m.fresh, instance)
	m.decide(Decision{Kind: Settle, Task: int(instance), State: state})
}

func (m *Machine) enqueue(instance int32) {
	m.phases[instance], m.states[instance] = ready, target.Scheduled
	t := m.of[instance]
	m.queue.push(ranked{instance, m.priority[t], int64(t)<<32 | int64(m.index[instance]+1)}, t, m.pipeline.Tasks[t])
}

// proceed carries the consequences of what became final through the graph, pass by pass, and starts what may run.
func (m *Machine) proceed() []Decision {
	// What is expanding comes to its end in the same pass: the next one waits for it.
	for m.pending == 0 && (len(m.fresh) > 0 || len(m.touched) > 0) {
		for _, done := range m.fresh {
			m.spread(done)
		}
		m.fresh = m.fresh[:0]
		touched := m.touched
		for _, instance := range touched {
			m.mark[instance] = false
		}
		m.touched = m.spare[:0]
		for _, instance := range touched {
			m.evaluate(instance)
		}
		m.spare = touched
	}
	for m.pending == 0 && m.room() { // what is expanding may come first
		instance, ok := m.queue.pop()
		if !ok {
			break
		}
		if m.phases[instance] != ready { // skipped while it stood in line
			m.queue.release(m.of[instance], m.task(int(instance)))
			continue
		}
		m.begin(instance)
	}
	if m.active == 0 && m.delayed == 0 && m.pending == 0 && m.queue.count == 0 {
		if m.pipeline.Settings.DagrunTimeout != nil && m.Held() {
			m.giveUp()
		}
		m.finish(m.outcome())
	}
	return m.decisions
}

// spread counts an instance that has become final where it matters, and touches what waits for it.
func (m *Machine) spread(done int32) {
	t, state := m.of[done], m.states[done]
	m.counted[done] = true
	setup := m.pipeline.Tasks[t].Setup
	for _, child := range m.feeds[t] {
		m.counts[child].add(state, setup, 1)
	}
	if m.mapping == nil && m.scopes == nil {
		for _, child := range m.feeds[t] {
			m.touch(child)
		}
		return
	}
	m.tally(t).add(state, setup, 1)
	for _, child := range m.feeds[t] {
		m.touchFrom(done, child)
	}
	if m.scopes != nil {
		for _, task := range m.scopes.watchers[t] {
			m.touchFrom(done, task)
		}
	}
	if m.mapping != nil {
		for _, task := range m.mapping.users[t] {
			m.touchAll(task)
		}
	}
}

// touch puts an instance down for an evaluation.
func (m *Machine) touch(instance int32) {
	if m.phases[instance] == undecided && !m.mark[instance] {
		m.mark[instance] = true
		m.touched = append(m.touched, instance)
	}
}

// outcome is the state of a run in which nothing can happen any more: that of its leaves, where teardowns count only if they
// say so.
func (m *Machine) outcome() target.State {
	if m.unfinished > 0 {
		return target.Failed // what Airflow calls a deadlock
	}
	if m.gaveUp {
		return target.Failed
	}
	leaves := make([]bool, len(m.pipeline.Tasks))
	found := false
	for t := range m.pipeline.Tasks {
		leaves[t] = !m.ignorable(int32(t)) && !slices.ContainsFunc(m.feeds[t], func(child int32) bool { return !m.ignorable(child) && !m.away(child) })
		found = found || leaves[t]
	}
	for i, t := range m.of {
		leaf := leaves[t] || !found && len(m.feeds[t]) == 0 // there may be nothing but teardowns
		if leaf && (m.states[i] == target.Failed || m.states[i] == target.UpstreamFailed) {
			return target.Failed
		}
	}
	return target.Success
}

// ignorable tells whether a task is a teardown that has no say in the state of the run.
func (m *Machine) ignorable(task int32) bool {
	t := m.pipeline.Tasks[task].Teardown
	return t != nil && !t.FailsDagrun
}

func (m *Machine) finish(state target.State) {
	m.ended = true
	m.decide(Decision{Kind: Finish, Task: -1, State: state})
}

func (m *Machine) decide(d Decision) { m.decisions = append(m.decisions, d) }
