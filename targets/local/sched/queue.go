package sched

import (
	"container/heap"
	"slices"
)

// queue holds the tasks that may run, highest priority first, then in order of declaration. Tasks that ask the same of the
// same pool stand in one line, so that a full pool holds up nobody else and costs nothing to pass by.
type queue struct {
	lines []*line
	count int
	free  map[string]int // pool slots that nobody has
}

type line struct {
	pool  string
	slots int
	tasks taskHeap
}

func (q *queue) push(task int32, priority int64, pool string, slots int) {
	i := slices.IndexFunc(q.lines, func(l *line) bool { return l.pool == pool && l.slots == slots })
	if i < 0 {
		i = len(q.lines)
		q.lines = append(q.lines, &line{pool: pool, slots: slots})
		if _, known := q.free[pool]; !known {
			q.free[pool] = PoolSlots
		}
	}
	heap.Push(&q.lines[i].tasks, ranked{task, priority})
	q.count++
}

// pop takes the first task whose pool has room, and the slots it asks for.
func (q *queue) pop() (int32, bool) {
	var best *line
	for _, l := range q.lines {
		if len(l.tasks) > 0 && l.slots <= q.free[l.pool] && (best == nil || l.tasks[0].before(best.tasks[0])) {
			best = l
		}
	}
	if best == nil {
		return 0, false
	}
	q.count--
	q.free[best.pool] -= best.slots
	return heap.Pop(&best.tasks).(ranked).task, true
}

// clear forgets every task.
func (q *queue) clear() {
	for _, l := range q.lines {
		l.tasks = l.tasks[:0]
	}
	q.count = 0
}

type ranked struct {
	task     int32
	priority int64
}

func (r ranked) before(other ranked) bool {
	if r.priority != other.priority {
		return r.priority > other.priority
	}
	return r.task < other.task
}

type taskHeap []ranked

func (h taskHeap) Len() int           { return len(h) }
func (h taskHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h taskHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *taskHeap) Push(x any)        { *h = append(*h, x.(ranked)) }
func (h *taskHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
