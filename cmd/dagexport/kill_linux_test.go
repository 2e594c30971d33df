package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local"
)

var kills = flag.Int("kills", 12, "how many runs TestKilledAtAnyPoint kills")

// A task leaves a line in a file, of its own, when it begins; some take a while, start others, or fail at first.
const killable = `default:
  start_date: 2026-01-01
  schedule: null
  default_args: {retry_delay: 50ms}
etl:
  tasks:
    first: {bash: echo first >> $HERE/first}
    each: {append_env: true, bash: "echo each.$I >> $HERE/each.$I; sleep 0.05; echo $I", expand: {env: [{I: "0"}, {I: "1"}, {I: "2"}]}, dependencies: [first]}
    items: {python: work.items, dependencies: [first]}
    over: {python: work.over, expand: {op_args: +items}}
    child: {python: work.child, dependencies: [first]}
    retried: {python: work.retried, retries: 3, dependencies: [first]}
    elsewhere: {external_python: work.elsewhere, python: /usr/bin/python3, expect_airflow: false, op_args: ["{{ dag_run.conf.here }}"], dependencies: [first]}
    waits: {sensor: work.ready, poke_interval: 0.05, dependencies: [first]}
    looks: {sensor: work.ready, poke_interval: 0.1, mode: reschedule, dependencies: [first]}
    opens: {bash: "sleep 0.3; touch $HERE/ready; echo opens >> $HERE/opens", dependencies: [first]}
    calls: {trigger: called, wait_for_completion: true, logical_date: "2026-01-01T00:00:00+00:00", dependencies: [first]}
    leaves: {trigger: called_too, dependencies: [first]}
    last: {bash: "echo last >> $HERE/last", dependencies: [each, over, child, retried, elsewhere, waits, looks, opens, calls, leaves]}
called:
  tasks:
    one: {bash: "echo called.one >> $HERE/called.one; sleep 0.1"}
    two: {bash: "echo called.two >> $HERE/called.two; sleep 0.1", dependencies: [one]}
called_too:
  tasks:
    one: {bash: "echo called_too.one >> $HERE/called_too.one; sleep 0.4"}
    two: {bash: "echo called_too.two >> $HERE/called_too.two; sleep 0.1", dependencies: [one]}
`

const killableWork = `import os
import subprocess
import time


def mark(name):
    with open(os.path.join(os.environ["HERE"], name), "a") as file:
        file.write(name + "\n")


def items():
    mark("items")
    return [[1], [2]]


def over(x, ti):
    mark(f"over.{ti.map_index}")
    time.sleep(0.05)
    return x


def child():
    mark("child")
    subprocess.Popen(["setsid", "sleep", "3210"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.1)


def retried(ti):
    mark("retried")
    if ti.try_number < 3:
        raise ValueError("not yet")


def elsewhere(here):
    import time

    with open(here + "/elsewhere", "a") as file:
        file.write("elsewhere\n")
    time.sleep(0.1)


def ready():
    return os.path.exists(os.path.join(os.environ["HERE"], "ready"))
`

// TestKilledAtAnyPoint kills runs where it falls: the next command leaves no process of theirs and no run that counts as
// running, and one that goes on ends well and runs nothing that had ended, nor do the runs that it has triggered.
func TestKilledAtAnyPoint(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "dagexport")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	takes := killOne(t, binary, 0)
	resumed := 0
	for range *kills {
		// The first moments are as often hit as all others together.
		after := rand.N(takes)
		if rand.N(2) == 0 {
			after = rand.N(takes / 4)
		}
		if killOne(t, binary, after+time.Millisecond) > 0 {
			resumed++
		}
	}
	if resumed == 0 {
		t.Error("no run was killed while it ran")
	}
	t.Logf("%d of %d went on; one takes %v", resumed, *kills, takes)
}

