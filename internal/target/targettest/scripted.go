package targettest

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Scripted is an orchestrator that executes nothing: a task fails if its id is among Fails, a DAG takes as long as Takes says,
// and everything else succeeds at once. It is what the contract is, in the fewest lines.
type Scripted struct {
	Fails []string                 // "dag.task"
	Takes map[string]time.Duration // by DAG

	up       atomic.Bool
	prepared *ir.File
	names    []string
}

var _ target.Orchestrator = (*Scripted)(nil)

// Name implements target.Target.
func (*Scripted) Name() string { return "local" }

// Check implements target.Target.
func (*Scripted) Check(*ir.File) diag.List { return diag.List{} }

// PreRun implements target.Target.
func (s *Scripted) PreRun(_ context.Context, file *ir.File, _ string) error {
	if !s.up.Load() {
		return target.ErrNotRunning
	}
	s.prepared = file
	return nil
}

// Run implements target.Runner.
func (s *Scripted) Run(ctx context.Context, p *ir.Pipeline, options target.RunOptions) (*target.Record, error) {
	if s.prepared == nil {
		return nil, target.ErrNotPrepared
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if slices.Contains(s.names, options.RunName) {
		return nil, target.ErrDuplicateRun
	}
	s.names = append(s.names, options.RunName)
	tell := func(what func(target.Events)) {
		if options.Events != nil {
			what(options.Events)
		}
	}
	record := &target.Record{DagID: p.ID, LogicalDate: options.LogicalDate.Format("2006-01-02T15:04:05+00:00"), State: target.Success}
	tell(func(e target.Events) {
		e.RunStarted(target.RunStart{DagID: p.ID, RunName: options.RunName, Tasks: len(p.Tasks)})
	})
	var failed []target.FailedTask
	for _, t := range p.Tasks {
		ref := target.TaskRef{ID: t.ID, MapIndex: -1}
		if len(failed) > 0 {
			record.Tasks = append(record.Tasks, target.TaskRecord{TaskID: t.ID, MapIndex: -1, State: target.UpstreamFailed})
			tell(func(e target.Events) { e.Settled(ref, target.UpstreamFailed) })
			continue
		}
		tell(func(e target.Events) { e.TryStarted(ref, 1) })
		select {
		case <-ctx.Done():
		case <-time.After(s.Takes[p.ID]):
		}
		state := target.Success
		if slices.Contains(s.Fails, p.ID+"."+t.ID) || ctx.Err() != nil {
			state, record.State = target.Failed, target.Failed
			failed = append(failed, target.FailedTask{Task: ref})
		}
		record.Tasks = append(record.Tasks, target.TaskRecord{TaskID: t.ID, MapIndex: -1, State: state, TryNumber: 1})
		tell(func(e target.Events) { e.TryFinished(ref, target.TryEnd{Try: 1, State: state}) })
	}
	tell(func(e target.Events) {
		e.RunFinished(target.RunEnd{Record: record, Interrupted: ctx.Err() != nil, Failed: failed})
	})
	return record, ctx.Err()
}

// PostRun implements target.Runner.
func (s *Scripted) PostRun(context.Context) error {
	s.prepared = nil
	return nil
}

// Up implements target.Orchestrator.
func (s *Scripted) Up(ctx context.Context, _ func(string)) (*target.Status, error) {
	already := s.up.Swap(true)
	status, err := s.Status(ctx)
	status.Already = already
	return status, err
}

// Down implements target.Orchestrator.
func (s *Scripted) Down(context.Context, bool) error {
	s.up.Store(false)
	return nil
}

// IsRunning implements target.Orchestrator.
func (s *Scripted) IsRunning(context.Context) bool { return s.up.Load() }

// Status implements target.Orchestrator.
func (s *Scripted) Status(context.Context) (*target.Status, error) {
	return &target.Status{Target: "local", Running: s.up.Load()}, nil
}

// LogFile implements target.Orchestrator.
func (*Scripted) LogFile() string { return "" }
