package standalone

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/ir"
)

// airflowOf is an Airflow whose interpreter is a shell script.
func airflowOf(t *testing.T, script string) *Airflow {
	t.Helper()
	root := t.TempDir()
	dags := filepath.Join(root, "dags")
	if err := os.Mkdir(dags, 0o755); err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(root, "python")
	text := "#!/bin/sh\n[ \"$1\" = -c ] && exit 0\n" + script + "\n"
	if err := os.WriteFile(python, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{
		DAGs: dags, Version: ir.Version{Major: 3, Minor: 3}, Python: python, Home: filepath.Join(root, "home"), Wait: 2 * time.Second, Grace: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Down(context.Background(), false) })
	return a
}

func markOf(t *testing.T, a *Airflow) string {
	t.Helper()
	s, err := a.load()
	if err != nil || s == nil {
		t.Fatalf("no state: %v", err)
	}
	return s.Mark
}

// TestEndsBeforeItIsReady shows the last lines of an Airflow that ends.
func TestEndsBeforeItIsReady(t *testing.T) {
	a := airflowOf(t, "echo first; echo no such table >&2; exit 3")
	_, err := a.Up(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "ended before it was ready") || !strings.Contains(err.Error(), "| no such table") {
		t.Errorf("Up says %v", err)
	}
	if a.IsRunning(t.Context()) {
		t.Error("it counts as running after a failed start")
	}
}

// TestNeverReady bounds the wait, and ends all that was started: what ignores TERM and what left its session too.
func TestNeverReady(t *testing.T) {
	a := airflowOf(t, "trap '' TERM; setsid sleep 300 & sleep 300 & wait")
	begun := time.Now()
	_, err := a.Up(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "not ready after 2s") {
		t.Errorf("Up says %v", err)
	}
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("it took %s", took)
	}
	if found, err := process.Find(markOf(t, a)); err != nil || len(found) > 0 {
		t.Errorf("left are %v (%v)", found, err)
	}
}

// TestCancelledUp ends what was started when the user gives up.
func TestCancelledUp(t *testing.T) {
	a := airflowOf(t, "sleep 300")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := a.Up(ctx, func(line string) {
		if strings.HasPrefix(line, "waiting") {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Up says %v", err)
	}
	if found, err := process.Find(markOf(t, a)); err != nil || len(found) > 0 {
		t.Errorf("left are %v (%v)", found, err)
	}
}

// TestStaleState has a state whose process is gone and whose number somebody else's process has: a reboot, or a long time.
func TestStaleState(t *testing.T) {
	a := airflowOf(t, "exit 1")
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	if err := a.claim(); err != nil {
		t.Fatal(err)
	}
	// Airflow keeps numbers in files of its own too.
	pid := filepath.Join(a.airflowHome(), "airflow-webserver.pid")
	if err := os.WriteFile(pid, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := &state{Mark: "airflow-NOBODY", PID: other.Process.Pid, Version: "3.3", DAGs: a.options.DAGs, Ports: ports{Web: 1, Worker: 2, Triggerer: 3}}
	if err := a.save(stale); err != nil {
		t.Fatal(err)
	}
	if a.IsRunning(t.Context()) {
		t.Error("it counts as running")
	}
	if status, err := a.Status(t.Context()); err != nil || status.Running || len(status.Processes) > 0 {
		t.Errorf("status: %+v, %v", status, err)
	}
	if _, err := a.Client(t.Context()); err == nil {
		t.Error("there is a client")
	}
	if err := a.Down(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("somebody else's process was ended: %v", err)
	}
	if _, err := os.Stat(pid); !os.IsNotExist(err) {
		t.Errorf("the stale number is still there: %v", err)
	}
}

// TestPortOfSomebodyElse keeps to its ports where they are free, and takes others where they are not.
func TestPortOfSomebodyElse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := listener.Addr().(*net.TCPAddr).Port
	defer func() { _ = listener.Close() }()
	spare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	kept := spare.Addr().(*net.TCPAddr).Port
	if err := spare.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := pick(ports{Web: taken, Worker: kept, Triggerer: taken})
	if err != nil {
		t.Fatal(err)
	}
	if got.Web == taken || got.Triggerer == taken || got.Web == got.Triggerer || got.Worker != kept {
		t.Errorf("with %d taken and %d kept the ports are %+v", taken, kept, got)
	}
}

// TestForeignHome neither uses nor removes a folder of the user's.
func TestForeignHome(t *testing.T) {
	a := airflowOf(t, "exit 1")
	mine := filepath.Join(a.Home(), "thesis.txt")
	if err := os.MkdirAll(a.Home(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("years of work"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Up(t.Context(), nil); !errors.Is(err, ErrForeignHome) {
		t.Errorf("Up says %v", err)
	}
	if err := a.Down(t.Context(), true); !errors.Is(err, ErrForeignHome) {
		t.Errorf("Down says %v", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

// TestBrokenState says what to do with a state that cannot be read.
func TestBrokenState(t *testing.T) {
	a := airflowOf(t, "exit 1")
	if err := a.claim(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.statePath(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Down(t.Context(), false); err == nil || !strings.Contains(err.Error(), "--purge") {
		t.Errorf("Down says %v", err)
	}
	if err := a.Down(t.Context(), true); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(a.Home()); !os.IsNotExist(err) {
		t.Errorf("the home is still there: %v", err)
	}
}

// TestTwoUps starts one Airflow when two commands are given at once: the second waits for the first.
func TestTwoUps(t *testing.T) {
	a := airflowOf(t, "echo start >> "+filepath.Join(t.TempDir(), "starts")+"; sleep 300")
	ends := make(chan error, 2)
	for range 2 {
		go func() { _, err := a.Up(t.Context(), nil); ends <- err }()
	}
	for range 2 {
		select {
		case err := <-ends:
			if err == nil {
				t.Error("an Airflow that never is ready is up")
			}
		case <-time.After(30 * time.Second):
			t.Fatal("it takes for ever")
		}
	}
	if found, err := process.Find(markOf(t, a)); err != nil || len(found) > 0 {
		t.Errorf("left are %v (%v)", found, err)
	}
}
