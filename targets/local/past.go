package local

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// lookBack finds what the run owes to earlier ones.
func (r *run) lookBack(ctx context.Context) error {
	if err := r.findHeld(ctx); err != nil {
		return err
	}
	return r.findLastSuccess(ctx)
}

// findLastSuccess finds the run that the context names of prev_..._success are about.
func (r *run) findLastSuccess(ctx context.Context) error {
	e, err := r.target.store.LastSuccess(ctx, r.pipeline.ID, r.shared.LogicalDate)
	if err != nil || e == nil {
		return err
	}
	last := &task.Finished{LogicalDate: e.LogicalDate, IntervalStart: e.IntervalStart, IntervalEnd: e.IntervalEnd, Started: e.Started, Ended: e.Ended}
	if last.IntervalStart.IsZero() || last.IntervalEnd.IsZero() { // kept before data intervals were
		if last.IntervalStart, last.IntervalEnd, err = dataInterval(r.shared.Version, r.pipeline, e.LogicalDate); err != nil {
			return err
		}
	}
	r.shared.LastSuccess = last
	return nil
}

// past is what depends_on_past asks of the run store.
type past struct {
	store    *store.Store
	version  ir.Version
	pipeline *ir.Pipeline
	logical  time.Time // of the run that asks
	today    time.Time

	earlier []*store.Entry // the latest date first
	states  map[int64]map[string][]target.State
}

// findHeld finds the tasks that the run before this one holds up, and by what.
func (r *run) findHeld(ctx context.Context) error {
	t := r.target
	r.held = map[string]string{}
	first := t.backfill.first
	if first.Equal(r.shared.LogicalDate) && r.shared.RunType == store.Backfill && (r.shared.Version.Major >= 3 || first.Equal(t.backfill.from)) {
		return nil // the first run of a backfill is free of it
	}
	if t.options.IgnoreDependsOnPast || !slices.ContainsFunc(r.pipeline.Tasks, func(t *ir.Task) bool { return t.DependsOnPast }) {
		return nil
	}
	earlier, err := t.store.Earlier(ctx, r.pipeline.ID, r.shared.LogicalDate)
	if err != nil {
		return err
	}
	p := &past{
		store: t.store, version: r.shared.Version, pipeline: r.pipeline, logical: r.shared.LogicalDate, today: r.shared.StartDate,
		earlier: earlier, states: map[int64]map[string][]target.State{},
	}
	for _, one := range r.pipeline.Tasks {
		if !one.DependsOnPast || r.absent[one.ID] || r.away[one.ID] {
			continue
		}
		why, err := p.holds(ctx, one)
		if err != nil {
			return err
		}
		if why != "" {
			r.held[one.ID] = why
		}
	}
	return nil
}

// holds says how the run before this one holds up a task that depends on its past, as Airflow's PrevDagrunDep decides; "": it does
// not. With catchup, manual runs do not count.
func (p *past) holds(ctx context.Context, t *ir.Task) (string, error) {
	var last *store.Entry
	for _, e := range p.earlier {
		if p.pipeline.Catchup && e.RunType == store.Manual {
			continue
		}
		states, err := p.of(ctx, e)
		if err != nil {
			return "", err
		}
		if e.Partial && len(states[t.ID]) == 0 {
			continue // the user left the task out there
		}
		last = e
		break
	}
	if last == nil {
		return "", nil
	}
	if p.pipeline.Catchup {
		l, err := lifetimeOf(p.version, p.pipeline, t, p.today)
		if err != nil || last.LogicalDate.Before(l.start) {
			return "", err
		}
	}
	where := fmt.Sprintf("in the run %q before this one", last.RunID)
	states := p.states[last.ID]
	if len(states[t.ID]) == 0 {
		if ignoresFirst(p.pipeline, t) {
			ran, err := p.ran(ctx, t.ID)
			if err != nil || !ran {
				return "", err
			}
		}
		return fmt.Sprintf("%q did not run %s", t.ID, where), nil
	}
	if bad, found := unsuccessful(states[t.ID]); found {
		return fmt.Sprintf("%q %s %s", t.ID, ended(bad), where), nil
	}
	if !t.WaitForDownstream {
		return "", nil
	}
	for _, id := range sched.Downstream(p.pipeline, t.ID) {
		if bad, found := unsuccessful(states[id]); found {
			return fmt.Sprintf("%q, downstream of it, %s %s", id, ended(bad), where), nil
		}
	}
	return "", nil
}

// of are the states of the task instances of a run.
func (p *past) of(ctx context.Context, e *store.Entry) (map[string][]target.State, error) {
	if found := p.states[e.ID]; found != nil {
		return found, nil
	}
	instances, err := p.store.Instances(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	states := map[string][]target.State{}
	for _, i := range instances {
		states[i.TaskID] = append(states[i.TaskID], i.State)
	}
	p.states[e.ID] = states
	return states, nil
}

// ran tells whether a task has an instance in any earlier run.
func (p *past) ran(ctx context.Context, taskID string) (bool, error) {
	for _, e := range p.earlier {
		states, err := p.of(ctx, e)
		if err != nil {
			return false, err
		}
		if len(states[taskID]) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// unsuccessful is the first state that is neither success nor skipped.
func unsuccessful(states []target.State) (target.State, bool) {
	i := slices.IndexFunc(states, func(s target.State) bool { return s != target.Success && s != target.Skipped })
	if i < 0 {
		return target.None, false
	}
	return states[i], true
}

// ended is a state in a sentence.
func ended(state target.State) string {
	switch state {
	case target.None:
		return "was not reached"
	case target.Failed:
		return "failed"
	case target.Running, target.UpForRetry, target.UpForReschedule, target.Scheduled:
		return "has not ended"
	}
	return "is " + string(state)
}

// ignoresFirst tells whether the first instance of a task is free of depends_on_past.
func ignoresFirst(p *ir.Pipeline, t *ir.Task) bool {
	a := ir.Lookup(t.Args, "ignore_first_depends_on_past")
	if a == nil {
		a = ir.Lookup(task.Defaults(p, t), "ignore_first_depends_on_past")
	}
	if a == nil {
		return false
	}
	v, ok := a.Value.(*ir.Bool)
	return ok && v.V
}

// sayHeld says which tasks do not run, and why.
func (r *run) sayHeld() {
	for _, t := range r.pipeline.Tasks {
		if why := r.held[t.ID]; why != "" {
			r.note(fmt.Sprintf("task %q waits, as it depends on its past: %s; run that date again (--date) or use --ignore-depends-on-past", t.ID, why))
		}
	}
}

// sayDeadlock says that the run has ended where Airflow would have waited.
func (r *run) sayDeadlock() {
	if r.machine.Held() {
		r.note("nothing is left that can run: in Airflow this run would wait until the earlier one is repaired, here it has failed")
	}
}

// holds tells whether an earlier run keeps a task from running.
func (r *run) holds(taskID string) bool { return r.held[taskID] != "" }

// isAbsent tells whether a task has no instance in the run.
func (r *run) isAbsent(taskID string) bool { return r.absent[taskID] }
