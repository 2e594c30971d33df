//go:build airflow

package jinja

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// TestAgreesWithJinja renders every text of testdata/templates.txt with the real jinja2, in the interpreter of a real Airflow, and
// wants the same, errors included. DAGEXPORT_WORKER_PYTHON names the interpreter.
func TestAgreesWithJinja(t *testing.T) {
	dir := t.TempDir()
	tc := testContext(dir)
	if tc.Run.Python = os.Getenv("DAGEXPORT_WORKER_PYTHON"); tc.Run.Python == "" {
		t.Fatal("DAGEXPORT_WORKER_PYTHON names no interpreter")
	}
	python := worker.New(worker.Options{CacheDirs: []string{filepath.Join(dir, "cache")}})
	if err := python.Start(t.Context(), tc.Run, true); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := python.Stop(); err != nil {
			t.Error(err)
		}
	}()
	compared := 0
	for _, text := range append(here(), texts(t)...) {
		parsed := Parse(text)
		if parsed == nil {
			t.Errorf("%q is not rendered here", text)
			continue
		}
		s := scope{tc: tc}
		value, _, err := s.render(text)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case value == nil:
			t.Errorf("%q is handed to Python after all", text)
			continue
		default:
			got = value.(*ir.String).V
		}
		want := ""
		raw, err := python.RenderTemplates(t.Context(), tc, []string{text})
		if err != nil {
			want = err.Error()
		} else if err := json.Unmarshal(raw[0], &want); err != nil {
			t.Errorf("%q: jinja2 made %s", text, raw[0])
			continue
		}
		compared++
		if got != want {
			t.Errorf("%q\n renders to %q\n in jinja2 %q", text, got, want)
		}
	}
	if compared < 400 {
		t.Errorf("only %d texts were compared", compared)
	}
}

// here are the texts of the set that are rendered here.
func here() []string {
	var texts []string
	for _, test := range set {
		if test.here && !strings.Contains(test.text, "nobody") {
			texts = append(texts, test.text)
		}
	}
	return texts
}

// texts are those of testdata/templates.txt: JSON strings, each once.
func texts(t *testing.T) []string {
	file, err := os.Open("testdata/templates.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var all []string
	seen := map[string]bool{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		var text string
		if err := json.Unmarshal([]byte(line), &text); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if seen[text] {
			t.Errorf("%s stands there twice", line)
		}
		seen[text] = true
		all = append(all, text)
	}
	return all
}
