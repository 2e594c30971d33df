// Package golden holds the tests that compare whole pipelines with recorded truth: one txtar archive per case under
// testdata, with the pipeline, what the compiler says, the IR, the DAG files, and the run records that real Airflow produced.
//
// A case is a paragraph that says what it shows, settings, and files:
//
//	Anything that reads as a sentence about the case.
//
//	date: 2026-01-02            the logical date; 2026-01-02 unless given
//	before: a@2026-01-01 b@...  runs of DAGs of the file that come before, with their logical dates
//	conf: {"a": 1}              dag_run.conf
//	dag: other                  the DAG that is run; the first unless given
//	versions: 3.3               the Airflow versions; "2.11 3.3" unless given
//	run: no, REASON             nothing is run
//	import: no, REASON          the DAG file is not imported, as what it needs is not installed
//	import: from 2.10, REASON   the DAG file is imported by this version and later ones alone
//	local: no, REASON           the local target refuses the DAG
//	local: by Airflow           the interpreter of the local run has Airflow
//	also: 2.11                  other versions that the pipeline file is for
//	env: prod                   the environment, as --env gives it
//	set: KEY=VALUE              as --set gives it; may stand several times
//	environ: A=b                an environment variable; there are no others, neither when compiling nor when Airflow reads the DAG file
//	ruff: AIR001 format         rules of ruff, or its formatter, that the user's own ids, dates or functions break, not our text
//	-- in/pipeline.yaml --      the input; further files may stand beside it
//	-- hand.py --               the same DAG written by hand; its record must be the same
//	-- want/diagnostics --      what compiling says, where it says something (for the newest version; diagnostics-2.11 if it differs)
//	-- want/ir.json --
//	-- want/2.11/pipeline.py -- the DAG files
//	-- want/3.3/pipeline.py --
//	-- want/record.json --      what real Airflow made of it (record-2.11.json, record-3.3.json where they differ)
//
// `go test ./golden -update` rewrites want/diagnostics, want/ir.json and the DAG files, and fails if that changed anything.
// Records are only ever written from real Airflow, by `make golden`.
package golden

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var (
	update = flag.Bool("update", false, "rewrite the goldens that are not records, and fail if one changed")
	only   = flag.String("case", "", "work on the cases whose names match this regular expression only")
)

// testCase is one archive of testdata.
type testCase struct {
	name      string // path below testdata without .txtar
	path      string
	archive   *txtar.Archive
	pipeline  string // the pipeline file's path below in/
	hand      []byte
	versions  []ir.Version
	date      time.Time
	before    []earlierRun
	conf      json.RawMessage
	dag       string
	runName   string // "": as the local target calls it
	noRun     string
	noLocal   string
	byAirflow bool
	noImport  string

	importFrom ir.Version // zero: every version

	ruff    string
	environ map[string]string
	also    []ir.Version
	env     string
	set     []string
}

// earlierRun is a run that comes before that of a case.
type earlierRun struct {
	dag  string
	date time.Time
}