// killOne runs the pipeline in a folder of its own, kills it after a while and has it go on; with no while it only runs. It
// returns how long that took, zero where the run had not begun or had ended.
func killOne(t *testing.T, binary string, after time.Duration) time.Duration {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"etl.yaml": killable, "work.py": killableWork} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	call := func(args ...string) *exec.Cmd {
		c := exec.Command(binary, append([]string{"run", "--local", "etl.yaml", "--dag", "etl", "--jobs", "4"}, args...)...)
		c.Dir, c.Env = dir, append(os.Environ(), "HERE="+dir)
		return c
	}
	begun := time.Now()
	run := call("--run-name", "r", "--conf", fmt.Sprintf(`{"here": %q}`, dir))
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	run.Stdout, run.Stderr = said, said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endMarked(t, "HERE="+dir) })
	if after == 0 {
		if err := run.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, lines(t, said.Name()))
		}
		return time.Since(begun)
	}
	time.Sleep(after)
	_ = run.Process.Kill()
	_ = run.Wait()
	if _, err := os.Stat(filepath.Join(dir, ".dagexport", "dagexport.db")); err != nil {
		return 0 // it had not begun
	}
	s, notes, err := local.OpenStore(t.Context(), filepath.Join(dir, ".dagexport"), time.Second)
	if err != nil {
		t.Fatalf("killed after %v: %v", after, err)
	}
	if left := marked(t, "HERE="+dir); len(left) > 0 {
		t.Errorf("killed after %v: %d processes are left: %v\n%s", after, len(left), left, strings.Join(notes, "\n"))
	}
	runs, err := s.Runs(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	ended := map[string]string{} // by file
	interrupted := false
	for _, entry := range runs {
		instances, err := s.Instances(t.Context(), entry.ID)
		if err != nil {
			t.Fatal(err)
		}
		if entry.State == target.Running {
			t.Errorf("killed after %v: run %q of %q counts as running", after, entry.RunID, entry.DagID)
		}
		interrupted = interrupted || entry.DagID == "etl" && entry.Interrupted
		for _, i := range instances {
			if !i.Ended() {
				continue
			}
			file := i.TaskID
			if i.MapIndex >= 0 {
				file += fmt.Sprint(".", i.MapIndex)
			}
			if entry.DagID != "etl" {
				file = entry.DagID + "." + file
			}
			ended[file] = lines(t, filepath.Join(dir, file))
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !interrupted {
		return 0 // it had not begun, or had ended
	}
	out, err := call("--resume").CombinedOutput() // which ends what its tasks have left behind, too
	if err != nil || !strings.Contains(string(out), "Pipeline `etl` has finished") || lines(t, filepath.Join(dir, "last")) == "" {
		t.Errorf("killed after %v: %v\n%s", after, err, out)
	}
	for file, before := range ended {
		if now := lines(t, filepath.Join(dir, file)); now != before {
			t.Errorf("killed after %v: task %s had ended and ran again\n%s", after, file, out)
		}
	}
	for _, file := range []string{"called.two", "called_too.two"} {
		if lines(t, filepath.Join(dir, file)) == "" {
			t.Errorf("killed after %v: the triggered run of %s has not come to its end\n%s", after, file, out)
		}
	}
	s, _, err = local.OpenStore(t.Context(), filepath.Join(dir, ".dagexport"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	runs, err = s.Runs(t.Context(), "")
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for _, entry := range runs {
		if entry.State != target.Success {
			t.Errorf("killed after %v: run %q of %q is %s in the end\n%s", after, entry.RunID, entry.DagID, entry.State, out)
		}
	}
	if left, err := os.ReadDir(filepath.Join(dir, ".dagexport", "running")); err != nil || len(left) > 0 {
		t.Errorf("killed after %v: %v, %v", after, left, err)
	}
	return time.Since(begun)
}

// endMarked ends what a test that has failed may have left.
func endMarked(t *testing.T, variable string) {
	t.Helper()
	for _, pid := range pidsOf(t, variable) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func lines(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// pidsOf are the processes that were started with a variable.
func pidsOf(t *testing.T, variable string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(environ, []byte(variable+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// marked are the command lines of the processes that were started with a variable.
func marked(t *testing.T, variable string) []string {
	t.Helper()
	var found []string
	for _, pid := range pidsOf(t, variable) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
	}
	return found
}
