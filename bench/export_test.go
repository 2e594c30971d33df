package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/targets/airflow"
	"gopkg.in/yaml.v3"
)

// goroutines is how many work at a time, here and at the floor.
const goroutines = 2

// pipeline is a made-up pipeline file of so many tasks, half bash and half Python, in layers about as wide as they are many, the
// last one a task group. The same number always makes the same bytes.
func pipeline(number, tasks int) string {
	width := max(4, int(math.Sqrt(float64(tasks))))
	var out strings.Builder
	fmt.Fprintf(&out, "pipeline_%04d:\n  description: Load number %d\n  schedule: \"%d %d * * *\"\n  start_date: 2026-01-01\n  catchup: false\n",
		number, number, number%60, number%24)
	out.WriteString("  max_active_runs: 1\n  tags: [nightly, measured]\n  params: {region: eu, limit: 100}\n  default_args: {owner: team, retries: 2, retry_delay: 300}\n")
	out.WriteString("  task_groups:\n    last: {tooltip: the last layer}\n  tasks:\n")
	for i := range tasks {
		fmt.Fprintf(&out, "    task_%d:\n", i)
		if i%2 == 0 {
			fmt.Fprintf(&out, "      operator: airflow.providers.standard.operators.bash.BashOperator\n      bash_command: \"echo %d --day {{ ds }} --region {{ params.region }}\"\n", i)
		} else {
			out.WriteString("      operator: airflow.providers.standard.operators.python.PythonOperator\n      python_callable: library.transform\n")
			fmt.Fprintf(&out, "      op_kwargs:\n        table: table_%d\n        limit: %d\n        ds: \"{{ ds }}\"\n", i, 100+i)
		}
		if i%10 == 9 {
			out.WriteString("      retries: 5\n")
		}
		if i >= width {
			fmt.Fprintf(&out, "      dependencies: [task_%d", i-width)
			if i%3 == 0 {
				fmt.Fprintf(&out, ", task_%d", i-width+1)
			}
			out.WriteString("]\n")
		}
		if i >= tasks-width {
			out.WriteString("      task_group_name: last\n")
		}
	}
	return out.String()
}

// writePipelines writes files of pipelines and the module that they import.
func writePipelines(b *testing.B, files, tasks int) (dir string, paths []string, texts []string) {
	b.Helper()
	dir = b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "library.py"), []byte("def transform(**arguments):\n    pass\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("pipeline_%04d.yaml", i))
		text := pipeline(i, tasks)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		paths, texts = append(paths, path), append(texts, text)
	}
	return dir, paths, texts
}

// each calls work for 0 to n-1 on the goroutines.
func each(b *testing.B, n int, work func(i int) error) time.Duration {
	b.Helper()
	begin := time.Now()
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, goroutines)
	for worker := range goroutines {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[worker] == nil; i = int(next.Add(1)) - 1 {
				errs[worker] = work(i)
			}
		})
	}
	group.Wait()
	took := time.Since(begin)
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
	return took
}

func export(dir, out string, path string) error {
	result := compiler.CompileFile(path, compiler.Options{DagsRoot: dir})
	if result.File == nil {
		return fmt.Errorf("%s does not compile: %s", path, result.Diags.All()[0].Message)
	}
	exporter := airflow.New(airflow.Options{OutDir: out, Root: dir, DagsRoot: dir})
	return exporter.PreRun(context.Background(), result.File, path)
}

func decode(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var node yaml.Node
	return yaml.Unmarshal(data, &node)
}

// replaceAll writes as many bytes as there are in text by a temporary file and a rename.
func replaceAll(path, text string) error {
	if err := os.WriteFile(path+".tmp", []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// BenchmarkExport compiles, renders and writes 1,000 files of 20 tasks. The floor decodes the same bytes into yaml.Node and writes
// as many bytes into new files.
func BenchmarkExport(b *testing.B) {
	dir, paths, texts := writePipelines(b, 1000, 20)
	var ours, floor time.Duration
	for b.Loop() {
		out, other := b.TempDir(), b.TempDir()
		ours += each(b, len(paths), func(i int) error { return export(dir, out, paths[i]) })
		floor += each(b, len(paths), func(i int) error {
			if err := decode(paths[i]); err != nil {
				return err
			}
			return replaceAll(filepath.Join(other, filepath.Base(paths[i])), texts[i])
		})
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/run")
	b.ReportMetric(float64(ours)/float64(floor), "x-floor")
}

// BenchmarkExportUnchanged is the same when all DAG files are there and up to date. The floor decodes only.
func BenchmarkExportUnchanged(b *testing.B) {
	dir, paths, _ := writePipelines(b, 1000, 20)
	out := b.TempDir()
	each(b, len(paths), func(i int) error { return export(dir, out, paths[i]) })
	var ours, floor time.Duration
	for b.Loop() {
		ours += each(b, len(paths), func(i int) error { return export(dir, out, paths[i]) })
		floor += each(b, len(paths), func(i int) error { return decode(paths[i]) })
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/run")
	b.ReportMetric(float64(ours)/float64(floor), "x-decode")
}

// BenchmarkOneFile exports one file of many tasks: the time for a task must not grow with their number.
func BenchmarkOneFile(b *testing.B) {
	for _, tasks := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(tasks), func(b *testing.B) {
			dir, paths, _ := writePipelines(b, 1, tasks)
			var ours, floor time.Duration
			for b.Loop() {
				out := b.TempDir()
				begin := time.Now()
				if err := export(dir, out, paths[0]); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(begin)
				begin = time.Now()
				if err := decode(paths[0]); err != nil {
					b.Fatal(err)
				}
				floor += time.Since(begin)
			}
			b.ReportMetric(float64(ours.Microseconds())/float64(b.N*tasks), "us/task")
			b.ReportMetric(float64(ours)/float64(floor), "x-decode")
		})
	}
}
