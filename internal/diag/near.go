package diag

import (
	"sort"
	"strings"
)

// Near finds at most three candidates that word may be a slip of: nearest first, ties in the candidates' order.
func Near(word string, candidates []string) []string {
	limit := max(1, len([]rune(word))/3)
	type match struct {
		text     string
		distance int
	}
	var found []match
	for _, c := range candidates {
		if d := Distance(word, c, limit); d <= limit && d > 0 {
			found = append(found, match{c, d})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].distance < found[j].distance })
	var out []string
	for _, m := range found[:min(3, len(found))] {
		out = append(out, m.text)
	}
	return out
}

// Meant ends a message of one line about a word that is none of the candidates; it is empty where none is near.
func Meant(word string, candidates []string) string {
	if near := Near(word, candidates); len(near) > 0 {
		return "; did you mean " + near[0] + "?"
	}
	return ""
}

// Distance is the number of letters to insert, delete, replace or swap with their neighbour; more than limit is not counted out.
func Distance(a, b string, limit int) int {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	if a != b && string(x) == string(y) {
		return 1
	}
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(y)]
}
