package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local"
)

// TestTogether has several dagexports run in one store: one that takes long, one that is killed, and then some at once. What the
// killed one has left is ended, the long one goes on, and no run is lost.
func TestTogether(t *testing.T) {
	binary, folder := builder(t)
	dir := folder(`tasks:
  begins: {bash: 'echo $$ > "$HERE/{{ dag_run.conf.kind }}.pid"'}
  waits:
    bash: 'setsid sleep 3211 >/dev/null 2>&1 & echo $! > "$HERE/{{ dag_run.conf.kind }}.waits"; until test -e "$HERE/{{ dag_run.conf.kind }}.go"; do sleep 0.02; done'
    dependencies: [begins]
  ends: {bash: 'echo {{ dag_run.conf.kind }}', dependencies: [waits]}
`)
	t.Cleanup(func() { endMarked(t, "HERE="+dir) })
	begin := func(kind string) *exec.Cmd {
		c := exec.Command(binary, "run", "--local", "etl.yaml", "--run-name", kind, "--conf", fmt.Sprintf(`{"kind": %q}`, kind))
		c.Dir, c.Env = dir, append(os.Environ(), "HERE="+dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	pidOf := func(kind string) string { // of what the task leaves, once the task is under way
		for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if pid := strings.TrimSpace(lines(t, filepath.Join(dir, kind+".waits"))); pid != "" {
				return pid
			}
			if time.Since(begun) > time.Minute {
				t.Fatalf("%s does not begin", kind)
			}
		}
	}
	alive := func(pid string) bool {
		line, err := os.ReadFile("/proc/" + pid + "/cmdline")
		return err == nil && strings.Contains(string(line), "3211")
	}
	long, killed := begin("long"), begin("killed")
	longs, killeds := pidOf("long"), pidOf("killed")
	_ = killed.Process.Kill()
	_ = killed.Wait()

	var group sync.WaitGroup
	kinds := []string{"a", "b", "c", "d"}
	for _, kind := range kinds {
		if err := os.WriteFile(filepath.Join(dir, kind+".go"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		one := begin(kind)
		group.Go(func() {
			if err := one.Wait(); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		})
	}
	group.Wait()
	if alive(killeds) {
		t.Error("what the killed run had left is there")
	}
	if !alive(longs) {
		t.Error("a process of the run that goes on has been ended")
	}
	states := func() map[string]string {
		s, _, err := local.OpenStore(t.Context(), filepath.Join(dir, ".dagexport"), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		runs, err := s.Runs(t.Context(), "etl")
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, r := range runs {
			found[r.RunID] = string(r.State)
			if r.Interrupted {
				found[r.RunID] = "interrupted"
			}
		}
		return found
	}
	want := map[string]string{"long": string(target.Running), "killed": "interrupted", "a": "success", "b": "success", "c": "success", "d": "success"}
	if got := states(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the runs are %v, want %v", got, want)
	}
	if err := os.WriteFile(filepath.Join(dir, "long.go"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := long.Wait(); err != nil {
		t.Errorf("the long run: %v", err)
	}
	want["long"] = "success"
	if got := states(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("in the end the runs are %v, want %v", got, want)
	}
	if alive(longs) {
		t.Error("what the long run had left is there")
	}
}
