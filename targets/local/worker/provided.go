package worker

import (
	"slices"

	"github.com/dagexport/dagexport/targets/local/task"
)

// providedOperators are the operators of a run that its interpreter may have: work, distribution and module of each.
func providedOperators(run *task.Run) [][]string {
	all := [][]string{}
	for _, t := range run.Pipeline.Tasks {
		known := task.ProvidedOf(t)
		if known == nil || known.Package == "" || known.Work.Senses() {
			continue
		}
		call := task.CallOf(run.Pipeline, t)
		if !known.NeedsReal(call) {
			continue
		}
		module, _ := operatorFor(call, run.Version)
		one := []string{string(known.Work), known.Package, module}
		if !slices.ContainsFunc(all, func(other []string) bool { return slices.Equal(one, other) }) {
			all = append(all, one)
		}
	}
	return all
}
