package local

import (
	"context"
	"os"
	"path/filepath"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/store"
)

var _ target.Orchestrator = (*Target)(nil)

// Up implements target.Orchestrator: it makes the run store. Local runs need nothing more.
func (t *Target) Up(ctx context.Context, progress func(string)) (*target.Status, error) {
	_, err := os.Stat(t.options.StateDir)
	already := err == nil
	s, notes, err := OpenStore(ctx, t.options.StateDir, t.options.Grace)
	if err != nil {
		return nil, err
	}
	if progress != nil {
		for _, note := range notes {
			progress(note)
		}
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	status, err := t.Status(ctx)
	if status != nil {
		status.Already = already
	}
	return status, err
}

// Down implements target.Orchestrator: it puts in order what runs that were killed have left, and ends their processes. Runs that
// are under way go on. With purge the run store is removed, unless a run is under way in it.
func (t *Target) Down(ctx context.Context, purge bool) error {
	if _, err := os.Stat(filepath.Join(t.options.StateDir, store.FileName)); os.IsNotExist(err) {
		return nil
	}
	s, _, err := OpenStore(ctx, t.options.StateDir, t.options.Grace)
	if err != nil {
		return err
	}
	running, err := s.Runs(ctx, "")
	if err := s.Close(); err != nil {
		return err
	}
	if err != nil || !purge {
		return err
	}
	for _, r := range running {
		if r.State == target.Running {
			return &BusyError{DagID: r.DagID, RunName: r.RunID}
		}
	}
	return os.RemoveAll(t.options.StateDir)
}

// BusyError says that something cannot be done while a run is under way.
type BusyError struct{ DagID, RunName string }

// Error implements error.
func (e *BusyError) Error() string {
	return "the run " + e.RunName + " of " + e.DagID + " is under way: end it first"
}

// IsRunning implements target.Orchestrator: local runs are always possible.
func (*Target) IsRunning(context.Context) bool { return true }

// Status implements target.Orchestrator.
func (t *Target) Status(ctx context.Context) (*target.Status, error) {
	status := &target.Status{Target: "local", Running: true, Home: t.options.StateDir}
	if _, err := os.Stat(filepath.Join(t.options.StateDir, store.FileName)); os.IsNotExist(err) {
		return status, nil
	}
	s, _, err := OpenStore(ctx, t.options.StateDir, t.options.Grace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	runs, err := s.Runs(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.State == target.Running {
			status.Runs = append(status.Runs, target.ActiveRun{DagID: r.DagID, RunName: r.RunID, Started: r.Started})
		}
	}
	return status, nil
}

// LogFile implements target.Orchestrator: each run has a folder of its own instead.
func (*Target) LogFile() string { return "" }
