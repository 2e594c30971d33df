//go:build airflow

package standalone

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// interpreter is that of a real Airflow.
func interpreter(t *testing.T, version string) string {
	t.Helper()
	out, err := exec.Command("python3", "../../../internal/airflowenv/env.py", "python", version).Output()
	if err != nil {
		t.Fatalf("no Airflow %s: %v", version, err)
	}
	return strings.TrimSpace(string(out))
}

// TestUpAndDown starts, looks at and ends real Airflows while the usual ports are taken.
func TestUpAndDown(t *testing.T) {
	for _, port := range []string{"8080", "8793", "8794"} { // whoever has them: they are not free for Airflow
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			t.Cleanup(func() { _ = listener.Close() })
		}
	}
	for _, version := range []string{"3.3", "2.11"} {
		t.Run(version, func(t *testing.T) { upAndDown(t, version) })
	}
}

func upAndDown(t *testing.T, version string) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	v, err := ir.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	dags := filepath.Join(root, "dags")
	if err := os.MkdirAll(dags, 0o755); err != nil {
		t.Fatal(err)
	}
	broken := []byte("# airflow dag\nimport nothing_of_this_name\n")
	if err := os.WriteFile(filepath.Join(dags, "broken.py"), broken, 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{DAGs: dags, Version: v, Python: interpreter(t, version), Home: filepath.Join(root, "home"), Grace: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Down(context.Background(), false); err != nil {
			t.Error(err)
		}
	})
	if a.IsRunning(ctx) {
		t.Error("it runs before it was started")
	}
	var said []string
	status, err := a.Up(ctx, func(line string) { said = append(said, line) })
	if err != nil {
		t.Fatal(err)
	}
	if !status.Running || status.Already || !strings.HasPrefix(status.Release, version+".") || status.User != "admin" || status.Password == "" {
		t.Errorf("after Up: running %t, already %t, release %s, user %s", status.Running, status.Already, status.Release, status.User)
	}
	if strings.HasSuffix(status.URL, ":8080") {
		t.Errorf("it is at %s, which is taken", status.URL)
	}
	if len(said) < 2 {
		t.Errorf("Up said only %q", said)
	}
	again, err := a.Up(ctx, nil)
	if err != nil || !again.Already || again.URL != status.URL {
		t.Errorf("a second Up: %v, %+v", err, again)
	}
	var names []string
	for _, p := range again.Processes {
		names = append(names, p.Name)
		if p.Started.IsZero() || time.Since(p.Started) > time.Hour {
			t.Errorf("process %d has begun at %s", p.PID, p.Started)
		}
	}
	for _, want := range []string{"standalone", "scheduler", "triggerer"} {
		if !slices.Contains(names, want) {
			t.Errorf("the processes are %q, without %s", names, want)
		}
	}
	problem := waitForProblem(t, ctx, a)
	if !strings.Contains(problem.Text, "nothing_of_this_name") {
		t.Errorf("the import error is %+v", problem)
	}
	if left, err := filepath.Glob(filepath.Join(dags, "*")); err != nil || len(left) != 1 {
		t.Errorf("the DAG folder has %q: it is only to be read", left)
	}
	s, err := a.load()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Down(ctx, false); err != nil {
		t.Fatal(err)
	}
	if found, err := process.Find(s.Mark); err != nil || len(found) > 0 {
		t.Errorf("after Down there are %v (%v)", found, err)
	}
	if !free(s.Ports.Web) {
		t.Errorf("port %d is still taken", s.Ports.Web)
	}
	if a.IsRunning(ctx) {
		t.Error("it runs after it was ended")
	}
	if _, err := os.Stat(filepath.Join(dags, "broken.py")); err != nil {
		t.Error(err)
	}
	if err := a.Down(ctx, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.Home()); !os.IsNotExist(err) {
		t.Errorf("the home is still there: %v", err)
	}
}

func waitForProblem(t *testing.T, ctx context.Context, a *Airflow) target.ImportError {
	for range 60 {
		status, err := a.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(status.Problems) > 0 {
			return status.Problems[0]
		}
		time.Sleep(time.Second)
	}
	t.Fatal("the broken file is not told of")
	return target.ImportError{}
}
