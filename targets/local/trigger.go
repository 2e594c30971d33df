package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// Found is a DAG that another one triggers.
type Found struct {
	File     *ir.File // compiled for the version that is played
	Path     string   // of the pipeline file, as the operating system takes it
	Pipeline *ir.Pipeline
	DagsRoot string
}

// FindFunc finds a DAG by its id; nil without an error: there is none.
type FindFunc func(dagID string) (*Found, error)

// child is a target for a DAG that a run of this one triggers. It shares the store.
func (t *Target) child(of string, f *Found) *Target {
	options := t.options
	options.DagsRoot, options.Select, options.Resume, options.Scheduled = f.DagsRoot, Selection{}, false, false
	return &Target{options: options, engines: t.engines, file: f.File, path: f.Path, store: t.store, containers: t.containers, chain: append(slices.Clone(t.chain), of)}
}

// find is the DAG with an id; nil: there is none.
func (t *Target) find(dagID string) (*Found, error) {
	if t.options.Find == nil {
		return nil, nil
	}
	return t.options.Find(dagID)
}

// refuseTriggers names the tasks that trigger a DAG which is not found or cannot run here.
func (t *Target) refuseTriggers(problems *diag.List, p *ir.Pipeline) {
	for _, one := range p.Tasks {
		call := task.CallOf(p, one)
		if call == nil || call.Work != task.Trigger {
			continue
		}
		id, ok := call.Option("trigger_dag_id").(*ir.String)
		if !ok || id.V == p.ID || slices.Contains(t.chain, id.V) {
			continue
		}
		found, err := t.find(id.V)
		switch {
		case err != nil:
			problems.Errorf(id.Span, diag.NotHere, "task %q triggers the DAG %q, which does not compile: %v", one.ID, id.V, err).
				WithHelp("repair that pipeline, or leave the task out of the run: --stub %s", one.ID)
		case found == nil:
			problems.Errorf(id.Span, diag.NotHere, "task %q triggers the DAG %q, and no pipeline of it is found", one.ID, id.V).
				WithHelp("pipelines are looked for in the same file, its folder and the DAG root; or leave the task out of the run: --stub %s", one.ID)
		default:
			alone := *found.File
			alone.Pipelines = []*ir.Pipeline{found.Pipeline}
			for _, d := range t.child(p.ID, found).Check(&alone).All() {
				if d.Severity == diag.Error {
					problems.Errorf(id.Span, diag.NotHere, "task %q triggers the DAG %q, which cannot run here: %s", one.ID, id.V, d.Message).
						WithHelp("leave the task out of the run: --stub %s", one.ID)
					break
				}
			}
		}
	}
}

// triggering is what a TriggerDagRunOperator asks for.
type triggering struct {
	dagID, runID        string
	logical             time.Time
	written             string // the logical date in the zone in which the task gives it
	conf                json.RawMessage
	reset, skips, waits bool
	allowed, failed     []string
	existing            *store.Entry // the run of that name or that logical date; nil: none
	goesOn              bool         // the run is there, and was interrupted
}

// trigger does what a TriggerDagRunOperator does: it begins a run of another DAG, in this process, and may wait for its end.
func (r *run) trigger(ctx context.Context, tc *task.Context) task.Result {
	a, err := r.asked(tc.Call)
	if err == nil {
		err = r.findExisting(a)
	}
	if err != nil {
		return task.Result{Error: err.Error()}
	}
	old := r.shared.Version.Major == 2
	before, err := r.begunBefore(tc, a)
	if err != nil {
		return task.Result{Error: err.Error()}
	}
	if before != nil {
		return r.triggerAgain(ctx, tc, a, before)
	}
	if a.existing != nil && !a.reset {
		switch {
		case a.skips:
			return task.Result{Outcome: task.Skipped, Error: "the DAG run exists already, and skip_when_already_exists is set"}
		case old:
			return task.Result{Error: fmt.Sprintf("DagRunAlreadyExists: %q has the run %q already", a.dagID, a.existing.RunID)}
		}
		return task.Result{Outcome: task.FailedForGood, Error: fmt.Sprintf("%q has the run %q already", a.dagID, a.existing.RunID)}
	}
	if a.existing != nil && !old && a.existing.RunID != a.runID { // Airflow 3 clears by the name
		return task.Result{Error: fmt.Sprintf("%q has no run %q to reset; that of the logical date is %q", a.dagID, a.runID, a.existing.RunID)}
	}
	found, err := r.target.find(a.dagID)
	switch {
	case err != nil:
		return task.Result{Error: err.Error()}
	case found == nil && a.dagID != r.pipeline.ID:
		return task.Result{Error: fmt.Sprintf("DagNotFound: no pipeline of the DAG %q is found", a.dagID)}
	}
	if a.existing != nil { // it is cleared in Airflow, and keeps its name and its conf
		a.runID, a.logical, a.conf = a.existing.RunID, a.existing.LogicalDate, a.existing.Conf
		a.written = store.Date(a.logical)
	}
	if a.dagID == r.pipeline.ID || slices.Contains(r.target.chain, a.dagID) {
		if a.waits {
			return task.Result{Error: fmt.Sprintf("a run of %q would wait for another one of itself", a.dagID)}
		}
		pushTriggered(tc, a, old)
		r.note(fmt.Sprintf("%q triggers %q, from which it comes: that run is not begun here", r.pipeline.ID, a.dagID))
		return task.Result{Outcome: task.Succeeded}
	}
	return r.follow(ctx, tc, a, found)
}

