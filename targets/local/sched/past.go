package sched

import (
	"slices"

	"github.com/dagexport/dagexport/internal/target"
)

// held tells whether an earlier run keeps an instance from running.
func (m *Machine) held(instance int32) bool {
	return m.options.Held != nil && m.options.Held(m.task(int(instance)).ID)
}

// Held tells whether the run waits for an earlier one: some task instance cannot run because of it, or could not until the
// run was given up.
func (m *Machine) Held() bool {
	if m.gaveUp {
		return true
	}
	for i := range m.phases {
		if m.phases[i] == undecided && m.held(int32(i)) {
			return true
		}
	}
	return false
}

// giveUp skips what is left, as dagrun_timeout does in the end where a run waits for an earlier one.
func (m *Machine) giveUp() {
	m.gaveUp = true
	for i := range m.phases {
		m.cutShort(i, target.Skipped)
	}
}

// findAbsent finds the tasks that have no instance.
func (m *Machine) findAbsent() {
	if m.options.Absent == nil {
		return
	}
	m.absent = make([]bool, len(m.pipeline.Tasks))
	for i, t := range m.pipeline.Tasks {
		m.absent[i] = m.options.Absent(t.ID)
	}
	if !slices.Contains(m.absent, true) {
		m.absent = nil
	}
}

// leaveAbsent takes the tasks without an instance out of the run. They still count among the upstream tasks of others, which so
// are never done; but where one of these is mapped, Airflow counts the instances that there are.
func (m *Machine) leaveAbsent() {
	for i, absent := range m.absent {
		if !absent {
			continue
		}
		m.phases[i] = final
		m.unfinished--
		if m.mapping == nil {
			continue
		}
		if m.mapping.mapped[i] {
			m.tallies[i].Upstream = 0
		}
		for _, child := range m.feeds[i] {
			if slices.ContainsFunc(m.needs[child], m.mapping.expands) {
				m.counts[child].Upstream--
			}
		}
	}
}
