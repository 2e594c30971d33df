// Package task is what the engine of local runs and those who do its work agree on: the context of a task instance, the
// Renderer of template fields and the PythonRunner. It exists apart from the engine so that both sides can import it.
package task

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// Run is what all task instances of one run share. Nobody changes it once the run has begun.
type Run struct {
	Version  ir.Version // the Airflow version that is played
	Pipeline *ir.Pipeline
	File     string // path of the pipeline file, absolute
	DagsRoot string // absolute; modules and, beside it, template files are found from here
	Python   string // the interpreter that the user asked for; "" leaves the choice to the PythonRunner

	ID                string          // run_id
	LogicalDate       time.Time       // UTC, microseconds
	DataIntervalStart time.Time       // UTC
	DataIntervalEnd   time.Time       // UTC
	RunAfter          time.Time       // UTC
	RunType           string          // "manual" or "backfill"
	StartDate         time.Time       // when the run began, UTC
	Conf              json.RawMessage // dag_run.conf, a JSON object; never nil

	LatestAfter, LatestTo time.Time // when a scheduled run counts as the latest; zero for other runs

	Before, After time.Time // the logical dates beside that of a scheduled run of Airflow 2; zero: none

	Triggering []AssetEvent // that the run answers

	LastSuccess *Finished // the successful run of the DAG with the latest logical date before this one; nil: none

	Others Others // never nil where a task asks for it

	Environ     []string      // the environment of the run, as os.Environ has it; no other is read
	TaskEnviron []string      // what each task has of it
	Common      []string      // variables that a task has beyond TaskEnviron, unless its own Environ says otherwise
	Grace       time.Duration // between TERM and KILL
}

// Finished is an earlier run that has ended. All times are in UTC.
type Finished struct {
	LogicalDate                time.Time
	IntervalStart, IntervalEnd time.Time // of its data interval
	Started, Ended             time.Time
}

// AssetEvent says which task instance has updated an asset.
type AssetEvent struct {
	Name, URI            string
	Extra                json.RawMessage // a JSON object; nil: an empty one
	Aliases              []string        // that stood for the asset
	DagID, RunID, TaskID string
	MapIndex             int
	At                   time.Time // UTC
}

// Context is one try of one task instance: what templates and callables see of it.
type Context struct {
	Run       *Run
	Task      *ir.Task
	MapIndex  int // -1 where the task is not mapped
	Try       int // ti.try_number, from 1
	StartDate time.Time
	FirstPoke time.Time // of a sensor that goes on: when it looked first; zero otherwise

	// Params is a JSON object: the params of the DAG, overridden by those of the task, overridden by dag_run.conf, in
	// that order of keys.
	Params json.RawMessage

	XComs XComs

	// Call is what the PythonRunner does, template fields rendered; nil: CallOf(Run.Pipeline, Task).
	Call *Call

	// Fields are the template fields for templates, hooks and callbacks that ask the task for them: those that have been rendered so far
	// are rendered. Of those that are missing, Call knows.
	Fields []ir.Arg

	// End is what is called around the task, in its process; nil: nothing is.
	End *End

	Said *Said // nil: nobody wants to know

	// Deferral is told when the task waits for a trigger; nil: nobody asks.
	Deferral *Deferral

	// LastEnd is when the try before this one ended; zero: there was none.
	LastEnd time.Time

	// Environ is what the process of the task gets: Run.Environ and the AIRFLOW_CTX_* variables of this try.
	Environ []string

	LogFile string // path of the log; "": there is none

	// Log takes what the task writes, standard output and error merged, as raw bytes. It may be written to by one
	// goroutine at a time, until RunTask returns.
	Log io.Writer
}

// XComs are the XComs of the run, as one task instance reaches them. Values are those after Airflow's own round trip, in the form
// of package wire. The methods may be called from several goroutines.
type XComs interface {
	// Pull is the value that a task pushed last under a key; false when there is none.
	Pull(taskID string, mapIndex int, key string) (json.RawMessage, bool)

	// MapIndexes are the map_index of the instances of a task that have pushed under a key, ascending; -1 is that of a task
	// that is not mapped.
	MapIndexes(taskID, key string) []int

	// All are all of them, the latest first.
	All() []Pushed

	// Push stores a value of this task instance at once; it stays if the try fails later. What an earlier try pushed is
	// gone when a try begins.
	Push(key string, value json.RawMessage)
}