// triggerAgain takes over the run that an interrupted try had triggered: it goes on if it was interrupted too.
func (r *run) triggerAgain(ctx context.Context, tc *task.Context, a *triggering, before *store.Entry) task.Result {
	a.runID, a.logical, a.written, a.existing = before.RunID, before.LogicalDate, store.Date(before.LogicalDate), nil
	if !before.Interrupted {
		pushTriggered(tc, a, r.shared.Version.Major == 2)
		if !a.waits {
			return task.Result{Outcome: task.Succeeded}
		}
		return a.resultOf(before.State)
	}
	found, err := r.target.find(a.dagID)
	if err != nil {
		return task.Result{Error: err.Error()}
	}
	if found == nil {
		return task.Result{Error: fmt.Sprintf("DagNotFound: no pipeline of the DAG %q is found", a.dagID)}
	}
	a.goesOn = true
	return r.follow(ctx, tc, a, found)
}

// follow begins a run, or has it go on, and waits for its end if that is asked for.
func (r *run) follow(ctx context.Context, tc *task.Context, a *triggering, found *Found) task.Result {
	old := r.shared.Version.Major == 2
	begun, done := r.spawn(a, found)
	select {
	case <-ctx.Done():
		return task.Result{Error: context.Cause(ctx).Error()}
	case err := <-begun:
		switch {
		case errors.Is(err, target.ErrDuplicateRun) && !old:
			return task.Result{Outcome: task.FailedForGood, Error: err.Error()}
		case err != nil:
			return task.Result{Error: err.Error()}
		}
	}
	pushTriggered(tc, a, old)
	if !a.waits {
		return task.Result{Outcome: task.Succeeded}
	}
	if truth(tc.Call.Option("deferrable")) {
		tc.Deferral.Told(true)
		defer tc.Deferral.Told(false)
	}
	select {
	case <-ctx.Done():
		return task.Result{Error: context.Cause(ctx).Error()}
	case state := <-done:
		return a.resultOf(state)
	}
}

// resultOf is what a task that waits makes of the end of the triggered run.
func (a *triggering) resultOf(state target.State) task.Result {
	switch {
	case slices.Contains(a.failed, string(state)):
		return task.Result{Error: fmt.Sprintf("AirflowException: %s failed with failed state %s", a.dagID, state)}
	case slices.Contains(a.allowed, string(state)):
		return task.Result{Outcome: task.Succeeded}
	}
	return task.Result{Error: fmt.Sprintf("the run of %q has ended in the state %q, for which Airflow would wait on", a.dagID, state)}
}

// triggeredRun is the key of the XCom that names the triggered run.
const triggeredRun = "trigger_run_id"

// pushTriggered pushes what tells of the triggered run.
func pushTriggered(tc *task.Context, a *triggering, old bool) {
	push := func(key, value string) {
		data, _ := json.Marshal(value)
		tc.XComs.Push(key, data)
	}
	if old {
		push("trigger_logical_date_iso", a.written)
	}
	push(triggeredRun, a.runID)
}

// spawn begins the run beside this one, which ends after it. The first channel says that the run is in the store, or why
// it is not; the state comes once it has ended.
func (r *run) spawn(a *triggering, found *Found) (<-chan error, <-chan target.State) {
	begun, done := make(chan error, 1), make(chan target.State, 1)
	name := a.runID
	if a.existing != nil {
		name = "" // that name is taken; a new run for the date takes its place
	}
	r.spawned.Go(func() {
		options := target.RunOptions{RunName: name, LogicalDate: a.logical, Conf: a.conf, Events: &heard{run: r, dagID: a.dagID, begun: begun}}
		child := r.target.child(r.pipeline.ID, found)
		child.options.Resume = a.goesOn
		record, err := child.Run(r.ctx, found.Pipeline, options)
		state := target.Failed
		switch {
		case record != nil:
			state = record.State
		case err != nil:
			r.note(fmt.Sprintf("the triggered run of %q: %v", a.dagID, err))
		}
		select {
		case begun <- err:
		default: // it has begun
		}
		done <- state
	})
	return begun, done
}

