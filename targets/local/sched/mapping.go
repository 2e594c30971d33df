package sched

import (
	"slices"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// mapping is what the machine knows of mapped tasks and groups, by task. Its methods may be called on nil: nothing is mapped.
type mapping struct {
	mapped  []bool    // the task has instances: it is mapped, or a group around it is
	group   []int32   // number of the mapped group around the task; -1: none
	direct  []bool    // that group is the one that the task is in
	sources [][]int32 // the tasks whose outputs say how many instances there are
	users   [][]int32 // the tasks of which a task is a source
	literal []int     // the number of instances where it can be read off the pipeline; -1: it cannot
	members [][]int32 // the instances of a task, by map_index; nil: not expanded
}

// newMapping finds what is mapped in a pipeline; nil: nothing.
func newMapping(p *ir.Pipeline, index map[string]int32) *mapping {
	n := len(p.Tasks)
	var m *mapping
	groups := map[*ir.Group]int32{}
	for i, t := range p.Tasks {
		around := t.Group
		for around != nil && around.Expand == nil {
			around = around.Parent
		}
		if around == nil && t.Expand == nil {
			continue
		}
		if m == nil {
			m = &mapping{
				mapped: make([]bool, n), group: slices.Repeat([]int32{-1}, n), direct: make([]bool, n), sources: make([][]int32, n),
				users: make([][]int32, n), literal: slices.Repeat([]int{-1}, n), members: make([][]int32, n),
			}
		}
		m.mapped[i] = true
		expand := t.Expand
		if around != nil {
			if _, known := groups[around]; !known {
				groups[around] = int32(len(groups))
			}
			m.group[i], m.direct[i] = groups[around], around == t.Group
			if expand == nil {
				expand = around.Expand
			}
		}
		m.literal[i] = literalLength(expand)
		for _, id := range Sources(expand) {
			m.sources[i] = append(m.sources[i], index[id])
			m.users[index[id]] = append(m.users[index[id]], int32(i))
		}
	}
	return m
}

// expands tells whether a task has instances.
func (m *mapping) expands(task int32) bool { return m != nil && m.mapped[task] }

// groupOf is the mapped group around a task; -1: none.
func (m *mapping) groupOf(task int32) int32 {
	if m == nil {
		return -1
	}
	return m.group[task]
}

// literalLength is the number of instances that literals make; -1 where outputs have a say.
func literalLength(e *ir.Expand) int {
	length := func(v ir.Value) int {
		switch v := v.(type) {
		case *ir.List:
			return len(v.Items)
		case *ir.Map:
			return len(v.Entries)
		}
		return -1
	}
	if e.Kwargs != nil {
		return length(e.Kwargs)
	}
	total := 1
	for _, a := range e.Args {
		one := length(a.Value)
		if one < 0 {
			return -1
		}
		total *= one
	}
	return total
}

// Sources are the tasks whose outputs are mapped over, by id, each once.
func Sources(e *ir.Expand) []string {
	var ids []string
	var visit func(v ir.Value)
	visit = func(v ir.Value) {
		switch v := v.(type) {
		case *ir.Output:
			if !slices.Contains(ids, v.TaskID) {
				ids = append(ids, v.TaskID)
			}
		case *ir.OutputMethod:
			visit(v.Of)
			for _, arg := range v.Args {
				visit(arg)
			}
		}
	}
	if e.Kwargs != nil {
		visit(e.Kwargs)
		if list, ok := e.Kwargs.(*ir.List); ok {
			for _, item := range list.Items {
				visit(item)
			}
		}
	}
	for _, a := range e.Args {
		visit(a.Value)
	}
	return ids
}

// expandLiterals makes the instances that Airflow makes when the run is created.
func (m *Machine) expandLiterals() {
	if m.mapping == nil && m.scopes == nil {
		return
	}
	m.tallies = make([]Counts, len(m.pipeline.Tasks))
	for t, task := range m.pipeline.Tasks {
		m.tallies[t].Upstream = 1
		if task.Setup {
			m.tallies[t].Setups = 1
		}
	}
	if m.mapping == nil {
		return
	}
	for t, n := range m.mapping.literal {
		if n > 0 && (m.absent == nil || !m.absent[t]) {
			m.expand(int32(t), n)
		}
	}
}

// Expanded answers an Expand: the task has so many instances. With none it is skipped; fewer than none stand for what is not
// known because an output is missing, and the task has failed with its upstream.
func (m *Machine) Expanded(instance, n int) []Decision {
	m.decisions = m.decisions[:0]
	if m.ended || m.phases[instance] != expanding {
		return nil
	}
	m.pending--
	m.phases[instance] = undecided
	switch {
	case n < 0:
		m.settle(int32(instance), target.UpstreamFailed)
	case n == 0:
		m.settle(int32(instance), target.Skipped)
	default:
		t := m.of[instance]
		m.expand(t, n)
		if state := m.states[instance]; state != target.None {
			for _, one := range m.mapping.members[t] {
				m.settle(one, state)
			}
		}
		m.touchAll(t)
		for _, child := range m.feeds[t] {
			m.touchAll(child) // in a mapped group, what is expanded above no longer holds up the expansion below
		}
	}
	return m.proceed()
}

// expand makes the instances of a task.
func (m *Machine) expand(t int32, n int) {
	members := make([]int32, n)
	members[0] = t
	m.index[t] = 0
	for i := 1; i < n; i++ {
		members[i] = int32(len(m.of))
		m.of = append(m.of, t)
		m.index = append(m.index, int32(i))
		m.phases = append(m.phases, undecided)
		m.states = append(m.states, target.None)
		m.tries = append(m.tries, 0)
		m.mark = append(m.mark, false)
		m.counted = append(m.counted, false)
	}
	m.mapping.members[t] = members
	m.unfinished += n - 1
	m.tallies[t].Upstream = n
	setup := m.pipeline.Tasks[t].Setup
	if setup {
		m.tallies[t].Setups = n
	}
	for _, child := range m.feeds[t] {
		m.counts[child].Upstream += n - 1
		if setup {
			m.counts[child].Setups += n - 1
		}
	}
}

// tally is what the instances of a task have come to.
func (m *Machine) tally(task int32) *Counts { return &m.tallies[task] }

// sum counts those instances of upstream tasks that matter to an instance: of a task in the same mapped group, the one with
// the same map_index.
func (m *Machine) sum(instance int32, upstream []int32) Counts {
	var c Counts
	t := m.of[instance]
	group := m.mapping.groupOf(t)
	for _, up := range upstream {
		if group < 0 || m.mapping.group[up] != group || m.mapping.members[up] == nil || m.eager(instance) {
			c.merge(m.tally(up))
			continue
		}
		index := int(m.index[instance])
		if index < 0 || index >= len(m.mapping.members[up]) {
			continue
		}
		setup := m.pipeline.Tasks[up].Setup
		c.Upstream++
		if setup {
			c.Setups++
		}
		if one := m.mapping.members[up][index]; m.counted[one] {
			c.add(m.states[one], setup, 1)
		}
	}
	return c
}

// eager tells whether an instance in a mapped group looks at every instance of its upstream tasks, as Airflow has it for rules
// that part of them can meet: until the group is expanded; before 3.3 after that, too, unless another group is between.
func (m *Machine) eager(instance int32) bool {
	t := m.of[instance]
	newer := m.options.Version.AtLeast(3, 3)
	switch m.pipeline.Tasks[t].Trigger {
	case ir.OneSuccess, ir.OneFailed, ir.OneDone:
	case ir.NoneFailedMinOneSuccess:
		if !newer {
			return false
		}
	default:
		return false
	}
	if newer {
		return m.index[instance] < 0
	}
	return m.mapping.direct[t]
}

// spoiled tells whether a task whose output is mapped over has ended without success before it was expanded, whatever the
// trigger rule says of that, and the state that this gives.
func (m *Machine) spoiled(task int32) (state target.State, ends bool) {
	for _, up := range m.mapping.sources[task] {
		if m.mapping.members[up] != nil || m.phases[up] != final || m.options.Version.Major > 2 && !m.counted[up] {
			continue // Airflow 3 was seen to look at what ended before the pass only
		}
		switch m.states[up] {
		case target.Success:
			continue
		case target.Failed, target.UpstreamFailed:
			state = target.UpstreamFailed
		case target.Skipped:
			if state == target.None {
				state = target.Skipped
			}
		}
		ends = true
	}
	return state, ends
}

// touchFrom touches the instances of a task for which one above matters.
func (m *Machine) touchFrom(done, task int32) {
	if m.mapping == nil {
		m.touch(task)
		return
	}
	members := m.mapping.members[task]
	group := m.mapping.group[task]
	if members == nil || group < 0 || group != m.mapping.group[m.of[done]] || m.index[done] < 0 || m.eager(task) {
		m.touchAll(task)
		return
	}
	if at := int(m.index[done]); at < len(members) {
		m.touch(members[at])
	}
}

// touchAll touches every instance of a task.
func (m *Machine) touchAll(task int32) {
	if m.mapping == nil || m.mapping.members[task] == nil {
		m.touch(task)
		return
	}
	for _, one := range m.mapping.members[task] {
		m.touch(one)
	}
}
