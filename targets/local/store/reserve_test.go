package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// TestFullDisk has SQLite find no room: once the reserve is given up, all that was to be written is, and the run hears that it has
// to stop.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Begin(t.Context(), Run{DagID: "d", RunID: "r", Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "reserve")); err != nil || info.Size() != reserveSize {
		t.Errorf("the reserve: %v, %v", info, err)
	}
	limit := func(pages string) {
		if _, err := s.db.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages); err != nil {
			t.Error(err)
		}
	}
	remove := s.writer.makeWay
	s.writer.makeWay = func() bool {
		limit("100000")
		return remove()
	}
	limit("1") // which SQLite takes for what there is
	for i := range 500 {
		s.Put(run, TaskInstance{TaskID: fmt.Sprint("a task with a name ", i), MapIndex: -1, State: target.Success, TryNumber: 1})
	}
	select {
	case <-s.Failed():
	case <-time.After(time.Minute):
		t.Fatal("the run does not hear of it")
	}
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "dagexport.db cannot be written: ") {
		t.Errorf("it hears %v", err)
	}
	if err := s.EndInterrupted(run, target.Failed, nil, time.Now()); err != nil {
		t.Error(err)
	}
	instances, err := s.Instances(t.Context(), run)
	if err != nil || len(instances) != 500 {
		t.Errorf("%d instances are written, %v", len(instances), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "reserve")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the reserve: %v", err)
	}
	limit("1")
	for i := range 500 {
		s.Put(run, TaskInstance{TaskID: fmt.Sprint("another task with a name ", i), MapIndex: -1, State: target.Success, TryNumber: 1})
	}
	if err := s.EndInterrupted(run, target.Failed, nil, time.Now()); err == nil {
		t.Error("without a reserve it is written all the same")
	}
	_ = s.Close()
}
