//go:build airflow

package worker

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestContainersOfAirflow has the real DockerOperator ask a daemon that plays for what the record says that it asks for.
func TestContainersOfAirflow(t *testing.T) {
	environment := func(name string) string {
		out, err := exec.Command("python3", filepath.Join("..", "..", "..", "internal", "airflowenv", "env.py"), "python", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	provider, err := filepath.Glob(filepath.Join(filepath.Dir(environment("docker")), "..", "lib", "python3*", "site-packages"))
	if err != nil || len(provider) != 1 {
		t.Fatalf("%v %v", provider, err)
	}
	for _, version := range []string{"2.11", "3.3"} {
		cmd := exec.Command(environment(version), "-W", "ignore", filepath.Join("testdata", "containers.py"), "real")
		cmd.Env = append(os.Environ(), "PYTHONPATH="+provider[0], "AIRFLOW_HOME="+t.TempDir())
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", version, err, said.String())
		}
		got := containerLines(t, out)
		for i, want := range recordedContainers(t) {
			want.Create = nil
			if diff := cmp.Diff(want, got[i]); diff != "" {
				t.Errorf("Airflow %s, case %d (-record +Airflow):\n%s", version, i, diff)
			}
		}
	}
}
