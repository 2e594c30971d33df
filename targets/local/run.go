package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// run is one run under way. Its loop is the only one that talks to the machine; tries run beside it and report back.
type run struct {
	target   *Target
	pipeline *ir.Pipeline
	shared   *task.Run
	params   *params
	events   *reporter
	machine  *sched.Machine
	renderer task.Renderer
	python   task.PythonRunner
	bash     string // path of the shell
	folders  folders
	environ  []string // of the run, without AIRFLOW_CTX_*

	tasks       map[string]*ir.Task
	mappedOver  map[string]bool // tasks over whose outputs something is mapped
	usesOutputs map[string]bool // tasks whose operators hold outputs, or parameters of a mapped group

	away   map[string]bool          // tasks that have no part in this run
	absent map[string]bool          // tasks that have no instance, as they have not begun or are over
	held   map[string]string        // why tasks wait for an earlier run
	known  map[instance]sched.Known // of task instances, before they run
	kept   int                      // instances that have ended in the run that goes on

	id     int64 // in the store
	logDir string
	xcoms  *xcoms

	reopened *store.Entry        // the run that goes on; nil: this one is new
	cut      map[instance]cutTry // the last tries that were interrupted in it

	ctx     context.Context // of Target.Run
	spawned sync.WaitGroup  // the runs that this one has triggered

	tries   []*try // by number of the task instance
	reports chan report
	over    chan struct{} // closed when nobody reads reports any more
	active  int           // tries whose report is still to come

	ends ends // what the callbacks of the DAG are told of

	ended       bool // the machine has decided the state of the run
	state       target.State
	interrupted bool
	failed      []target.FailedTask
	capSaid     bool
	fault       error      // why the run cannot go on; nil: it can
	faults      chan error // the first one of a log
}

// try is where a task stands in the loop.
type try struct {
	number  int
	started time.Time
	cancel  context.CancelCauseFunc
	stop    target.State // the state that was decided while it ran; None: its own end decides
	timer   *time.Timer  // of the next try
	logFile string

	first  time.Time // of a sensor that has given its slot back: when it looked first, in any try
	goesOn bool      // the next start goes on with this try
	ended  time.Time // when the try before this one ended; zero: there was none
	cut    bool      // it was under way when the run was interrupted
}

// report is the end of a try, or of a delay.
type report struct {
	task    int
	elapsed bool
	result  task.Result
	tail    []string
	skips   *sched.Skipping // what a success skips
}

// Why a try is stopped.
var (
	errInterrupted = errors.New("interrupted")
	errFailFast    = errors.New("stopped, because another task failed and the DAG has fail_fast")
	errRunTimeout  = errors.New("stopped by dagrun_timeout")
)

// execute plays the run to its end.
func (r *run) execute(ctx context.Context) (*target.Record, error) {
	r.ctx = ctx
	if err := process.Enter(); err != nil {
		return nil, r.abandon(err)
	}
	r.events.tell(func(e target.Events) {
		e.RunStarted(target.RunStart{
			DagID: r.pipeline.ID, RunName: r.shared.ID, LogicalDate: r.shared.LogicalDate, Version: r.shared.Version,
			Tasks: len(r.pipeline.Tasks), LogDir: r.logDir,
		})
	})
	r.notes()
	stopPython, err := r.startPython(ctx)
	if err == nil {
		r.loop(ctx)
		r.spawned.Wait()
		err = r.goOnTriggered(ctx)
		r.spawned.Wait()
		if r.ended {
			r.sayDeadlock()
			r.callForRun(ctx)
		}
	}
	err = errors.Join(err, stopPython(), process.Leave(r.shared.Grace))
	r.folders.remove()
	if !r.ended {
		return nil, r.abandon(err)
	}
	record := r.record()
	end := r.target.store.End
	if r.interrupted {
		end = r.target.store.EndInterrupted
	}
	err = errors.Join(err, r.faulty(end(r.id, r.state, r.unreached(), time.Now())))
	r.events.tell(func(e target.Events) {
		e.RunFinished(target.RunEnd{
			Record: record, Duration: time.Since(r.shared.StartDate), Interrupted: r.interrupted, Failed: r.failed,
		})
	})
	if r.interrupted && r.fault == nil {
		err = ctx.Err()
	}
	return record, err
}

