package target

import (
	"context"
	"errors"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// Orchestrator is a Runner together with the environment that its runs need, such as an Airflow. A run of a pipeline is always
// the same calls: PreRun, Run, PostRun; Up comes some time before, by the user's own command, and Down some time after.
//
// IsRunning, Status and LogFile are safe to call at any time and by several goroutines, during a Run too, and from another
// process than the one that called Up. All other methods are for one goroutine at a time.
type Orchestrator interface {
	Runner

	// Up starts the environment and returns once it can run pipelines, or with an error that says why it cannot. Where it
	// runs already, nothing is changed and Status.Already is set. What a failed Up has started, it ends again.
	//
	// progress hears what is being waited for, a line at a time; nil: nobody listens. The wait is bounded.
	Up(ctx context.Context, progress func(line string)) (*Status, error)

	// Down ends what Up has started, all of it and nothing else. The user's files stay; those of the environment's own home are
	// removed only with purge. Where nothing runs, Down is no error.
	Down(ctx context.Context, purge bool) error

	// IsRunning tells whether Run would find the environment. It answers from what is there now, not from what was started: an
	// environment that has died, or never came to be ready, is not running.
	IsRunning(ctx context.Context) bool

	// Status tells what there is to know of the environment, whether it runs or not. An error is about asking, such as a
	// refused connection to an Airflow that is somewhere else.
	Status(ctx context.Context) (*Status, error)

	// LogFile is the path of what the environment writes; "" where it writes nothing.
	LogFile() string
}

// ErrNotRunning says that there is no environment to run in. It comes from PreRun or Run, before anything was executed.
var ErrNotRunning = errors.New("the orchestrator is not running")

// ErrNotPrepared says that Run was called without PreRun.
var ErrNotPrepared = errors.New("the run was not prepared")

// Status describes an orchestrator's environment.
type Status struct {
	Target  string // "airflow" or "local"
	Running bool
	Already bool       // Up found it running
	Version ir.Version // of Airflow; zero where it is not known
	Release string     // of Airflow, as it says itself: 3.3.2
	Home    string     // the folder that is its own; "" for one that is somewhere else
	URL     string     // of its web interface; "" where there is none
	User    string     // who may sign in there; "" where anybody may, or it is not known
	// Password is of User, only where Up has made it. It is shown to whoever called and written nowhere.
	Password string
	DAGs     string // the folder that DAG files are read from
	LogFile  string

	Processes []Process // of the environment, in the order of their start
	Health    []Health
	Problems  []ImportError
	Runs      []ActiveRun // under way
}

// Process is a process of an environment.
type Process struct {
	PID     int
	Name    string // what it is: "scheduler"
	Started time.Time
	Ports   []int // that it listens on
}

// Health is how a part of an environment says that it is.
type Health struct {
	Part  string // "scheduler", "dag processor", "triggerer", "api"
	State string // "healthy", "unhealthy" or "unknown"
	Since time.Time
}

// ImportError is why the environment could not read a DAG file.
type ImportError struct {
	File string // as the environment names it
	Text string // the traceback
}

// ActiveRun is a run that has not ended.
type ActiveRun struct {
	DagID   string
	RunName string
	Started time.Time
}

// Conduct makes one run in the order of calls that a Runner asks for: PreRun, Run, PostRun. PostRun is called after a failed PreRun or
// Run too, with a context that is not cancelled; its own error counts where nothing else went wrong.
func Conduct(ctx context.Context, runner Runner, file *ir.File, pipeline *ir.Pipeline, callerFilepath string, options RunOptions) (record *Record, err error) {
	defer func() {
		if post := runner.PostRun(context.WithoutCancel(ctx)); err == nil {
			err = post
		}
	}()
	if err := runner.PreRun(ctx, file, callerFilepath); err != nil {
		return nil, err
	}
	return runner.Run(ctx, pipeline, options)
}
