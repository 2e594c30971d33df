package store

import (
	"context"
	"time"
)

// AssetEvent says that a task instance which succeeded has updated an asset.
type AssetEvent struct {
	ID           int64
	DagID, RunID string
	TaskID       string
	MapIndex     int
	Name, URI    string // of the asset
	At           time.Time
}

// PutAssetEvent writes an event of a run, soon; an error comes out of End. ID, DagID and RunID are not looked at.
func (s *Store) PutAssetEvent(run int64, e AssetEvent) {
	s.writer.send(op{kind: putEvent, run: run, made: &e})
}

// AssetEvents are the events that no run of a DAG has answered yet, the oldest first.
func (s *Store) AssetEvents(ctx context.Context, consumer string) ([]AssetEvent, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT e.id, r.dag_id, r.run_id, e.task_id, e.map_index, e.name, e.uri, e.at
		FROM asset_event e JOIN run r ON r.id = e.run
		WHERE e.id > coalesce((SELECT event FROM asset_consumer WHERE dag_id = ?), 0) ORDER BY e.id`, consumer)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []AssetEvent
	for rows.Next() {
		var e AssetEvent
		var at int64
		if err := rows.Scan(&e.ID, &e.DagID, &e.RunID, &e.TaskID, &e.MapIndex, &e.Name, &e.URI, &at); err != nil {
			return nil, err
		}
		e.At = time.UnixMicro(at).UTC()
		all = append(all, e)
	}
	return all, rows.Err()
}

// Answer says that a run of a DAG answers all events up to one.
func (s *Store) Answer(ctx context.Context, consumer string, event int64) error {
	_, err := s.db.ExecContext(ctx, "INSERT OR REPLACE INTO asset_consumer VALUES (?, ?)", consumer, event)
	return err
}
