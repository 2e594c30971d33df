package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow/rest"
)

// Run implements target.Runner: it triggers a run and follows it to its end. Where the context ends before, the run goes on in
// Airflow, unless Options.Abandon says that it is to be marked as failed.
func (t *Target) Run(ctx context.Context, pipeline *ir.Pipeline, options target.RunOptions) (*target.Record, error) {
	if t.file == nil {
		return nil, target.ErrNotPrepared
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if options.LogicalDate.IsZero() {
		options.LogicalDate = time.Now().UTC()
	}
	if options.RunName == "" {
		options.RunName = "manual__" + options.LogicalDate.UTC().Format("2006-01-02T15:04:05.999999+00:00")
	}
	begun := time.Now()
	run, err := t.client.Trigger(ctx, pipeline.ID, options.RunName, options.LogicalDate, options.Conf)
	if err != nil {
		return nil, err
	}
	f := &follower{target: t, pipeline: pipeline, run: run, seen: map[target.TaskRef]seen{}, events: options.Events}
	f.tell(func(e target.Events) {
		e.RunStarted(target.RunStart{DagID: pipeline.ID, RunName: run.RunID, LogicalDate: options.LogicalDate, Version: t.client.Version(), Tasks: len(pipeline.Tasks)})
		for _, note := range t.notes {
			e.Note(note)
		}
	})
	err = f.follow(ctx)
	late := context.WithoutCancel(ctx)
	interrupted := err != nil && ctx.Err() != nil
	if interrupted {
		err = errors.Join(ctx.Err(), f.abandon(late))
	} else if err != nil {
		return nil, err
	}
	record, recordErr := f.record(late, options.LogicalDate)
	if recordErr != nil {
		return nil, errors.Join(err, recordErr)
	}
	failed := f.failures(late)
	f.tell(func(e target.Events) {
		e.RunFinished(target.RunEnd{Record: record, Duration: time.Since(begun), Interrupted: interrupted, Failed: failed})
	})
	return record, err
}

// follower watches one run.
type follower struct {
	target   *Target
	pipeline *ir.Pipeline
	run      *rest.Run
	events   target.Events
	seen     map[target.TaskRef]seen
	failed   []target.TaskRef
	last     []rest.TaskInstance
}

// seen is what has been told of a task instance.
type seen struct {
	try   int  // that has been told to have started
	ended bool // and to have ended
}

func (f *follower) tell(what func(target.Events)) {
	if f.events != nil {
		what(f.events)
	}
}

// patience is how often in a row Airflow may not answer before following ends; a web server that restarts is back by then.
const patience = 20

// follow returns when the run has ended.
func (f *follower) follow(ctx context.Context) error {
	silent := 0
	for {
		ended, err := f.look(ctx)
		var answer *rest.Error
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && ended:
			return nil
		case err == nil:
			silent = 0
		case errors.As(err, &answer) && answer.Status < 500:
			return err
		default:
			if silent++; silent > patience {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(f.target.options.Poll):
		}
	}
}

// look asks for the run and its task instances, and tells what has happened since the last look.
func (f *follower) look(ctx context.Context) (ended bool, err error) {
	c := f.target.client
	run, err := c.Run(ctx, f.run.DagID, f.run.RunID)
	if err != nil {
		return false, err
	}
	if run == nil {
		return false, fmt.Errorf("the run %q of %q is not there any more: somebody has deleted it", f.run.RunID, f.run.DagID)
	}
	// The instances are asked for after the run: of a run that has ended they do not change any more.
	instances, err := c.TaskInstances(ctx, f.run.DagID, f.run.RunID)
	if err != nil {
		return false, err
	}
	slices.SortStableFunc(instances, func(a, b rest.TaskInstance) int { return when(a).Compare(when(b)) })
	f.run, f.last = run, instances
	for _, i := range instances {
		f.advance(i)
	}
	return run.State == target.Success || run.State == target.Failed, nil
}

// when orders task instances as they began; those that have not come last.
func when(i rest.TaskInstance) time.Time {
	if i.Started == nil {
		return time.Unix(1<<40, 0)
	}
	return *i.Started
}

// advance tells what has happened to a task instance.
func (f *follower) advance(i rest.TaskInstance) {
	ref := target.TaskRef{ID: i.TaskID, MapIndex: i.MapIndex}
	was := f.seen[ref]
	ran := i.Try > 0 && (i.State == target.Running || i.State == target.Success || i.State == target.Failed || i.State == target.UpForRetry ||
		i.State == target.UpForReschedule || i.State == target.Skipped && i.Started != nil)
	if ran && i.Try > was.try {
		if was.try > 0 && !was.ended { // the end of the try before fell between two looks
			f.tell(func(e target.Events) {
				e.TryFinished(ref, target.TryEnd{Try: was.try, State: target.UpForRetry, Error: "see its log"})
			})
		}
		was = seen{try: i.Try}
		f.tell(func(e target.Events) { e.TryStarted(ref, i.Try) })
	}
	if !was.ended && (i.State.Finished() || i.State == target.UpForRetry) {
		was.ended = true
		took := time.Duration(i.Duration * float64(time.Second))
		if !ran {
			f.tell(func(e target.Events) { e.Settled(ref, i.State) })
		} else {
			f.tell(func(e target.Events) { e.TryFinished(ref, target.TryEnd{Try: i.Try, State: i.State, Duration: took}) })
		}
		if i.State == target.Failed {
			f.failed = append(f.failed, ref)
		}
	}
	f.seen[ref] = was
}

// abandon leaves an interrupted run, or marks it as failed.
func (f *follower) abandon(ctx context.Context) error {
	if f.target.options.Abandon == nil || !f.target.options.Abandon() {
		f.tell(func(e target.Events) { e.Note(fmt.Sprintf("the run %q goes on in Airflow", f.run.RunID)) })
		return nil
	}
	if err := f.target.client.Fail(ctx, f.run.DagID, f.run.RunID); err != nil {
		return err
	}
	f.tell(func(e target.Events) { e.Note(fmt.Sprintf("the run %q is marked as failed in Airflow", f.run.RunID)) })
	_, err := f.look(ctx)
	return err
}

// shownLines is how many lines of a failed task's log are shown.
const shownLines = 10

// failures are the failed tasks with the ends of their logs.
func (f *follower) failures(ctx context.Context) []target.FailedTask {
	var failed []target.FailedTask
	for _, ref := range f.failed {
		one := target.FailedTask{Task: ref}
		text, err := f.target.client.Log(ctx, f.run.DagID, f.run.RunID, ref.ID, ref.MapIndex, f.seen[ref].try)
		if err != nil {
			one.Error = "its log cannot be had: " + err.Error()
		}
		lines := slices.DeleteFunc(strings.Split(strings.TrimRight(text, "\n"), "\n"), bookkeeping)
		one.LastLine = lines[max(0, len(lines)-shownLines):]
		failed = append(failed, one)
	}
	return failed
}

// bookkeeping tells whether a line of a log is Airflow's own: the marks of groups, and its frames in a traceback.
func bookkeeping(line string) bool {
	return strings.HasPrefix(line, "::group::") || strings.HasPrefix(line, "::endgroup::") ||
		strings.HasPrefix(line, "  File ") && strings.Contains(line, "/site-packages/airflow/")
}

// record is the run record, as far as the run has come.
func (f *follower) record(ctx context.Context, date time.Time) (*target.Record, error) {
	xcoms, err := f.target.client.XComs(ctx, f.run.DagID, f.run.RunID)
	if err != nil {
		return nil, err
	}
	record := &target.Record{DagID: f.run.DagID, LogicalDate: date.UTC().Format("2006-01-02T15:04:05.999999+00:00"), State: f.run.State, Tasks: []target.TaskRecord{}, XComs: []target.XComRecord{}}
	for _, i := range f.last {
		one := target.TaskRecord{TaskID: i.TaskID, MapIndex: i.MapIndex, State: i.State, TryNumber: i.Try}
		if i.State != target.None && !i.State.Finished() {
			one.State = target.None // an interrupted run's
		}
		record.Tasks = append(record.Tasks, one)
	}
	for _, x := range xcoms {
		if x.Key != "skipmixin_key" && !strings.HasPrefix(x.Key, "_") {
			record.XComs = append(record.XComs, x)
		}
	}
	slices.SortFunc(record.Tasks, func(a, b target.TaskRecord) int {
		return cmp.Or(cmp.Compare(a.TaskID, b.TaskID), cmp.Compare(a.MapIndex, b.MapIndex))
	})
	slices.SortFunc(record.XComs, func(a, b target.XComRecord) int {
		return cmp.Or(cmp.Compare(a.TaskID, b.TaskID), cmp.Compare(a.MapIndex, b.MapIndex), cmp.Compare(a.Key, b.Key))
	})
	return record, nil
}
