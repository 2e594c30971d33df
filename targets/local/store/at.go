package store

import (
	"context"
	"time"
)

// At is the newest run of a DAG for a logical date; nil: there is none.
func (s *Store) At(ctx context.Context, dagID string, date time.Time) (*Entry, error) {
	found, err := s.entries(ctx, "WHERE dag_id = ? AND logical_date = ? ORDER BY id DESC LIMIT 1", dagID, Date(date))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
