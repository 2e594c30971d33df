//go:build airflow

package pysource

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestAgreesWithCPython reads every file of the standard library and wants the names and signatures that CPython's own parser
// finds there. DAGEXPORT_WORKER_PYTHON names the interpreter; without it, it is python3.
func TestAgreesWithCPython(t *testing.T) {
	python := os.Getenv("DAGEXPORT_WORKER_PYTHON")
	if python == "" {
		python = "python3"
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/read.py")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	files, names, signatures := 0, 0, 0
	lines := bufio.NewReaderSize(pipe, 1<<20)
	dec := json.NewDecoder(lines)
	for dec.More() {
		var want struct {
			Path, Source  string
			Names         map[string]string
			Sure, Globals []string
		}
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		m, err := Read(want.Source)
		if err != nil {
			t.Errorf("%s: %v", want.Path, err)
			continue
		}
		files++
		for name, text := range want.Names {
			names++
			got := ""
			switch b := m.Lookup(name); {
			case b == nil:
				t.Errorf("%s: %s is not found", want.Path, name)
				continue
			case b.Def != nil:
				got = signature(b.Def)
				signatures++
			case b.Class:
				got = "class"
			}
			if got != text {
				t.Errorf("%s: %s is %q, want %q", want.Path, name, got, text)
			}
			if sure := m.Lookup(name).Sure(); sure && !slices.Contains(want.Sure, name) {
				t.Errorf("%s: %s is said to be there always", want.Path, name)
			}
		}
		m.Names(func(b *Binding) {
			if _, ok := want.Names[b.Name]; !ok && !slices.Contains(want.Globals, b.Name) {
				t.Errorf("%s: nothing binds %s", want.Path, b.Name)
			}
		})
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d names, %d signatures", files, names, signatures)
	if files < 500 || signatures < 3000 {
		t.Errorf("only %d files and %d signatures were compared", files, signatures)
	}
}
