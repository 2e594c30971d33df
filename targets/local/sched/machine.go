package sched

import (
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
)

// Decision is one thing to do, or one state to write down.
type Decision struct {
	Kind  Kind
	Task  int           // index in Pipeline.Tasks; -1 for Finish
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
)

// Machine is the state of one run. Its methods are not for concurrent use; the decisions that one returns are valid until
// the next call.
type Machine struct {
	pipeline *ir.Pipeline
	options  Options

	needs, feeds [][]int32
	priority     []int64
	counts       []Counts
	phases       []phase
	states       []target.State
	tries        []int
	queue        queue
	limit        int // tries at a time

	active, delayed, unfinished int
	ended                       bool

	decisions []Decision
	fresh     []int32 // tasks that became final and whose children have not been looked at
	touched   []int32 // scratch of settle
	mark      []bool
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
		phases:     make([]phase, n),
		states:     make([]target.State, n),
		tries:      make([]int, n),
		mark:       make([]bool, n),
		queue:      queue{free: map[string]int{}},
		unfinished: n,
	}
	m.limit = pipeline.Settings.MaxActiveTasks
	if m.limit <= 0 {
		m.limit = MaxActiveTasks
	}
	m.limit = max(1, min(m.limit, options.Jobs))

	index := make(map[string]int32, n)
	for i, t := range pipeline.Tasks {
		index[t.ID] = int32(i)
	}
	for i, t := range pipeline.Tasks {
		for _, ref := range t.Needs {
			up := index[ref.ID]
			m.needs[i] = append(m.needs[i], up)
			m.feeds[up] = append(m.feeds[up], int32(i))
		}
		m.counts[i].Upstream = len(t.Needs)
	}
	m.priority = priorities(pipeline.Tasks, m.needs, m.feeds)
	return m
}

// Begin starts the run.
func (m *Machine) Begin() []Decision {
	m.decisions = m.decisions[:0]
	for i := range m.pipeline.Tasks {
		m.evaluate(int32(i))
	}
	return m.proceed()
}

// Ended reports that the running try of a task has ended.
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
		t := m.pipeline.Tasks[task]
		if outcome == Failed && t.Retry.Retries != 0 && m.tries[task] <= t.Retry.Retries {
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

// State is the state of a task and the number of its last try, 0 if it never ran. Once the run has ended it is final, or
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
	switch was {
	case running:
		m.release(int32(task))
		m.decide(Decision{Kind: Stop, Task: task, Try: m.tries[task], State: state})
	case waiting:
		m.delayed--
		m.decide(Decision{Kind: End, Task: task, Try: m.tries[task], State: state})
	default:
		m.decide(Decision{Kind: Settle, Task: task, State: state})
	}
}

// failFast ends what is left after a task has failed for good: what runs has failed too, all else is skipped, what its
// trigger rule had given a state without success included.
func (m *Machine) failFast(cause int) {
	for i := range m.phases {
		switch {
		case i == cause || m.states[i] == target.Success || m.states[i] == target.Failed:
		case m.phases[i] == running:
			m.cutShort(i, target.Failed)
		case m.phases[i] != final:
			m.cutShort(i, target.Skipped)
		case m.states[i] != target.Skipped:
			m.states[i] = target.Skipped
			m.decide(Decision{Kind: Settle, Task: i, State: target.Skipped})
		}
	}
	m.queue.clear()
	m.fresh = m.fresh[:0]
}

// retry puts a failed task up for its next try.
func (m *Machine) retry(task int) {
	t := m.pipeline.Tasks[task]
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

// release gives back what a running task holds.
func (m *Machine) release(task int32) {
	m.active--
	t := m.pipeline.Tasks[task]
	m.queue.free[t.Limits.Pool] += slotsOf(t)
}

// evaluate asks the trigger rule of a task that is still undecided, once.
func (m *Machine) evaluate(task int32) {
	if m.phases[task] != undecided {
		return
	}
	state, runs := Evaluate(m.options.Version, m.pipeline.Tasks[task].Trigger, m.counts[task])
	switch {
	case state != target.None:
		m.phases[task], m.states[task] = final, state
		m.unfinished--
		m.fresh = append(m.fresh, task)
		m.decide(Decision{Kind: Settle, Task: int(task), State: state})
	case runs:
		m.enqueue(task)
	}
}

func (m *Machine) enqueue(task int32) {
	t := m.pipeline.Tasks[task]
	m.phases[task], m.states[task] = ready, target.Scheduled
	m.queue.push(task, m.priority[task], t.Limits.Pool, slotsOf(t))
}

// slotsOf is what a task takes of its pool; one that asks for more than there is runs alone, rather than never.
func slotsOf(t *ir.Task) int {
	return max(1, min(t.Limits.PoolSlots, PoolSlots))
}

// proceed carries the consequences of what became final through the graph, pass by pass, and starts what may run.
func (m *Machine) proceed() []Decision {
	for len(m.fresh) > 0 {
		m.touched = m.touched[:0]
		for _, done := range m.fresh {
			for _, child := range m.feeds[done] {
				m.counts[child].add(m.states[done])
				if m.phases[child] == undecided && !m.mark[child] {
					m.mark[child] = true
					m.touched = append(m.touched, child)
				}
			}
		}
		m.fresh = m.fresh[:0]
		for _, child := range m.touched {
			m.mark[child] = false
			m.evaluate(child)
		}
	}
	for m.active < m.limit {
		task, ok := m.queue.pop()
		if !ok {
			break
		}
		m.active++
		m.phases[task], m.states[task] = running, target.Running
		m.tries[task]++
		m.decide(Decision{Kind: Start, Task: int(task), Try: m.tries[task]})
	}
	if m.active == 0 && m.delayed == 0 && m.queue.count == 0 {
		m.finish(m.outcome())
	}
	return m.decisions
}

// outcome is the state of a run in which nothing can happen any more.
func (m *Machine) outcome() target.State {
	if m.unfinished > 0 {
		return target.Failed // what Airflow calls a deadlock
	}
	for i := range m.states {
		if len(m.feeds[i]) == 0 && (m.states[i] == target.Failed || m.states[i] == target.UpstreamFailed) {
			return target.Failed
		}
	}
	return target.Success
}

func (m *Machine) finish(state target.State) {
	m.ended = true
	m.decide(Decision{Kind: Finish, Task: -1, State: state})
}

func (m *Machine) decide(d Decision) { m.decisions = append(m.decisions, d) }
