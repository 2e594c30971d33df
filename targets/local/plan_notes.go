package local

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// planRun tells what of the run as a whole is otherwise than in Airflow; no Notes: nothing is.
func (t *Target) planRun(p *ir.Pipeline, chosen map[string]bool) Step {
	step := Step{ID: "DAG " + p.ID, How: "a run of it here"}
	note := func(format string, args ...any) { step.Notes = append(step.Notes, fmt.Sprintf(format, args...)) }
	version := t.version(t.checked)
	python := hasCallbacks(p)
	for _, one := range p.Tasks {
		call := task.CallOf(p, one)
		python = python || chosen[one.ID] && call != nil && call.Work != task.Trigger
	}
	if text := process.Limitation(); text != "" {
		note("%s", text)
	}
	if python && t.checked != nil {
		if found, err := t.look(t.checked); err == nil && found.Airflow != "" && !found.Plays(version) {
			note("%s has Airflow %s; the run plays %s", found.Path, found.Airflow, version)
		}
	}
	if ir.Lookup(p.Args, "deadline") != nil {
		note("its deadlines are not watched, and their callbacks not called")
	}
	for _, c := range p.Settings.Callbacks {
		if slices.ContainsFunc(c.Values, ofAirflow) {
			note("its %s is Airflow's own and is not called", c.Event)
		}
	}
	if condition := conditionOf(p.Schedule); condition != nil {
		if version.Major >= 3 {
			note("a run that assets start (--follow-assets) has the moment of the last event as its logical date, and none in Airflow")
		}
		ir.Walk(condition, func(v ir.Value) {
			if call, ok := v.(*ir.Call); ok {
				note("its schedule waits for an asset of the class %s, which no local run updates", call.Func.Name)
			}
		})
	}
	return step
}

// planOtherwise tells what of a task is otherwise than in Airflow.
func (t *Target) planOtherwise(p *ir.Pipeline, node *ir.Task, note func(format string, args ...any)) {
	version := t.version(t.checked)
	t.planRetries(node, note)
	if pool := node.Limits.Pool; t.options.Pools == nil && pool != "" && pool != "default_pool" {
		note("its pool %q has 128 slots, as no --pools FILE says how many", pool)
	}
	if node.DependsOnPast || node.WaitForDownstream {
		note("it depends on its past: on the run of the next earlier logical date that is kept here; where that holds it up, this run fails and Airflow waits")
	}
	for _, c := range node.Callbacks {
		if slices.ContainsFunc(c.Values, ofAirflow) {
			note("its %s is Airflow's own and is not called", c.Event)
		}
	}
	for _, outlet := range task.Listed(p, node, "outlets") {
		if call, ok := outlet.(*ir.Call); ok {
			note("its outlet of the class %s is not updated", call.Func.Name)
		}
	}
	call := task.CallOf(p, node)
	if call == nil {
		call = &task.Call{}
	}
	for _, one := range unfilled {
		if version.AtLeast(one.from.Major, one.from.Minor) && version.Major == one.from.Major && usesName(node, call, one.name) && !(one.airflow && t.hasAirflow(version)) {
			note("a template of it asks for %s, %s", one.name, one.why)
		}
	}
}

// planRetries tells where retries wait less than in Airflow.
func (t *Target) planRetries(node *ir.Task, note func(format string, args ...any)) {
	limit, retry := t.options.RetryDelayMax, node.Retry
	if retry.Retries <= 0 || limit < 0 || retry.Delay == nil {
		return
	}
	wait := time.Duration(retry.Delay.Micros) * time.Microsecond
	if wait > limit {
		note("its retries wait %v at most, and %v or more in Airflow", limit, wait)
		return
	}
	factor := retry.Multiplier
	if !t.version(t.checked).AtLeast(3, 2) && factor != 0 {
		factor = 2
	}
	if factor <= 1 {
		return
	}
	// The jitter at most doubles what each try multiplies.
	most := 2 * math.Max(wait.Seconds(), 1) * math.Pow(factor, float64(retry.Retries-1))
	if retry.MaxDelay != nil && retry.MaxDelay.Micros != 0 {
		most = math.Min(most, retry.MaxDelay.Seconds())
	}
	if most > limit.Seconds() {
		note("its retries wait %v at most, and longer and longer in Airflow", limit)
	}
}

// hasAirflow tells whether the interpreter has an Airflow of a version.
func (t *Target) hasAirflow(version ir.Version) bool {
	if t.checked == nil {
		return false
	}
	found, err := t.look(t.checked)
	return err == nil && found.Plays(version)
}

// unfilled are the names of the context that a local run cannot fill.
var unfilled = []struct {
	name    string
	from    ir.Version // of the same major version
	airflow bool       // it can where the interpreter has that Airflow
	why     string
}{
	{"conf", ir.Version{Major: 2}, true, "which needs an Airflow of this version in the interpreter"},
	{"task_state_store", ir.Version{Major: 3, Minor: 3}, false, "which raises NotImplementedError here"},
	{"asset_state_store", ir.Version{Major: 3, Minor: 3}, false, "which raises NotImplementedError here"},
}

// usesName tells whether a template of a task names something of the context.
func usesName(node *ir.Task, call *task.Call, name string) bool {
	word := regexp.MustCompile(`(^|[^.\w'"])` + name + `\b`)
	found := false
	look := func(v ir.Value) {
		ir.Walk(v, func(v ir.Value) {
			if one, ok := v.(*ir.Template); ok && strings.Contains(one.V, "{") {
				found = found || word.MatchString(one.V)
			}
		})
	}
	for _, a := range slices.Concat(node.Args, call.Options) {
		look(a.Value)
	}
	for _, v := range []ir.Value{call.OpArgs, call.OpKwargs, call.TemplatesDict} {
		look(v)
	}
	return found
}
