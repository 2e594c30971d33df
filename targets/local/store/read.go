package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// Entry is a run as the store has it.
type Entry struct {
	ID             int64
	DagID, RunID   string
	File           string
	AirflowVersion string
	LogicalDate    time.Time
	Conf           json.RawMessage
	State          target.State
	Interrupted    bool
	Started        time.Time
	Ended          time.Time // zero: not yet

	RunType                    string
	IntervalStart, IntervalEnd time.Time // zero where the run is of an older version of dagexport
	Partial                    bool
	Selection                  string // JSON, which tasks it executes; "": all

	Owner string // of the process that ran it last
}

const entryColumns = "id, dag_id, run_id, file, airflow_version, logical_date, conf, state, interrupted, started, coalesce(ended, 0), run_type, interval_start, interval_end, partial, selection, owner"

func scanEntry(row interface{ Scan(...any) error }) (*Entry, error) {
	var e Entry
	var date, conf, intervalStart, intervalEnd string
	var started, ended int64
	err := row.Scan(&e.ID, &e.DagID, &e.RunID, &e.File, &e.AirflowVersion, &date, &conf, &e.State, &e.Interrupted, &started, &ended,
		&e.RunType, &intervalStart, &intervalEnd, &e.Partial, &e.Selection, &e.Owner)
	if err != nil {
		return nil, err
	}
	for _, one := range []struct {
		text string
		to   *time.Time
	}{{date, &e.LogicalDate}, {intervalStart, &e.IntervalStart}, {intervalEnd, &e.IntervalEnd}} {
		if one.text == "" {
			continue
		}
		if *one.to, err = time.Parse(time.RFC3339Nano, one.text); err != nil {
			return nil, err
		}
		*one.to = one.to.UTC()
	}
	e.Conf, e.Started = json.RawMessage(conf), time.UnixMicro(started).UTC()
	if ended != 0 {
		e.Ended = time.UnixMicro(ended).UTC()
	}
	return &e, nil
}

// Runs are the runs of a DAG, of all for "": the newest first.
func (s *Store) Runs(ctx context.Context, dagID string) ([]*Entry, error) {
	return s.entries(ctx, "WHERE dag_id = ? OR ? = '' ORDER BY id DESC", dagID, dagID)
}

// Find is the run of a DAG with a name, for "" the newest; nil: there is none.
func (s *Store) Find(ctx context.Context, dagID, runID string) (*Entry, error) {
	row := s.db.QueryRowContext(ctx, "SELECT "+entryColumns+" FROM run WHERE dag_id = ? AND (run_id = ? OR ? = '') ORDER BY id DESC LIMIT 1",
		dagID, runID, runID)
	e, err := scanEntry(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return e, err
}

// Instance is a task instance of an earlier run.
type Instance struct {
	TaskInstance
	LastTry     target.State // state of the last try that ended or was interrupted; None: none
	Interrupted int          // tries that were interrupted
}

// Ended tells whether an instance came to its end by itself.
func (i *Instance) Ended() bool {
	switch {
	case i.State == target.None, i.State == target.Running, i.State == target.UpForRetry, i.State == target.UpForReschedule, i.State == target.Scheduled:
		return false
	case i.State == target.Failed:
		return i.LastTry != Interrupted && i.LastTry != target.UpForRetry
	}
	return true
}

// Instances are the task instances of a run.
func (s *Store) Instances(ctx context.Context, run int64) ([]Instance, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT t.task_id, t.map_index, coalesce(t.state, ''), t.try_number, coalesce(last.state, ''),
			(SELECT count(*) FROM try WHERE run = t.run AND task_id = t.task_id AND map_index = t.map_index AND state = ?)
		FROM task_instance t LEFT JOIN try last
			ON last.run = t.run AND last.task_id = t.task_id AND last.map_index = t.map_index AND last.try_number = t.try_number
		WHERE t.run = ? ORDER BY t.task_id, t.map_index`, string(Interrupted), run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Instance
	for rows.Next() {
		var i Instance
		if err := rows.Scan(&i.TaskID, &i.MapIndex, &i.State, &i.TryNumber, &i.LastTry, &i.Interrupted); err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

// XComs are what the task instances of a run have pushed, sorted.
func (s *Store) XComs(ctx context.Context, run int64) ([]XCom, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT task_id, map_index, key, value FROM xcom WHERE run = ? ORDER BY task_id, map_index, key", run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []XCom
	for rows.Next() {
		var x XCom
		var value string
		if err := rows.Scan(&x.TaskID, &x.MapIndex, &x.Key, &value); err != nil {
			return nil, err
		}
		x.Value = json.RawMessage(value)
		all = append(all, x)
	}
	return all, rows.Err()
}

// Triggered are the runs that an interrupted one has triggered, directly or through others, the oldest first: those that began
// after it in the same process.
func (s *Store) Triggered(ctx context.Context, e *Entry) ([]*Entry, error) {
	return s.entries(ctx, "WHERE owner = ? AND id > ? AND owner != '' ORDER BY id", e.Owner, e.ID)
}

// Reopen lets an interrupted run go on in this process. What it has triggered belongs to it as before.
func (s *Store) Reopen(ctx context.Context, e *Entry) error {
	owner, err := s.Owner()
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	result, err := tx.ExecContext(ctx, "UPDATE run SET state = ?, ended = NULL, interrupted = 0, owner = ? WHERE id = ? AND interrupted = 1",
		string(target.Running), owner, e.ID)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fmt.Errorf("run %q of %q is being resumed by another process", e.RunID, e.DagID)
	}
	_, err = tx.ExecContext(ctx, "UPDATE run SET owner = ? WHERE owner = ? AND id > ? AND state != ?", owner, e.Owner, e.ID, string(target.Running))
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.writer.keepReserve()
	e.Owner = owner
	return nil
}
