package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/internal/target"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func someRun(name string) Run {
	date := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	return Run{DagID: "d", RunID: name, AirflowVersion: "3.3", LogicalDate: date, Started: date}
}

func TestARunIsReadBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder?#%41", ".dagexport")
	s := open(t, dir)
	ctx := context.Background()
	run, err := s.Begin(ctx, someRun("r"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.Put(run, TaskInstance{"a", -1, target.Running, 1})
	s.PutXCom(run, XCom{"a", -1, "by_hand", json.RawMessage(`[1, "ü"]`)})
	s.PutTry(run, Try{TaskID: "a", MapIndex: -1, TryNumber: 1, State: target.UpForRetry, Started: now, Ended: now, Error: "no"})
	s.ClearXComs(run, "a", -1)
	s.Put(run, TaskInstance{"a", -1, target.Running, 2})
	s.PutXCom(run, XCom{"a", -1, "return_value", json.RawMessage(`"x"`)})
	s.Put(run, TaskInstance{"a", -1, target.Success, 2})
	if err := s.End(run, target.Failed, []TaskInstance{{"b", -1, target.None, 0}}, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	got, err := open(t, dir).Record(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	want := &target.Record{
		DagID: "d", LogicalDate: "2026-01-02T00:00:00+00:00", State: target.Failed,
		Tasks: []target.TaskRecord{{TaskID: "a", MapIndex: -1, State: target.Success, TryNumber: 2}, {TaskID: "b", MapIndex: -1}},
		XComs: []target.XComRecord{{TaskID: "a", MapIndex: -1, Key: "return_value", Value: json.RawMessage(`"x"`)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text, err := os.ReadFile(filepath.Join(dir, ".gitignore")); err != nil || string(text) != "*\n" {
		t.Errorf(".gitignore: %q, %v", text, err)
	}
}

func TestOneOfManyGetsTheName(t *testing.T) {
	dir := t.TempDir()
	var wait sync.WaitGroup
	results := make(chan error, 8)
	for range cap(results) {
		wait.Go(func() {
			s, err := Open(context.Background(), dir) // a connection each, as processes have
			if err == nil {
				_, err = s.Begin(context.Background(), someRun("r"))
				err = errors.Join(err, s.Close())
			}
			results <- err
		})
	}
	wait.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, target.ErrDuplicateRun) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d runs have the name", won)
	}
}

func TestANewerStoreIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := Open(context.Background(), dir); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
}

func TestAFailedWriteComesOutOfEnd(t *testing.T) {
	s := open(t, t.TempDir())
	run, err := s.Begin(context.Background(), someRun("r"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("DROP TABLE xcom"); err != nil {
		t.Fatal(err)
	}
	s.PutXCom(run, XCom{"a", -1, "k", json.RawMessage("1")})
	if err := s.End(run, target.Success, nil, time.Now()); err == nil {
		t.Error("no error")
	}
}

func TestFileName(t *testing.T) {
	for _, c := range []struct{ id, want string }{
		{"a", "a"}, {"group.task_1-x", "group.task_1-x"},
		{"A", "A-559aead0"}, {"größe", "größe-d353a267"}, {"..", "-5ec1f7e7"}, {"", "-e3b0c442"},
		{"con", "_con-"}, {"nul.txt", "_nul.txt-"}, {"a/b", "a_b-"}, {"a:b", "a_b-"}, {"x-559aead0", "x-559aead0-"},
		{"manual__2026-01-02T00:00:00+00:00", "manual__2026-01-02T00_00_00_00_00-"}, {"\xff", "_-"},
	} {
		got := fileName(c.id)
		if got != c.want && !(strings.HasSuffix(c.want, "-") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%q: got %q, want %q", c.id, got, c.want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("a", "A")
	f.Add("a/b", "a_b")
	f.Add(strings.Repeat("ü", 300), strings.Repeat("ü", 301))
	f.Fuzz(func(t *testing.T, a, b string) {
		one, two := fileName(a), fileName(b)
		if a != b && strings.EqualFold(one, two) {
			t.Errorf("%q and %q are both %q", a, b, one)
		}
		if len(one) > 100 || strings.ContainsAny(one, "/\\:*?\"<>|\x00") || strings.HasPrefix(one, ".") || strings.HasSuffix(one, ".") {
			t.Errorf("%q becomes %q", a, one)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	s, err := Open(context.Background(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	run, err := s.Begin(context.Background(), someRun("r"))
	if err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		id := fmt.Sprint("task_", i)
		s.Put(run, TaskInstance{id, -1, target.Running, 1})
		s.PutTry(run, Try{TaskID: id, MapIndex: -1, TryNumber: 1, State: target.Success, Log: "logs/d/r/" + id})
		s.PutXCom(run, XCom{id, -1, "return_value", json.RawMessage(`""`)})
		s.Put(run, TaskInstance{id, -1, target.Success, 1})
	}
	if err := s.End(run, target.Success, nil, time.Now()); err != nil {
		b.Fatal(err)
	}
	_ = s.Close()
}
