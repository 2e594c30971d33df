// Package store keeps runs in a folder: a SQLite database of runs, task instances, tries and XComs, and a log file for
// every try. Several processes may use one folder at a time.
package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// Store is an open store. Its methods may be called from several goroutines.
type Store struct {
	dir    string
	db     *sql.DB
	writer *writer
	life   life
}

// Run describes a run that begins.
type Run struct {
	DagID, RunID   string
	File           string
	AirflowVersion string
	LogicalDate    time.Time
	Conf           json.RawMessage // nil: none
	Started        time.Time

	RunType                    string    // "manual" or "backfill"
	IntervalStart, IntervalEnd time.Time // of the data interval
	Partial                    bool      // some tasks of the DAG have no part in it
	Selection                  string    // JSON, which tasks it executes; "": all
}

// TaskInstance is the state of a task instance.
type TaskInstance struct {
	TaskID    string
	MapIndex  int
	State     target.State
	TryNumber int
}

// Try is a try that has ended.
type Try struct {
	TaskID         string
	MapIndex       int
	TryNumber      int
	State          target.State
	Started, Ended time.Time
	Error          string
	Log            string // as LogFile gave it
	Label          string // rendered_map_index: what map_index_template came to; "": nothing
}

// XCom is a value that a task instance has pushed.
type XCom struct {
	TaskID   string
	MapIndex int
	Key      string
	Value    json.RawMessage
}

// FileName is the name of the database within the folder of a Store.
const FileName = "dagexport.db"

// Open opens the store in a folder, which it makes if need be. The folder keeps itself out of version control.
func Open(ctx context.Context, dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("the folder of the run store cannot be made: %w", err)
	}
	if err := ignoreByGit(dir); err != nil {
		return nil, fmt.Errorf("the folder of the run store cannot be written: %w", err)
	}
	file := filepath.Join(dir, FileName)
	db, err := sql.Open("sqlite", dsn(file))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		_ = db.Close()
		return nil, unusable(file, err)
	}
	return &Store{dir: dir, db: db, writer: startWriter(db, file)}, nil
}

// dsn names the database for the driver; synchronous=NORMAL survives a crash of the program, and loses at most the last
// moments in one of the machine.
func dsn(file string) string {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...
	}
	options := "_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
	return (&url.URL{Scheme: "file", Path: path, RawQuery: options}).String()
}

func ignoreByGit(dir string) error {
	path := filepath.Join(dir, ".gitignore")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte("*\n"), 0o666)
}

// Close writes what is left and closes the database.
func (s *Store) Close() error {
	return errors.Join(s.writer.stop(), s.db.Close(), s.life.end())
}