// loadCases reads every case, in the order of their names.
func loadCases(t testing.TB) []*testCase {
	t.Helper()
	chosen, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	var cases []*testCase
	err = filepath.WalkDir("testdata", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry.Name() == "newcomer" {
				return fs.SkipDir // files of another kind; TestNewcomer reads them
			}
			return err
		}
		if !strings.HasSuffix(file, ".txtar") {
			return nil
		}
		c, err := loadCase(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if chosen.MatchString(c.name) {
			cases = append(cases, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func loadCase(file string) (*testCase, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	slash := filepath.ToSlash(file)
	c := &testCase{
		name:     strings.TrimSuffix(strings.TrimPrefix(slash, "testdata/"), ".txtar"),
		path:     file,
		archive:  txtar.Parse(data),
		versions: []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}},
		date:     time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
	}
	if err := c.settings(string(c.archive.Comment)); err != nil {
		return nil, err
	}
	for _, f := range c.archive.Files {
		switch {
		case strings.HasPrefix(f.Name, "in/"):
			base := path.Base(f.Name)
			if ext := path.Ext(base); c.pipeline == "" && (ext == ".yaml" || ext == ".yml") && base != "dagexport.yaml" {
				c.pipeline = strings.TrimPrefix(f.Name, "in/")
			}
		case f.Name == "hand.py":
			c.hand = f.Data
		case !strings.HasPrefix(f.Name, "want/"):
			return nil, fmt.Errorf("file %s is neither input nor expectation", f.Name)
		}
	}
	if c.pipeline == "" {
		return nil, fmt.Errorf("no pipeline file under in/")
	}
	return c, nil
}

func (c *testCase) settings(comment string) error {
	_, settings, _ := strings.Cut(comment, "\n\n")
	for line := range strings.Lines(settings) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.Contains(key, " ") {
			continue
		}
		switch key {
		case "date":
			date, err := time.Parse(time.RFC3339, value)
			if err != nil {
				date, err = time.Parse(time.DateOnly, value)
			}
			if err != nil {
				return err
			}
			c.date = date.UTC()
		case "before":
			for _, one := range strings.Fields(value) {
				dag, text, _ := strings.Cut(one, "@")
				date, err := time.Parse(time.DateOnly, text)
				if err != nil {
					return err
				}
				c.before = append(c.before, earlierRun{dag, date})
			}
		case "conf":
			if !json.Valid([]byte(value)) {
				return fmt.Errorf("conf is not JSON: %s", value)
			}
			c.conf = json.RawMessage(value)
		case "dag":
			c.dag = value
		case "versions":
			c.versions = nil
			for _, text := range strings.Fields(value) {
				v, err := ir.ParseVersion(text)
				if err != nil {
					return err
				}
				c.versions = append(c.versions, v)
			}
		case "run":
			if !strings.HasPrefix(value, "no, ") {
				return fmt.Errorf("run: only \"no, REASON\" may stand here")
			}
			c.noRun = value
		case "local":
			if value == "by Airflow" {
				c.byAirflow = true
				break
			}
			if !strings.HasPrefix(value, "no, ") {
				return fmt.Errorf("local: only \"no, REASON\" may stand here")
			}
			c.noLocal = value
		case "import":
			from, reason, _ := strings.Cut(value, ", ")
			since, ok := strings.CutPrefix(from, "from ")
			if from != "no" && !ok || reason == "" {
				return fmt.Errorf("import: only \"no, REASON\" or \"from VERSION, REASON\" may stand here")
			}
			if !ok {
				c.noImport = value
				break
			}
			v, err := ir.ParseVersion(since)
			if err != nil {
				return err
			}
			c.importFrom = v
		case "ruff":
			c.ruff = value
		case "also":
			v, err := ir.ParseVersion(value)
			if err != nil {
				return err
			}
			c.also = append(c.also, v)
		case "env":
			c.env = value
		case "set":
			c.set = append(c.set, value)
		case "environ":
			name, text, ok := strings.Cut(value, "=")
			if !ok {
				return fmt.Errorf("environ: NAME=value may stand here")
			}
			if c.environ == nil {
				c.environ = map[string]string{}
			}
			c.environ[name] = text
		default:
			return fmt.Errorf("unknown setting %q", key)
		}
	}
	return nil
}

// file is a file of the archive, nil if it is not there.
func (c *testCase) file(name string) []byte {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// unpack writes the files below in/ into dir.
func (c *testCase) unpack(t testing.TB, dir string) {
	t.Helper()
	for _, f := range c.archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "in/"); ok {
			write(t, filepath.Join(dir, filepath.FromSlash(name)), c.input(f))
		}
	}
}

// input is the data of an input file. txtar cannot hold every byte: in a file that begins with "#!go-quoted" each line is
// a Go string literal, and the file is what they come to, one after another.
func (c *testCase) input(f txtar.File) []byte {
	rest, ok := bytes.CutPrefix(f.Data, []byte("#!go-quoted\n"))
	if !ok {
		return f.Data
	}
	var out []byte
	for line := range bytes.Lines(rest) {
		var text string
		if _, err := fmt.Sscanf(string(line), "%q", &text); err != nil {
			panic(fmt.Sprintf("%s: %s: %v", c.path, f.Name, err))
		}
		out = append(out, text...)
	}
	return out
}

// compiled is what one Airflow version's compilation of a case came to.
type compiled struct {
	version     ir.Version
	file        *ir.File
	diagnostics []byte // as text, with paths relative to the input folder
	irJSON      []byte
	dagFile     []byte
	dagName     string // name of the DAG file
}

