package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// ErrNotResumable says that there is no interrupted run to go on with.
var ErrNotResumable = errors.New("nothing to resume")

// OpenStore opens the run store in a folder and puts in order what runs that were killed have left there; what that was comes
// back as lines to tell the user. The grace is the time between TERM and KILL.
func OpenStore(ctx context.Context, dir string, grace time.Duration) (*store.Store, []string, error) {
	s, err := store.Open(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	died, err := s.Repair(ctx, func(owner string) (int, error) { return process.EndMarked(owner, grace) })
	if err != nil {
		return nil, nil, errors.Join(s.Unusable(err), s.Close())
	}
	var notes []string
	for _, d := range died {
		text := fmt.Sprintf("run %q of %q was killed and counts as interrupted", d.RunID, d.DagID)
		switch d.Ended {
		case 0:
		case 1:
			text += "; a process that it had left behind has been ended"
		default:
			text += fmt.Sprintf("; %d processes that it had left behind have been ended", d.Ended)
		}
		notes = append(notes, text+"; --resume goes on with it")
	}
	return s, append(notes, endOrphans(dir, grace)...), nil
}

// Recall has a run that is to go on execute the tasks that it began with: Check looks at no others. It opens the store.
func (t *Target) Recall(ctx context.Context, file *ir.File, callerFilepath, dagID, runID string) error {
	if err := t.PreRun(ctx, file, callerFilepath); err != nil {
		return err
	}
	_, err := t.earlier(ctx, dagID, runID)
	return err
}

// earlier is the run that is to go on, with the tasks that it executes.
func (t *Target) earlier(ctx context.Context, dagID, runID string) (*store.Entry, error) {
	e, err := t.store.Find(ctx, dagID, runID)
	switch {
	case err != nil:
		return nil, err
	case e == nil && runID == "":
		return nil, fmt.Errorf("%w: %q has not run here", ErrNotResumable, dagID)
	case e == nil:
		return nil, fmt.Errorf("%w: %q has no run %q", ErrNotResumable, dagID, runID)
	case e.State == target.Running:
		return nil, fmt.Errorf("%w: run %q of %q is still running", ErrNotResumable, e.RunID, dagID)
	case !e.Interrupted:
		return nil, fmt.Errorf("%w: run %q of %q has ended (%s)", ErrNotResumable, e.RunID, dagID, e.State)
	case e.Selection == "" && e.Partial:
		return nil, fmt.Errorf("%w: run %q of %q had a part of the tasks, and the dagexport that began it did not keep which", ErrNotResumable, e.RunID, dagID)
	case e.Selection != "":
		err = json.Unmarshal([]byte(e.Selection), &t.options.Select)
	}
	return e, err
}

// recall is what a run that goes on knows of a task instance.
func (r *run) recall(taskID string, mapIndex int) (sched.Known, bool) {
	if r.away[taskID] {
		return sched.Known{Final: true}, true
	}
	known, ok := r.known[instance{taskID, mapIndex}]
	return known, ok
}

// reopen takes over an interrupted run: its name, its XComs, and what has ended in it.
func (r *run) reopen(ctx context.Context, e *store.Entry) error {
	s := r.target.store
	instances, err := s.Instances(ctx, e.ID)
	if err != nil {
		return err
	}
	for _, i := range instances {
		known := sched.Known{Tries: i.TryNumber, Cut: i.Interrupted}
		if i.Ended() {
			known.Final, known.State = true, i.State
			r.kept++
		}
		r.known[instance{i.TaskID, i.MapIndex}] = known
		if i.LastTry == store.Interrupted {
			r.cut[instance{i.TaskID, i.MapIndex}] = cutTry{number: i.TryNumber}
		}
	}
	pushed, err := s.XComs(ctx, e.ID)
	if err != nil {
		return err
	}
	if err := s.Reopen(ctx, e); err != nil {
		return err
	}
	r.identify(e.RunID, e.ID)
	r.reopened = e
	for _, x := range pushed {
		r.xcoms.take(x)
		if own := (instance{x.TaskID, x.MapIndex}); x.Key == triggeredRun && r.cut[own].number > 0 {
			one := r.cut[own]
			if err := json.Unmarshal(x.Value, &one.triggered); err != nil {
				return err
			}
			r.cut[own] = one
		}
	}
	return nil
}

// cutTry is a try that was interrupted.
type cutTry struct {
	number    int
	triggered string // the name of the run that it had triggered; "": none is known
}

// begunBefore is the run that the interrupted try of a task had triggered; nil: none is known. What it asks for has the name and
// the date that are asked for again.
func (r *run) begunBefore(tc *task.Context, a *triggering) (*store.Entry, error) {
	cut, ok := r.cut[instance{tc.Task.ID, tc.MapIndex}]
	if !ok || tc.Try != cut.number+1 {
		return nil, nil
	}
	if cut.triggered != "" {
		return r.target.store.Find(context.Background(), a.dagID, cut.triggered)
	}
	if a.existing != nil && a.existing.Owner == r.reopened.Owner && a.existing.ID > r.reopened.ID {
		return a.existing, nil // it was interrupted before it could say so
	}
	return nil, nil
}

// goOnTriggered goes on with what this run had triggered and nobody waits for.
func (r *run) goOnTriggered(ctx context.Context) error {
	if r.reopened == nil || r.interrupted || r.fault != nil || ctx.Err() != nil {
		return nil
	}
	all, err := r.target.store.Triggered(ctx, r.reopened)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !e.Interrupted {
			continue
		}
		found, err := r.target.find(e.DagID)
		if err != nil || found == nil {
			r.note(fmt.Sprintf("run %q of %q, which this one had triggered, is interrupted: its pipeline is not found", e.RunID, e.DagID))
			continue
		}
		r.spawn(&triggering{dagID: e.DagID, runID: e.RunID, goesOn: true}, found)
	}
	return nil
}
