// Package worker runs Python callables and renders Jinja templates in the user's interpreter, which needs no Airflow.
//
// On Linux one interpreter imports the user's modules once and forks for each try; elsewhere, and where the modules started
// threads or opened sockets, each try gets an interpreter of its own. The Python side is the package in python/.
package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/targets/local/task"
)

// Options are what a Worker needs to know before it starts.
type Options struct {
	Sensors   string   // "once": a sensor that has to wait fails; "skip": sensors find what they look for; else they wait
	CacheDirs []string // where the Python package is unpacked and reused: the first of them that may be written
}

// Worker does what task.PythonRunner says. It also renders templates.
type Worker struct {
	opts    Options
	python  string
	run     *task.Run
	start   []byte            // the message that readies an interpreter
	infos   map[string]string // by task
	environ environment
	server  *server
	forks   bool // whether this system can fork; tests say no to try the other way
	notes   []string
}

// New makes a Worker that has not started anything.
func New(opts Options) *Worker {
	return &Worker{opts: opts, forks: canFork}
}

// Notes are things that the user should know once Start has returned, a line each.
func (w *Worker) Notes() []string { return w.notes }

// Start is that of task.PythonRunner; needsJinja tells that a template will need jinja2.
func (w *Worker) Start(ctx context.Context, run *task.Run, needsJinja bool) error {
	w.run = run
	python, err := findPython(run.Python, run.Environ, filepath.Dir(run.File))
	if err != nil {
		return err
	}
	w.python = python
	folder, err := unpack(w.opts.CacheDirs...)
	if err != nil {
		return err
	}
	w.start, w.infos, w.environ = startMessage(run, needsJinja), infos(run.Pipeline), environmentOf(run)
	ready, err := w.tryOut(folder)
	if err != nil {
		return err
	}
	if ready.Airflow != "" && !strings.HasPrefix(ready.Airflow, run.Version.String()+".") {
		w.notes = append(w.notes, fmt.Sprintf("%s has Airflow %s; this run plays %s", python, ready.Airflow, run.Version))
	}
	if w.server != nil && ready.Unsafe == "" {
		return nil
	}
	why := ready.Unsafe
	if w.server == nil {
		why = "this system cannot fork"
	}
	w.notes = append(w.notes, "Python tasks run in an interpreter each, which is slower: "+why)
	return w.Stop()
}

// tryOut starts the warm interpreter; where there can be none, one that only imports the modules, so that what cannot be
// imported ends the run before its first task everywhere.
func (w *Worker) tryOut(folder string) (*readiness, error) {
	if w.forks {
		var err error
		if w.server, err = startServer(w.command(folder), w.start); err != nil {
			return nil, err
		}
		return w.server.ready, nil
	}
	child, ready, err := w.interpreter(io.Discard)
	if err != nil {
		return nil, err
	}
	_ = child.channel.Close()
	go child.watch()
	_ = child.wait() // it ends because nobody talks to it
	return ready, nil
}

// command is how the interpreter is started; the caller adds descriptors and arguments.
func (w *Worker) command(folder string) process.Command {
	env := slices.DeleteFunc(slices.Clone(w.run.Environ), func(v string) bool {
		return strings.HasPrefix(v, "PYTHONPATH=")
	})
	path := folder
	for _, v := range w.run.Environ {
		if old, ok := strings.CutPrefix(v, "PYTHONPATH="); ok && old != "" {
			path += string(os.PathListSeparator) + old
		}
	}
	// What is linked before the first fork is not linked again in each.
	env = append(env, "PYTHONPATH="+path, "LD_BIND_NOW=1")
	return process.Command{Path: w.python, Args: []string{w.python, "-m", "dagexport_worker"}, Env: env}
}

// Stop implements task.PythonRunner.
func (w *Worker) Stop() error {
	if w.server == nil {
		return nil
	}
	server := w.server
	w.server = nil
	return server.stop()
}

