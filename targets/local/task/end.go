package task

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// End is what a PythonRunner calls around a task, in the process of the task.
type End struct {
	PreExecute, PostExecute ir.Value   // nil: none
	OnExecute               []ir.Value // callbacks, once PreExecute has returned
	Callbacks               []ir.Callback

	// Execute does what no Python does, such as running bash; nil: the PythonRunner executes the task. It is called by RunTask, while
	// the process of the task waits, once that has called what comes before.
	Execute func(ctx context.Context, before Before) Result
	// Processor makes what is pushed of what Execute has returned; nil: it is pushed as it is.
	Processor ir.Value

	// GoesOn tells whether a task that has decided on ways ends as usual, with PostExecute: not where what it skips, or a wrong choice, ends it.
	GoesOn func(result *Result) bool

	// Told is called once the task has been executed, before any callback for its end: with the result, which it may change. It returns the
	// events whose callbacks are to be called, and what they are told of an exception. Where the process dies before, it is not called.
	Told func(result *Result) (events []string, problem string)
}

// Before is what the process of a task has come to when Execute is called.
type Before struct {
	Command string                     // that the function of a bash task has given
	Environ []string                   // what hooks have changed: NAME=VALUE, or NAME of a variable that is gone
	Fields  map[string]json.RawMessage // of Context.Fields, those that hooks have changed
	Left    time.Duration              // of execution_timeout, of which the function has used some; 0: all
}