// abandon ends a run in the store of which no task has begun.
func (r *run) abandon(err error) error {
	return errors.Join(err, r.target.store.End(r.id, target.Failed, r.unreached(), time.Now()))
}

// notes says what the user should know before the first task.
func (r *run) notes() {
	for _, text := range r.target.notes {
		r.note(text)
	}
	r.target.notes = nil
	if r.target.options.Resume {
		r.note(fmt.Sprintf("this run goes on; %d of its steps had ended", r.kept))
	}
	if text := process.Limitation(); text != "" {
		r.note(text)
	}
	if left := leftOut(r.pipeline); len(left) > 0 {
		r.note("callbacks of Airflow's own are not called in local runs: " + strings.Join(left, ", "))
	}
	r.sayAbsent()
	r.sayHeld()
	if ir.Lookup(r.pipeline.Args, "deadline") != nil {
		r.note("deadlines are not watched in local runs")
	}
}

func (r *run) note(text string) { r.events.tell(func(e target.Events) { e.Note(text) }) }

// startPython starts the Python runner if anything needs it, and returns how to stop it.
func (r *run) startPython(ctx context.Context) (func() error, error) {
	needed := r.renderer.NeedsPython(r.shared) || hasCallbacks(r.pipeline)
	for _, t := range r.pipeline.Tasks {
		call := task.CallOf(r.pipeline, t)
		needed = needed || call != nil && call.Work != task.Trigger || len(task.Beside(r.pipeline, t)) > 0
	}
	if !needed {
		return func() error { return nil }, nil
	}
	r.shared.Common = commonVars(r.shared)
	err := r.python.Start(ctx, r.shared)
	for _, text := range r.python.Notes() {
		r.note(text)
	}
	return r.python.Stop, err
}

// loop tells the machine what happens and does what it decides, until the run has ended and no try is under way.
func (r *run) loop(ctx context.Context) {
	cancelled, lost := ctx.Done(), r.target.store.Failed()
	var overdue <-chan time.Time
	if limit := r.pipeline.Settings.DagrunTimeout; limit != nil {
		timer := time.NewTimer(time.Duration(limit.Micros) * time.Microsecond)
		defer timer.Stop()
		overdue = timer.C
	}
	tidy := time.NewTicker(time.Second)
	defer tidy.Stop()

	r.carryOut(r.machine.Begin(), nil)
	for !r.ended || r.active > 0 {
		select {
		case got := <-r.reports:
			r.noticeFault()
			if got.elapsed {
				r.carryOut(r.machine.Elapsed(got.task), nil)
			} else {
				r.endTry(got)
			}
		case <-cancelled:
			cancelled = nil
			if !r.ended {
				r.interrupted = true
				r.stopAll(r.machine.Interrupt(), errInterrupted)
			}
		case err := <-r.faults:
			r.giveUp(err)
		case <-lost:
			lost = nil
			r.giveUp(r.target.store.Err())
		case <-overdue:
			if !r.ended {
				r.note("the run has exceeded its dagrun_timeout")
				r.ends.timedOut = true
				r.stopAll(r.machine.TimeOut(), errRunTimeout)
			}
		case <-tidy.C:
			_ = process.Reap() // what cannot be seen now is seen when the run ends
		}
	}
	close(r.over)
	for _, t := range r.tries {
		if t.timer != nil {
			t.timer.Stop()
		}
	}
}

