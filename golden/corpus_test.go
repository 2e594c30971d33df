//go:build airflow && corpus

package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/google/go-cmp/cmp"
)

// TestCorpus takes the example files of dag-factory, which people wrote for another tool, through the whole line: what compiles is
// imported by the real Airflow that it was written for, and what has only bash, Python and empty tasks runs here to the end that
// it has there. testdata/corpus.txt says what came of each file; a file that it does not name fails the test.
func TestCorpus(t *testing.T) {
	corpus := os.Getenv("DAGEXPORT_CORPUS")
	files, err := compiler.Discover(corpus)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in DAGEXPORT_CORPUS=%s: %v", corpus, err)
	}
	one := &corpusRun{t: t, root: corpus}
	for _, file := range files {
		one.compile(file)
	}
	one.judge()
	var out bytes.Buffer
	compiled, ran := 0, 0
	for _, c := range one.files {
		fmt.Fprintf(&out, "%s (Airflow %s): %s\n", c.name, c.version, c.end())
		for _, line := range c.said {
			fmt.Fprintf(&out, "  %s\n", line)
		}
		if c.file != nil && c.lacks == "" {
			compiled++
		}
		if c.runs != "" {
			ran++
		}
	}
	fmt.Fprintf(&out, "\n%d files, %d compile and import, %d of them run here\n", len(one.files), compiled, ran)
	const golden = "testdata/corpus.txt"
	want, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
		if *update {
			write(t, golden, out.Bytes())
		}
	}
}

type corpusFile struct {
	name    string
	version ir.Version
	file    *ir.File
	environ map[string]string

	pipeline bool
	root     string // where its DAG file and the modules are
	said     []string
	runs     string // the DAGs that ran here and their states
	lacks    string // the module that keeps Airflow from importing it: its provider is not installed
}

func (c *corpusFile) end() string {
	switch {
	case !c.pipeline:
		return "is no pipeline"
	case c.file == nil:
		return "does not compile"
	case c.lacks != "":
		return "compiles; not imported, as the module " + c.lacks + " is not installed"
	case c.runs == "":
		return "compiles and imports"
	}
	return "compiles, imports and runs: " + c.runs
}

type corpusRun struct {
	t     *testing.T
	root  string
	files []*corpusFile
}

func (r *corpusRun) compile(path string) {
	rel, err := filepath.Rel(r.root, path)
	if err != nil {
		r.t.Fatal(err)
	}
	c := &corpusFile{name: filepath.ToSlash(rel), version: ir.DefaultVersion, root: r.t.TempDir()}
	if strings.HasPrefix(c.name, "airflow2/") {
		c.version = ir.Version{Major: 2, Minor: 11}
	}
	standIns(r.t, c.root)
	source, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, beside := range []string{"defaults.yml", "datasets/example_config_datasets.yml"} {
		if text, err := os.ReadFile(filepath.Join(r.root, beside)); err == nil {
			write(r.t, filepath.Join(c.root, beside), text)
		}
	}
	at := filepath.Join(c.root, filepath.FromSlash(c.name))
	write(r.t, at, source)
	c.environ = map[string]string{"CONFIG_ROOT_DIR": filepath.ToSlash(c.root), "AIRFLOW_HONE": "home"}
	result := compiler.CompileFile(at, compiler.Options{Version: c.version, DagsRoot: c.root, LookupEnv: func(name string) (string, bool) {
		value, set := c.environ[name]
		return value, set
	}})
	c.pipeline = !result.NotPipeline
	for _, d := range result.Diags.All() {
		c.said = append(c.said, fmt.Sprintf("%d:%d: %s: %s [%s]", d.Span.Start.Line, d.Span.Start.Col, d.Severity, d.Message, d.Code))
	}
	c.file = result.File
	r.files = append(r.files, c)
}

