package worker

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

const crashes = `
import ctypes, os, resource, signal, subprocess, sys, threading, time

def segfault():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)

def leave(status):
    os._exit(status)

def killed():
    os.kill(os.getpid(), signal.SIGKILL)

def aborted():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.abort()

def no_memory():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    return len(bytearray(4 << 30))

def recursion():
    return recursion()

def parent_leaves():
    if os.fork() == 0:
        time.sleep(300.5)
    os._exit(5)

def forks():
    if os.fork() == 0:
        os.setsid()
        time.sleep(300.5)
    subprocess.Popen(["setsid", "sleep", os.environ["CRASH_SLEEP"]])
    return "returned"

def thread():
    threading.Thread(target=os._exit, args=(6,)).start()
    time.sleep(300)

def closes():
    os.closerange(3, 256)
    return "closed"

def fine():
    return 1
`

// A task whose process ends by force fails alone: the interpreter that it was forked from goes on with the next. What such a
// process has started is gone after the run.
func TestACrashIsOneTasks(t *testing.T) {
	seconds := fmt.Sprintf("300.%d", os.Getpid()) // other runs of this test may be under way
	t.Setenv("CRASH_SLEEP", seconds)
	if err := process.Enter(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Leave(100 * time.Millisecond); err != nil {
			t.Error(err)
		}
		if found := processes(t, seconds); found != "" {
			t.Errorf("survivors: %s", found)
		}
	})
	airflow2 := ir.Version{Major: 2, Minor: 11}
	tests := []struct {
		name, function string
		status         string
		version        ir.Version
		want           string // the error; "" for a success
		crash          task.Crash
		forGood        bool
	}{
		{name: "segmentation fault", function: "segfault", want: "signal 11 (SIGSEGV)", crash: task.CrashByForce},
		{name: "status 3", function: "leave", status: "3", want: "exited with status 3 before", crash: task.CrashByForce},
		{name: "status 0 on 3.x", function: "leave", status: "0", want: "ended before its function returned", crash: task.CrashInSilence},
		{name: "status 0 on 2.x", function: "leave", status: "0", version: airflow2, want: "ended before its function returned", crash: task.CrashInSilence},
		{name: "killed", function: "killed", want: "signal 9 (SIGKILL)", crash: task.CrashByForce},
		{name: "killed on 3.0, which tries it no more", function: "killed", version: ir.Version{Major: 3}, want: "signal 9 (SIGKILL)", crash: task.CrashByForce, forGood: true},
		{name: "aborted", function: "aborted", want: "signal 6 (SIGABRT)", crash: task.CrashByForce},
		{name: "no memory", function: "no_memory", want: "MemoryError"},
		{name: "endless recursion", function: "recursion", want: "RecursionError"},
		{name: "a child goes on", function: "parent_leaves", want: "exited with status 5 before", crash: task.CrashByForce},
		{name: "children go on", function: "forks"},
		{name: "a thread ends the process", function: "thread", want: "exited with status 6 before", crash: task.CrashByForce},
		{name: "it closes the channel", function: "closes", want: "exited with status 1 before", crash: task.CrashByForce},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			version := test.version
			if version == (ir.Version{}) {
				version = ir.DefaultVersion
			}
			bad, good := pythonTask("bad", test.function), pythonTask("good", "fine")
			if test.status != "" {
				bad.Op.(*ir.Python).OpArgs = &ir.List{Items: []ir.Value{&ir.Int{Text: test.status}}}
			}
			b, err := newBench(t, version, crashes, bad, good)
			if err != nil {
				t.Fatal(err)
			}
			result, log := b.do(t.Context(), bad)
			outcome := task.Failed
			switch {
			case test.forGood:
				outcome = task.FailedForGood
			case test.want == "":
				outcome = task.Succeeded
			}
			if result.Outcome != outcome || !strings.Contains(result.Error, test.want) {
				t.Errorf("outcome %d: %s\n%s", result.Outcome, result.Error, log)
			}
			if result.Crash != test.crash {
				t.Errorf("crash %d, want %d", result.Crash, test.crash)
			}
			if result, log := b.do(t.Context(), good); result.Outcome != task.Succeeded || string(result.Return) != "1" {
				t.Errorf("the next task: outcome %d: %s\n%s", result.Outcome, result.Error, log)
			}
		})
	}
}

// Modules that start processes when they are imported have them beside the tasks: their ends are taken for no task's.
func TestModulesStartProcesses(t *testing.T) {
	source := "import subprocess, time\nstarted = [subprocess.Popen(['sleep', '0.2']) for _ in range(3)]\ndef waits():\n    time.sleep(0.6)\n    return 1\n"
	one, two := pythonTask("one", "waits"), pythonTask("two", "waits")
	b, err := newBench(t, ir.DefaultVersion, source, one, two)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, each := range []*ir.Task{one, two} {
		if result, log := b.do(ctx, each); result.Outcome != task.Succeeded || result.Error != "" {
			t.Errorf("%+v\n%s", result, log)
		}
	}
}
