package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// The labels of containers: whose they are, and of which try.
const (
	runLabel = "dagexport.run"
	tryLabel = "dagexport.try"
)

// containers are the ways to Docker that the runs of this program have taken. They are kept beside the run store for as long as a
// container may be left, so that the next command finds what a killed one has left behind.
type containers struct {
	mutex sync.Mutex
	file  string
	ways  []docker
}

// containersFolder is where the ways to Docker are kept, a file for each owner of runs.
func containersFolder(stateDir string) string { return filepath.Join(stateDir, "containers") }

// note keeps a way before the first container is made by it.
func (c *containers) note(stateDir, owner string, way docker) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if slices.ContainsFunc(c.ways, func(known docker) bool { return slices.Equal(known.Command, way.Command) }) {
		return nil
	}
	c.ways = append(c.ways, way)
	data, err := json.Marshal(c.ways)
	if err != nil {
		return err
	}
	c.file = filepath.Join(containersFolder(stateDir), owner)
	if err := os.MkdirAll(filepath.Dir(c.file), 0o777); err != nil {
		return err
	}
	return os.WriteFile(c.file, data, 0o600)
}

// end forgets the ways once nothing of this program runs by them.
func (c *containers) end(grace time.Duration) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.file == "" {
		return nil
	}
	file := c.file
	c.file, c.ways = "", nil
	_, err := endLeft(file, grace)
	return err
}

// endLeft ends the containers that still run by the ways in a file, and removes the file.
func endLeft(file string, grace time.Duration) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var ways []docker
	if err := json.Unmarshal(data, &ways); err != nil {
		return 0, errors.Join(err, os.Remove(file))
	}
	total := 0
	for _, way := range ways {
		n, wayErr := way.end(runLabel, filepath.Base(file), grace, false, false)
		total += n
		err = errors.Join(err, wayErr)
	}
	if err != nil {
		return total, err
	}
	return total, os.Remove(file)
}

// endOrphans ends the containers of programs that have died, and says so.
func endOrphans(stateDir string, grace time.Duration) []string {
	files, err := os.ReadDir(containersFolder(stateDir))
	if err != nil {
		return nil
	}
	var notes []string
	for _, entry := range files {
		if _, err := os.Stat(filepath.Join(stateDir, "running", entry.Name())); !errors.Is(err, os.ErrNotExist) {
			continue // it still runs
		}
		n, err := endLeft(filepath.Join(containersFolder(stateDir), entry.Name()), grace)
		switch {
		case err != nil:
			notes = append(notes, fmt.Sprintf("containers of a run that was killed may be left, and cannot be ended now (docker ps --filter label=%s=%s): %v",
				runLabel, entry.Name(), err))
		case n == 1:
			notes = append(notes, "a container that a killed run had left behind has been ended")
		case n > 1:
			notes = append(notes, fmt.Sprintf("%d containers that a killed run had left behind have been ended", n))
		}
	}
	return notes
}

// runContainer has a container run, and sees to its end where the process of the task has not.
func (r *run) runContainer(ctx context.Context, tc *task.Context) task.Result {
	call := *tc.Call
	owner := variable(r.environ, process.Marker)
	call.Container = &task.Container{Labels: map[string]string{runLabel: owner, tryLabel: rand.Text()}}
	ways, err := dockersOf(&call, r.environ)
	real := r.target.byAirflow(r.target.file, task.ProvidedOf(tc.Task), &call)
	if err != nil && !real {
		return task.Result{Error: err.Error()}
	}
	var way *docker
	for i := range ways {
		if err = ways[i].alive(ctx); err == nil {
			way = &ways[i]
			break
		}
	}
	if way == nil && !real {
		return task.Result{Error: "the Docker daemon does not answer: " + err.Error()}
	}
	own := *tc
	own.Call = &call
	if way != nil {
		if err := r.target.containers.note(r.target.options.StateDir, owner, *way); err != nil {
			return task.Result{Error: err.Error()}
		}
		if !real {
			call.Container.Command = way.Command
		}
		if v := variable(way.Environ, "DOCKER_API_VERSION"); v != "" {
			own.Environ = append(slices.Clone(own.Environ), "DOCKER_API_VERSION="+v)
		}
	}
	result := r.python.RunTask(ctx, &own)
	if way != nil && result.Outcome != task.Succeeded && result.Outcome != task.Skipped {
		remains := textOption(&call, "auto_remove")
		keep := remains != "success" && remains != "force"
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
			keep = false // the try counts as not made: its container must not be in the way of the next one
		}
		if _, err := way.end(tryLabel, call.Container.Labels[tryLabel], r.shared.Grace, keep, true); err != nil {
			result.Error += "; its container may still run: " + err.Error()
		}
	}
	return result
}

// refuseContainer names a container that cannot run here: there is no docker command, or no daemon answers.
func (t *Target) refuseContainer(problems *diag.List, file *ir.File, one *ir.Task, call *task.Call) {
	if v := call.Option("env_file"); v != nil && !isNone(v) {
		if found, err := t.look(file); err != nil || !found.Has("dotenv") {
			name := "the Python interpreter"
			if found != nil {
				name = found.Path
			}
			problems.Errorf(v.Pos(), diag.NotHere, "task %q takes env_file, which needs the package python-dotenv, and %s has it not", one.ID, name).
				WithHelp("%s -m pip install python-dotenv", name)
		}
	}
	ways, err := dockersOf(call, t.options.Environ)
	for _, way := range ways {
		key := fmt.Sprint(way.Command)
		known, asked := t.daemons[key]
		if !asked {
			known = way.alive(context.Background())
			if t.daemons == nil {
				t.daemons = map[string]error{}
			}
			t.daemons[key] = known
		}
		if err = known; err == nil {
			return
		}
	}
	span := one.Class.Span
	if span.IsZero() {
		span = one.IDSpan
	}
	what, help := "no Docker daemon answers", "start Docker, or name its address by DOCKER_HOST"
	if errors.Is(err, errNoDocker) {
		what, help = err.Error(), "install Docker"
	}
	problem := problems.Errorf(span, diag.NotHere, "task %q runs a container, and %s", one.ID, what)
	if !errors.Is(err, errNoDocker) {
		problem.WithLabel("%s", err)
	}
	problem.WithHelp(`%s; or leave it out: --stub '%s={"return_value": null}', or a local: stand-in`, help, one.ID)
}
