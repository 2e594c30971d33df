package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local"
)

// TestSensorsBetweenTwoLooksGoOn stops runs while a sensor has given its slot back: it has not ended, and looks again when the run
// goes on.
func TestSensorsBetweenTwoLooksGoOn(t *testing.T) {
	binary, folder := builder(t)
	for name, signal := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			dir := folder(`tasks:
  sensor: {sensor: fn.ready, mode: reschedule, poke_interval: 60}
  last: {bash: echo last >> $HERE/last, dependencies: [sensor]}
`)
			if err := os.WriteFile(filepath.Join(dir, "fn.py"), []byte("import os\n\n\ndef ready():\n    return os.path.exists('flag')\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			said, err := os.Create(filepath.Join(dir, "said"))
			if err != nil {
				t.Fatal(err)
			}
			defer said.Close()
			run := exec.Command(binary, "run", "--local", "etl.yaml")
			run.Dir, run.Stderr, run.Env = dir, said, append(os.Environ(), "HERE="+dir)
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			for begun := time.Now(); storedState(t, dir, "etl", "sensor") != target.UpForReschedule; time.Sleep(20 * time.Millisecond) {
				if time.Since(begun) > time.Minute {
					t.Fatal(lines(t, said.Name()))
				}
			}
			if err := run.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = run.Wait()
			if err := os.WriteFile(filepath.Join(dir, "flag"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
			out, code, _ := call(t, dir, binary, "run", "--local", "etl.yaml", "--resume")
			if code != exitDone || lines(t, filepath.Join(dir, "last")) != "last\n" {
				t.Errorf("exit code %d:\n%s", code, out)
			}
		})
	}
}

// TestPartGoesOnAsAPart kills a run of some tasks: what it left out stays out when it goes on, and may be what cannot run here.
func TestPartGoesOnAsAPart(t *testing.T) {
	binary, folder := builder(t)
	dir := folder(`tasks:
  before: {bash: echo before >> $HERE/other}
  beside: {bash: echo beside >> $HERE/other}
  elsewhere: {kubernetes: image, name: x}
  waits: {bash: "until test -e flag; do sleep 0.05; done", cwd: $HERE, dependencies: [before, elsewhere]}
  last: {bash: "echo {{ ti.xcom_pull('elsewhere') }} >> $HERE/last", dependencies: [waits]}
`)
	pipeline := filepath.Join(dir, "etl.yaml")
	text, err := os.ReadFile(pipeline)
	if err == nil {
		err = os.WriteFile(pipeline, []byte(strings.ReplaceAll(string(text), "cwd: $HERE", "cwd: "+dir)), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, code, _ := call(t, dir, binary, "run", "--local", "etl.yaml", "--only", "before"); code != exitDone {
		t.Fatal(out)
	}
	run := exec.Command(binary, "run", "--local", "etl.yaml", "--from", "waits", "--stub", `elsewhere={"return_value": "stub"}`)
	run.Dir, run.Env = dir, append(os.Environ(), "HERE="+dir)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); storedState(t, dir, "etl", "waits") != target.Running; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("it does not begin")
		}
	}
	if err := run.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = run.Wait()
	if err := os.WriteFile(filepath.Join(dir, "flag"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	out, code, _ := call(t, dir, binary, "run", "--local", "etl.yaml", "--resume")
	if code != exitDone || lines(t, filepath.Join(dir, "last")) != "stub\n" || lines(t, filepath.Join(dir, "other")) != "before\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if !strings.Contains(out, "taken as they ended or as given: before (success), elsewhere (success)") {
		t.Errorf("it says:\n%s", out)
	}
}

// storedState is the state of a task that is not mapped in the newest run of a DAG, as it is written down; "" where there is none yet.
func storedState(t *testing.T, dir, dagID, taskID string) target.State {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, ".dagexport", "dagexport.db")); err != nil {
		return ""
	}
	s, _, err := local.OpenStore(t.Context(), filepath.Join(dir, ".dagexport"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	run, err := s.Find(t.Context(), dagID, "")
	if err != nil {
		t.Fatal(err)
	}
	if run == nil {
		return ""
	}
	instances, err := s.Instances(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range instances {
		if i.TaskID == taskID {
			return i.State
		}
	}
	return ""
}
