package sched

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// scopes say what setups and teardowns ask beside the trigger rules, by task.
type scopes struct {
	// setups are the setups above a task that are no parents of it and matter to it: those whose teardown lies below the task,
	// or that have none.
	setups [][]int32
	// within are, for a teardown, the tasks between its setups and itself that are no parents of it.
	within [][]int32
	// watchers are the tasks for which a task is one of setups or within.
	watchers [][]int32
}

// newScopes finds the scopes of a graph; nil where there are none.
func newScopes(tasks []*ir.Task, needs, feeds [][]int32) *scopes {
	special := func(t *ir.Task) bool { return t.Setup || t.Teardown != nil }
	if !slices.ContainsFunc(tasks, special) {
		return nil
	}
	n := len(tasks)
	s := &scopes{setups: make([][]int32, n), within: make([][]int32, n), watchers: make([][]int32, n)}
	above, below := make([]bool, n), make([]bool, n)
	teardown := func(i int32) bool { return tasks[i].Teardown != nil }
	for i, t := range tasks {
		clear(above)
		reach(above, int32(i), needs)
		if t.Teardown == nil {
			clear(below)
			reach(below, int32(i), feeds)
			for up := range int32(n) {
				if !above[up] || !tasks[up].Setup || slices.Contains(needs[i], up) {
					continue
				}
				matters := !slices.ContainsFunc(feeds[up], teardown) ||
					slices.ContainsFunc(feeds[up], func(down int32) bool { return below[down] && teardown(down) })
				if matters {
					s.setups[i] = append(s.setups[i], up)
					s.watchers[up] = append(s.watchers[up], int32(i))
				}
			}
			continue
		}
		clear(below)
		for _, up := range needs[i] {
			if tasks[up].Setup {
				reach(below, up, feeds)
			}
		}
		for at := range int32(n) {
			if above[at] && below[at] && !slices.Contains(needs[i], at) {
				s.within[i] = append(s.within[i], at)
				s.watchers[at] = append(s.watchers[at], int32(i))
			}
		}
	}
	return s
}

// reach marks all that can be reached from a task over edges.
func reach(seen []bool, from int32, edges [][]int32) {
	stack := []int32{from}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, next := range edges[at] {
			if !seen[next] {
				seen[next] = true
				stack = append(stack, next)
			}
		}
	}
}