// Begin enters a run, and returns its number in the store. Nothing else of it exists yet. What was handed in before is written first: a
// run that another one has triggered is never there before the task that did so.
//
// Errors: target.ErrDuplicateRun if the DAG has a run of that name already.
func (s *Store) Begin(ctx context.Context, r Run) (int64, error) {
	conf := string(r.Conf)
	if r.Conf == nil {
		conf = "{}"
	}
	owner, err := s.Owner()
	if err != nil {
		return 0, err
	}
	if err := s.writer.flush(); err != nil {
		return 0, err
	}
	result, err := s.db.ExecContext(ctx, `INSERT INTO run
		(dag_id, run_id, file, airflow_version, logical_date, conf, state, started, owner, run_type, interval_start, interval_end, partial, selection)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.DagID, r.RunID, r.File, r.AirflowVersion, Date(r.LogicalDate), conf, string(target.Running), r.Started.UnixMicro(), owner,
		r.RunType, Date(r.IntervalStart), Date(r.IntervalEnd), r.Partial, r.Selection)
	if err != nil {
		return 0, unusable(filepath.Join(s.dir, FileName), err)
	}
	s.writer.keepReserve()
	if n, err := result.RowsAffected(); err != nil {
		return 0, err
	} else if n == 0 {
		return 0, fmt.Errorf("%w: %s has a run %q already", target.ErrDuplicateRun, r.DagID, r.RunID)
	}
	return result.LastInsertId()
}

// Failed is closed when something could not be written; nothing is written after that.
func (s *Store) Failed() <-chan struct{} { return s.writer.failed }

// Err is why something could not be written, and names the file; nil: nothing has failed.
func (s *Store) Err() error {
	s.writer.mu.Lock()
	defer s.writer.mu.Unlock()
	return s.writer.trouble
}

// End writes the final states of a run: those of task instances that Put has not written, and its own. When it returns,
// all that was handed in for the run is in the database.
func (s *Store) End(run int64, state target.State, rest []TaskInstance, ended time.Time) error {
	return s.end(op{kind: endRun, run: run, ti: TaskInstance{State: state}, at: ended.UnixMicro()}, rest)
}

// EndInterrupted is End for a run that was stopped from outside, and that can be resumed.
func (s *Store) EndInterrupted(run int64, state target.State, rest []TaskInstance, ended time.Time) error {
	return s.end(op{kind: endRun, run: run, ti: TaskInstance{State: state}, at: ended.UnixMicro(), cut: true}, rest)
}

func (s *Store) end(last op, rest []TaskInstance) error {
	for _, ti := range rest {
		s.Put(last.run, ti)
	}
	s.writer.send(last)
	return s.writer.flush()
}

// Put writes the state of a task instance, soon; an error comes out of End.
func (s *Store) Put(run int64, ti TaskInstance) { s.writer.send(op{kind: putTask, run: run, ti: ti}) }

// PutTry writes a try, soon; an error comes out of End.
func (s *Store) PutTry(run int64, t Try) { s.writer.send(op{kind: putTry, run: run, try: &t}) }

// PutXCom writes an XCom, soon; an error comes out of End.
func (s *Store) PutXCom(run int64, x XCom) { s.writer.send(op{kind: putXCom, run: run, xcom: &x}) }

// ClearXComs removes the XComs of a task instance, soon; an error comes out of End.
func (s *Store) ClearXComs(run int64, taskID string, mapIndex int) {
	s.writer.send(op{kind: clearXComs, run: run, ti: TaskInstance{TaskID: taskID, MapIndex: mapIndex}})
}

// Record reads a run back.
func (s *Store) Record(ctx context.Context, run int64) (*target.Record, error) {
	if err := s.writer.flush(); err != nil {
		return nil, err
	}
	r := &target.Record{}
	err := s.db.QueryRowContext(ctx, "SELECT dag_id, logical_date, state FROM run WHERE id = ?", run).
		Scan(&r.DagID, &r.LogicalDate, &r.State)
	if err != nil {
		return nil, err
	}
	tasks, err := s.db.QueryContext(ctx, `SELECT task_id, map_index, coalesce(state, ''), try_number
		FROM task_instance WHERE run = ?`, run)
	if err != nil {
		return nil, err
	}
	defer tasks.Close()
	for tasks.Next() {
		var t target.TaskRecord
		if err := tasks.Scan(&t.TaskID, &t.MapIndex, &t.State, &t.TryNumber); err != nil {
			return nil, err
		}
		r.Tasks = append(r.Tasks, t)
	}
	if err := tasks.Err(); err != nil {
		return nil, err
	}
	xcoms, err := s.db.QueryContext(ctx, "SELECT task_id, map_index, key, value FROM xcom WHERE run = ?", run)
	if err != nil {
		return nil, err
	}
	defer xcoms.Close()
	for xcoms.Next() {
		var x target.XComRecord
		var value string
		if err := xcoms.Scan(&x.TaskID, &x.MapIndex, &x.Key, &value); err != nil {
			return nil, err
		}
		if x.Value, err = wire.Plain(json.RawMessage(value)); err != nil {
			return nil, err
		}
		r.XComs = append(r.XComs, x)
	}
	r.Sort()
	return r, xcoms.Err()
}

// Date is a logical date as records have it: 2026-01-02T00:00:00+00:00, with microseconds where there are any.
func Date(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}
