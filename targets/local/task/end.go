package task

import "github.com/dagexport/dagexport/ir"

// End is what a PythonRunner calls around a task, in the process of the task.
type End struct {
	PreExecute, PostExecute ir.Value   // nil: none
	OnExecute               []ir.Value // callbacks, once PreExecute has returned
	Callbacks               []ir.Callback

	// Told is called once the task has been executed, before any callback for its end: with the result, which it may change. It returns the
	// events whose callbacks are to be called, and what they are told of an exception. Where the process dies before, it is not called.
	Told func(result *Result) (events []string, problem string)
}
