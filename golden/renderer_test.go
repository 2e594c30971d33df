//go:build airflow

package golden

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// stubs are the user's modules that the renderer's own corpus imports.
var stubs = map[string]string{
	"sales/__init__.py": "",
	"sales/clean.py":    "def run(**context):\n    pass\n",
	"sales/load.py":     "class Loader:\n    class Inner:\n        @staticmethod\n        def run(**context):\n            pass\n",
	"sales/ops.py":      operators("AnyOperator", "LoadOperator"),
	"shop/__init__.py":  "",
	"shop/ops.py":       operators("LoadOperator"),
}

// operators is a module of operators that take any argument.
func operators(names ...string) string {
	text := "try:\n    from airflow.sdk import BaseOperator\nexcept ImportError:\n    from airflow.models import BaseOperator\n"
	for _, name := range names {
		text += "\n\nclass " + name + "(BaseOperator):\n    def __init__(self, *, task_id, **arguments):\n        super().__init__(task_id=task_id)\n"
	}
	return text
}

// TestRendererCorpus has real Airflow import, and ruff read, the DAG files that targets/airflow keeps of awkward values.
func TestRendererCorpus(t *testing.T) {
	ruff := filepath.Join(filepath.Dir(python(t, "tools")), "ruff")
	for _, v := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		files, err := filepath.Glob("../targets/airflow/testdata/airflow-" + v.String() + "/*.py")
		if err != nil || len(files) == 0 {
			t.Fatalf("no files: %v", err)
		}
		dir := t.TempDir()
		for name, text := range stubs {
			write(t, filepath.Join(dir, name), []byte(text))
		}
		var jobs []job
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, filepath.Base(file)), text)
			jobs = append(jobs, job{ID: filepath.Base(file), Folder: dir, File: filepath.Base(file)})
		}
		for id, got := range judge(t, v, jobs) {
			if got.Error != "" || len(got.ImportErrors) > 0 {
				t.Errorf("Airflow %s: %s: %v %s", v, id, got.ImportErrors, got.Error)
			}
			for _, warning := range got.Warnings {
				t.Errorf("Airflow %s: %s: %s", v, id, warning)
			}
		}
		names := make([]string, len(jobs))
		for i, j := range jobs {
			names[i] = j.File
		}
		for _, args := range [][]string{
			{"format", "--no-cache", "--check", "--diff", "--line-length", "88"},
			{"format", "--no-cache", "--check", "--diff", "--line-length", "110"},
			{"check", "--no-cache", "--select", "E,F,I,UP", "--ignore", "E501", "--config", `src = ["."]`},
		} {
			cmd := exec.Command(ruff, append(args, names...)...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("Airflow %s: ruff %v: %v\n%s", v, args, err, tail(string(out), 4000))
			}
		}
	}
}
