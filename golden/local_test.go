package golden

import (
	"path/filepath"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/google/go-cmp/cmp"
)

// TestLocalRuns holds the local target against what real Airflow recorded: states, tries and XComs.
func TestLocalRuns(t *testing.T) {
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
				got := c.runLocally(t, v)
				if diff := cmp.Diff(string(record), string(got)); diff != "" {
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
func (c *testCase) runLocally(t *testing.T, v ir.Version) []byte {
	dir := t.TempDir()
	c.unpack(t, dir)
	one := c.compile(t, dir, v)
	if one.file == nil {
		t.Fatalf("does not compile:\n%s", one.diagnostics)
	}
	runner := local.New(local.Options{Version: v, Jobs: 2, StateDir: filepath.Join(dir, ".dagexport"), DagsRoot: dir})
	if problems := runner.Check(one.file); problems.Len() > 0 {
		t.Fatalf("the local target cannot run it: %s", problems.All()[0].Message)
	}
	ctx := ctx(t)
	if err := runner.PreRun(ctx, one.file, filepath.Join(dir, filepath.FromSlash(c.pipeline))); err != nil {
		t.Fatal(err)
	}
	record, err := runner.Run(ctx, c.chosen(t, one.file), target.RunOptions{LogicalDate: c.date, Conf: c.conf})
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
