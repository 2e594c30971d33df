package sched

import (
	"slices"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

func ids(p *ir.Pipeline, tasks []int) []string {
	var all []string
	for _, i := range tasks {
		all = append(all, p.Tasks[i].ID)
	}
	return all
}

func TestBranch(t *testing.T) {
	p := pipe("b", "x: b", "y: b", "z: y", "join: b x y", "g.a: b", "g.b: g.a")
	group := &ir.Group{ID: "g"}
	p.Groups = []*ir.Group{group}
	p.Tasks[5].Group, p.Tasks[6].Group = group, group
	for _, c := range []struct {
		chosen, skipped []string
	}{
		{[]string{"x"}, []string{"y", "g.a"}},
		{[]string{"x", "y"}, []string{"g.a"}},
		{[]string{"z"}, []string{"x", "y", "join", "g.a"}},
		{[]string{"g"}, []string{"x", "y", "join"}},
		{[]string{"join"}, []string{"x", "y", "g.a"}},
		{nil, []string{"x", "y", "join", "g.a"}},
	} {
		got, err := Branch(p, "b", c.chosen)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.skipped, ids(p, got)); diff != "" {
			t.Errorf("chosen %v (-want +got):\n%s", c.chosen, diff)
		}
	}
	if _, err := Branch(p, "b", []string{"nowhere"}); err == nil {
		t.Error("an unknown id is taken")
	}
}

func TestShortCircuitSparesTeardowns(t *testing.T) {
	p := pipe("s", "a: s", "b: a", "down: b s")
	p.Tasks[3].Teardown = &ir.Teardown{}
	if got := ids(p, ShortCircuit(p, "s", true)); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("all: %v", got)
	}
	if got := ids(p, ShortCircuit(p, "s", false)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("direct: %v", got)
	}
}

func TestSkippingOverwritesStates(t *testing.T) {
	p := pipe("s", "f", "over: f s", "early always: s", "last all_skipped: over early")
	for _, c := range []struct {
		version ir.Version
		early   target.State
	}{{ir.Version{Major: 2, Minor: 11}, target.Skipped}, {latest, target.Success}} {
		m := New(p, Options{Version: c.version, Jobs: 9, LogicalDate: time.Unix(0, 0)})
		m.Begin()
		m.Ended(1, Failed)    // over is upstream_failed by that
		m.Ended(3, Succeeded) // early
		m.EndedSkipping(0, Skipping{Tasks: []int{2, 3}})
		if state, _ := m.State(2); state != target.Skipped {
			t.Errorf("%s: what a rule had decided is %s", c.version, state)
		}
		if state, _ := m.State(3); state != c.early {
			t.Errorf("%s: what had ended is %s, want %s", c.version, state, c.early)
		}
	}
}

func TestRescheduledTriesGoOn(t *testing.T) {
	p := pipe("sensor", "a", "b")
	m := New(p, Options{Version: latest, Jobs: 1, LogicalDate: time.Unix(0, 0), Idle: func(t *ir.Task) bool { return t.ID == "sensor" }})
	starts := func(ds []Decision) (started []int) {
		for _, d := range ds {
			if d.Kind == Start {
				started = append(started, d.Task)
			}
		}
		return started
	}
	if got := starts(m.Begin()); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("a sensor and one job start first: %v", got)
	}
	ds := m.Reschedule(0, time.Minute)
	if ds[0].Kind != Wait || ds[0].State != target.UpForReschedule || ds[0].Delay != time.Minute || len(starts(ds)) != 0 {
		t.Errorf("rescheduled: %v", ds)
	}
	if got := starts(m.Elapsed(0)); !slices.Equal(got, []int{}) && got != nil {
		t.Errorf("no job is free: %v", got)
	}
	if got := starts(m.Ended(1, Succeeded)); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("after a: %v", got)
	}
	if _, try := m.State(0); try != 1 {
		t.Errorf("the sensor is at try %d", try)
	}
	m.Ended(0, Succeeded)
	ds = m.Ended(2, Succeeded)
	if last := ds[len(ds)-1]; last.Kind != Finish || last.State != target.Success {
		t.Errorf("the end: %v", ds)
	}
}

// What a branch has skipped when its instances were made already is skipped when it is looked at, by version: real Airflow
// recorded golden/testdata/run/branch/to_mapped_tasks, in_a_mapped_group and that_is_mapped.
func TestPreviouslySkipped(t *testing.T) {
	two := &ir.Expand{Args: []ir.Arg{{Name: "x", Value: &ir.List{Items: []ir.Value{&ir.Null{}, &ir.Null{}}}}}}
	mapped := pipe("b", "x: b")
	mapped.Tasks[1].Expand = two
	grouped := pipe("g.b", "g.x: g.b")
	group := &ir.Group{ID: "g", Expand: two}
	grouped.Tasks[0].Group, grouped.Tasks[1].Group = group, group
	both := pipe("b", "x: b")
	both.Tasks[0].Expand, both.Tasks[1].Expand = two, two
	for _, c := range []struct {
		name     string
		pipeline *ir.Pipeline
		version  ir.Version
		short    bool
		want     target.State // of x[0], the instance below b or b[0]
	}{
		{"mapped below a branch", mapped, ir.Version{Major: 2, Minor: 11}, false, target.Running},
		{"mapped below a branch", mapped, ir.Version{Major: 3, Minor: 1}, false, target.Running},
		{"mapped below a branch", mapped, latest, false, target.Skipped},
		{"mapped below a short circuit", mapped, ir.Version{Major: 2, Minor: 11}, true, target.Skipped},
		{"mapped below a short circuit", mapped, latest, true, target.Skipped},
		{"in a mapped group", grouped, ir.Version{Major: 2, Minor: 11}, false, target.Skipped},
		{"in a mapped group", grouped, ir.Version{Major: 3, Minor: 1}, false, target.Skipped},
		{"in a mapped group", grouped, latest, false, target.Running},
		{"mapped below mapped", both, ir.Version{Major: 2, Minor: 11}, false, target.Skipped},
		{"mapped below mapped", both, latest, false, target.Skipped},
	} {
		m := New(c.pipeline, Options{Version: c.version, Jobs: 9, LogicalDate: time.Unix(0, 0)})
		m.Begin()
		m.EndedSkipping(0, Skipping{Tasks: []int{1}, Short: c.short})
		got, _ := m.State(1)
		if got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.name, c.version, got, c.want)
		}
	}
}
