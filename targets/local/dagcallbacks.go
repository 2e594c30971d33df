package local

import (
	"context"
	"slices"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/task"
)

// ends are the ends of tries that the callbacks of a DAG are told of.
type ends struct {
	last     map[target.State]target.TaskRef // the instance that ended last in a state
	timedOut bool                            // dagrun_timeout has ended the run
}

func (e *ends) note(ref target.TaskRef, state target.State) {
	if e.last == nil {
		e.last = map[target.State]target.TaskRef{}
	}
	e.last[state] = ref
}

// callForRun calls what the DAG has for the end of its run. The context is that of a task instance: in Airflow 3 the one that
// succeeded last, or that failed last; in Airflow 2, and where there is none, that of the task that is declared last.
func (r *run) callForRun(ctx context.Context) {
	event, reason, state := "on_success_callback", "success", target.Success
	if r.state != target.Success {
		event, reason, state = "on_failure_callback", "task_failure", target.Failed
		switch {
		case r.ends.timedOut:
			reason = "timed_out"
		case r.machine.Held():
			reason = "all_tasks_deadlocked"
		}
	}
	values := callbacksOf(r.pipeline.Settings.Callbacks, event)
	if len(values) == 0 || r.interrupted || len(r.pipeline.Tasks) == 0 {
		return
	}
	ref := target.TaskRef{ID: r.pipeline.Tasks[len(r.pipeline.Tasks)-1].ID, MapIndex: -1}
	if found, ok := r.ends.last[state]; ok && r.shared.Version.Major >= 3 {
		ref = found
	}
	node := r.tasks[ref.ID]
	out := &output{listen: func(line []byte) { r.note(event + ": " + string(line)) }}
	r.call(ctx, &task.Context{
		Run: r.shared, Task: node, MapIndex: ref.MapIndex, Try: 1, StartDate: r.shared.StartDate, Params: r.params.of(node),
		XComs: &taskXComs{all: r.xcoms, own: instance{node.ID, ref.MapIndex}}, Environ: slices.Concat(r.environ, contextVars(r.shared, node, 1)), Log: out,
	}, values, map[string]string{"event": event, "reason": reason})
	out.finish()
}
