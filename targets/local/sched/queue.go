package sched

import (
	"container/heap"
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// queue holds the task instances that may run, highest priority first, then in order of declaration and map_index. Those that
// ask the same of the same pool stand in one line, and the instances of a task with a limit of its own in theirs, so that a
// full pool holds up nobody else and costs nothing to pass by.
type queue struct {
	lines []*line
	count int
	sizes map[string]int // slots of the pools that do not have PoolSlots
	free  map[string]int // slots that nobody has, of the pools that are known so far
}

type line struct {
	pool   string
	slots  int
	task   int32 // -1: of any task without a limit of its own
	limit  int   // of instances of the task that run at a time
	active int
	heap   taskHeap
}

// line is where the instances of a task stand.
func (q *queue) line(number int32, t *ir.Task) *line {
	limit := instancesAtATime(t)
	if limit == 0 {
		number = -1
	}
	size, known := q.sizes[t.Limits.Pool]
	if !known {
		size = PoolSlots
	}
	slots := max(1, min(t.Limits.PoolSlots, size)) // one that asks for more than there is runs alone, rather than never
	i := slices.IndexFunc(q.lines, func(l *line) bool { return l.task == number && l.pool == t.Limits.Pool && l.slots == slots })
	if i < 0 {
		i = len(q.lines)
		q.lines = append(q.lines, &line{pool: t.Limits.Pool, slots: slots, task: number, limit: limit})
		if _, known := q.free[t.Limits.Pool]; !known {
			q.free[t.Limits.Pool] = size
		}
	}
	return q.lines[i]
}

// instancesAtATime is how many instances of a task run at a time; 0: no limit.
func instancesAtATime(t *ir.Task) int {
	a, b := t.Limits.MaxActivePerDag, t.Limits.MaxActivePerDagRn
	if a > 0 && b > 0 {
		return min(a, b)
	}
	return max(a, b)
}

func (q *queue) push(r ranked, number int32, t *ir.Task) {
	l := q.line(number, t)
	heap.Push(&l.heap, r)
	q.count++
}

// pop takes the first task instance whose pool and task have room, and the slots it asks for.
func (q *queue) pop() (int32, bool) {
	var best *line
	for _, l := range q.lines {
		if len(l.heap) > 0 && l.slots <= q.free[l.pool] && (l.limit == 0 || l.active < l.limit) && (best == nil || l.heap[0].before(best.heap[0])) {
			best = l
		}
	}
	if best == nil {
		return 0, false
	}
	q.count--
	q.free[best.pool] -= best.slots
	best.active++
	return heap.Pop(&best.heap).(ranked).instance, true
}

// release gives back what an instance of a task has held.
func (q *queue) release(number int32, t *ir.Task) {
	l := q.line(number, t)
	l.active--
	q.free[l.pool] += l.slots
}

// clear forgets every task instance.
func (q *queue) clear() {
	for _, l := range q.lines {
		l.heap = l.heap[:0]
	}
	q.count = 0
}

type ranked struct {
	instance int32
	priority int64
	order    int64 // among those of the same priority
}

func (r ranked) before(other ranked) bool {
	if r.priority != other.priority {
		return r.priority > other.priority
	}
	return r.order < other.order
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
