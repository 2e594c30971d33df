package sched

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Branch lists, as indexes of Pipeline.Tasks, what a task skips that has chosen some of its ways: those of its direct downstream
// tasks that are neither among the chosen tasks and roots of chosen groups nor downstream of one.
func Branch(p *ir.Pipeline, taskID string, chosen []string) ([]int, error) {
	g := graphOf(p)
	followed := map[string]bool{}
	var unknown []string
	for _, id := range chosen {
		switch {
		case g.index[id] != nil:
			followed[id] = true
		case slices.ContainsFunc(p.Groups, func(group *ir.Group) bool { return group.ID == id }):
			for _, root := range roots(p, id) {
				followed[root] = true
			}
		default:
			unknown = append(unknown, "'"+id+"'")
		}
	}
	if len(unknown) > 0 {
		//lint:ignore ST1005 Airflow's own words
		return nil, fmt.Errorf("'branch_task_ids' must contain only valid task_ids. Invalid tasks found: {%s}.", strings.Join(unknown, ", "))
	}
	for _, id := range sortedKeys(followed) {
		for _, down := range g.below(id) {
			followed[p.Tasks[down].ID] = true
		}
	}
	var skipped []int
	for _, down := range g.feeds[taskID] {
		if !followed[p.Tasks[down].ID] {
			skipped = append(skipped, down)
		}
	}
	return skipped, nil
}

// ShortCircuit lists, as indexes of Pipeline.Tasks, what a task skips that ends its ways: everything downstream of it, or only
// its direct downstream tasks; no teardowns.
func ShortCircuit(p *ir.Pipeline, taskID string, all bool) []int {
	g := graphOf(p)
	reached := g.feeds[taskID]
	if all {
		reached = g.below(taskID)
	}
	var skipped []int
	for _, down := range reached {
		if p.Tasks[down].Teardown == nil {
			skipped = append(skipped, down)
		}
	}
	return skipped
}

// Downstream lists the ids of the direct downstream tasks of a task.
func Downstream(p *ir.Pipeline, taskID string) []string {
	ids := []string{}
	for _, t := range p.Tasks {
		if slices.ContainsFunc(t.Needs, func(need ir.Ref) bool { return need.ID == taskID }) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// edges are the tasks of a pipeline by id, and what is directly downstream of each.
type edges struct {
	index map[string]*ir.Task
	feeds map[string][]int
	tasks []*ir.Task
}

func graphOf(p *ir.Pipeline) *edges {
	g := &edges{index: make(map[string]*ir.Task, len(p.Tasks)), feeds: make(map[string][]int, len(p.Tasks)), tasks: p.Tasks}
	for i, t := range p.Tasks {
		g.index[t.ID] = t
		for _, need := range t.Needs {
			g.feeds[need.ID] = append(g.feeds[need.ID], i)
		}
	}
	return g
}

// below is everything downstream of a task, in the order of declaration.
func (g *edges) below(id string) []int {
	seen := make([]bool, len(g.tasks))
	rest := slices.Clone(g.feeds[id])
	for len(rest) > 0 {
		one := rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		if !seen[one] {
			seen[one] = true
			rest = append(rest, g.feeds[g.tasks[one].ID]...)
		}
	}
	var all []int
	for i, there := range seen {
		if there {
			all = append(all, i)
		}
	}
	return all
}

// roots are the tasks of a group, and of those inside it, that have no upstream task in the group.
func roots(p *ir.Pipeline, groupID string) []string {
	inside := map[string]bool{}
	var tasks []*ir.Task
	for _, t := range p.Tasks {
		for g := t.Group; g != nil; g = g.Parent {
			if g.ID == groupID {
				inside[t.ID] = true
				tasks = append(tasks, t)
			}
		}
	}
	var ids []string
	for _, t := range tasks {
		if !slices.ContainsFunc(t.Needs, func(need ir.Ref) bool { return inside[need.ID] }) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// skip gives a task instance the state skipped, over what it had.
func (m *Machine) skip(instance int) {
	switch was := m.states[instance]; m.phases[instance] {
	case running:
	case final:
		spared := was == target.Success || was == target.Failed
		if was == target.Skipped || spared && m.options.Version.AtLeast(3, 2) {
			return
		}
		m.recount(int32(instance), target.Skipped)
		m.states[instance] = target.Skipped
		m.decide(Decision{Kind: Settle, Task: instance, State: target.Skipped})
		for i := range m.of {
			if slices.Contains(m.feeds[m.of[instance]], m.of[i]) {
				m.touch(int32(i))
			}
		}
	default:
		m.cutShort(instance, target.Skipped)
	}
}
