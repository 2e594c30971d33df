// Package targettest holds what every orchestrator has to do as the contract in package target says, as tests.
package targettest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Subject is an orchestrator to be tested, and what it is to run.
type Subject struct {
	target.Orchestrator
	// Private tells that it has an environment of its own, which Up starts and Down ends.
	Private bool
}

// Pipelines is the file that an orchestrator is tested with: good succeeds, bad has a task that fails, and slow takes Slow.
const Pipelines = `
good:
  schedule: null
  start_date: 2026-01-01
  tasks:
    a: {bash: echo one}
    b: {bash: echo two, dependencies: [a]}
bad:
  schedule: null
  start_date: 2026-01-01
  tasks:
    a: {bash: exit 3}
    b: {bash: echo two, dependencies: [a]}
slow:
  schedule: null
  start_date: 2026-01-01
  tasks:
    a: {bash: sleep 30}
`

// Slow is how long a run of the DAG slow takes if nobody ends it.
const Slow = 30 * time.Second

// File compiles Pipelines for a version, in a folder of its own.
func File(t *testing.T, version ir.Version) (*ir.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipelines.yaml")
	if err := os.WriteFile(path, []byte(Pipelines), 0o644); err != nil {
		t.Fatal(err)
	}
	result := compiler.CompileFile(path, compiler.Options{Version: version, DagsRoot: filepath.Dir(path)})
	if result.File == nil {
		t.Fatalf("the pipelines do not compile: %v", result.Diags.All())
	}
	return result.File, path
}

