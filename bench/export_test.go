package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/targets/airflow"
	"gopkg.in/yaml.v3"
)

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
func writePipelines(b *testing.B, files, tasks int) (dir string, paths []string) {
	b.Helper()
	dir = b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "library.py"), []byte("def transform(**arguments):\n    pass\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("pipeline_%04d.yaml", i))
		if err := os.WriteFile(path, []byte(pipeline(i, tasks)), 0o644); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	return dir, paths
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

// BenchmarkOneFile exports one file of many tasks: the time for a task must not grow with their number.
func BenchmarkOneFile(b *testing.B) {
	for _, tasks := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(tasks), func(b *testing.B) {
			dir, paths := writePipelines(b, 1, tasks)
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
