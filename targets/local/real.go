package local

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// refuseReal names the tasks whose operators only a real Airflow executes, where the interpreter of the run has none, or one of
// another version than the run plays.
func (t *Target) refuseReal(problems *diag.List, file *ir.File, p *ir.Pipeline) {
	asked := false
	var version, python string
	var err error
	for _, one := range p.Tasks {
		call := task.CallOf(p, one)
		if call == nil || call.Work != task.RunOperator {
			continue
		}
		if !asked {
			asked = true
			dir := filepath.Dir(file.Path)
			if absolute, err := filepath.Abs(dir); err == nil {
				dir = absolute
			}
			version, python, err = worker.Installed(context.Background(), t.options.Python, t.options.Environ, dir)
		}
		played := t.version(file).String()
		var why string
		switch {
		case err != nil:
			why = "no Python was found that could execute it"
		case version == "":
			why = python + " has no Airflow"
		case !strings.HasPrefix(version, played+"."):
			why = python + " has Airflow " + version + ", and this run plays " + played
		default:
			continue
		}
		problems.Errorf(one.Class.Span, diag.NotHere, "task %q is a %s, which local runs cannot execute", one.ID, one.Class.Name).
			WithLabel("needs a real Airflow").
			WithHelp("%s: name an interpreter with Airflow %s and the operator's provider by --python, or export the DAG and run it in an Airflow: dagexport airflow %s",
				why, played, file.Path)
	}
}
