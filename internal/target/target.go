// Package target is the contract between the command line and what a compiled pipeline can be handed to.
package target

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// Target receives compiled files. A Target is used by one goroutine at a time unless its documentation says otherwise.
type Target interface {
	// Name is "airflow" or "local".
	Name() string

	// Check says what of the file this target cannot express or only approximates. It changes nothing and may be called
	// any number of times. A file with an error from Check is handed to no other method.
	Check(*ir.File) diag.List

	// PreRun prepares a run of the file's pipelines. callerFilepath is the path of the pipeline file, as the operating
	// system takes it. Calling it again with the same arguments changes nothing further.
	PreRun(ctx context.Context, file *ir.File, callerFilepath string) error
}

// Runner is a Target that executes pipelines. The order of calls is PreRun, Run, PostRun; PostRun is called after a failed
// Run too, and once.
type Runner interface {
	Target

	// Run executes one pipeline of the prepared file to its end. A failed task is not an error: it is in the Record. A
	// cancelled context ends every process of the run before Run returns; the Record then tells what had been reached, and
	// the error is ctx.Err().
	//
	// Errors: ErrDuplicateRun, before anything was executed.
	Run(ctx context.Context, pipeline *ir.Pipeline, options RunOptions) (*Record, error)

	// PostRun releases what PreRun and Run hold.
	PostRun(ctx context.Context) error
}

// RunOptions are the options of a run that every Runner understands.
type RunOptions struct {
	RunName     string          // "" lets the target name the run
	LogicalDate time.Time       // zero: now
	Conf        json.RawMessage // dag_run.conf, a JSON object; nil: none
	Events      Events          // nil: nobody listens
}

// Events hears what happens in a run. Calls come one at a time and in order; they must return soon.
type Events interface {
	// RunStarted comes first.
	RunStarted(run RunStart)
	// TryStarted comes when a try of a task begins; try counts from 1.
	TryStarted(task TaskRef, try int)
	// Output is one line that a task wrote, without its line end; a very long line comes in pieces.
	Output(task TaskRef, line []byte)
	// TryFinished comes when a try has ended and the task's state is known: success, failed, skipped or up_for_retry.
	TryFinished(task TaskRef, end TryEnd)
	// Settled comes when a task got a final state without running: skipped, upstream_failed or removed.
	Settled(task TaskRef, state State)
	// Note is something the user should know about the run as a whole, in one line.
	Note(text string)
	// RunFinished comes last.
	RunFinished(end RunEnd)
}

// TaskRef names a task instance.
type TaskRef struct {
	ID       string
	MapIndex int // -1 where the task is not mapped
}

// RunStart describes a run that begins.
type RunStart struct {
	DagID       string
	RunName     string
	LogicalDate time.Time
	Version     ir.Version // the Airflow version that is played
	Tasks       int
	LogDir      string // where the logs of the tries are; "" if nowhere
}

// TryEnd describes a try that ended.
type TryEnd struct {
	Try      int
	State    State
	Duration time.Duration
	Error    string        // one line; "" on success
	RetryIn  time.Duration // for up_for_retry
	LogFile  string
	Label    string // what map_index_template came to; "": nothing
}

// RunEnd describes a run that ended.
type RunEnd struct {
	Record      *Record
	Duration    time.Duration
	Interrupted bool
	Failed      []FailedTask // in the order of failing
}

// FailedTask is a failed task and the end of what it wrote.
type FailedTask struct {
	Task     TaskRef
	Error    string
	LastLine []string
	LogFile  string
}
