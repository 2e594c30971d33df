package sched

import (
	"slices"

	"github.com/dagexport/dagexport/internal/target"
)

// Skipping is what a task skips that has succeeded.
type Skipping struct {
	Tasks []int // as indexes of Pipeline.Tasks
	Short bool  // a short circuit says so; else a branch
}

// left are the direct downstream tasks that an instance of a task has skipped.
type left map[instanceKey][]int32

type instanceKey struct{ task, index int32 }

// EndedSkipping reports that the running try of a task instance has succeeded and that it skips other tasks. Some instances of
// them are skipped at once: those that have not begun, and those to which a trigger rule had given a state; before 3.2 Airflow did
// not spare what had ended either. Others are when they are looked at.
func (m *Machine) EndedSkipping(instance int, s Skipping) []Decision {
	m.decisions = m.decisions[:0]
	if m.ended || m.phases[instance] != running {
		return nil
	}
	m.release(int32(instance))
	m.end(instance, target.Success)
	index, own := m.index[instance], m.of[instance]
	skips := make([]bool, len(m.pipeline.Tasks))
	var direct []int32
	for _, task := range s.Tasks {
		skips[task] = true
		if slices.Contains(m.needs[task], own) {
			direct = append(direct, int32(task))
		}
	}
	if m.left == nil {
		m.left = left{}
	}
	m.left[instanceKey{own, index}] = direct
	for i := range m.of {
		if skips[m.of[i]] && m.atOnce(index, m.index[i], s.Short) {
			m.skip(i)
		}
	}
	return m.proceed()
}

// atOnce tells whether an instance with a map_index skips one with another at once.
func (m *Machine) atOnce(from, to int32, short bool) bool {
	if m.options.Version.Major < 3 {
		return short && from < 0 || !short && from == to
	}
	return from < 0 && to < 0
}

// previouslySkipped tells whether a task directly upstream has skipped an instance: what Airflow calls NotPreviouslySkipped. Until
// 3.1 it asked the upstream instance with the same map_index; from 3.2 on, of a task that is not mapped itself, the one that has
// none, which in a mapped group nobody is.
func (m *Machine) previouslySkipped(instance int32) bool {
	t := m.of[instance]
	for _, up := range m.needs[t] {
		index := m.index[instance]
		if m.options.Version.AtLeast(3, 2) && m.pipeline.Tasks[up].Expand == nil {
			index = -1
		}
		if slices.Contains(m.left[instanceKey{up, index}], t) {
			return true
		}
	}
	return false
}
