package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
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
			for begun := time.Now(); !strings.Contains(lines(t, said.Name()), "Looks again"); time.Sleep(20 * time.Millisecond) {
				if time.Since(begun) > 30*time.Second {
					t.Fatal(lines(t, said.Name()))
				}
			}
			time.Sleep(300 * time.Millisecond) // until it is written down
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
