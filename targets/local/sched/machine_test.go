package sched

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

var latest = ir.Version{Major: 3, Minor: 3}

// pipe builds a pipeline from lines such as "c all_done: a b"; the rule may be left out.
func pipe(lines ...string) *ir.Pipeline {
	p := &ir.Pipeline{ID: "d"}
	for _, l := range lines {
		head, needs, _ := strings.Cut(l, ":")
		words := strings.Fields(head)
		t := &ir.Task{ID: words[0], Trigger: ir.AllSuccess}
		t.Limits.PriorityWeight = 1
		if len(words) > 1 {
			t.Trigger = ir.TriggerRule(words[1])
		}
		for _, need := range strings.Fields(needs) {
			t.Needs = append(t.Needs, ir.Ref{ID: need})
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p
}

// player drives a machine by steps: "begin", "name outcome", "name +" (its delay is over), "interrupt" or "timeout".
type player struct {
	t *testing.T
	p *ir.Pipeline
	m *Machine
}

func newPlayer(t *testing.T, p *ir.Pipeline, jobs int) *player {
	return &player{t, p, New(p, Options{Version: latest, Jobs: jobs, LogicalDate: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)})}
}

func (p *player) texts(ds []Decision) string {
	var out []string
	for _, d := range ds {
		name := "run"
		if d.Task >= 0 {
			name = p.p.Tasks[d.Task].ID
		}
		switch d.Kind {
		case Start:
			out = append(out, fmt.Sprintf("start %s/%d", name, d.Try))
		case Wait:
			out = append(out, fmt.Sprintf("wait %s/%d %v", name, d.Try, d.Delay))
		case Stop:
			out = append(out, fmt.Sprintf("stop %s=%s", name, d.State))
		default:
			out = append(out, fmt.Sprintf("%s=%s", name, d.State))
		}
	}
	return strings.Join(out, ", ")
}

func (p *player) step(step string) string {
	p.t.Helper()
	name, what, _ := strings.Cut(step, " ")
	task := slices.IndexFunc(p.p.Tasks, func(t *ir.Task) bool { return t.ID == name })
	switch {
	case name == "begin":
		return p.texts(p.m.Begin())
	case name == "interrupt":
		return p.texts(p.m.Interrupt())
	case name == "timeout":
		return p.texts(p.m.TimeOut())
	case what == "+":
		return p.texts(p.m.Elapsed(task))
	}
	outcomes := map[string]Outcome{"ok": Succeeded, "fail": Failed, "skip": Skipped, "dead": FailedForGood}
	outcome, known := outcomes[what]
	if !known || task < 0 {
		p.t.Fatalf("bad step %q", step)
	}
	return p.texts(p.m.Ended(task, outcome))
}

func TestMachine(t *testing.T) {
	retrying := pipe("a", "b: a")
	retrying.Tasks[0].Retry = ir.Retry{Retries: 1, Delay: &ir.Duration{Micros: 5e6}}
	failFast := pipe("a", "b", "c: a", "d: b", "e: c", "s")
	failFast.Settings.FailFast = true
	quickRetry := pipe("a", "b")
	quickRetry.Settings.FailFast = true
	quickRetry.Tasks[1].Retry = ir.Retry{Retries: 3}
	weights := pipe("a", "b", "c")
	weights.Tasks[2].Limits.PriorityWeight = 5
	pooled := pipe("a", "b", "c")
	pooled.Tasks[0].Limits = ir.Limits{Pool: "p", PoolSlots: 100, PriorityWeight: 9}
	pooled.Tasks[1].Limits = ir.Limits{Pool: "p", PoolSlots: 1000, PriorityWeight: 8}
	limited := pipe("a", "b", "c")
	limited.Settings.MaxActiveTasks = 2

	cases := []struct {
		name     string
		pipeline *ir.Pipeline
		jobs     int
		steps    []string // step => decisions
	}{
		{"a chain", pipe("a", "b: a"), 4, []string{
			"begin => start a/1", "a ok => a=success, start b/1", "b ok => b=success, run=success"}},
		{"the run has no tasks", pipe(), 1, []string{"begin => run=success"}},
		{"a failure is passed down", pipe("a", "b: a", "c: b"), 4, []string{
			"begin => start a/1", "a fail => a=failed, b=upstream_failed, c=upstream_failed, run=failed"}},
		{"a failure above a good leaf is a success", pipe("a", "b all_done: a"), 4, []string{
			"begin => start a/1", "a fail => a=failed, start b/1", "b ok => b=success, run=success"}},
		{"first skipped, then failed", pipe("a", "b", "c: a b"), 4, []string{
			"begin => start a/1, start b/1", "a skip => a=skipped, c=skipped", "b fail => b=failed, run=success"}},
		{"first failed, then skipped", pipe("a", "b", "c: a b"), 4, []string{
			"begin => start a/1, start b/1", "a fail => a=failed, c=upstream_failed", "b skip => b=skipped, run=failed"}},
		{"both seen in one pass", pipe("a", "b: a", "c: a", "d all_done: b c", "e: b c"), 4, []string{
			"begin => start a/1",
			"a fail => a=failed, b=upstream_failed, c=upstream_failed, e=upstream_failed, start d/1",
			"d ok => d=success, run=failed"}},
		{"one_success does not wait", pipe("a", "b", "c one_success: a b"), 4, []string{
			"begin => start a/1, start b/1", "a ok => a=success, start c/1", "c ok => c=success", "b fail => b=failed, run=success"}},
		{"always waits for nothing", pipe("a", "b always: a"), 4, []string{
			"begin => start a/1, start b/1", "b ok => b=success", "a fail => a=failed, run=success"}},
		{"a retry", retrying, 1, []string{
			"begin => start a/1", "a fail => wait a/1 5s", "a + => start a/2", "a fail => a=failed, b=upstream_failed, run=failed"}},
		{"no retry of what failed for good", retrying, 1, []string{
			"begin => start a/1", "a dead => a=failed, b=upstream_failed, run=failed"}},
		{"jobs", pipe("a", "b", "c"), 2, []string{
			"begin => start a/1, start b/1", "b ok => b=success, start c/1", "c ok => c=success", "a ok => a=success, run=success"}},
		{"max_active_tasks", limited, 8, []string{"begin => start a/1, start b/1"}},
		{"priority_weight", weights, 1, []string{"begin => start c/1", "c ok => c=success, start a/1"}},
		{"a pool that is full holds up its own tasks only", pooled, 8, []string{
			"begin => start a/1, start c/1", "a ok => a=success, start b/1"}},
		{"fail_fast", failFast, 3, []string{
			"begin => start a/1, start b/1, start s/1",
			"s ok => s=success",
			"a fail => a=failed, stop b=failed, c=skipped, d=skipped, e=skipped, run=success"}},
		{"fail_fast and a retry", quickRetry, 2, []string{
			"begin => start a/1, start b/1", "b fail => wait b/1 0s", "a fail => a=failed, b=skipped, run=failed"}},
		{"interrupted", retrying, 2, []string{"begin => start a/1", "interrupt => stop a=failed, run=failed", "a ok => "}},
		{"interrupted while waiting", retrying, 2, []string{
			"begin => start a/1", "a fail => wait a/1 5s", "interrupt => a=failed, run=failed", "a + => "}},
		{"dagrun_timeout", pipe("a", "b: a", "c"), 1, []string{
			"begin => start a/1", "timeout => stop a=skipped, b=skipped, c=skipped, run=failed"}},
		{"deadlock", pipe("a", "b no_such_rule: a"), 1, []string{"begin => start a/1", "a ok => a=success, run=failed"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPlayer(t, c.pipeline, c.jobs)
			for _, s := range c.steps {
				step, want, _ := strings.Cut(s, " =>")
				if got := p.step(step); got != strings.TrimSpace(want) {
					t.Errorf("%s: got  %s\nwant %s", step, got, strings.TrimSpace(want))
				}
			}
		})
	}
}

func TestStateAfterAnInterruption(t *testing.T) {
	p := newPlayer(t, pipe("a", "b", "c: a"), 1)
	p.step("begin")
	p.step("interrupt")
	for i, want := range []struct {
		state target.State
		try   int
	}{{target.Failed, 1}, {target.None, 0}, {target.None, 0}} {
		if state, try := p.m.State(i); state != want.state || try != want.try {
			t.Errorf("task %d: got %q, %d", i, state, try)
		}
	}
}

// A teardown whose parents are done waits for what else lies between its setup and itself, from Airflow 3.2 on.
func TestTeardownWaitsForItsScope(t *testing.T) {
	p := pipe("create:", "work: create", "more always: work", "remove all_done_setup_success: create more")
	p.Tasks[0].Setup = true
	p.Tasks[3].Teardown = &ir.Teardown{}
	for version, want := range map[ir.Version]bool{{Major: 2, Minor: 11}: true, latest: false} {
		m := New(p, Options{Version: version, Jobs: 4})
		m.Begin()
		m.Ended(0, Succeeded)
		early := slices.ContainsFunc(m.Ended(2, Succeeded), func(d Decision) bool { return d.Kind == Start && d.Task == 3 })
		if early != want {
			t.Errorf("%s: the teardown starts before the work is done: %v", version, early)
		}
		m.Ended(1, Failed)
		if state, _ := m.State(3); state != target.Running {
			t.Errorf("%s: the teardown is %q once all is done", version, state)
		}
	}
}

// What a task expands to may be more urgent than what is ready: nothing starts in between.
func TestNothingStartsWhileSomethingExpands(t *testing.T) {
	p := pipe("list", "other", "each: list")
	p.Tasks[0].Limits.PriorityWeight, p.Tasks[2].Limits.PriorityWeight = 9, 5
	p.Tasks[2].Expand = &ir.Expand{Args: []ir.Arg{{Name: "x", Value: &ir.Output{TaskID: "list"}}}}
	m := New(p, Options{Version: latest, Jobs: 1})
	m.Begin()
	for _, d := range m.Ended(0, Succeeded) {
		if d.Kind == Start {
			t.Errorf("instance %d starts", d.Task)
		}
	}
	if ds := m.Expanded(2, 2); len(ds) != 1 || ds[0].Kind != Start || ds[0].Task != 2 {
		t.Errorf("after the expansion: %v", ds)
	}
}
