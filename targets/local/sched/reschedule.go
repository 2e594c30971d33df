package sched

import (
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Reschedule reports that the running try of a sensor waits: it gives its slot back and goes on, as the same try, after a delay.
func (m *Machine) Reschedule(instance int, delay time.Duration) []Decision {
	m.decisions = m.decisions[:0]
	if m.ended || m.phases[instance] != running {
		return nil
	}
	m.release(int32(instance))
	if m.resumed == nil {
		m.resumed = map[int32]bool{}
	}
	m.resumed[int32(instance)] = true
	m.phases[instance], m.states[instance] = waiting, target.UpForReschedule
	m.delayed++
	m.decide(Decision{Kind: Wait, Task: instance, Try: m.tries[instance], State: target.UpForReschedule, Delay: delay})
	return m.proceed()
}

// room tells whether one more try may run: what only waits counts among the tasks of the DAG, and takes no job.
func (m *Machine) room() bool {
	return m.active < m.limit && m.active-m.idle < m.options.Jobs
}

// begin counts a try that starts, or one that goes on.
func (m *Machine) begin(instance int32) {
	m.active++
	m.idle += m.idles(instance)
	m.phases[instance], m.states[instance] = running, target.Running
	if !m.resumed[instance] {
		m.tries[instance]++
	}
	delete(m.resumed, instance)
	m.decide(Decision{Kind: Start, Task: int(instance), Try: m.tries[instance]})
}

// idles is 1 for an instance that only waits while it runs.
func (m *Machine) idles(instance int32) int {
	if m.options.Idle != nil && m.options.Idle(m.task(int(instance))) {
		return 1
	}
	return 0
}

// IdleFunc tells whether a task only waits while it runs, as a sensor does.
type IdleFunc func(t *ir.Task) bool
