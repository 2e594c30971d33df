package airflow

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/ir"
)

var update = flag.Bool("update", false, "rewrite the DAG files in testdata; the run that changes one still fails")

var goldenVersions = []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}}

// TestRenderCorpus compares with DAG files that ruff and the real Airflows have read.
func TestRenderCorpus(t *testing.T) {
	wanted := map[string]bool{}
	for _, v := range goldenVersions {
		samples := corpus()
		if v.AtLeast(3, 2) {
			samples = append(samples, newest()...)
		}
		for _, sample := range samples {
			t.Run(v.String()+"/"+sample.name, func(t *testing.T) {
				path := filepath.Join("testdata", "airflow-"+v.String(), sample.name+".py")
				wanted[path] = true
				got, err := Render(sample.file, RenderOptions{Version: v, Source: sample.name + ".yaml"})
				if err != nil {
					t.Fatal(err)
				}
				again, err := Render(sample.file, RenderOptions{Version: v, Source: sample.name + ".yaml"})
				if err != nil || !bytes.Equal(got, again) {
					t.Error("two renderings differ")
				}
				want, err := os.ReadFile(path)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), string(got)); d != "" {
					t.Errorf("%s (-want +got):\n%s", path, d)
					if *update {
						if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
							t.Fatal(err)
						}
						if err := os.WriteFile(path, got, 0o666); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
		}
	}
	files, err := filepath.Glob("testdata/airflow-*/*.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !wanted[path] {
			t.Errorf("%s belongs to no case", path)
		}
	}
}
