package main

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/targets/local"
)

var kills = flag.Int("kills", 12, "how many runs TestKilledAtAnyPoint kills")

// A task leaves a line in a file when it begins; some take a while, start others, or fail at first.
const killable = `dag_id: etl
start_date: 2026-01-01
schedule: null
tasks:
  a: {bash: echo a >> $HERE/a}
  b: {bash: "echo b >> $HERE/b; sleep 0.05; echo made by b", dependencies: [a]}
  c: {bash: "echo c >> $HERE/c; setsid sleep 3210 > /dev/null 2>&1 & echo c", dependencies: [a]}
  d: {bash: "echo d >> $HERE/d; test $AIRFLOW_CTX_TRY_NUMBER != 1", retries: 3, retry_delay: 50ms, dependencies: [a]}
  e: {bash: "echo e >> $HERE/e; echo {{ ti.xcom_pull('b') }}", dependencies: [b, c, d]}
  f: {bash: "echo f >> $HERE/f; sleep 0.05", dependencies: [e]}
`

// TestKilledAtAnyPoint kills runs where it falls: the next command leaves no process of theirs and no run that counts as
// running, and one that goes on ends well and runs nothing that had ended.
func TestKilledAtAnyPoint(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "dagexport")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	resumed := 0
	for range *kills {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "etl.yaml"), []byte(killable), 0o666); err != nil {
			t.Fatal(err)
		}
		call := func(args ...string) *exec.Cmd {
			c := exec.Command(binary, args...)
			c.Dir, c.Env = dir, append(os.Environ(), "HERE="+dir)
			return c
		}
		run := call("run", "--local", "etl.yaml", "--run-name", "r")
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(rand.Int64N(int64(200 * time.Millisecond)))
		time.Sleep(after)
		_ = run.Process.Kill()
		_ = run.Wait()
		if _, err := os.Stat(filepath.Join(dir, ".dagexport", "dagexport.db")); err != nil {
			continue // it had not begun
		}
		s, _, err := local.OpenStore(t.Context(), filepath.Join(dir, ".dagexport"), time.Second)
		if err != nil {
			t.Fatalf("killed after %v: %v", after, err)
		}
		if left := marked(t, "HERE="+dir); len(left) > 0 {
			t.Errorf("killed after %v: %d processes are left: %v", after, len(left), left)
		}
		entry, err := s.Find(t.Context(), "etl", "r")
		if err != nil {
			t.Fatal(err)
		}
		ended := map[string]string{}
		if entry != nil && entry.Interrupted {
			instances, err := s.Instances(t.Context(), entry.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range instances {
				if i.Ended() {
					ended[i.TaskID] = lines(t, filepath.Join(dir, i.TaskID))
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if entry == nil || !entry.Interrupted {
			continue // it had not begun, or had ended
		}
		resumed++
		out, err := call("run", "--local", "etl.yaml", "--resume").CombinedOutput() // which ends what c has left behind, too
		if err != nil {
			t.Errorf("killed after %v: %v\n%s", after, err, out)
		}
		for id, before := range ended {
			if now := lines(t, filepath.Join(dir, id)); now != before {
				t.Errorf("killed after %v: task %s had ended and ran again", after, id)
			}
		}
		if !strings.Contains(string(out), "Pipeline `etl` has finished") || lines(t, filepath.Join(dir, "f")) == "" {
			t.Errorf("killed after %v:\n%s", after, out)
		}
		if left, err := os.ReadDir(filepath.Join(dir, ".dagexport", "running")); err != nil || len(left) > 0 {
			t.Errorf("killed after %v: %v, %v", after, left, err)
		}
	}
	if resumed == 0 {
		t.Error("no run was killed while it ran")
	}
	t.Logf("%d of %d went on", resumed, *kills)
}

func lines(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// marked are the processes that were started with a variable.
func marked(t *testing.T, variable string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if environ, err := os.ReadFile(file); err == nil && bytes.Contains(environ, []byte(variable+"\x00")) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
