package golden

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/google/go-cmp/cmp"
)

// python is the interpreter of an environment, installed when it is not there.
func python(t testing.TB, name string) string {
	t.Helper()
	cmd := exec.Command("python3", filepath.Join("..", "internal", "airflowenv", "env.py"), "python", name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("installing %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// pythonOf is python, where a variable has that name.
func pythonOf(t testing.TB, name string) string { return python(t, name) }

// TestLocalRuns holds the local target against what real Airflow recorded: states, tries and XComs.
func TestLocalRuns(t *testing.T) {
	interpreter := python(t, "python") // with jinja2 and pendulum, without Airflow
	ran := 0
	for _, c := range loadCases(t) {
		for _, v := range c.versions {
			record := c.record(v)
			if record == nil {
				continue
			}
			ran++
			t.Run(c.name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				got := c.runLocally(t, v, interpreter)
				if diff := cmp.Diff(string(record), string(got)); got != nil && diff != "" {
					t.Errorf("record (-real Airflow +local run):\n%s", diff)
				}
			})
		}
	}
	if ran == 0 {
		t.Fatal("no case has a record")
	}
}

// runLocally runs the case's DAG with the local target and returns the record as it is kept.
func (c *testCase) runLocally(t *testing.T, v ir.Version, python string) []byte {
	dir := t.TempDir()
	c.unpack(t, dir)
	one := c.compile(t, dir, v)
	if one.file == nil {
		t.Fatalf("does not compile:\n%s", one.diagnostics)
	}
	if c.byAirflow {
		python = pythonOf(t, v.String())
	}
	environ := os.Environ()
	for _, name := range slices.Sorted(maps.Keys(c.environ)) {
		environ = append(environ, name+"="+c.environ[name])
	}
	runner := local.New(local.Options{
		Version: v, Jobs: 2, StateDir: filepath.Join(dir, ".dagexport"), DagsRoot: dir, Python: python, Environ: environ,
		Find: func(id string) (*local.Found, error) {
			for _, p := range one.file.Pipelines {
				if p.ID == id {
					return &local.Found{File: one.file, Path: filepath.Join(dir, filepath.FromSlash(c.pipeline)), Pipeline: p, DagsRoot: dir}, nil
				}
			}
			return nil, nil
		},
	})
	problems := runner.Check(one.file)
	if c.noLocal != "" {
		if !problems.HasErrors() {
			t.Errorf("the local target takes it, and the case says: %s", c.noLocal)
		}
		return nil
	}
	if problems.Len() > 0 {
		t.Fatalf("the local target cannot run it: %s", problems.All()[0].Message)
	}
	ctx := ctx(t)
	if err := runner.PreRun(ctx, one.file, filepath.Join(dir, filepath.FromSlash(c.pipeline))); err != nil {
		t.Fatal(err)
	}
	for _, earlier := range c.before {
		for _, p := range one.file.Pipelines {
			if p.ID != earlier.dag {
				continue
			}
			if _, err := runner.Run(ctx, p, target.RunOptions{LogicalDate: earlier.date}); err != nil {
				t.Fatal(err)
			}
		}
	}
	record, err := runner.Run(ctx, c.chosen(t, one.file), target.RunOptions{RunName: c.runName, LogicalDate: c.date, Conf: c.conf})
	if post := runner.PostRun(ctx); err == nil {
		err = post
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// chosen is the DAG that the case runs.
func (c *testCase) chosen(t testing.TB, file *ir.File) *ir.Pipeline {
	for _, p := range file.Pipelines {
		if c.dag == "" || p.ID == c.dag {
			return p
		}
	}
	t.Fatalf("no DAG %q", c.dag)
	return nil
}
