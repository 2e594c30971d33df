package local

import (
	"context"
	"os"
	"path/filepath"

	"github.com/dagexport/dagexport/targets/local/jinja"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// The engine reaches templates and Python through two interfaces of package task only. This file says who implements them.

// newEngines makes the template renderer and the Python runner of one run; the first hands what it does not render itself to
// the second, which keeps its files in the user's cache folder so that Python compiles them once, else in stateDir.
func newEngines(stateDir, sensors string) (task.Renderer, task.PythonRunner) {
	folders := []string{stateDir}
	if cache, err := os.UserCacheDir(); err == nil {
		folders = []string{filepath.Join(cache, "dagexport"), stateDir}
	}
	python := &pythonRunner{Worker: worker.New(worker.Options{CacheDirs: folders, Sensors: sensors})}
	renderer := jinja.New(python)
	python.needsJinja = renderer.NeedsPython
	return renderer, python
}

// pythonRunner is a Worker that asks for jinja2 only where a template needs it.
type pythonRunner struct {
	*worker.Worker
	needsJinja func(*task.Run) bool
}

// Start implements task.PythonRunner.
func (p *pythonRunner) Start(ctx context.Context, run *task.Run) error {
	return p.Worker.Start(ctx, run, p.needsJinja(run))
}
