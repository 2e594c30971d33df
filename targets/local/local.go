package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// The defaults of Options.
const (
	DefaultStateDir      = ".dagexport"
	DefaultRetryDelayMax = 10 * time.Second
	DefaultGrace         = 5 * time.Second
)

// Options are the options of the target. Zero values stand for the defaults.
type Options struct {
	Version  ir.Version // the Airflow version to play; that of the file
	Jobs     int        // tries that run at a time; the number of cores
	StateDir string     // folder of the run store; DefaultStateDir in the current folder
	DagsRoot string     // where modules and template files are found; the folder of the pipeline file
	Python   string     // the user's interpreter; found as the Python runner finds it

	// Pools are the slots of each pool; nil: every pool has as many as Airflow's default_pool.
	Pools map[string]int

	// RetryDelayMax bounds how long a retry waits, whatever the pipeline says; DefaultRetryDelayMax. Negative: no bound.
	RetryDelayMax time.Duration
	// Grace is the time between TERM and KILL; DefaultGrace. Negative: none.
	Grace time.Duration
	// Sensors says what sensors do: "wait", as in Airflow, the default; "once", look once and fail where they would have to
	// wait; "skip", succeed without looking.
	Sensors string
	// Resume goes on with the interrupted run of the given name, the newest where none is given: what had ended in it is not run
	// again.
	Resume bool
	// Scheduled gives a run the data interval that a scheduled one with its logical date has, as a backfill does.
	Scheduled bool
	// Find finds the DAGs that tasks trigger; nil: none is found.
	Find FindFunc
	// IgnoreDependsOnPast has every task run whatever became of it in the run before.
	IgnoreDependsOnPast bool
	// Select says which tasks are executed; all, unless it is filled.
	Select Selection
	// Environ is the environment of the run; os.Environ().
	Environ []string
}

// Target runs pipelines on this machine. It implements target.Runner.
type Target struct {
	options Options
	engines func(cacheDir, sensors string) (task.Renderer, task.PythonRunner)

	file  *ir.File
	path  string // of the pipeline file, absolute
	store *store.Store
	notes []string // of what was found in the store

	events []store.AssetEvent // that the next run answers

	chain []string // the DAGs whose runs have led to this one, by triggering

	interpreter *worker.Interpreter // what look has found
	lookErr     error
	looked      bool
	checked     *ir.File // what Check was asked about last

	containers *containers      // shared with the runs that this one triggers
	daemons    map[string]error // whether the daemons that Check has asked for answer

	backfill struct{ first, from time.Time } // the first logical date of LogicalDates, and the date that it was asked for
}

var _ target.Runner = (*Target)(nil)

// New is a target with the given options. It touches nothing before PreRun.
func New(options Options) *Target {
	if options.Jobs <= 0 {
		options.Jobs = runtime.NumCPU()
	}
	if options.StateDir == "" {
		options.StateDir = DefaultStateDir
	}
	if options.RetryDelayMax == 0 {
		options.RetryDelayMax = DefaultRetryDelayMax
	}
	if options.Grace == 0 {
		options.Grace = DefaultGrace
	}
	options.Grace = max(options.Grace, 0)
	if options.Environ == nil {
		options.Environ = os.Environ()
	}
	return &Target{options: options, engines: newEngines, containers: &containers{}}
}

// Hurry ends what still runs at once, where a first interruption has left it time to end by itself.
func Hurry() { process.Hurry() }

// Name implements target.Target.
func (*Target) Name() string { return "local" }

// standIns is a DAG with what local runs execute instead of some tasks.
func standIns(p *ir.Pipeline) *ir.Pipeline {
	if !slices.ContainsFunc(p.Tasks, func(task *ir.Task) bool { return task.Local != nil }) {
		return p
	}
	own := *p
	own.Tasks = slices.Clone(p.Tasks)
	for i, task := range own.Tasks {
		if task.Local != nil {
			own.Tasks[i] = task.Local
		}
	}
	return &own
}

// Check implements target.Target: it names the tasks whose operators cannot run here.
func (t *Target) Check(file *ir.File) diag.List {
	var problems diag.List
	t.checked = file
	for _, p := range file.Pipelines {
		p = t.chosenTasks(standIns(p))
		refuseLater(&problems, file, p)
		t.refuseReal(&problems, file, p)
		t.refuseProvided(&problems, file, p)
		t.refusePools(&problems, p)
		t.refuseTriggers(&problems, p)
		for _, task := range p.Tasks {
			switch op := task.Op.(type) {
			case *ir.Bash:
				if decoderOf(op.Encoding) == nil {
					problems.Errorf(task.Span, diag.NotHere, "task %q has output_encoding %q, which local runs cannot decode", task.ID, op.Encoding).
						WithHelp("utf-8, ascii and latin-1 are known here")
				}
			}
		}
		refuseSchedule(&problems, t.version(file), p)
	}
	problems.Sort()
	return problems
}

// version is the Airflow version that is played.
func (t *Target) version(file *ir.File) ir.Version {
	switch {
	case t.options.Version != (ir.Version{}):
		return t.options.Version
	case file != nil && file.Version != (ir.Version{}):
		return file.Version
	}
	return ir.DefaultVersion
}

// PreRun implements target.Target: it opens the run store.
func (t *Target) PreRun(ctx context.Context, file *ir.File, callerFilepath string) error {
	path, err := filepath.Abs(callerFilepath)
	if err != nil {
		return err
	}
	t.file, t.path = file, path
	if t.store != nil {
		return nil
	}
	t.store, t.notes, err = OpenStore(ctx, t.options.StateDir, t.options.Grace)
	return err
}

// PostRun implements target.Runner: it closes the run store.
func (t *Target) PostRun(context.Context) error {
	if t.store == nil {
		return nil
	}
	s := t.store
	t.store = nil
	return errors.Join(t.containers.end(t.options.Grace), s.Close())
}

// Run implements target.Runner.
func (t *Target) Run(ctx context.Context, pipeline *ir.Pipeline, options target.RunOptions) (*target.Record, error) {
	if t.store == nil {
		return nil, target.ErrNotPrepared
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pipeline = standIns(pipeline)
	var earlier *store.Entry
	var out *omitted
	var err error
	if t.options.Resume {
		if earlier, err = t.earlier(ctx, pipeline.ID, options.RunName); err != nil {
			return nil, err
		}
	}
	if !t.options.Select.empty() {
		if pipeline, out, err = t.leaveOut(ctx, pipeline, earlier); err != nil {
			return nil, err
		}
	}
	if pipeline, err = withEnvironment(pipeline, t.options.Environ); err != nil {
		return nil, err
	}
	if earlier != nil {
		options.LogicalDate, options.Conf, options.RunName = earlier.LogicalDate, earlier.Conf, earlier.RunID
	}
	r, err := t.newRun(pipeline, options)
	if err != nil {
		return nil, err
	}
	if out != nil {
		r.away = out.away
		if err := r.fits(out); err != nil {
			return nil, err
		}
	}
	if err := r.lookBack(ctx); err != nil {
		return nil, err
	}
	if earlier != nil {
		err = r.reopen(ctx, earlier)
	} else {
		err = r.enter(ctx, options.RunName)
	}
	if err != nil {
		return nil, err
	}
	if out != nil {
		r.takeOver(out)
	}
	return r.execute(ctx)
}
