package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// goroutines is how many decode at a time at the floor.
const goroutines = 2

// The floor is a process too: the test program itself, called with these.
const (
	floorInput  = "DAGEXPORT_BENCH_INPUT"
	floorOutput = "DAGEXPORT_BENCH_OUTPUT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(floorInput); dir != "" {
		if err := floor(dir, os.Getenv(floorOutput)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// floor decodes every pipeline file of a folder into yaml.Node and, where there is an output folder, writes as many bytes into
// new files.
func floor(dir, out string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, goroutines)
	for worker := range goroutines {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(paths) && errs[worker] == nil; i = int(next.Add(1)) - 1 {
				errs[worker] = floorOne(paths[i], out)
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

func floorOne(path, out string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil || out == "" {
		return err
	}
	target := filepath.Join(out, filepath.Base(path))
	if err := os.WriteFile(target+".tmp", text, 0o644); err != nil {
		return err
	}
	return os.Rename(target+".tmp", target)
}

// spent is what processes took, by the clock and of the processors.
type spent struct{ wall, cpu time.Duration }

func (s *spent) run(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	s.wall += time.Since(begin)
	s.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func floorCommand(b *testing.B, dir, out string) *exec.Cmd {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), floorInput+"="+dir, floorOutput+"="+out)
	return cmd
}

func buildCommand(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "dagexport")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/dagexport").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return program
}

func report(b *testing.B, ours, floor spent, unit string) {
	b.Helper()
	b.ReportMetric(ours.wall.Seconds()/float64(b.N), "s/run")
	b.ReportMetric(float64(ours.wall)/float64(floor.wall), unit)
	b.ReportMetric(float64(ours.cpu)/float64(floor.cpu), unit+"-cpu")
}

// BenchmarkExport1000x20 is `dagexport airflow` of a folder of 1,000 files of 20 tasks, none of them exported before. The floor
// decodes the same bytes into yaml.Node and writes as many into new files.
func BenchmarkExport1000x20(b *testing.B) {
	program := buildCommand(b)
	dir, _ := writePipelines(b, 1000, 20)
	var ours, least spent
	for b.Loop() {
		ours.run(b, exec.Command(program, "airflow", "--out", b.TempDir(), dir))
		least.run(b, floorCommand(b, dir, b.TempDir()))
	}
	report(b, ours, least, "x-floor")
}

// BenchmarkExport1000x20Unchanged is the same when all DAG files are there and up to date. The floor decodes only.
func BenchmarkExport1000x20Unchanged(b *testing.B) {
	program, out := buildCommand(b), b.TempDir()
	dir, _ := writePipelines(b, 1000, 20)
	var ours, least spent
	ours.run(b, exec.Command(program, "airflow", "--out", out, dir))
	ours = spent{}
	for b.Loop() {
		ours.run(b, exec.Command(program, "airflow", "--out", out, dir))
		least.run(b, floorCommand(b, dir, ""))
	}
	report(b, ours, least, "x-decode")
}
