package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// kind is what an op does.
type kind uint8

const (
	putTask kind = iota
	putTry
	putXCom
	clearXComs
	putEvent
	endRun
)

// op is one thing to write.
type op struct {
	kind kind
	run  int64
	ti   TaskInstance
	try  *Try
	xcom *XCom
	made *AssetEvent
	at   int64
	cut  bool // the run was interrupted
}

// gather is how long the writer lets work pile up after a commit: a transaction costs as much as a dozen rows.
const gather = 25 * time.Millisecond

// writer writes all that is handed to it in one goroutine, many rows to a transaction.
type writer struct {
	db      *sql.DB
	file    string      // of the database
	makeWay func() bool // gives the reserve to the database; false: there is none

	mu      sync.Mutex
	pending []op
	err     error // nothing is written after it
	trouble error // the first one; what could not be written then was written on the reserve, unless there is err

	failed  chan struct{}   // closed with the first error
	wake    chan struct{}   // something is pending
	flushes chan chan error // answered once all that was pending is committed
	quit    chan struct{}
	stopped chan struct{}
	once    sync.Once
}

func startWriter(db *sql.DB, file string) *writer {
	w := &writer{
		db:      db,
		file:    file,
		failed:  make(chan struct{}),
		wake:    make(chan struct{}, 1),
		flushes: make(chan chan error),
		quit:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	w.makeWay = func() bool { return os.Remove(w.reservePath()) == nil }
	go w.loop()
	return w
}

func (w *writer) send(o op) {
	w.mu.Lock()
	w.pending = append(w.pending, o)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// flush returns when all that was sent before is committed, with the first error that there was.
func (w *writer) flush() error {
	done := make(chan error, 1)
	select {
	case w.flushes <- done:
		return <-done
	case <-w.stopped:
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.err
	}
}

func (w *writer) stop() error {
	err := w.flush()
	w.once.Do(func() { close(w.quit) })
	<-w.stopped
	return err
}

func (w *writer) loop() {
	defer close(w.stopped)
	timer := time.NewTimer(gather)
	defer timer.Stop()
	for {
		select {
		case <-w.wake:
			timer.Reset(gather)
			select {
			case <-timer.C:
				_ = w.write()
			case done := <-w.flushes:
				done <- w.write()
			case <-w.quit:
				return
			}
		case done := <-w.flushes:
			done <- w.write()
		case <-w.quit:
			return
		}
	}
}

// write commits all that is pending.
func (w *writer) write() error {
	w.mu.Lock()
	ops, err := w.pending, w.err
	w.pending = nil
	w.mu.Unlock()
	if err != nil || len(ops) == 0 {
		return err
	}
	rest, err := w.commitMost(ops)
	if err == nil {
		return nil
	}
	first := fmt.Errorf("the run store %s cannot be written: %w", w.file, err)
	if w.makeWay() {
		_, err = w.commitMost(rest)
	}
	w.mu.Lock()
	if err != nil {
		w.err = fmt.Errorf("the run store %s cannot be written: %w", w.file, err)
	}
	known := w.trouble != nil
	if !known {
		w.trouble = first
	}
	w.mu.Unlock()
	if !known {
		close(w.failed)
	}
	return err
}

// commitMost commits ops, up to the first that cannot be written: what comes before it is not lost with it. It returns the rest.
func (w *writer) commitMost(ops []op) ([]op, error) {
	err := w.commit(ops)
	half := len(ops) / 2
	if err == nil {
		return nil, nil
	}
	if half == 0 {
		return ops, err
	}
	if rest, err := w.commitMost(ops[:half]); err != nil {
		return append(rest[:len(rest):len(rest)], ops[half:]...), err
	}
	return w.commitMost(ops[half:])
}

type instance struct {
	run      int64
	taskID   string
	mapIndex int
}

func (w *writer) commit(ops []op) error {
	ctx := context.Background()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	b := batch{tx: tx, statements: map[string]*sql.Stmt{}}
	// Of the states that a task instance went through meanwhile, only the last is written.
	last := make(map[instance]int, len(ops))
	for i, o := range ops {
		if o.kind == putTask {
			last[instance{o.run, o.ti.TaskID, o.ti.MapIndex}] = i
		}
	}
	for i, o := range ops {
		switch o.kind {
		case putTask:
			if last[instance{o.run, o.ti.TaskID, o.ti.MapIndex}] == i {
				b.exec("INSERT OR REPLACE INTO task_instance VALUES (?, ?, ?, ?, ?)",
					o.run, o.ti.TaskID, o.ti.MapIndex, nullable(o.ti.State), o.ti.TryNumber)
			}
		case putTry:
			t := o.try
			b.exec("INSERT OR REPLACE INTO try VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", o.run, t.TaskID, t.MapIndex, t.TryNumber,
				string(t.State), t.Started.UnixMicro(), t.Ended.UnixMicro(), t.Error, t.Log, t.Label)
		case putXCom:
			x := o.xcom
			b.exec("INSERT OR REPLACE INTO xcom VALUES (?, ?, ?, ?, ?)", o.run, x.TaskID, x.MapIndex, x.Key, string(x.Value))
		case clearXComs:
			b.exec("DELETE FROM xcom WHERE run = ? AND task_id = ? AND map_index = ?", o.run, o.ti.TaskID, o.ti.MapIndex)
		case putEvent:
			e := o.made
			extra, aliases := e.texts()
			b.exec("INSERT INTO asset_event (run, task_id, map_index, name, uri, at, extra, aliases) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				o.run, e.TaskID, e.MapIndex, e.Name, e.URI, e.At.UnixMicro(), extra, aliases)
		case endRun:
			b.exec("UPDATE run SET state = ?, ended = ?, interrupted = ? WHERE id = ?", string(o.ti.State), o.at, o.cut, o.run)
		}
	}
	if b.err != nil {
		return b.err
	}
	return tx.Commit()
}

// batch runs statements in a transaction, each prepared once, until one fails.
type batch struct {
	tx         *sql.Tx
	statements map[string]*sql.Stmt
	err        error
}

func (b *batch) exec(query string, args ...any) {
	if b.err != nil {
		return
	}
	statement := b.statements[query]
	if statement == nil {
		if statement, b.err = b.tx.Prepare(query); b.err != nil {
			return
		}
		b.statements[query] = statement
	}
	_, b.err = statement.Exec(args...)
}

func nullable(state target.State) any {
	if state == target.None {
		return nil
	}
	return string(state)
}