// endTry tells the machine how a try ended, unless that was decided while it ran.
func (r *run) endTry(got report) {
	r.active--
	t := r.tries[got.task]
	t.cancel(nil)
	if t.stop != target.None {
		r.closeTry(got, t.stop, 0)
		return
	}
	outcome := map[task.Outcome]sched.Outcome{
		task.Succeeded: sched.Succeeded, task.Skipped: sched.Skipped,
		task.Failed: sched.Failed, task.FailedForGood: sched.FailedForGood,
	}[got.result.Outcome]
	if got.result.Again != nil {
		if t.first.IsZero() {
			t.first = t.started
		}
		t.goesOn = true
		r.carryOut(r.machine.Reschedule(got.task, *got.result.Again), &got)
		return
	}
	if got.skips != nil {
		r.carryOut(r.machine.EndedSkipping(got.task, *got.skips), &got)
		return
	}
	r.carryOut(r.machine.Ended(got.task, outcome), &got)
}

// stopAll carries out decisions that stop tries, for the given reason.
func (r *run) stopAll(decisions []sched.Decision, reason error) {
	for _, d := range decisions {
		if d.Kind == sched.Stop {
			r.tries[d.Task].cut = reason == errInterrupted || reason == errFault
			r.tries[d.Task].cancel(reason)
		}
	}
	r.carryOut(decisions, nil)
}

// carryOut does what the machine has decided; got is the report that made it decide.
func (r *run) carryOut(decisions []sched.Decision, got *report) {
	var expanding []int
	for n := len(r.tries); n < r.machine.Instances(); n++ {
		r.tries = append(r.tries, &try{})
	}
	for _, d := range decisions {
		switch d.Kind {
		case sched.Expand:
			expanding = append(expanding, d.Task)
		case sched.Start:
			r.start(d.Task, d.Try)
		case sched.Wait:
			delay := d.Delay
			if d.State == target.UpForRetry {
				delay = r.capped(d.Delay, d.Task)
				r.closeTry(*got, target.UpForRetry, delay)
			}
			r.put(d.Task, d.State, d.Try)
			r.tries[d.Task].timer = time.AfterFunc(delay, func() {
				select {
				case r.reports <- report{task: d.Task, elapsed: true}:
				case <-r.over:
				}
			})
		case sched.End:
			r.put(d.Task, d.State, d.Try)
			if got != nil && got.task == d.Task {
				r.closeTry(*got, d.State, 0)
				break
			}
			if t := r.tries[d.Task]; t.goesOn && r.interrupted { // a sensor between two looks: its try is under way
				t.cut = true
				r.closeTry(report{task: d.Task, result: task.Result{Error: errInterrupted.Error()}}, d.State, 0)
				break
			}
			if d.State == target.Failed {
				r.fail(d.Task, "interrupted before its next try", nil)
			}
			r.events.tell(func(e target.Events) { e.Settled(r.ref(d.Task), d.State) })
		case sched.Settle:
			_, try := r.machine.State(d.Task)
			r.put(d.Task, d.State, try)
			r.events.tell(func(e target.Events) { e.Settled(r.ref(d.Task), d.State) })
		case sched.Stop:
			r.tries[d.Task].stop = d.State
			r.tries[d.Task].cancel(errFailFast) // unless there is a reason already
			r.put(d.Task, d.State, d.Try)
		case sched.Finish:
			r.ended, r.state = true, d.State
		}
	}
	for _, instance := range expanding {
		r.carryOut(r.machine.Expanded(instance, r.length(r.task(instance))), nil)
	}
}

// task is the task of a task instance.
func (r *run) task(instance int) *ir.Task {
	t, _ := r.machine.Instance(instance)
	return r.pipeline.Tasks[t]
}

// capped bounds a retry delay, and says so the first time.
func (r *run) capped(delay time.Duration, task int) time.Duration {
	limit := r.target.options.RetryDelayMax
	if limit < 0 || delay <= limit {
		return delay
	}
	if !r.capSaid {
		r.capSaid = true
		r.note(fmt.Sprintf("retries wait %v at most in this run (task %q would wait %v in Airflow)",
			limit, r.task(task).ID, delay))
	}
	return limit
}

