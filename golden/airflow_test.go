//go:build airflow

package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var record = flag.Bool("record", false, "rewrite the records from real Airflow, and fail if one changed")

// The orders in which ready tasks run; a record is kept only where all give the same.
var orders = []string{"own", "forward", "backward", "mixed"}

// ordersToHold are those in which a record that is kept is held against Airflow again: DAG.test's own, and one that differs most.
var ordersToHold = []string{"own", "backward"}

// maxLeftOut is the share of cases whose record may depend on the order.
const maxLeftOut = 0.05

// slug makes a case's name fit for a folder and a bundle.
func slug(name string) string { return strings.ReplaceAll(name, "/", "-") }

// TestRecords runs every case, and its twin written by hand, in the real Airflows and compares with the records.
func TestRecords(t *testing.T) {
	cases := loadCases(t)
	orders := orders
	if !*record {
		orders = ordersToHold
	}
	records := map[string]map[ir.Version][]byte{}
	leftOut := map[string]bool{}
	ran := 0
	for _, v := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		jobs, of := recordJobs(t, cases, v, orders)
		ran = max(ran, len(of))
		verdicts := judge(t, v, jobs)
		for _, c := range of {
			got := encodeRecord(t, c, v, verdicts[slug(c.name)], "own")
			if got == nil {
				continue
			}
			for _, order := range orders[1:] {
				if other := encodeRecord(t, c, v, verdicts[slug(c.name)], order); !bytes.Equal(got, other) {
					leftOut[c.name] = true
					t.Errorf("%s: the record of Airflow %s depends on the order (-own +%s):\n%s", c.name, v, order, cmp.Diff(string(got), string(other)))
				}
			}
			if c.hand != nil {
				hand := encodeRecord(t, c, v, verdicts[slug(c.name)+"-hand"], "own")
				if diff := cmp.Diff(string(hand), string(got)); diff != "" {
					t.Errorf("%s: Airflow %s: the generated DAG ends otherwise (-by hand +generated):\n%s", c.name, v, diff)
				}
			}
			if records[c.name] == nil {
				records[c.name] = map[ir.Version][]byte{}
			}
			records[c.name][v] = got
		}
	}
	if share := float64(len(leftOut)) / float64(ran); share > maxLeftOut {
		t.Errorf("%d of %d cases depend on the order", len(leftOut), ran)
	}
	for _, c := range cases {
		files := recordFiles(records[c.name])
		if *record {
			if !leftOut[c.name] && c.rewrite(t, func(name string) bool { return !isRecord(name) }, files) {
				t.Errorf("%s was rewritten", c.path)
			}
			continue
		}
		for _, f := range files {
			if diff := cmp.Diff(string(c.file(f.Name)), string(f.Data)); diff != "" {
				t.Errorf("%s: %s no longer holds (-kept +real Airflow):\n%s", c.name, f.Name, diff)
			}
		}
	}
}

// recordJobs prepares the runs of a version: the generated file of each case, and the one written by hand.
func recordJobs(t *testing.T, cases []*testCase, v ir.Version, orders []string) (jobs []job, of []*testCase) {
	for _, c := range cases {
		if c.noRun != "" || !contains(c.versions, v) {
			continue
		}
		dir := t.TempDir()
		c.unpack(t, dir)
		one := c.compile(t, dir, v)
		if one.file == nil {
			continue
		}
		of = append(of, c)
		j := job{
			ID: slug(c.name), Folder: path.Join(filepath.ToSlash(dir), path.Dir(c.pipeline)), File: one.dagName, Conf: c.conf,
			Environ: c.environ, DagID: c.chosen(t, one.file).ID, Date: c.date.Format("2006-01-02T15:04:05.999999-07:00"), Orders: orders,
		}
		for _, earlier := range c.before {
			j.Before = append(j.Before, [2]string{earlier.dag, earlier.date.Format("2006-01-02T15:04:05-07:00")})
		}
		write(t, filepath.Join(j.Folder, one.dagName), one.dagFile)
		jobs = append(jobs, j)
		if c.hand == nil {
			continue
		}
		twin := t.TempDir()
		c.unpack(t, twin)
		j.ID, j.Folder, j.File, j.Orders = j.ID+"-hand", twin, "hand.py", orders[:1]
		write(t, filepath.Join(twin, "hand.py"), c.hand)
		jobs = append(jobs, j)
	}
	return jobs, of
}

func contains(versions []ir.Version, v ir.Version) bool {
	for _, one := range versions {
		if one == v {
			return true
		}
	}
	return false
}

