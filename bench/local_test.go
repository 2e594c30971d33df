//go:build unix

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local"
)

// jobs is how many tasks run at a time, here and in the rivals.
const jobs = 2

// graph is a pipeline of no-op tasks: each is its name and what it needs.
type graph []node

type node struct {
	name  string
	needs []string
}

func wide(n int) graph {
	g := make(graph, n)
	for i := range g {
		g[i].name = fmt.Sprintf("t%d", i)
	}
	return g
}

func chain(n int) graph {
	g := wide(n)
	for i := range g[1:] {
		g[i+1].needs = []string{g[i].name}
	}
	return g
}

// layers are deep layers of so many tasks, each of which needs all of the layer above.
func layers(deep, across int) graph {
	var g graph
	for i := range deep {
		for j := range across {
			n := node{name: fmt.Sprintf("t%d_%d", i, j)}
			for k := range across {
				if i > 0 {
					n.needs = append(n.needs, fmt.Sprintf("t%d_%d", i-1, k))
				}
			}
			g = append(g, n)
		}
	}
	return g
}

func (g graph) pipeline(body string) string {
	var out strings.Builder
	out.WriteString("dag_id: measured\nschedule: null\nstart_date: 2026-01-01\ncatchup: false\ntasks:\n")
	for _, n := range g {
		fmt.Fprintf(&out, "  %s: {%s", n.name, body)
		if len(n.needs) > 0 {
			fmt.Fprintf(&out, ", dependencies: [%s]", strings.Join(n.needs, ", "))
		}
		out.WriteString("}\n")
	}
	return out.String()
}

func (g graph) makefile() string {
	var out strings.Builder
	out.WriteString("SHELL := bash\nall:")
	for _, n := range g {
		out.WriteString(" " + n.name)
	}
	out.WriteString("\n.PHONY: all\n")
	for _, n := range g {
		fmt.Fprintf(&out, ".PHONY: %s\n%s: %s\n\t@true\n", n.name, n.name, strings.Join(n.needs, " "))
	}
	return out.String()
}

// BenchmarkLocal runs pipelines of no-op tasks, store, logs and XComs included, in turn with its rivals: "spawn" starts the same
// commands with a log file each and does nothing else, as many at a time as the graph lets run; "make" has the same graph and
// runs `bash -c true` for each task.
// The metrics are ratios to them, taken round by round.
func BenchmarkLocal(b *testing.B) {
	for _, c := range []struct {
		name  string
		graph graph
		width int // how many may run at a time
	}{{"wide1k", wide(1000), jobs}, {"chain1k", chain(1000), 1}, {"layers100x10", layers(100, 10), jobs}} {
		b.Run(c.name, func(b *testing.B) {
			text := c.graph.pipeline(`bash: "true"`)
			var ours, spawn, peer time.Duration
			for b.Loop() {
				ours += timed(b, func(dir string) error { return runLocal(dir, text) })
				spawn += timed(b, func(dir string) error { return spawnAll(dir, len(c.graph), c.width) })
				peer += timed(b, func(dir string) error { return runMake(dir, c.graph.makefile()) })
			}
			b.ReportMetric(ours.Seconds()/float64(b.N), "s/run")
			b.ReportMetric(float64(ours)/float64(spawn), "x-spawn")
			b.ReportMetric(float64(ours)/float64(peer), "x-make")
		})
	}
}

// bareForks forks as often from an interpreter that has imported nothing, as many at a time, and does nothing else.
const bareForks = `
import os, sys
left, running = int(sys.argv[1]), 0
while left or running:
    if left and running < int(sys.argv[2]):
        if os.fork() == 0:
            os._exit(0)
        left, running = left - 1, running + 1
    else:
        os.wait()
        running -= 1
`

// BenchmarkLocalPython runs 1,000 trivial Python tasks in turn with bare forks and with an interpreter started for each. The interpreter is that of
// a new virtual environment: others may be wrappers, or import things at each start, and would make us look good.
func BenchmarkLocalPython(b *testing.B) {
	venv := b.TempDir()
	if out, err := exec.Command("python3", "-m", "venv", "--without-pip", venv).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	python := filepath.Join(venv, "bin", "python")
	b.Setenv("VIRTUAL_ENV", venv)
	text := wide(1000).pipeline("python: mod:fn")
	var ours, rival, floor time.Duration
	for b.Loop() {
		floor += timed(b, func(string) error {
			return exec.Command(python, "-c", bareForks, "1000", strconv.Itoa(jobs)).Run()
		})
		ours += timed(b, func(dir string) error {
			if err := os.WriteFile(filepath.Join(dir, "mod.py"), []byte("def fn():\n    pass\n"), 0o644); err != nil {
				return err
			}
			return runLocal(dir, text)
		})
		rival += timed(b, func(dir string) error { return spawnAll(dir, 1000, jobs, python, "-c", "pass") })
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/run")
	b.ReportMetric(float64(ours)/float64(floor), "x-fork")
	b.ReportMetric(float64(rival)/float64(ours), "x-faster-than-an-interpreter-each")
}

// timed is how long work takes in a new folder; making and removing the folder is not counted.
func timed(b *testing.B, work func(dir string) error) time.Duration {
	b.Helper()
	dir := b.TempDir()
	begin := time.Now()
	if err := work(dir); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

func runLocal(dir, text string) error {
	path := filepath.Join(dir, "measured.yaml")
	result := compiler.Compile(path, []byte(text), compiler.Options{DagsRoot: dir})
	if result.File == nil {
		return fmt.Errorf("does not compile: %s", result.Diags.All()[0].Message)
	}
	ctx := context.Background()
	runner := local.New(local.Options{Jobs: jobs, StateDir: filepath.Join(dir, ".dagexport"), DagsRoot: dir})
	if err := runner.PreRun(ctx, result.File, path); err != nil {
		return err
	}
	record, err := runner.Run(ctx, result.File.Pipelines[0], target.RunOptions{})
	if err == nil && record.State != target.Success {
		err = fmt.Errorf("the run ended as %s", record.State)
	}
	if post := runner.PostRun(ctx); err == nil {
		err = post
	}
	return err
}

func spawnAll(dir string, count, width int, argv ...string) error {
	if len(argv) == 0 {
		argv = []string{"bash", "-c", "true"}
	}
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, width)
	for worker := range width {
		group.Go(func() {
			for i := next.Add(1); int(i) <= count && errs[worker] == nil; i = next.Add(1) {
				errs[worker] = spawnOne(filepath.Join(dir, fmt.Sprintf("%d.log", i)), argv)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func spawnOne(log string, argv []string) error {
	file, err := os.Create(log)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = file, file
	return cmd.Run()
}

func runMake(dir, makefile string) error {
	path := filepath.Join(dir, "Makefile")
	if err := os.WriteFile(path, []byte(makefile), 0o644); err != nil {
		return err
	}
	out, err := exec.Command("make", "-j", fmt.Sprint(jobs), "-f", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make: %w: %s", err, out)
	}
	return nil
}
