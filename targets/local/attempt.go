package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// attempt executes one try and returns its end. It runs beside the loop.
func (r *run) attempt(ctx context.Context, i int, node *ir.Task, mapIndex, number int, t *try) (got report) {
	got.task = i
	if _, ok := node.Op.(*ir.Empty); ok && !r.executesEmpty(node) {
		got.result.Outcome = task.Succeeded
		pushLineage(r.pipeline, r.shared.Version, node, &taskXComs{all: r.xcoms, own: instance{node.ID, mapIndex}})
		return got
	}
	out := &output{listen: r.events.lines(target.TaskRef{ID: node.ID, MapIndex: mapIndex}), broken: r.lostLog}
	defer func() {
		if problem := recover(); problem != nil {
			// A mistake of ours must not leave the processes of other tasks behind: the try fails, the run goes on.
			got.result = task.Result{Error: fmt.Sprintf("internal error: %v", problem)}
			_, _ = out.Write(debug.Stack())
		}
		out.finish()
		got.tail = out.lastLines()
		if out.file != nil {
			out.fail(out.file.Close())
		}
	}()
	var err error
	if out.file, err = createLog(r.logDir, node.ID, mapIndex, number, t.goesOn); err != nil {
		out.fail(err)
		got.result = task.Result{Error: err.Error()}
		return got
	}
	t.logFile = out.file.Name()
	own := instance{node.ID, mapIndex}
	if number > 1 || t.goesOn {
		r.xcoms.clear(own)
	}
	vars := contextVars(r.shared, node, number)
	tc := &task.Context{
		Run:       r.shared,
		Task:      node,
		MapIndex:  mapIndex,
		Try:       number,
		StartDate: t.started,
		FirstPoke: t.first,
		LastEnd:   t.ended,
		LogFile:   t.logFile,
		Params:    r.params.of(node),
		XComs:     &taskXComs{all: r.xcoms, own: own},
		Deferral:  &task.Deferral{},
		Environ:   slices.Concat(r.environ, vars),
		Log:       out,
		Said:      &task.Said{},
	}
	if got.result = r.unmapped(ctx, tc); got.result.Outcome == task.Succeeded {
		settled := false
		tc.End = r.around(tc, func(result *task.Result) ([]string, string) {
			settled = true
			r.settle(ctx, tc, result, &got)
			if context.Cause(ctx) != nil {
				return nil, ""
			}
			return r.eventsOf(tc, &got.result)
		})
		if tc.End != nil && t.goesOn {
			tc.End.OnExecute = nil
		}
		result := r.perform(ctx, tc, vars, out)
		if settled {
			got.result.Updates = tc.Said.Updates // callbacks may have added some
			keep(&got.result, result.State)
			return r.written(got, out)
		}
		got.result = result
	}
	if cause := context.Cause(ctx); cause != nil {
		got.result = task.Result{Error: cause.Error()}
	}
	if got.result.Again != nil && context.Cause(ctx) == nil {
		return got
	}
	r.settle(ctx, tc, &got.result, &got)
	if context.Cause(ctx) == nil {
		r.callAfter(ctx, tc, &got.result)
	}
	got.result.Updates = tc.Said.Updates
	return r.written(got, out)
}

// keep gives a try that has ended the state that a callback of Airflow 2 has given its task instance.
func keep(result *task.Result, state string) {
	outcome, known := map[string]task.Outcome{"success": task.Succeeded, "skipped": task.Skipped, "failed": task.FailedForGood}[state]
	if !known || outcome == result.Outcome {
		return
	}
	result.Outcome, result.Error = outcome, ""
	if outcome != task.Succeeded {
		result.Error = "a callback has given the task the state " + state
	}
}

// settle keeps what a try has come to: what it pushes, and what it skips.
func (r *run) settle(ctx context.Context, tc *task.Context, result *task.Result, got *report) {
	got.result = *result
	if context.Cause(ctx) == nil {
		r.label(ctx, tc, &got.result)
	}
	got.skips = r.skips(tc, &got.result)
	if got.result.Outcome != task.Succeeded {
		return
	}
	node := r.tasks[tc.Task.ID]
	if problem := r.mappable(node, got.result.Return); problem != "" {
		got.result = task.Result{Error: problem}
		return
	}
	if !got.result.Pushed {
		push(tc, got.result.Return)
	}
	pushLineage(r.pipeline, r.shared.Version, node, tc.XComs)
}

// written is a report whose error is in the log.
func (r *run) written(got report, out *output) report {
	if got.result.Error != "" && out.file != nil && out.err == nil {
		out.finish()
		_, err := out.file.WriteString(got.result.Error + "\n")
		out.fail(err)
	}
	return got
}