// encodeRecord is one record of a verdict in the form that is kept; nil, and the test has failed, where there is none.
func encodeRecord(t *testing.T, c *testCase, v ir.Version, got verdict, order string) []byte {
	t.Helper()
	raw := got.Records[order]
	if got.Error != "" || len(got.ImportErrors) > 0 || raw == nil {
		t.Errorf("%s: Airflow %s made no record: %s %s", got.ID, v, strings.Join(got.ImportErrors, "\n"), got.Error)
		return nil
	}
	var record target.Record
	if err := json.Unmarshal(raw, &record); err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	data, err := record.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// recordFiles is how records are kept: one file where all versions agree.
func recordFiles(records map[ir.Version][]byte) []txtar.File {
	var files []txtar.File
	same := true
	for _, v := range ir.Versions {
		data, ok := records[v]
		if !ok {
			continue
		}
		same = same && (len(files) == 0 || bytes.Equal(files[0].Data, data))
		files = append(files, txtar.File{Name: "want/record-" + v.String() + ".json", Data: data})
	}
	if same && len(files) > 0 {
		return []txtar.File{{Name: "want/record.json", Data: files[0].Data}}
	}
	return files
}

// TestImports has all seven Airflows import and serialise every case's DAG file rendered for them.
func TestImports(t *testing.T) {
	cases := loadCases(t)
	for _, v := range ir.Versions {
		t.Run(v.String(), func(t *testing.T) {
			var jobs []job
			files := map[string]*ir.File{}
			for _, c := range cases {
				dir := t.TempDir()
				c.unpack(t, dir)
				one := c.compile(t, dir, v)
				if one.file == nil || !c.wantedFor(v) || c.noImport != "" {
					continue
				}
				folder := path.Join(filepath.ToSlash(dir), path.Dir(c.pipeline))
				write(t, filepath.Join(folder, one.dagName), one.dagFile)
				jobs = append(jobs, job{ID: slug(c.name), Folder: folder, File: one.dagName, Environ: c.environ})
				files[slug(c.name)] = one.file
			}
			if len(jobs) == 0 {
				t.Fatal("nothing to import")
			}
			for id, got := range judge(t, v, jobs) {
				if got.Error != "" || len(got.ImportErrors) > 0 {
					t.Errorf("%s: %s %s", id, strings.Join(got.ImportErrors, "\n"), got.Error)
					continue
				}
				if len(got.Dags) != len(files[id].Pipelines) {
					t.Errorf("%s: %d DAGs, want %d", id, len(got.Dags), len(files[id].Pipelines))
				}
				for _, p := range files[id].Pipelines {
					if diff := cmp.Diff(needsOf(p), upstreamOf(t, got.Dags[p.ID])); diff != "" {
						t.Errorf("%s: the edges of %s differ (-IR +Airflow):\n%s", id, p.ID, diff)
					}
				}
				for _, warning := range got.Warnings {
					t.Errorf("%s: %s", id, warning)
				}
			}
		})
	}
}

// needsOf lists what each task of a pipeline waits for, in the IR.
func needsOf(p *ir.Pipeline) map[string][]string {
	edges := map[string][]string{}
	for _, t := range p.Tasks {
		for _, need := range t.Needs {
			edges[t.ID] = append(edges[t.ID], need.ID)
		}
		slices.Sort(edges[t.ID])
	}
	return edges
}

// upstreamOf lists the same of a DAG that Airflow serialised.
func upstreamOf(t *testing.T, dag json.RawMessage) map[string][]string {
	t.Helper()
	type task struct {
		ID         string   `json:"task_id"`
		Downstream []string `json:"downstream_task_ids"`
	}
	var serialised struct {
		DAG struct {
			Tasks []struct {
				task       // as Airflow 2.9 writes it
				Task *task `json:"__var"` // and later ones
			} `json:"tasks"`
		} `json:"dag"`
	}
	if err := json.Unmarshal(dag, &serialised); err != nil {
		t.Fatal(err)
	}
	edges := map[string][]string{}
	for _, entry := range serialised.DAG.Tasks {
		one := &entry.task
		if entry.Task != nil {
			one = entry.Task
		}
		for _, id := range one.Downstream {
			edges[id] = append(edges[id], one.ID)
		}
	}
	for _, ups := range edges {
		slices.Sort(ups)
	}
	return edges
}

// wantedFor tells whether a case is meant to compile for a version between those it names.
func (c *testCase) wantedFor(v ir.Version) bool {
	if since := c.importFrom; since.Major != 0 && !v.AtLeast(since.Major, since.Minor) {
		return false
	}
	if len(c.versions) > 1 {
		return true
	}
	return c.versions[0].Major == v.Major && v.AtLeast(c.versions[0].Major, c.versions[0].Minor)
}

// TestDagFilesAreGoodPython has ruff look at every DAG file.
func TestDagFilesAreGoodPython(t *testing.T) {
	ruff := filepath.Join(filepath.Dir(python(t, "tools")), "ruff")
	dir := t.TempDir()
	perVersion := map[ir.Version][]string{}
	for _, c := range loadCases(t) {
		for _, v := range c.versions {
			root := filepath.Join(dir, v.String(), slug(c.name))
			c.unpack(t, root)
			one := c.compile(t, root, v)
			if one.file == nil {
				continue
			}
			config := "src = [\".\"]\n"
			var rules []string
			for _, rule := range strings.Fields(c.ruff) {
				if rule == "format" {
					config += "format.exclude = [\"*.py\"]\n"
				} else {
					rules = append(rules, strconv.Quote(rule))
				}
			}
			if len(rules) > 0 {
				config += "lint.per-file-ignores = {\"*.py\" = [" + strings.Join(rules, ", ") + "]}\n"
			}
			write(t, filepath.Join(root, "ruff.toml"), []byte(config))
			file := filepath.Join(root, filepath.FromSlash(path.Dir(c.pipeline)), one.dagName)
			write(t, file, one.dagFile)
			perVersion[v] = append(perVersion[v], file)
		}
	}
	for _, v := range ir.Versions {
		files := perVersion[v]
		if len(files) == 0 {
			continue
		}
		run := func(args ...string) {
			t.Helper()
			cmd := exec.Command(ruff, append(args, files...)...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("Airflow %s: ruff %s: %v\n%s", v, strings.Join(args, " "), err, tail(string(out), 6000))
			}
		}
		run("format", "--no-cache", "--force-exclude", "--check", "--diff", "--line-length", "88")
		run("format", "--no-cache", "--force-exclude", "--check", "--diff", "--line-length", "110")
		run("check", "--no-cache", "--select", "E,F,I,UP", "--ignore", "E501")
		if v.Major >= 3 {
			run("check", "--no-cache", "--preview", "--select", "AIR")
		}
	}
	if _, err := os.Stat(ruff); err != nil {
		t.Fatal(err)
	}
}