// compile compiles and renders the case in dir, where it was unpacked.
func (c *testCase) compile(t testing.TB, dir string, version ir.Version) compiled {
	t.Helper()
	source := filepath.Join(dir, filepath.FromSlash(c.pipeline))
	result := compiler.CompileFile(source, compiler.Options{Version: version, Also: c.also, DagsRoot: dir, Env: c.env, Set: c.set, LookupEnv: func(name string) (string, bool) {
		value, set := c.environ[name]
		return value, set
	}})
	out := compiled{version: version, file: result.File}
	var sources diag.Sources
	sources.Add(filepath.ToSlash(source), result.Source)
	for _, o := range result.Others {
		sources.Add(o.File, o.Text)
	}
	var text bytes.Buffer
	if err := diag.WriteText(&text, sources.Views(result.Diags), diag.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	out.diagnostics = bytes.ReplaceAll(text.Bytes(), []byte(filepath.ToSlash(dir)+"/"), nil)
	if result.File == nil {
		return out
	}
	data, err := result.File.JSON(false)
	if err != nil {
		t.Fatal(err)
	}
	out.irJSON = bytes.ReplaceAll(data, []byte(filepath.ToSlash(dir)+"/"), nil)
	out.dagName = strings.TrimSuffix(path.Base(c.pipeline), path.Ext(c.pipeline)) + ".py"
	out.dagFile, err = airflow.Render(result.File, airflow.RenderOptions{Version: version})
	if err != nil {
		t.Fatalf("rendering for Airflow %s: %v", version, err)
	}
	return out
}

// compileAll compiles the case for each of its versions.
func (c *testCase) compileAll(t testing.TB) []compiled {
	t.Helper()
	dir := t.TempDir()
	c.unpack(t, dir)
	var all []compiled
	for _, v := range c.versions {
		all = append(all, c.compile(t, dir, v))
	}
	return all
}

// produced is every want file that the compiler and the Airflow target make of the case.
func (c *testCase) produced(all []compiled) []txtar.File {
	var files []txtar.File
	newest := all[len(all)-1]
	add := func(name string, data []byte) {
		if len(data) > 0 {
			files = append(files, txtar.File{Name: name, Data: data})
		}
	}
	add("want/diagnostics", newest.diagnostics)
	for _, one := range all[:len(all)-1] {
		if !bytes.Equal(one.diagnostics, newest.diagnostics) {
			data := one.diagnostics
			if len(data) == 0 {
				data = []byte("none\n")
			}
			add("want/diagnostics-"+one.version.String(), data)
		}
	}
	add("want/ir.json", newest.irJSON)
	for _, one := range all {
		add("want/"+one.version.String()+"/"+one.dagName, one.dagFile)
	}
	return files
}

// record is the recorded truth for a version, nil if there is none.
func (c *testCase) record(version ir.Version) []byte {
	if data := c.file("want/record-" + version.String() + ".json"); data != nil {
		return data
	}
	return c.file("want/record.json")
}

func isRecord(name string) bool { return strings.HasPrefix(name, "want/record") }

// rewrite replaces the archive's want files that keep says no to by files, and tells whether that changed anything.
func (c *testCase) rewrite(t testing.TB, keep func(name string) bool, files []txtar.File) bool {
	t.Helper()
	out := &txtar.Archive{Comment: c.archive.Comment}
	var records []txtar.File
	for _, f := range c.archive.Files {
		switch {
		case !strings.HasPrefix(f.Name, "want/"):
			out.Files = append(out.Files, f)
		case keep(f.Name):
			records = append(records, f)
		}
	}
	out.Files = append(out.Files, append(records, files...)...)
	slices.SortStableFunc(out.Files, func(a, b txtar.File) int { return cmp2(rank(a.Name), rank(b.Name)) })
	text := txtar.Format(out)
	old, err := os.ReadFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(old, text) {
		return false
	}
	write(t, c.path, text)
	return true
}

// rank orders the files of an archive as a reader wants them: input, hand-written twin, then what came of it.
func rank(name string) int {
	for i, prefix := range []string{"in/", "hand.py", "want/diagnostics", "want/2", "want/3", "want/record", "want/ir"} {
		if strings.HasPrefix(name, prefix) {
			return i
		}
	}
	return 100
}

func cmp2(a, b int) int { return a - b }

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCases compiles and renders every case and compares with what is written down.
func TestCases(t *testing.T) {
	cases := loadCases(t)
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := c.compileAll(t)
			files := c.produced(all)
			if *update {
				if c.rewrite(t, isRecord, files) {
					t.Errorf("%s was rewritten", c.path)
				}
				return
			}
			want := map[string]bool{}
			for _, f := range files {
				want[f.Name] = true
				if diff := cmp.Diff(string(c.file(f.Name)), string(f.Data)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, diff)
				}
			}
			for _, f := range c.archive.Files {
				if strings.HasPrefix(f.Name, "want/") && !want[f.Name] && !isRecord(f.Name) {
					t.Errorf("%s is expected, and nothing made it", f.Name)
				}
			}
			again := c.produced(c.compileAll(t))
			if diff := cmp.Diff(files, again); diff != "" {
				t.Errorf("compiling twice gives two results:\n%s", diff)
			}
		})
	}
}

// leastRecorded is how many cases real Airflow has recorded at least.
const leastRecorded = 250

// TestRecordsAreComplete says which case lacks the record that it should have, and which has one too many.
func TestRecordsAreComplete(t *testing.T) {
	recorded := 0
	defer func() {
		if *only == "" && recorded < leastRecorded {
			t.Errorf("%d cases have records, want at least %d", recorded, leastRecorded)
		}
	}()
	for _, c := range loadCases(t) {
		dir := t.TempDir()
		c.unpack(t, dir)
		used := map[string]bool{}
		for _, v := range c.versions {
			one := c.compile(t, dir, v)
			has := c.record(v) != nil
			if has && v == c.versions[0] {
				recorded++
			}
			wants := one.file != nil && c.noRun == ""
			if wants && !has {
				t.Errorf("%s: no record for Airflow %s: run make golden", c.name, v)
			}
			if wants {
				used["want/record-"+v.String()+".json"] = true
				used["want/record.json"] = true
			}
		}
		for _, f := range c.archive.Files {
			if isRecord(f.Name) && !used[f.Name] {
				t.Errorf("%s: %s belongs to no run", c.name, f.Name)
			}
		}
		if c.hand != nil && c.noRun != "" {
			t.Errorf("%s: hand.py beside a case that is not run", c.name)
		}
	}
}

// ctx bounds a run of one case.
func ctx(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
