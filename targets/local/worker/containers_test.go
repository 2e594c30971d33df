package worker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// containerLine is one line of containers.jsonl: what DockerOperator asks of a daemon, what is asked of the docker command here,
// which makes the same request of it, and what the task comes to.
type containerLine struct {
	Body   json.RawMessage `json:"body,omitempty"`
	Create json.RawMessage `json:"create,omitempty"`
	Asked  json.RawMessage `json:"asked"`
	End    json.RawMessage `json:"end"`
}

// containerLines are the lines of a text; nil for a case that an interpreter cannot try.
func containerLines(t *testing.T, text []byte) []*containerLine {
	t.Helper()
	var all []*containerLine
	for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan(); {
		var one *containerLine
		if err := json.Unmarshal(scan.Bytes(), &one); err != nil {
			t.Fatalf("%v in %s", err, scan.Text())
		}
		all = append(all, one)
	}
	if len(all) < 60 {
		t.Fatalf("%d cases", len(all))
	}
	return all
}

func recordedContainers(t *testing.T) []*containerLine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "containers.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return containerLines(t, text)
}

// TestContainers holds what is asked of the docker command, and what a task comes to, against what the docker provider does.
func TestContainers(t *testing.T) {
	cmd := exec.Command(testPython, filepath.Join("testdata", "containers.py"), "ours")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	got, tried := containerLines(t, out), 0
	for i, want := range recordedContainers(t) {
		if got[i] == nil {
			continue // env_file, without python-dotenv
		}
		tried++
		want.Body = nil
		if diff := cmp.Diff(want, got[i]); diff != "" {
			t.Errorf("case %d (-provider +ours):\n%s", i, diff)
		}
	}
	if tried < 60 {
		t.Errorf("%d cases were tried", tried)
	}
}
