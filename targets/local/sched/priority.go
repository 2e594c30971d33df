package sched

import (
	"math"
	"math/bits"

	"github.com/dagexport/dagexport/ir"
)

// priorities is the total priority weight of every task by its weight rule: its own, or its own and those of everything
// below (downstream, the default) or above it (upstream).
func priorities(tasks []*ir.Task, needs, feeds [][]int32) []int64 {
	total := make([]int64, len(tasks))
	own := make([]int64, len(tasks))
	var below, above bool
	for i, t := range tasks {
		own[i] = int64(t.Limits.PriorityWeight)
		total[i] = own[i]
		switch t.Limits.WeightRule {
		case "absolute":
		case "upstream":
			above = true
		default:
			below = true
		}
	}
	if below {
		addReachable(tasks, total, own, needs, feeds, func(rule string) bool { return rule != "absolute" && rule != "upstream" })
	}
	if above {
		addReachable(tasks, total, own, feeds, needs, func(rule string) bool { return rule == "upstream" })
	}
	for i := range total {
		total[i] = max(math.MinInt32, min(total[i], math.MaxInt32)) // the column of Airflow's database
	}
	return total
}

// addReachable adds to the total of each task whose rule is wanted the weights of all tasks that are reachable over ahead.
// The sets of reachable tasks are bit sets, dropped as soon as every task behind has used them.
func addReachable(tasks []*ir.Task, total, own []int64, behind, ahead [][]int32, wanted func(rule string) bool) {
	left := make([]int32, len(tasks)) // tasks ahead whose set is not known yet
	uses := make([]int32, len(tasks)) // tasks behind that have yet to read the set
	sets := make([][]uint64, len(tasks))
	var order []int32
	for i := range tasks {
		left[i], uses[i] = int32(len(ahead[i])), int32(len(behind[i]))
		if left[i] == 0 {
			order = append(order, int32(i))
		}
	}
	for at := 0; at < len(order); at++ {
		i := order[at]
		if len(ahead[i]) > 0 {
			set := make([]uint64, (len(tasks)+63)/64)
			for _, next := range ahead[i] {
				set[next/64] |= 1 << (next % 64)
				for word, b := range sets[next] {
					set[word] |= b
				}
				if uses[next]--; uses[next] == 0 {
					sets[next] = nil
				}
			}
			if wanted(tasks[i].Limits.WeightRule) {
				total[i] += weigh(set, own)
			}
			if uses[i] > 0 {
				sets[i] = set
			}
		}
		for _, prev := range behind[i] {
			if left[prev]--; left[prev] == 0 {
				order = append(order, prev)
			}
		}
	}
}

func weigh(set []uint64, own []int64) int64 {
	var sum int64
	for word, b := range set {
		for ; b != 0; b &= b - 1 {
			sum += own[word*64+bits.TrailingZeros64(b)]
		}
	}
	return sum
}
