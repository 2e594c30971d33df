package store

import (
	"context"
	"encoding/json"
	"time"
)

// AssetEvent says that a task instance which succeeded has updated an asset.
type AssetEvent struct {
	ID           int64
	DagID, RunID string
	TaskID       string
	MapIndex     int
	Name, URI    string          // of the asset
	Extra        json.RawMessage // a JSON object; nil: an empty one
	Aliases      []string        // that stood for the asset
	At           time.Time
}

// PutAssetEvent writes an event of a run, soon; an error comes out of End. ID, DagID and RunID are not looked at.
func (s *Store) PutAssetEvent(run int64, e AssetEvent) {
	s.writer.send(op{kind: putEvent, run: run, made: &e})
}

// AssetEvents are the events that no run of a DAG has answered yet, the oldest first.
func (s *Store) AssetEvents(ctx context.Context, consumer string) ([]AssetEvent, error) {
	return s.assetEvents(ctx, "WHERE e.id > coalesce((SELECT event FROM asset_consumer WHERE dag_id = ?), 0)", consumer)
}

// AllAssetEvents are the events of all runs, the oldest first.
func (s *Store) AllAssetEvents(ctx context.Context) ([]AssetEvent, error) {
	return s.assetEvents(ctx, "")
}

func (s *Store) assetEvents(ctx context.Context, where string, args ...any) ([]AssetEvent, error) {
	if err := s.writer.flush(); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT e.id, r.dag_id, r.run_id, e.task_id, e.map_index, e.name, e.uri, e.at, e.extra, e.aliases
		FROM asset_event e JOIN run r ON r.id = e.run `+where+" ORDER BY e.id", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []AssetEvent
	for rows.Next() {
		var e AssetEvent
		var at int64
		var extra, aliases string
		if err := rows.Scan(&e.ID, &e.DagID, &e.RunID, &e.TaskID, &e.MapIndex, &e.Name, &e.URI, &at, &extra, &aliases); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(aliases), &e.Aliases); err != nil {
			return nil, err
		}
		e.Extra = json.RawMessage(extra)
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

// texts are what the database has of Extra and Aliases.
func (e *AssetEvent) texts() (extra, aliases string) {
	extra, aliases = "{}", "[]"
	if e.Extra != nil {
		extra = string(e.Extra)
	}
	if len(e.Aliases) > 0 {
		data, err := json.Marshal(e.Aliases)
		if err != nil {
			panic(err) // strings
		}
		aliases = string(data)
	}
	return extra, aliases
}
