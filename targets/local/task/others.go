package task

import (
	"context"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// Others are the runs of DAGs that are kept on this machine, and how new ones come about. The methods may be called from several
// goroutines.
type Others interface {
	// RunsOf are the runs of a DAG with the given logical dates, the newest of each date, all of them where no date is given; and
	// whether the DAG has run here at all.
	RunsOf(ctx context.Context, dagID string, dates []time.Time) (runs []OtherRun, known bool, err error)

	// XComsOf are those of runs of a DAG, the latest first, each run's in the order in which they were pushed last: of the run that a task
	// of the given run means by run_id, and with prior, of all runs until its logical date, with Airflow 3 only where there is such a run. Those
	// of the given run itself are not among them.
	XComsOf(ctx context.Context, run *Run, dagID, runID string, prior bool) ([]Pushed, error)

	// MembersOf are the ids of the tasks in a group of a DAG, at any depth, of the whole DAG for ""; none where the DAG or the group
	// is not found.
	MembersOf(dagID, groupID string) []string

	// EventsOf are the events of an asset, the oldest first. An empty name stands for any; with an alias, which counts alone,
	// they are those of the assets that it stood for.
	EventsOf(ctx context.Context, name, uri, alias string) ([]AssetEvent, error)
}

// OtherRun is a run of some DAG.
type OtherRun struct {
	State target.State
	Tasks []target.TaskRecord
}