// asked reads the rendered arguments of a call.
func (r *run) asked(call *task.Call) (*triggering, error) {
	a := &triggering{logical: time.Now().UTC().Truncate(time.Microsecond), conf: json.RawMessage("{}")}
	text := func(name string) string {
		switch v := call.Option(name).(type) {
		case *ir.String:
			return v.V
		case *ir.Template:
			return v.V
		case *ir.Int:
			return v.Text
		}
		return ""
	}
	states := func(name, usual string) []string {
		list, ok := call.Option(name).(*ir.List)
		if !ok || len(list.Items) == 0 && name == "allowed_states" {
			return []string{usual}
		}
		all := []string{}
		for _, item := range list.Items {
			if s, ok := item.(*ir.String); ok {
				all = append(all, s.V)
			}
		}
		return all
	}
	a.dagID, a.runID = text("trigger_dag_id"), text("trigger_run_id")
	a.reset, a.skips, a.waits = truth(call.Option("reset_dag_run")), truth(call.Option("skip_when_already_exists")), truth(call.Option("wait_for_completion"))
	a.allowed, a.failed = states("allowed_states", "success"), states("failed_states", "failed")
	for _, name := range []string{"execution_date", "logical_date"} {
		var err error
		switch v := call.Option(name).(type) {
		case *ir.Time:
			if a.logical, err = momentOf(v, time.Now()); err == nil {
				var zone *time.Location
				if zone, err = zoneOf(v.Zone); err == nil {
					a.logical = a.logical.In(zone)
				}
			}
		case *ir.String:
			a.logical, err = parseMoment(v.V)
		}
		if err != nil {
			return nil, err
		}
	}
	if conf := call.Option("conf"); !isNone(conf) {
		data, err := jsonOf(conf)
		if err != nil {
			return nil, fmt.Errorf("conf parameter should be JSON Serializable: %w", err)
		}
		var inside string
		if json.Unmarshal(data, &inside) == nil && isText(data) {
			data = []byte(inside)
		}
		if _, err := members(data); err != nil {
			return nil, errors.New("conf is not a JSON object")
		}
		a.conf = data
	}
	a.written = isoText(a.logical)
	a.logical = a.logical.UTC()
	if a.runID == "" {
		a.runID = store.Manual + "__" + a.written
	}
	return a, nil
}

// isoText is a moment as Python's isoformat writes it.
func isoText(at time.Time) string {
	if at.Nanosecond()/1000 == 0 {
		return at.Format("2006-01-02T15:04:05-07:00")
	}
	return at.Format("2006-01-02T15:04:05.000000-07:00")
}

// findExisting finds the run that the asked one would be.
func (r *run) findExisting(a *triggering) error {
	ctx := context.Background()
	existing, err := r.target.store.Find(ctx, a.dagID, a.runID)
	if err == nil && existing == nil {
		existing, err = r.target.store.At(ctx, a.dagID, a.logical)
	}
	a.existing = existing
	return err
}

// momentLayouts are the forms of a date that Airflow's own filters and common sense give it.
var momentLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly,
	"20060102T150405-0700", "20060102T150405", "20060102",
}

// parseMoment is a date, or a date and a time, in UTC unless it says otherwise.
func parseMoment(text string) (time.Time, error) {
	spaced := strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	for _, layout := range momentLayouts {
		if at, err := time.Parse(layout, spaced); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("ParserError: %q is no date", text)
}

// heard passes on, of a triggered run, how it begins and ends and what there is to know of it.
type heard struct {
	run   *run
	dagID string
	name  string
	begun chan<- error
}

// RunStarted implements target.Events.
func (h *heard) RunStarted(run target.RunStart) {
	h.begun <- nil
	h.name = run.RunName
	h.run.note(fmt.Sprintf("triggered: run %q of %q begins", h.name, h.dagID))
}

// TryStarted implements target.Events.
func (h *heard) TryStarted(target.TaskRef, int) {}

// Output implements target.Events.
func (h *heard) Output(target.TaskRef, []byte) {}

// TryFinished implements target.Events.
func (h *heard) TryFinished(of target.TaskRef, end target.TryEnd) {
	if end.State == target.Failed {
		h.run.note(fmt.Sprintf("task %q of the triggered %q failed: %s (%s)", of.ID, h.dagID, end.Error, end.LogFile))
	}
}

// Settled implements target.Events.
func (h *heard) Settled(target.TaskRef, target.State) {}

// Note implements target.Events.
func (h *heard) Note(text string) { h.run.note(fmt.Sprintf("%s: %s", h.dagID, text)) }

// RunFinished implements target.Events.
func (h *heard) RunFinished(end target.RunEnd) {
	h.run.note(fmt.Sprintf("triggered: run %q of %q has ended: %s", h.name, h.dagID, end.Record.State))
}