// perform executes the operator.
func (r *run) perform(ctx context.Context, tc *task.Context, vars []string, out *output) task.Result {
	var execute func(ctx context.Context) task.Result
	switch op := tc.Task.Op.(type) {
	case *ir.Bash:
		command, err := r.renderBash(ctx, tc, op)
		if err != nil {
			return notRendered(err)
		}
		command.vars = vars
		if tc.End != nil {
			return r.bashWithin(ctx, tc, command, out)
		}
		execute = func(ctx context.Context) task.Result { return r.processed(ctx, tc, r.runBash(ctx, tc, command, out)) }
	case *ir.Empty:
		execute = func(context.Context) task.Result { return task.Result{Outcome: task.Succeeded} }
	default:
		if tc.Call == nil {
			return task.Result{Error: "local runs cannot execute this operator"}
		}
		rendered, err := r.renderCall(ctx, tc, tc.Call)
		if err != nil {
			return notRendered(err)
		}
		tc.Call, tc.Fields = rendered.Call, rendered.Fields
		if text := task.LabelOf(r.pipeline, tc.Task); r.labelsItself(tc, text) {
			tc.Call.Label = text
		}
		execute = func(ctx context.Context) task.Result { return r.runCall(ctx, rendered, vars, out) }
	}
	if tc.End != nil && (tc.Call == nil || tc.Call.Work == task.Trigger) {
		return r.within(ctx, tc, func(ctx context.Context, _ task.Before) task.Result { return r.limited(ctx, withoutEnd(tc), execute) })
	}
	return r.limited(ctx, tc, execute)
}

// notRendered is the end of a try whose template fields cannot be rendered; callbacks are told of the exception alone, not of the field.
func notRendered(err error) task.Result {
	cause := err
	for next := errors.Unwrap(cause); next != nil; next = errors.Unwrap(cause) {
		cause = next
	}
	return task.Result{Error: err.Error(), Raised: cause.Error()}
}

// limited executes a task within its execution_timeout.
func (r *run) limited(ctx context.Context, tc *task.Context, execute func(ctx context.Context) task.Result) task.Result {
	return r.limitedTo(ctx, tc, 0, execute)
}

// limitedTo does the same where some of the time has been used; left is what remains, 0: all of it.
func (r *run) limitedTo(ctx context.Context, tc *task.Context, left time.Duration, execute func(ctx context.Context) task.Result) task.Result {
	limit := tc.Task.Limits.ExecutionTimeout
	if limit == nil || limit.Micros == 0 { // Airflow takes zero for none
		return execute(ctx)
	}
	period := time.Duration(limit.Micros) * time.Microsecond
	exceeded := task.Result{
		Error: fmt.Sprintf("execution_timeout of %v exceeded", period), Raised: fmt.Sprintf("AirflowTaskTimeout: Timeout, PID: %d", os.Getpid()),
	}
	if period < 0 {
		return exceeded
	}
	if left > 0 {
		period = left
	}
	switch {
	case tc.Call == nil || tc.Call.Work == task.Trigger || runtime.GOOS == "windows":
	case tc.Call.Work == task.BashCommand && tc.End != nil:
		period += lastResort + r.shared.Grace // the function, and then bash, are bounded by themselves
	case tc.Call.Work == task.BashCommand:
	case tc.Call.Work == task.RunContainer:
		period += containerStops
	default:
		period += lastResort
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.AfterFunc(period, cancel)
	defer timer.Stop()
	if tc.Deferral != nil && r.shared.Version.Major >= 3 { // where each method of the operator has all of that time
		tc.Deferral.Tell = func(waits bool) {
			if waits {
				timer.Stop()
			} else {
				timer.Reset(period)
			}
		}
	}
	if end := tc.End; end != nil {
		told := end.Told
		end.Told = func(result *task.Result) ([]string, string) {
			if !timer.Stop() {
				return nil, "" // it is being ended
			}
			if result.TimedOut {
				result.Error, result.Raised = exceeded.Error, result.Error
			}
			return told(result)
		}
	}
	result := execute(limited)
	if result.TimedOut {
		result.Error, result.Raised = exceeded.Error, result.Error
	}
	if limited.Err() != nil && ctx.Err() == nil && result.Outcome != task.Succeeded && result.Outcome != task.Skipped {
		return exceeded
	}
	return result
}

// How long a Python task that execution_timeout has interrupted may take to end by itself, and a container, which Docker gives 10 s.
const (
	lastResort     = 2 * time.Second
	containerStops = 15 * time.Second
)

// createLog makes the log file of a try, and the folder of its run.
func createLog(logDir, taskID string, mapIndex, number int, goesOn bool) (*os.File, error) {
	path := store.LogFile(logDir, taskID, mapIndex, number)
	if goesOn {
		return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	}
	file, err := os.Create(path)
	if err == nil {
		return file, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	return os.Create(path)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
