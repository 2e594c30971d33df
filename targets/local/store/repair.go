package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// Interrupted is the state of a try that was under way when its run was interrupted.
const Interrupted target.State = "interrupted"

// Died is a run whose process was found dead.
type Died struct {
	DagID, RunID string
	File         string // of the pipeline
	Ended        int    // processes of it that were ended
}

// Repair puts in order what processes that died have left: their runs are marked as interrupted, and what was running in
// them has failed. Before, end is called with the owner of each to end its processes, and returns how many there were.
func (s *Store) Repair(ctx context.Context, end func(owner string) (int, error)) ([]Died, error) {
	type dead struct {
		id    int64
		owner string
		run   Died
	}
	var found []dead
	rows, err := s.db.QueryContext(ctx, "SELECT id, owner, dag_id, run_id, file FROM run WHERE state = ? ORDER BY id", string(target.Running))
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var d dead
		if err := rows.Scan(&d.id, &d.owner, &d.run.DagID, &d.run.RunID, &d.run.File); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		found = append(found, d)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	var died []Died
	for _, d := range found {
		file, isDead, err := s.bury(d.owner)
		if err != nil {
			return died, err
		}
		if !isDead {
			continue
		}
		if d.owner != "" {
			if d.run.Ended, err = end(d.owner); err != nil {
				err = fmt.Errorf("run %q of %q was killed, and its processes cannot be ended: %w", d.run.RunID, d.run.DagID, err)
			}
		}
		changed := false
		if err == nil {
			changed, err = s.markDead(ctx, d.id)
		}
		if file != nil {
			last := err == nil && !s.owns(ctx, d.owner)
			err = errors.Join(err, file.Close())
			if last {
				_ = os.Remove(s.lockPath(d.owner)) // another that repairs may have been first
			}
		}
		if err != nil {
			return died, err
		}
		if changed {
			died = append(died, d.run)
		}
	}
	return died, nil
}

// owns tells whether a run of an owner still counts as running.
func (s *Store) owns(ctx context.Context, owner string) bool {
	var n int
	err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM run WHERE owner = ? AND state = ?", owner, string(target.Running)).Scan(&n)
	return err != nil || n > 0
}

// markDead gives a run whose process has died, and what was under way in it, their states; false when that is done already.
func (s *Store) markDead(ctx context.Context, run int64) (bool, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }()
	now := time.Now().UnixMicro()
	result, err := tx.ExecContext(ctx, "UPDATE run SET state = ?, ended = ?, interrupted = 1 WHERE id = ? AND state = ?",
		string(target.Failed), now, run, string(target.Running))
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	// Where the try began is not known any more; it began when the run did, or later.
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`INSERT OR IGNORE INTO try SELECT run, task_id, map_index, try_number, ?, ?, ?, 'dagexport was killed', '', ''
			FROM task_instance WHERE run = ? AND state IN (?, ?)`,
			[]any{string(Interrupted), now, now, run, string(target.Running), string(target.UpForReschedule)}},
		{`UPDATE task_instance SET state = ? WHERE run = ? AND state IN (?, ?, ?)`,
			[]any{string(target.Failed), run, string(target.Running), string(target.UpForRetry), string(target.UpForReschedule)}},
	} {
		if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
			return false, err
		}
	}
	return true, tx.Commit()
}
