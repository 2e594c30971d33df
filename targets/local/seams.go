package local

import (
	"context"

	"github.com/dagexport/dagexport/targets/local/jinja"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// The engine reaches templates and Python through two interfaces of package task only. This file says who implements them.

// newEngines makes the template renderer and the Python runner of one run; the first hands what it does not render itself to
// the second, which keeps its files in cacheDir.
func newEngines(cacheDir, sensors string) (task.Renderer, task.PythonRunner) {
	python := &pythonRunner{Worker: worker.New(worker.Options{CacheDir: cacheDir, Sensors: sensors})}
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
