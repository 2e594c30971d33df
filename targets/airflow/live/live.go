// Package live runs pipelines on a running Airflow: it exports the DAG file, waits until Airflow has read it, triggers a run and
// follows it to its end.
//
// The Airflow is a private one that Up starts (package standalone), or one somewhere else, named by its address.
package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/dagexport/dagexport/targets/airflow/rest"
	"github.com/dagexport/dagexport/targets/airflow/standalone"
)

// Options are the options of the target. Zero values stand for the defaults.
type Options struct {
	Export   airflow.Options     // where the DAG file goes; only DagsRoot, OutDir, Root and Force count
	Private  *standalone.Airflow // the Airflow that Up starts; nil: it is somewhere else
	Remote   rest.Options        // where it is, unless Private is there
	NoExport bool                // the DAG file reaches the Airflow by other means, and is compared with what has been compiled
	Unpause  bool                // a paused DAG is unpaused; else a run of one is refused
	Wait     time.Duration       // how long Airflow may take to read the DAG file; DefaultWait
	Poll     time.Duration       // how long to wait between two looks at a run; DefaultPoll
	Exports  string              // folder that remembers what was exported, to see a file that was edited since; "": none is remembered

	// Abandon is asked when a run is interrupted: whether the run is to be marked as failed in Airflow. nil: it is left running.
	Abandon func() bool
}

// The defaults of Options.
const (
	DefaultWait = 2 * time.Minute
	DefaultPoll = time.Second
)

// Target runs pipelines on an Airflow. It implements target.Orchestrator.
type Target struct {
	options  Options
	exporter *airflow.Exporter
	outcome  airflow.Outcome

	client *rest.Client
	file   *ir.File
	notes  []string
}

var _ target.Orchestrator = (*Target)(nil)

// New is a target with the given options. It touches nothing.
func New(options Options) *Target {
	if options.Wait <= 0 {
		options.Wait = DefaultWait
	}
	if options.Poll <= 0 {
		options.Poll = DefaultPoll
	}
	t := &Target{options: options}
	export := airflow.Options{
		DagsRoot: options.Export.DagsRoot, OutDir: options.Export.OutDir, Root: options.Export.Root, Force: options.Export.Force,
	}
	export.Report = func(o airflow.Outcome) { t.outcome = o }
	t.exporter = airflow.New(export)
	return t
}

// Name implements target.Target.
func (*Target) Name() string { return "airflow" }

// Check implements target.Target: it says what the exporter says.
func (t *Target) Check(file *ir.File) diag.List { return t.exporter.Check(file) }

// PreRun implements target.Target: it exports the file and waits until Airflow has read what was exported.
//
// Errors: target.ErrNotRunning; a *target.Refusal for a file that was edited by hand, one that Airflow cannot import, and a DAG
// that is paused.
func (t *Target) PreRun(ctx context.Context, file *ir.File, callerFilepath string) error {
	if err := t.connect(ctx); err != nil {
		return err
	}
	if v := t.client.Version(); file.Version != v {
		return t.refuse(file, diag.WrongVersion, fmt.Sprintf("the pipeline is compiled for Airflow %s, and this Airflow is %s", file.Version, t.client.Release()),
			fmt.Sprintf("compile it for that: --airflow-version %s", v))
	}
	t.file, t.notes = nil, nil
	reach := t.export
	if t.options.NoExport {
		reach = t.compare
	}
	if err := reach(ctx, file, callerFilepath); err != nil {
		return err
	}
	if err := t.unpause(ctx, file); err != nil {
		return err
	}
	t.file = file
	return nil
}

// connect finds the Airflow.
func (t *Target) connect(ctx context.Context) error {
	if t.client != nil {
		return nil
	}
	client, err := t.find(ctx)
	if err != nil {
		return err
	}
	t.client = client
	return nil
}

func (t *Target) find(ctx context.Context) (*rest.Client, error) {
	if t.options.Private != nil {
		return t.options.Private.Client(ctx)
	}
	client, err := rest.New(t.options.Remote)
	if err != nil {
		return nil, err
	}
	return client, client.Connect(ctx)
}

// refuse is the refusal of a whole file.
func (t *Target) refuse(file *ir.File, code diag.Code, message string, help ...string) error {
	var problems diag.List
	d := problems.Errorf(top(file), code, "%s", message)
	for _, h := range help {
		d.WithHelp("%s", h)
	}
	return &target.Refusal{Diags: problems}
}

// top is where to point for what concerns the whole file.
func top(file *ir.File) ir.Span {
	for _, p := range file.Pipelines {
		if !p.IDSpan.IsZero() {
			return p.IDSpan
		}
	}
	return ir.Span{File: file.Path}
}

// unpause sees to it that the DAGs can run.
func (t *Target) unpause(ctx context.Context, file *ir.File) error {
	for _, p := range file.Pipelines {
		d, err := t.client.DAG(ctx, p.ID)
		if err != nil {
			return err
		}
		if d == nil || !d.IsPaused {
			continue
		}
		if !t.options.Unpause {
			return t.refuse(file, diag.Paused, fmt.Sprintf("the DAG %q is paused in Airflow: a run of it would wait for ever", p.ID),
				"--unpause unpauses it, and with it its schedule")
		}
		if err := t.client.Unpause(ctx, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// PostRun implements target.Runner: it forgets what was prepared.
func (t *Target) PostRun(context.Context) error {
	t.client, t.file, t.notes = nil, nil, nil
	return nil
}

// Up implements target.Orchestrator.
func (t *Target) Up(ctx context.Context, progress func(string)) (*target.Status, error) {
	if t.options.Private == nil {
		return nil, errElsewhere
	}
	return t.options.Private.Up(ctx, progress)
}

// Down implements target.Orchestrator.
func (t *Target) Down(ctx context.Context, purge bool) error {
	if t.options.Private == nil {
		return errElsewhere
	}
	return t.options.Private.Down(ctx, purge)
}

var errElsewhere = errors.New("an Airflow that is named by its address is neither started nor ended from here")

// IsRunning implements target.Orchestrator.
func (t *Target) IsRunning(ctx context.Context) bool {
	if t.options.Private != nil {
		return t.options.Private.IsRunning(ctx)
	}
	client, err := t.find(ctx)
	if err != nil {
		return false
	}
	health, err := client.Health(ctx)
	return err == nil && health.Scheduler == "healthy"
}

// Status implements target.Orchestrator.
func (t *Target) Status(ctx context.Context) (*target.Status, error) {
	if t.options.Private != nil {
		return t.options.Private.Status(ctx)
	}
	client, err := t.find(ctx)
	if err != nil {
		return nil, err
	}
	return standalone.StatusOf(ctx, client)
}

// LogFile implements target.Orchestrator.
func (t *Target) LogFile() string {
	if t.options.Private == nil {
		return ""
	}
	return t.options.Private.LogFile()
}