// judge imports what has compiled in real Airflow, and compares runs there with runs here.
func (r *corpusRun) judge() {
	for _, v := range []ir.Version{{Major: 2, Minor: 11}, ir.DefaultVersion} {
		var jobs []job
		of := map[string]*corpusFile{}
		for _, c := range r.files {
			if c.file == nil || c.version != v {
				continue
			}
			text, err := airflow.Render(c.file, airflow.RenderOptions{Version: v})
			if err != nil {
				r.t.Fatalf("%s: %v", c.name, err)
			}
			write(r.t, filepath.Join(c.root, "dags.py"), text)
			for i, p := range c.file.Pipelines {
				j := job{ID: fmt.Sprintf("%s-%d", slug(c.name), i), Folder: filepath.ToSlash(c.root), File: "dags.py", Environ: c.environ}
				if runsHere(c.file, p) {
					j.DagID, j.Date, j.Orders = p.ID, logicalDate(p).Format("2006-01-02T15:04:05-07:00"), []string{"own"}
				}
				of[j.ID] = c
				jobs = append(jobs, j)
			}
		}
		interpreter := python(r.t, v.String())
		if v == ir.DefaultVersion {
			interpreter = python(r.t, "dag-factory") // the same, with the providers that the corpus needs
		}
		verdicts := judgeWith(r.t, interpreter, v, jobs)
		for _, j := range jobs {
			c, got := of[j.ID], verdicts[j.ID]
			if m := notInstalled.FindStringSubmatch(fmt.Sprint(got.ImportErrors)); m != nil {
				c.lacks = m[1]
			} else if got.Error != "" || len(got.ImportErrors) > 0 {
				r.t.Errorf("%s: Airflow %s: %v %s", c.name, v, got.ImportErrors, got.Error)
			} else if j.DagID != "" {
				r.compare(c, j.DagID, got.Records["own"])
			}
		}
	}
}

// runsHere tells whether local runs execute a DAG.
func runsHere(file *ir.File, p *ir.Pipeline) bool {
	alone := &ir.File{Path: file.Path, Form: file.Form, Version: file.Version, Pipelines: []*ir.Pipeline{p}}
	problems := local.New(local.Options{Version: file.Version}).Check(alone)
	return !problems.HasErrors()
}

// logicalDate is the date of the runs that are compared. A task that starts later has no instance in Airflow, so it must be after
// a start date that moves with the day.
func logicalDate(p *ir.Pipeline) time.Time {
	start := p.StartDate
	if a := ir.Lookup(p.DefaultArgs, "start_date"); a != nil {
		start = a.Value
	}
	if _, moves := start.(*ir.Ago); moves {
		return time.Date(2100, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
}

// environ is the environment of a local run: the test's own, with the variables that the corpus names.
func (r *corpusRun) environ(c *corpusFile) []string {
	environ := os.Environ()
	for _, name := range slices.Sorted(maps.Keys(c.environ)) {
		environ = append(environ, name+"="+c.environ[name])
	}
	return environ
}

// notInstalled finds the module of a provider that the test's Airflow does not have in what an import said.
var notInstalled = regexp.MustCompile(`ModuleNotFoundError: No module named '(kubernetes|airflow\.providers\.cncf)`)

// unclocked is a record without what the clock puts into run ids.
func unclocked(record []byte) string { return clock.ReplaceAllString(string(record), "manual__now") }

var clock = regexp.MustCompile(`manual__[-0-9T:.+]+`)

func (r *corpusRun) compare(c *corpusFile, dagID string, there json.RawMessage) {
	var record target.Record
	if err := json.Unmarshal(there, &record); err != nil {
		r.t.Fatal(err)
	}
	want, err := record.Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	ctx := ctx(r.t)
	runner := local.New(local.Options{Version: c.version, StateDir: filepath.Join(c.root, ".dagexport"), DagsRoot: c.root, Python: python(r.t, "python"), Environ: r.environ(c)})
	if err := runner.PreRun(ctx, c.file, filepath.Join(c.root, filepath.Base(c.name))); err != nil {
		r.t.Fatal(err)
	}
	for _, p := range c.file.Pipelines {
		if p.ID != dagID {
			continue
		}
		here, err := runner.Run(ctx, p, target.RunOptions{LogicalDate: logicalDate(p)})
		if err != nil {
			r.t.Errorf("%s: %v", c.name, err)
			break
		}
		got, err := here.Encode()
		if err != nil {
			r.t.Fatal(err)
		}
		if diff := cmp.Diff(unclocked(want), unclocked(got)); diff != "" {
			r.t.Errorf("%s: %s (-real Airflow +local run):\n%s", c.name, dagID, diff)
		}
		if c.runs != "" {
			c.runs += ", "
		}
		c.runs += dagID + " " + string(here.State)
	}
	if err := runner.PostRun(ctx); err != nil {
		r.t.Error(err)
	}
}