// Conform tests an orchestrator. Each test gets a new one from make, for the file and the path that it is given.
func Conform(t *testing.T, version ir.Version, make func(t *testing.T, file *ir.File, path string) Subject) {
	type bench struct {
		Subject
		file *ir.File
		path string
	}
	test := func(name string, run func(t *testing.T, b bench)) {
		t.Run(name, func(t *testing.T) {
			file, path := File(t, version)
			b := bench{make(t, file, path), file, path}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if b.Private {
				if _, err := b.Up(ctx, nil); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := b.Down(context.Background(), false); err != nil {
						t.Error(err)
					}
				})
			}
			run(t, b)
		})
	}
	dag := func(b bench, id string) *ir.Pipeline {
		for _, p := range b.file.Pipelines {
			if p.ID == id {
				return p
			}
		}
		t.Fatalf("no DAG %s", id)
		return nil
	}
	prepared := func(t *testing.T, b bench) {
		t.Helper()
		if err := b.PreRun(t.Context(), b.file, b.path); err != nil {
			t.Fatal(err)
		}
	}
	date := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

	test("Check says the same twice and has a name", func(t *testing.T, b bench) {
		if b.Name() != "airflow" && b.Name() != "local" {
			t.Errorf("its name is %q", b.Name())
		}
		first, second := b.Check(b.file), b.Check(b.file)
		if first.Len() != second.Len() || first.HasErrors() {
			t.Errorf("Check says %v, then %v", first.All(), second.All())
		}
	})
	test("Run wants PreRun", func(t *testing.T, b bench) {
		if _, err := b.Run(t.Context(), dag(b, "good"), target.RunOptions{}); !errors.Is(err, target.ErrNotPrepared) {
			t.Errorf("without PreRun: %v", err)
		}
		prepared(t, b)
		if err := b.PostRun(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := b.Run(t.Context(), dag(b, "good"), target.RunOptions{}); !errors.Is(err, target.ErrNotPrepared) {
			t.Errorf("after PostRun: %v", err)
		}
	})
	test("PreRun and PostRun may be called twice", func(t *testing.T, b bench) {
		prepared(t, b)
		prepared(t, b)
		for range 2 {
			if err := b.PostRun(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	test("a run succeeds", func(t *testing.T, b bench) {
		order := &Order{}
		record, err := target.Conduct(t.Context(), b, b.file, dag(b, "good"), b.path, target.RunOptions{RunName: "r", LogicalDate: date, Events: order})
		if err != nil {
			t.Fatal(err)
		}
		if record.State != target.Success || len(record.Tasks) != 2 || record.Tasks[0].State != target.Success || record.Tasks[0].TryNumber != 1 {
			t.Errorf("the record is %+v", record)
		}
		if record.LogicalDate != "2026-01-02T00:00:00+00:00" || record.DagID != "good" {
			t.Errorf("the record is of %s at %s", record.DagID, record.LogicalDate)
		}
		order.check(t)
	})
	test("a failed task is no error", func(t *testing.T, b bench) {
		order := &Order{}
		record, err := target.Conduct(t.Context(), b, b.file, dag(b, "bad"), b.path, target.RunOptions{RunName: "r", LogicalDate: date, Events: order})
		if err != nil {
			t.Fatal(err)
		}
		if record.State != target.Failed || record.Tasks[0].State != target.Failed || record.Tasks[1].State != target.UpstreamFailed || record.Tasks[1].TryNumber != 0 {
			t.Errorf("the record is %+v", record)
		}
		order.check(t)
		if order.failed != 1 {
			t.Errorf("%d failed tasks were shown at the end", order.failed)
		}
	})
	test("a run name is taken once", func(t *testing.T, b bench) {
		options := target.RunOptions{RunName: "r", LogicalDate: date}
		if _, err := target.Conduct(t.Context(), b, b.file, dag(b, "good"), b.path, options); err != nil {
			t.Fatal(err)
		}
		order := &Order{}
		options.Events, options.LogicalDate = order, date.AddDate(0, 0, 1)
		record, err := target.Conduct(t.Context(), b, b.file, dag(b, "good"), b.path, options)
		if !errors.Is(err, target.ErrDuplicateRun) || record != nil || len(order.heard) > 0 {
			t.Errorf("a second time: %v, %v, %v", record, err, order.heard)
		}
	})
	test("a cancelled run says so, and PostRun comes all the same", func(t *testing.T, b bench) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		order := &Order{started: func() { cancel() }}
		begun := time.Now()
		_, err := target.Conduct(ctx, b, b.file, dag(b, "slow"), b.path, target.RunOptions{RunName: "r", LogicalDate: date, Events: order})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("it says %v", err)
		}
		if took := time.Since(begun); took > Slow/2 {
			t.Errorf("it took %s", took)
		}
		if _, err := b.Run(t.Context(), dag(b, "good"), target.RunOptions{}); !errors.Is(err, target.ErrNotPrepared) {
			t.Errorf("PostRun was not called: %v", err)
		}
	})
	test("a context that is over starts nothing", func(t *testing.T, b bench) {
		ctx, cancel := context.WithCancel(t.Context())
		prepared(t, b)
		cancel()
		order := &Order{}
		if _, err := b.Run(ctx, dag(b, "good"), target.RunOptions{RunName: "r", Events: order}); !errors.Is(err, context.Canceled) || len(order.heard) > 0 {
			t.Errorf("it says %v, and %v was heard", err, order.heard)
		}
	})
	test("it can be asked while it runs", func(t *testing.T, b bench) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var asks sync.WaitGroup
		order := &Order{started: func() {
			for range 3 {
				asks.Go(func() {
					if status, err := b.Status(t.Context()); err != nil || status == nil || !b.IsRunning(t.Context()) {
						t.Errorf("while it runs: %+v, %v", status, err)
					}
					_ = b.LogFile()
				})
			}
			asks.Wait()
			cancel()
		}}
		_, _ = target.Conduct(ctx, b, b.file, dag(b, "slow"), b.path, target.RunOptions{RunName: "r", LogicalDate: date, Events: order})
	})
	t.Run("up and down", func(t *testing.T) {
		file, path := File(t, version)
		b := make(t, file, path)
		if !b.Private {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := b.Down(ctx, false); err != nil {
			t.Errorf("Down before Up: %v", err)
		}
		first, err := b.Up(ctx, nil)
		if err != nil || !first.Running || first.Already {
			t.Fatalf("Up: %+v, %v", first, err)
		}
		if second, err := b.Up(ctx, nil); err != nil || !second.Already {
			t.Errorf("a second Up: %+v, %v", second, err)
		}
		for range 2 {
			if err := b.Down(ctx, true); err != nil {
				t.Errorf("Down: %v", err)
			}
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("Down has touched the user's file: %v", err)
		}
	})
}

// Order is an Events that holds what it hears against the order of the contract.
type Order struct {
	started func() // called once, when the first try has started
	heard   []string
	open    map[target.TaskRef]int
	wrong   []string
	failed  int
}

func (o *Order) hear(what string) {
	if len(o.heard) == 0 && what != "run started" {
		o.wrong = append(o.wrong, what+" came first")
	}
	if n := len(o.heard); n > 0 && o.heard[n-1] == "run finished" {
		o.wrong = append(o.wrong, what+" came after the end")
	}
	o.heard = append(o.heard, what)
}

// RunStarted implements target.Events.
func (o *Order) RunStarted(target.RunStart) {
	o.open = map[target.TaskRef]int{}
	o.hear("run started")
}

// TryStarted implements target.Events.
func (o *Order) TryStarted(task target.TaskRef, try int) {
	o.hear("try started")
	o.open[task] = try
	if o.started != nil {
		o.started()
		o.started = nil
	}
}

// Output implements target.Events.
func (o *Order) Output(task target.TaskRef, _ []byte) {
	if o.hear("output"); o.open[task] == 0 {
		o.wrong = append(o.wrong, "output of a task that does not run")
	}
}

// TryFinished implements target.Events.
func (o *Order) TryFinished(task target.TaskRef, end target.TryEnd) {
	if o.hear("try finished"); o.open[task] != end.Try {
		o.wrong = append(o.wrong, "the end of a try that has not started")
	}
	delete(o.open, task)
}

// Settled implements target.Events.
func (o *Order) Settled(target.TaskRef, target.State) { o.hear("settled") }

// Note implements target.Events.
func (o *Order) Note(string) { o.hear("note") }

// RunFinished implements target.Events.
func (o *Order) RunFinished(end target.RunEnd) {
	o.hear("run finished")
	o.failed = len(end.Failed)
}

func (o *Order) check(t *testing.T) {
	t.Helper()
	for _, wrong := range o.wrong {
		t.Errorf("%s; heard were %v", wrong, o.heard)
	}
	if n := len(o.heard); n == 0 || o.heard[n-1] != "run finished" || len(o.open) > 0 {
		t.Errorf("what was heard does not end: %v", o.heard)
	}
}
