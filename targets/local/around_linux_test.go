package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// hooks are what the tests call around bash.
const hooks = `
import os
import subprocess


def before(context):
    context["said"] = ["before"]
    subprocess.run(["echo", "a process of pre_execute"])
    os.environ["GIVEN"] = "by the hook"
    print("pre_execute" * 5000, end="")


def after(context, result):
    print(f"post_execute: {result}")


def end(context):
    print(type(context.get("exception")).__name__, context["said"])
`

// hooked is a bash task with hooks and callbacks, and the folder of its pipeline.
func hooked(t *testing.T, command string) (*ir.Task, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hooks.py"), []byte(hooks), 0o666); err != nil {
		t.Fatal(err)
	}
	ref := func(name string) ir.Value { return &ir.PyRef{Module: "hooks", Name: name, User: true} }
	one := bash("a", command)
	one.Args = []ir.Arg{{Name: "pre_execute", Value: ref("before")}, {Name: "post_execute", Value: ref("after")}}
	for _, event := range []string{"on_success_callback", "on_failure_callback"} {
		one.Callbacks = append(one.Callbacks, ir.Callback{Event: event, Values: []ir.Value{ref("end")}})
	}
	return one, dir
}

func TestLogOfWhatIsCalledAroundBash(t *testing.T) {
	one, dir := hooked(t, `echo "$GIVEN"; printf 'last'`)
	record, events := play(t, pipeline(one), Options{DagsRoot: dir})
	if got := states(record); got != `a=success/1 a.return_value="last" success` {
		t.Error(got)
	}
	var lines []string
	for _, line := range events.lines {
		if text, ok := strings.CutPrefix(line, "a| "); ok {
			lines = append(lines, text)
		}
	}
	want := "a process of pre_execute\n" + strings.Repeat("pre_execute", 5000) + "by the hook\nlast\npost_execute: last\nNoneType ['before']"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%.200q ... %q", got, got[max(0, len(got)-200):])
	}
}

// What bash leaves running is gone whichever way its task ends, and the callback of a timeout has the context of the hooks.
func TestNothingSurvivesBashAmongHooks(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	stubborn := `trap '' TERM; (trap '' TERM; echo $BASHPID >>` + pids + `; while :; do sleep 1; done) & setsid bash -c 'trap "" TERM; echo $$ >>` + pids +
		`; while :; do sleep 1; done' & while [ "$(wc -l <` + pids + `)" -lt 2 ]; do sleep 0.02; done; echo ready; wait`
	gone := func(t *testing.T) {
		t.Helper()
		data, err := os.ReadFile(pids)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.Fields(string(data)) {
			pid, err := strconv.Atoi(text)
			if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				t.Errorf("process %q is there (%v)", text, err)
			}
		}
		if err := os.WriteFile(pids, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(pids, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Run("timeout", func(t *testing.T) {
		one, dir := hooked(t, stubborn)
		one.Limits.ExecutionTimeout = &ir.Duration{Micros: 1_000_000}
		record, events := play(t, pipeline(one), Options{DagsRoot: dir, Grace: 100 * time.Millisecond})
		gone(t)
		if got := states(record); got != "a=failed/1 failed" {
			t.Error(got)
		}
		if all := strings.Join(events.lines, "\n"); !strings.Contains(all, "a| AirflowTaskTimeout ['before']") {
			t.Error(all)
		}
	})
	t.Run("interruption", func(t *testing.T) {
		one, dir := hooked(t, stubborn)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := New(Options{DagsRoot: dir, Grace: 100 * time.Millisecond, StateDir: filepath.Join(dir, ".dagexport"), Version: latest})
		if err := l.PreRun(ctx, &ir.File{Path: "p.yaml"}, filepath.Join(dir, "p.yaml")); err != nil {
			t.Fatal(err)
		}
		events := &until{text: "ready", met: cancel}
		record, err := l.Run(ctx, pipeline(one), target.RunOptions{LogicalDate: date, Events: events})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := l.PostRun(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone(t)
		if got := states(record); got != "a=failed/1 failed" {
			t.Error(got)
		}
	})
}

// until is a journal that tells when a task has written a line that ends so.
type until struct {
	journal
	text string
	met  func()
}

func (u *until) Output(task target.TaskRef, line []byte) {
	u.journal.Output(task, line)
	if strings.HasSuffix(string(line), u.text) {
		u.met()
	}
}