// Pushed is an XCom.
type Pushed struct {
	TaskID   string
	MapIndex int
	Key      string
	Value    json.RawMessage
}

// Outcome is how a try ended.
type Outcome int

// The outcomes of a try.
const (
	Failed        Outcome = iota // may be tried again
	FailedForGood                // AirflowFailException: no further try
	Skipped                      // AirflowSkipException
	Succeeded
)

// Result is the end of a try.
type Result struct {
	Outcome Outcome
	Error   string // one line, for a try that did not succeed
	Raised  string // what callbacks are told instead of Error, where Airflow's exception is another; "": Error

	TimedOut bool            // execution_timeout was exceeded
	Crash    Crash           // the process of the task ended without a word
	Return   json.RawMessage // what is pushed as return_value when the try succeeded; nil: nothing
	Pushed   bool            // it has been pushed, and perhaps another since

	State string // that callbacks have given the task instance, and Airflow 2 keeps; "": none

	Label string // what map_index_template came to, where the PythonRunner has rendered it; "": nothing

	Again *time.Duration // of a sensor that has to wait: when it looks next; Outcome and all else mean nothing then

	Ways *Ways // what of the tasks downstream is skipped with a success; nil: nothing

	Updates []Update // what a try that succeeded has said of assets
}

// Crash is how the process of a task ended by force.
type Crash int

// The crashes.
const (
	NoCrash        Crash = iota
	CrashInSilence       // with status 0: os._exit(0)
	CrashByForce         // by a signal, or with another status
)

// Deferral is what is to know of the triggers that a try waits for.
type Deferral struct {
	Tell func(waits bool) // is told when it begins to wait, and when it goes on; nil: nobody asks
}

// Told tells it.
func (d *Deferral) Told(waits bool) {
	if d != nil && d.Tell != nil {
		d.Tell(waits)
	}
}

// Ways are what a branch or a short circuit has decided.
type Ways struct {
	Chosen []string // by a branch: ids of tasks and groups
	Ends   bool     // by a short circuit: there is no way on
}

// Renderer renders template fields as Airflow does. Its methods may be called from several goroutines.
type Renderer interface {
	// NeedsPython tells, before a run begins, whether a template of the run's pipeline can only be rendered by the PythonRunner
	// that was made together with the Renderer.
	NeedsPython(run *Run) bool

	// Here tells whether a text needs no PythonRunner.
	Here(run *Run, text string) bool

	// Render returns the value with every Template, at any depth of lists and maps (keys are not templates), replaced by
	// what it renders to: a String, or any other value where the DAG renders to native objects. A String or Template, at
	// any depth, that ends with one of the task's TemplateExt is the name of a file whose content is rendered in its
	// place, whether it holds Jinja or not. The value is not changed.
	//
	// The error is what a user should read: what could not be rendered and why, in one line. It fails the try.
	Render(ctx context.Context, tc *Context, value ir.Value) (ir.Value, error)

	// Prepare is Render for what the PythonRunner gets: where the DAG renders to native objects, a template that needs Python
	// becomes a Jinja, as the object that it comes to may be one that can leave no process.
	Prepare(ctx context.Context, tc *Context, value ir.Value) (ir.Value, error)
}

// PythonRunner calls Python functions. One serves one run; RunTask may be called from several goroutines.
type PythonRunner interface {
	// Start readies the runner and imports the modules that the pipeline's Python tasks name. It is called once, before
	// any task begins, and only if the pipeline has a Python task or Renderer.NeedsPython says so. The error is what a user
	// should read; it ends the run.
	//
	// A process that it starts goes through package process, or shares the session of the calling process: any other
	// child is taken for what a task has left behind, and is ended with the run.
	Start(ctx context.Context, run *Run) error

	// Notes are what the user should know of the interpreter once Start has returned, a line each.
	Notes() []string

	// RunTask executes one try of a task for which CallOf has a Call, template fields rendered, XComs pushed and multiple
	// outputs included; Result.Return is pushed by the caller. When ctx ends, by execution_timeout or because the run is
	// interrupted, every process of the try is ended, with Run.Grace between TERM and KILL, before RunTask returns.
	RunTask(ctx context.Context, tc *Context) Result

	// Stop ends what Start began. It is called once, after the last RunTask has returned, and after a failed Start.
	Stop() error
}
