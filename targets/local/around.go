package local

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// within has a task executed while a process of its own holds the context, from its first hook to its last callback.
func (r *run) within(ctx context.Context, tc *task.Context, execute func(ctx context.Context, before task.Before) task.Result) task.Result {
	own, end := *tc, *tc.End
	end.Execute = execute
	own.End = &end
	if own.Call == nil || own.Call.Work == task.Trigger {
		own.Call = &task.Call{Work: task.Around}
	}
	if text := task.LabelOf(r.pipeline, tc.Task); r.labelsItself(tc, text) {
		own.Call.Label = text
	}
	return r.python.RunTask(ctx, &own)
}

// executesEmpty tells whether an empty task is executed: Airflow takes it for a success at once where nothing can tell the difference,
// for which it looks at some callbacks and assets alone. Here one without hooks and callbacks makes none.
func (r *run) executesEmpty(t *ir.Task) bool {
	begins := len(callbacksOf(t.Callbacks, "on_execute_callback")) > 0 || len(callbacksOf(t.Callbacks, "on_success_callback")) > 0
	touches := len(task.Listed(r.pipeline, t, "outlets")) > 0 || r.shared.Version.Major >= 3 && len(task.Listed(r.pipeline, t, "inlets")) > 0
	return begins || touches && (len(t.Callbacks) > 0 || len(task.Beside(r.pipeline, t)) > 0)
}

// withoutEnd is a context for what is executed while another process calls what is around it.
func withoutEnd(tc *task.Context) *task.Context {
	own := *tc
	own.End = nil
	return &own
}

// bashWithin executes a command between its hooks and callbacks. What these write to the log, bash may be writing beside.
func (r *run) bashWithin(ctx context.Context, tc *task.Context, command *bashCommand, out *output) task.Result {
	log := &sharedLog{to: out}
	tc.Log = log
	tc.End.Processor = task.OptionOf(r.pipeline, tc.Task, "output_processor")
	return r.within(ctx, tc, func(ctx context.Context, before task.Before) task.Result {
		return r.runWithin(ctx, tc, command, before, log)
	})
}

// runWithin runs bash with what hooks have changed.
func (r *run) runWithin(ctx context.Context, tc *task.Context, command *bashCommand, before task.Before, log *sharedLog) task.Result {
	own := withoutEnd(tc)
	own.Environ = changed(tc.Environ, before.Environ)
	for name, text := range before.Fields {
		value, err := valueOf(text)
		if err == nil {
			err = command.set(name, value)
		}
		if err != nil {
			return task.Result{Error: err.Error()}
		}
	}
	own.Call = nil // from here on it is a command as any other
	return r.limitedTo(ctx, own, before.Left, func(ctx context.Context) task.Result {
		out := &output{through: log}
		result := r.runBash(ctx, own, command, out)
		log.finish()
		return result
	})
}

// changed is an environment with changes: NAME=VALUE, or NAME of a variable that is gone.
func changed(environ, changes []string) []string {
	if len(changes) == 0 {
		return environ
	}
	gone := map[string]bool{}
	var set []string
	for _, change := range changes {
		if strings.Contains(change, "=") {
			set = append(set, change)
		} else {
			gone[change] = true
		}
	}
	var kept []string
	for _, v := range environ {
		if name, _, _ := strings.Cut(v, "="); !gone[name] {
			kept = append(kept, v)
		}
	}
	return override(kept, set)
}

// set gives a template field another value.
func (c *bashCommand) set(field string, value ir.Value) error {
	text, isText := value.(*ir.String)
	switch {
	case field == "skip_on_exit_code":
		c.skip = exitCodes(value)
		return nil
	case field == "env" && isNone(value):
		c.env, c.bare = nil, false
		return nil
	case field == "env":
		return c.setEnv(value, c.appends)
	case field == "cwd" && isNone(value):
		c.cwd, c.temp = "", true
	case !isText:
		return fmt.Errorf("%s: it is no string", field)
	case field == "cwd":
		c.cwd, c.temp = text.V, false
	default:
		c.text = text.V
	}
	return nil
}

// setEnv makes the environment of the env argument, rendered.
func (c *bashCommand) setEnv(rendered ir.Value, appends bool) error {
	given, ok := rendered.(*ir.Map)
	if !ok {
		return errors.New("env: it does not render to a mapping")
	}
	c.env, c.bare = nil, !appends
	if c.bare {
		c.env = append(c.env, c.mark) // what is left behind is known by it
	}
	for _, e := range given.Entries {
		key, isKey := e.Key.(*ir.String)
		value, isValue := e.Value.(*ir.String)
		if !isKey || !isValue {
			return errors.New("env: the names and values of environment variables are strings; quote what is not")
		}
		c.env = append(c.env, key.V+"="+value.V)
	}
	return nil
}

// sharedLog is a log to which two processes of a try write.
type sharedLog struct {
	mutex sync.Mutex
	to    *output
}

// Write implements io.Writer.
func (l *sharedLog) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.to.Write(data)
}

// finish ends a last line that has no line end.
func (l *sharedLog) finish() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.to.finish()
}