// RunTask implements task.PythonRunner.
func (w *Worker) RunTask(ctx context.Context, tc *task.Context) task.Result {
	op := tc.Call
	if op == nil {
		op = task.CallOf(tc.Run.Pipeline, tc.Task)
	}
	if op == nil {
		return task.Result{Error: "task " + tc.Task.ID + " is no Python task"}
	}
	var message bytes.Buffer
	head(&message, "call", w.infos[tc.Task.ID], tc)
	message.WriteString(`,"work":`)
	writeString(&message, string(op.Work))
	message.WriteString(`,"sensors":`)
	writeString(&message, w.opts.Sensors)
	message.WriteString(`,"callable":`)
	writeValue(&message, op.Callable)
	message.WriteString(`,"first_poke":`)
	if tc.FirstPoke.IsZero() {
		message.WriteString("null")
	} else {
		writeString(&message, iso(tc.FirstPoke))
	}
	message.WriteString(`,"operator":`)
	module, name := operatorFor(op, tc.Run.Version)
	writeStrings(&message, []string{module, name})
	message.WriteString(`,"defaults":`)
	writeArgs(&message, op.Defaults)
	message.WriteString(`,"options":`)
	writeOptions(&message, op)
	message.WriteString(`,"op_args":`)
	writeValue(&message, op.OpArgs)
	message.WriteString(`,"op_kwargs":`)
	writeValue(&message, op.OpKwargs)
	message.WriteString(`,"templates_dict":`)
	writeValue(&message, op.TemplatesDict)
	if op.Container != nil {
		data, err := json.Marshal(op.Container)
		if err != nil {
			return task.Result{Error: err.Error()}
		}
		message.WriteString(`,"container":`)
		message.Write(data)
	}
	message.WriteString(`,"label":`)
	writeString(&message, op.Label)
	timeout := "null"
	if limit := tc.Task.Limits.ExecutionTimeout; limit != nil && limit.Micros != 0 && op.Work != task.Around {
		timeout = fmt.Sprintf("%g", limit.Seconds())
	}
	message.WriteString(`,"around":`)
	writeAround(&message, tc.End)
	if len(tc.Fields) > 0 || tc.End != nil && tc.End.Execute != nil {
		message.WriteString(`,"fields":`)
		writeArgs(&message, tc.Fields)
	}
	templates := bytes.Contains(message.Bytes(), []byte(`{"~":["template",`))
	fmt.Fprintf(&message, `,"timeout":%s,"templates":%t,"log_return":%t,"do_xcom_push":%t,"multiple_outputs":%t,"infer_outputs":%t,"bound":%t}`+"\n",
		timeout, templates, op.LogReturn, tc.Task.DoXComPush, tc.Task.MultipleOut, op.InferOutputs, op.Bound)
	plain := plainly(tc.Task, op)
	if tc.End != nil {
		plain = nil // something is called around it
	}
	log := tc.Log
	var passing *gate
	if tc.End != nil && tc.End.Execute != nil {
		passing = &gate{to: tc.Log, open: make(chan struct{})}
		log = passing
	}
	if plain != nil && tc.Said != nil && tc.Said.Updates != nil {
		plain = nil
	}
	end, err := w.try(ctx, tc, w.request(tc, plain, op.LogReturn, message.Bytes()), log)
	if passing != nil {
		passing.flush()
	}
	if err != nil {
		result := task.Result{Error: err.Error(), Crash: crashOf(err)}
		if result.Crash == task.CrashByForce && tc.Run.Version.Major == 3 && tc.Run.Version.Minor == 0 {
			result.Outcome = task.FailedForGood // its supervisor asks for no retry
		}
		return result
	}
	note(tc, end)
	return w.result(tc, end)
}

// note keeps what a process has said of assets.
func note(tc *task.Context, end *reply) {
	if tc.Said != nil && end.Updates != nil {
		tc.Said.Updates = end.Updates
	}
}

// errEndedEarly is a process that has ended with status 0 and without a word: the function called os._exit(0).
var errEndedEarly = errors.New("the task's process ended before its function returned")

// crashOf is how a process ended that has given no answer.
func crashOf(err error) task.Crash {
	var forced *forced
	switch {
	case errors.Is(err, errEndedEarly):
		return task.CrashInSilence
	case errors.As(err, &forced):
		return task.CrashByForce
	}
	return task.NoCrash
}

func (w *Worker) result(tc *task.Context, end *reply) task.Result {
	result := task.Result{Error: end.Error, State: end.State, Raised: end.Raised, Label: end.Label, TimedOut: end.TimedOut, Pushed: end.Pushed}
	switch end.Outcome {
	case "success":
		result.Outcome, result.Updates = task.Succeeded, end.Updates
		if end.Ways != nil {
			result.Ways = &task.Ways{Chosen: end.Ways.Chosen, Ends: end.Ways.Ends}
		}
		if len(end.Value) == 1 {
			result.Return = end.Value[0]
		}
		if result.Return != nil && !tc.Task.DoXComPush && (tc.End != nil || tc.Call == nil || tc.Call.Work != task.BashCommand) {
			tc.XComs.Push("return_value", result.Return) // its function has said so
			result.Return, result.Pushed = nil, true
		}
	case "again":
		delay := time.Duration(end.After * float64(time.Second))
		result.Again = &delay
	case "skipped":
		result.Outcome = task.Skipped
	case "failed_for_good":
		result.Outcome = task.FailedForGood
	}
	return result
}

// RenderTemplates renders texts with the context of a try and returns their values as JSON, in order.
func (w *Worker) RenderTemplates(ctx context.Context, tc *task.Context, texts []string) ([]json.RawMessage, error) {
	var message bytes.Buffer
	head(&message, "render", w.infos[tc.Task.ID], tc)
	message.WriteString(`,"texts":`)
	if err := json.NewEncoder(&message).Encode(texts); err != nil {
		return nil, err
	}
	message.Truncate(message.Len() - 1)
	message.WriteString(`,"fields":`)
	writeArgs(&message, tc.Fields)
	message.WriteString("}\n")
	end, err := w.try(ctx, tc, w.request(tc, nil, false, message.Bytes()), io.Discard)
	if err != nil {
		return nil, err
	}
	if end.End != "rendered" {
		return nil, errors.New(end.Error)
	}
	note(tc, end)
	rendered := make([]json.RawMessage, len(end.Values))
	for i, v := range end.Values {
		rendered[i] = v.Value[0]
	}
	return rendered, nil
}

// try has one message worked on in a process of its own and returns its last reply. When it returns, the process is gone, or
// about to: it has answered and let go of its log.
func (w *Worker) try(ctx context.Context, tc *task.Context, message *request, log io.Writer) (*reply, error) {
	child, err := w.spawn(log, message)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { child.kill(w.run.Grace) })
	go child.watch()
	end, talkErr := w.talk(ctx, child, tc, log)
	var exit error
	if end != nil {
		child.finish()
	} else {
		exit = child.wait()
	}
	if !stop() {
		<-child.killed
	}
	if ctx.Err() != nil && (end == nil || end.Outcome != "success") {
		return nil, fmt.Errorf("ended: %w", context.Cause(ctx))
	}
	if end != nil {
		return end, nil
	}
	if exit != nil {
		return nil, exit
	}
	return nil, talkErr
}
