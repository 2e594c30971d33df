//go:build airflow

package catalog

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestSignaturesAgreeWithAirflow asks every supported Airflow, and one with the Kubernetes provider, whether its operators take what
// signatures.txt says.
func TestSignaturesAgreeWithAirflow(t *testing.T) {
	for _, env := range append([]string{"dag-factory"}, names(ir.Versions)...) {
		t.Run(env, func(t *testing.T) {
			version := ir.DefaultVersion
			for _, v := range ir.Versions {
				if v.String() == env {
					version = v
				}
			}
			out, err := exec.Command("python3", "../airflowenv/env.py", "python", env).Output()
			if err != nil {
				t.Fatal(err)
			}
			var lines strings.Builder
			for _, path := range slices.Sorted(maps.Keys(signatureLines())) {
				s := FindSignature(path, version)
				if s == nil || path == "BaseSensorOperator" {
					continue
				}
				how := "some"
				if !strings.HasPrefix(path, "airflow.providers.") {
					how = "exact"
				}
				fmt.Fprint(&lines, how, " ", path)
				for _, name := range s.Names() {
					fmt.Fprint(&lines, " ", name)
					if slices.Contains(s.Needed(), name) {
						fmt.Fprint(&lines, "!")
					}
				}
				fmt.Fprintln(&lines)
			}
			judge := exec.Command(strings.TrimSpace(string(out)), "testdata/judge_signatures.py")
			judge.Stdin = strings.NewReader(lines.String())
			judge.Env = append(os.Environ(), "AIRFLOW_HOME="+t.TempDir(), "AIRFLOW__CORE__LOAD_EXAMPLES=False", "AIRFLOW__CORE__UNIT_TEST_MODE=True")
			said, err := judge.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, err.(*exec.ExitError).Stderr)
			}
			differences := strings.Split(strings.TrimSpace(string(said)), "\n")
			last := len(differences) - 1
			if asked, err := strconv.Atoi(differences[last]); err != nil || asked < 40 {
				t.Errorf("%s operators were asked", differences[last])
			}
			for _, difference := range differences[:last] {
				t.Errorf("Airflow %s: %s", env, difference)
			}
		})
	}
}

func names(versions []ir.Version) []string {
	var out []string
	for _, v := range versions {
		out = append(out, v.String())
	}
	return out
}
