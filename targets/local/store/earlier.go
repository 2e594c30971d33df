package store

import (
	"context"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// The types of runs, by Airflow's names.
const (
	Manual   = "manual"
	Backfill = "backfill"
	ByAssets = "asset_triggered" // dataset_triggered in Airflow 2
)

// Earlier are the runs of a DAG with a logical date before the given one, the latest date first. Of several runs with one date
// only the newest counts: it took the place of the others, as in Airflow, where a DAG has one run for a date.
func (s *Store) Earlier(ctx context.Context, dagID string, before time.Time) ([]*Entry, error) {
	return s.entries(ctx, `WHERE id IN (SELECT max(id) FROM run WHERE dag_id = ? AND logical_date < ? GROUP BY logical_date)
		ORDER BY logical_date DESC`, dagID, Date(before))
}

// LastSuccess is the run of Earlier with the latest date that succeeded; nil: there is none.
func (s *Store) LastSuccess(ctx context.Context, dagID string, before time.Time) (*Entry, error) {
	found, err := s.entries(ctx, `WHERE id IN (SELECT max(id) FROM run WHERE dag_id = ? AND logical_date < ? GROUP BY logical_date)
		AND state = ? ORDER BY logical_date DESC LIMIT 1`, dagID, Date(before), string(target.Success))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// entries are the runs that a condition chooses.
func (s *Store) entries(ctx context.Context, condition string, args ...any) ([]*Entry, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+entryColumns+" FROM run "+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}
