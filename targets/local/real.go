package local

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// refuseReal names the tasks whose operators only a real Airflow executes, where the interpreter of the run has none, or one of
// another version than the run plays.
func (t *Target) refuseReal(problems *diag.List, file *ir.File, p *ir.Pipeline) {
	for _, one := range p.Tasks {
		call := task.CallOf(p, one)
		object := objectOfAirflow(one)
		real := call != nil && call.Work == task.RunOperator
		if call == nil || !real && object == nil {
			continue
		}
		found, err := t.look(file)
		played := t.version(file)
		var why string
		switch {
		case err != nil:
			why = "no Python was found that could execute it"
		case found.Airflow == "":
			why = found.Path + " has no Airflow"
		case !found.Plays(played):
			why = found.Path + " has Airflow " + found.Airflow + ", and this run plays " + played.String()
		default:
			continue
		}
		what := problems.Errorf(one.Class.Span, diag.NotHere, "task %q is a %s, which local runs cannot execute", one.ID, one.Class.Name)
		if !real {
			what.Span = object.Span
			what.Message = fmt.Sprintf("task %q is given Airflow's %s, which local runs cannot make", one.ID, object.Func.Name)
		}
		what.WithLabel("needs a real Airflow").
			WithHelp("%s: name an interpreter with Airflow %s and the operator's provider by --python, or export the DAG and run it in an Airflow: dagexport airflow %s",
				why, played, file.Path)
	}
}

// objectOfAirflow is the first object of a class of Airflow's that a task is given; nil: none.
func objectOfAirflow(one *ir.Task) *ir.Call {
	var found *ir.Call
	for _, a := range slices.Concat(one.Args, callArgs(one)) {
		switch a.Name {
		case "inlets", "outlets", "on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback", "retry_policy":
			continue // local runs make none of these
		}
		ir.Walk(a.Value, func(v ir.Value) {
			if call, ok := v.(*ir.Call); ok && found == nil && (call.Func.Module == "airflow" || strings.HasPrefix(call.Func.Module, "airflow.")) {
				found = call
			}
		})
	}
	return found
}
