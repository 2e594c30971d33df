package store

import (
	"context"
	"database/sql"
	"fmt"
)

// version is the version of the schema, kept in SQLite's user_version; migrations[i] leads from version i to i+1.
var version = len(migrations)

var migrations = []string{
	`CREATE TABLE run (
		id              INTEGER PRIMARY KEY,
		dag_id          TEXT NOT NULL,
		run_id          TEXT NOT NULL,
		file            TEXT NOT NULL,
		airflow_version TEXT NOT NULL,
		logical_date    TEXT NOT NULL,
		conf            TEXT NOT NULL,
		state           TEXT NOT NULL,
		started         INTEGER NOT NULL, -- microseconds since 1970, UTC; as all times below
		ended           INTEGER,
		UNIQUE (dag_id, run_id)
	);
	CREATE TABLE task_instance (
		run        INTEGER NOT NULL REFERENCES run,
		task_id    TEXT NOT NULL,
		map_index  INTEGER NOT NULL,
		state      TEXT,             -- null: never reached
		try_number INTEGER NOT NULL, -- of the last try; 0: never ran
		PRIMARY KEY (run, task_id, map_index)
	) WITHOUT ROWID;
	CREATE TABLE try (
		run        INTEGER NOT NULL REFERENCES run,
		task_id    TEXT NOT NULL,
		map_index  INTEGER NOT NULL,
		try_number INTEGER NOT NULL,
		state      TEXT NOT NULL,
		started    INTEGER NOT NULL,
		ended      INTEGER NOT NULL,
		error      TEXT NOT NULL,
		log        TEXT NOT NULL, -- path within the folder of the store
		PRIMARY KEY (run, task_id, map_index, try_number)
	) WITHOUT ROWID;
	CREATE TABLE xcom (
		run       INTEGER NOT NULL REFERENCES run,
		task_id   TEXT NOT NULL,
		map_index INTEGER NOT NULL,
		key       TEXT NOT NULL,
		value     TEXT NOT NULL, -- JSON
		PRIMARY KEY (run, task_id, map_index, key)
	) WITHOUT ROWID;`,
	`ALTER TABLE run ADD COLUMN owner TEXT NOT NULL DEFAULT '';        -- Store.Owner of the process that runs it
	ALTER TABLE run ADD COLUMN interrupted INTEGER NOT NULL DEFAULT 0; -- 1: it did not come to its end by itself`,
	`ALTER TABLE run ADD COLUMN run_type TEXT NOT NULL DEFAULT 'manual';
	UPDATE run SET run_type = 'backfill' WHERE run_id LIKE 'backfill!_!_%' ESCAPE '!';
	ALTER TABLE run ADD COLUMN interval_start TEXT NOT NULL DEFAULT ''; -- of the data interval, as the logical date; '': not known
	ALTER TABLE run ADD COLUMN interval_end TEXT NOT NULL DEFAULT '';
	ALTER TABLE run ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;      -- 1: some tasks were left out
	CREATE INDEX run_by_date ON run (dag_id, logical_date);`,
	`CREATE TABLE asset_event (
		id        INTEGER PRIMARY KEY,
		run       INTEGER NOT NULL REFERENCES run,
		task_id   TEXT NOT NULL,
		map_index INTEGER NOT NULL,
		name      TEXT NOT NULL,
		uri       TEXT NOT NULL,
		at        INTEGER NOT NULL
	);
	CREATE TABLE asset_consumer (
		dag_id TEXT PRIMARY KEY,
		event  INTEGER NOT NULL -- the last one that a run of the DAG has answered
	) WITHOUT ROWID;`,
	`ALTER TABLE try ADD COLUMN rendered_map_index TEXT NOT NULL DEFAULT ''; -- what map_index_template came to`,
	`ALTER TABLE asset_event ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';   -- JSON
	ALTER TABLE asset_event ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]'; -- JSON, the names of those that stood for the asset`,
	`ALTER TABLE run ADD COLUMN selection TEXT NOT NULL DEFAULT ''; -- JSON, which tasks it executes; '': all`,
}

// migrate brings the schema up to date in one transaction, so that two processes that start at once do not collide.
func migrate(ctx context.Context, db *sql.DB) error {
	var have int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have == version {
		return nil
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > version {
		return fmt.Errorf("it was written by a newer version of dagexport (schema %d, known is %d): use that one, or another state folder", have, version)
	}
	for _, step := range migrations[have:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}