// start begins a try in a goroutine of its own.
func (r *run) start(i, number int) {
	t := r.tries[i]
	// Only the loop ends a try early, so that it knows the reason: the context of the run has no say here.
	ctx, cancel := context.WithCancelCause(context.Background())
	if t.goesOn {
		t.cancel = cancel
	} else {
		*t = try{number: number, started: time.Now(), cancel: cancel, first: t.first, ended: t.ended}
		r.events.tell(func(e target.Events) { e.TryStarted(r.ref(i), number) })
	}
	r.put(i, target.Running, number)
	r.active++
	ref := r.ref(i) // the machine is the loop's alone
	node := r.task(i)
	go func() { r.reports <- r.attempt(ctx, i, node, ref.MapIndex, number, t) }()
}

// closeTry writes a try down and reports it.
func (r *run) closeTry(got report, state target.State, retryIn time.Duration) {
	t := r.tries[got.task]
	now := time.Now()
	t.ended = now
	message := ""
	if state != target.Success {
		message = got.result.Error
	}
	ref := r.ref(got.task)
	r.ends.note(ref, state)
	kept := state
	if t.cut {
		kept = store.Interrupted
	}
	r.target.store.PutTry(r.id, store.Try{
		TaskID: ref.ID, MapIndex: ref.MapIndex, TryNumber: t.number, State: kept, Started: t.started, Ended: now, Error: message, Log: t.logFile,
		Label: got.result.Label,
	})
	switch state {
	case target.Failed:
		r.fail(got.task, message, got.tail)
	case target.Success:
		r.produce(ref, got.result.Updates)
	}
	r.events.tell(func(e target.Events) {
		e.TryFinished(r.ref(got.task), target.TryEnd{
			Try: t.number, State: state, Duration: now.Sub(t.started), Error: message, RetryIn: retryIn, LogFile: t.logFile, Label: got.result.Label,
		})
	})
}

func (r *run) fail(task int, message string, tail []string) {
	r.failed = append(r.failed, target.FailedTask{
		Task: r.ref(task), Error: message, LastLine: tail, LogFile: r.tries[task].logFile,
	})
}

func (r *run) put(task int, state target.State, try int) {
	ref := r.ref(task)
	r.target.store.Put(r.id, store.TaskInstance{TaskID: ref.ID, MapIndex: ref.MapIndex, State: state, TryNumber: try})
}

func (r *run) ref(task int) target.TaskRef {
	t, index := r.machine.Instance(task)
	return target.TaskRef{ID: r.pipeline.Tasks[t].ID, MapIndex: index}
}

// unreached are the task instances that nothing has been written about.
func (r *run) unreached() []store.TaskInstance {
	var all []store.TaskInstance
	for i := range r.machine.Instances() {
		ref := r.ref(i)
		if state, _ := r.machine.State(i); state == target.None && !r.absent[ref.ID] && !r.away[ref.ID] {
			all = append(all, store.TaskInstance{TaskID: ref.ID, MapIndex: ref.MapIndex})
		}
	}
	return all
}

// record is what the run has come to.
func (r *run) record() *target.Record {
	record := &target.Record{
		DagID: r.pipeline.ID, LogicalDate: store.Date(r.shared.LogicalDate), State: r.state,
		Tasks: []target.TaskRecord{}, XComs: []target.XComRecord{},
	}
	for i := range r.machine.Instances() {
		state, try := r.machine.State(i)
		ref := r.ref(i)
		if r.absent[ref.ID] {
			continue
		}
		record.Tasks = append(record.Tasks, target.TaskRecord{TaskID: ref.ID, MapIndex: ref.MapIndex, State: state, TryNumber: try})
	}
	record.XComs = append(record.XComs, r.xcoms.records()...)
	record.Sort()
	return record
}

// push stores what a try has returned.
func push(tc *task.Context, value json.RawMessage) {
	if value != nil && tc.Task.DoXComPush {
		tc.XComs.Push("return_value", value)
	}
}
