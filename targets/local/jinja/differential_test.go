//go:build airflow

package jinja

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// TestAgreesWithJinja renders every text of the set with the real jinja2, in the interpreter of a real Airflow, and wants the
// same. DAGEXPORT_WORKER_PYTHON names the interpreter.
func TestAgreesWithJinja(t *testing.T) {
	dir := t.TempDir()
	tc := testContext(dir)
	if tc.Run.Python = os.Getenv("DAGEXPORT_WORKER_PYTHON"); tc.Run.Python == "" {
		t.Fatal("DAGEXPORT_WORKER_PYTHON names no interpreter")
	}
	python := worker.New(worker.Options{CacheDir: filepath.Join(dir, "cache")})
	if err := python.Start(t.Context(), tc.Run, true); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := python.Stop(); err != nil {
			t.Error(err)
		}
	}()
	wrong := []string{
		"{{ params.nothing }}", "{{ params.l[9] }}", "{{ params.none.x }}", "{{ params.s.x }}", "{{ params.nothing.more }}", "{{ ti.xcom_pull('no')[0] }}",
		"{{ params.n.x }}", "{{ params.f.x }}", "{{ params.b.x }}", "{{ params.l.x }}", "{{ params['x'] }}", "{{ params.l['x'] }}", "{{ dag_run.conf.x }}",
	}
	compared := 0
	for _, text := range append(here(), wrong...) {
		parsed := Parse(text)
		if parsed == nil {
			t.Fatalf("%q is not rendered here", text)
		}
		s := scope{tc: tc}
		value, _, err := s.render(text)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
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
	if compared < 40 {
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
