package sched

import "github.com/dagexport/dagexport/internal/target"

// Known is what an earlier run, or the user, says of a task instance.
type Known struct {
	Final bool         // it is not run: State is what it has come to
	State target.State // a final one; None: it has no part in the run
	Tries int          // how many tries there were
	Cut   int          // how many of them were interrupted, and do not count against its retries
}

// recall takes over what is known of an undecided instance, and tells whether that is its end.
func (m *Machine) recall(instance int32) bool {
	known, ok := m.options.Known(m.task(int(instance)).ID, int(m.index[instance]))
	if !ok {
		return false
	}
	m.tries[instance] = known.Tries
	if !known.Final {
		if m.cut == nil {
			m.cut = map[int]int{}
		}
		m.cut[int(instance)] = known.Cut
		return false
	}
	m.phases[instance], m.states[instance] = final, known.State
	m.unfinished--
	m.fresh = append(m.fresh, instance)
	return true
}

// failFastAgain ends what is left where a task is known to have failed for good.
func (m *Machine) failFastAgain() {
	for i := range m.phases {
		if m.phases[i] == final && m.states[i] == target.Failed {
			m.failFast(i)
			return
		}
	}
}

// away tells whether a task has no part in the run.
func (m *Machine) away(task int32) bool {
	return m.options.Known != nil && (m.absent == nil || !m.absent[task]) && m.phases[task] == final && m.states[task] == target.None
}
