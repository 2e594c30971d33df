package compiler

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// pipelineOf writes a keyed file of n tasks: half of them bash, half Python, each after the one before, a tenth in a group.
func pipelineOf(n int) []byte {
	var out strings.Builder
	out.WriteString("pipe:\n  description: \"Nightly load\"\n  schedule: \"5 3 * * *\"\n  start_date: \"2026-01-01\"\n  catchup: false\n" +
		"  tags: [nightly, finance]\n  params:\n    region: eu\n    limit: 100\n  on_failure_callback: etl_lib.notify_failure\n" +
		"  default_args:\n    owner: finance\n    retries: 2\n    retry_delay: 300\n  task_groups:\n    load:\n      tooltip: Load\n  tasks:\n")
	for i := range n {
		fmt.Fprintf(&out, "    task_%06d:\n", i)
		if i%2 == 0 {
			fmt.Fprintf(&out, "      operator: airflow.providers.standard.operators.bash.BashOperator\n"+
				"      bash_command: \"echo task_%06d --day {{ ds }} --region {{ params.region }}\"\n", i)
		} else {
			fmt.Fprintf(&out, "      operator: airflow.providers.standard.operators.python.PythonOperator\n"+
				"      python_callable: etl_lib.transform\n      op_kwargs:\n        table: orders_%06d\n        limit: %d\n        ds: \"{{ ds }}\"\n", i, i)
		}
		if i%10 == 9 {
			out.WriteString("      task_group_name: load\n      retries: 5\n")
		}
		if i > 0 {
			fmt.Fprintf(&out, "      dependencies: [task_%06d]\n", i-1)
		}
	}
	return []byte(out.String())
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{20, 1000, 10000} {
		src := pipelineOf(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if r := Compile("a.yaml", src, Options{DagsRoot: "."}); r.File == nil {
					b.Fatal(printed(r.Diags))
				}
			}
		})
	}
}

// BenchmarkDecode is the floor: the YAML library alone, reading the same bytes into nodes.
func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{20, 1000, 10000} {
		src := pipelineOf(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				var node yaml.Node
				if err := yaml.NewDecoder(bytes.NewReader(src)).Decode(&node); err != nil && err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}
