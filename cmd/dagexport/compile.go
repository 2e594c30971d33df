package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// compileFlags are the flags of every command that compiles.
func compileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "airflow-version", Usage: "the Airflow that it is for, `X.Y`, for lint also several (default: dagexport.yaml's, else " + ir.DefaultVersion.String() + ")"},
		&cli.StringFlag{Name: "dags-root", Usage: "the `FOLDER` that Airflow imports modules from"},
		&cli.StringFlag{Name: "env", Usage: "put x.`NAME`.yaml over each x.yaml"},
		&cli.StringSliceFlag{Name: "set", Usage: "set a key of the pipeline files: `KEY=VALUE`, such as default_args.retries=0 or vars.region=us; repeatable"},
		&cli.BoolFlag{Name: "strict", Usage: "make warnings errors"},
		&cli.StringFlag{Name: "format", Value: "text", Usage: "of diagnostics: text, json, sarif or github"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "name the files that are passed over"},
	}
}

// options are what a command line says about compiling.
type options struct {
	versions []ir.Version // of the command line; empty unless given
	dagsRoot string
	strict   bool
	format   string
	verbose  bool
	env      string
	set      []string
}

func readOptions(c *cli.Context) (options, error) {
	o := options{dagsRoot: c.String("dags-root"), strict: c.Bool("strict"), format: c.String("format"), verbose: c.Bool("verbose"),
		env: c.String("env"), set: c.StringSlice("set")}
	if strings.ContainsAny(o.env, `/\`) {
		return o, usagef("--env %s: it is the name of an environment, such as prod", o.env)
	}
	for _, set := range o.set {
		if key, _, ok := strings.Cut(set, "="); !ok || key == "" {
			return o, usagef("--set %s: it takes KEY=VALUE", set)
		}
	}
	if text := c.String("airflow-version"); text != "" {
		for one := range strings.SplitSeq(text, ",") {
			v, err := ir.ParseVersion(strings.TrimSpace(one))
			if err != nil {
				return o, usageError{"--airflow-version: " + err.Error()}
			}
			o.versions = append(o.versions, v)
		}
	}
	switch o.format {
	case "text", "json", "sarif", "github":
	default:
		return o, usagef("--format %s: it is one of text, json, sarif, github", o.format)
	}
	if o.dagsRoot != "" && !isFolder(o.dagsRoot) {
		return o, usagef("--dags-root %s: there is no such folder", o.dagsRoot)
	}
	return o, nil
}

// source is a file to compile.
type source struct {
	path  string
	named bool   // on the command line, not found in a folder
	root  string // the folder argument that it was found under
}

// unit is a compiled file.
type unit struct {
	source
	result  compiler.Result // with an outline of the File once the exporter has rendered or checked it
	checked diag.List       // what the exporter cannot express
	write   func() error    // what is left to do of the export
	err     error           // of exporting it
	outcome airflow.Outcome

	versions []ir.Version // that the file is for, where one had to be chosen
}

// outline is a file without what is in its DAGs. Of many files together, that would be most of what is in memory.
func outline(file *ir.File) *ir.File {
	short := *file
	short.Pipelines = make([]*ir.Pipeline, len(file.Pipelines))
	for i, p := range file.Pipelines {
		short.Pipelines[i] = &ir.Pipeline{ID: p.ID, IDSpan: p.IDSpan}
	}
	return &short
}

// projects remembers what is the same for all files of a folder. It may be used by several goroutines.
type projects struct {
	dagsRoot string // of the command line; "" unless given

	mutex   sync.Mutex
	folders map[string]*project
	modules map[string]*compiler.Modules // by DAG root
	files   *compiler.Files
}

// project is what is to know of a folder. It does not change any more.
type project struct {
	compiler.Project
	diags    diag.List
	dagsRoot string
	modules  *compiler.Modules
}

func (p *projects) of(file string) *project {
	folder := filepath.Dir(file)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if one, ok := p.folders[folder]; ok {
		return one
	}
	if p.folders == nil {
		p.folders, p.modules, p.files = map[string]*project{}, map[string]*compiler.Modules{}, compiler.NewFiles()
	}
	loaded, diags := compiler.LoadProject(folder)
	one := &project{Project: loaded, diags: diags}
	if p.dagsRoot != "" {
		loaded.DagsRoot = p.dagsRoot
	}
	one.dagsRoot = compiler.FindDagsRoot(file, loaded)
	if one.modules = p.modules[one.dagsRoot]; one.modules == nil {
		one.modules = compiler.NewModules(one.dagsRoot)
		p.modules[one.dagsRoot] = one.modules
	}
	p.folders[folder] = one
	return one
}

// versionsOf are the versions of Airflow that a file is for, as its project and the command line say.
func (p *projects) versionsOf(path string, o options) []ir.Version {
	if len(o.versions) > 0 {
		return o.versions
	}
	if project := p.of(path); len(project.Versions) > 0 {
		return project.Versions
	}
	return []ir.Version{ir.DefaultVersion}
}

// compileOne compiles a file for one of its versions.
func (p *projects) compileOne(path string, o options, version ir.Version, also []ir.Version) compiler.Result {
	project := p.of(path)
	result := compiler.CompileFile(path, compiler.Options{
		Version: version, Also: also, DagsRoot: project.dagsRoot, Modules: project.modules, Files: p.files, Env: o.env, Set: o.set,
	})
	if o.strict || project.Strict {
		result.Diags.Promote()
		if result.Diags.HasErrors() {
			result.File = nil
		}
	}
	return result
}

// expand lists the files that arguments name, those of folders included, each once.
func expand(args []string) ([]source, error) {
	var sources []source
	seen := map[string]bool{}
	add := func(path, root string, named bool) {
		key := filepath.Clean(path)
		if !seen[key] {
			seen[key] = true
			sources = append(sources, source{path: path, named: named, root: root})
		}
	}
	for _, arg := range args {
		if !isFolder(arg) {
			add(arg, "", true)
			continue
		}
		found, err := compiler.Discover(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if !compiler.IsOverlay(path, isFile) {
				add(path, arg, false)
			}
		}
	}
	return sources, nil
}

// parallel calls work for 0 to n-1, as many at a time as there are workers.
func parallel(n, workers int, work func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	group.Wait()
}

func cores() int { return runtime.GOMAXPROCS(0) }

// report writes diagnostics in the chosen format: text to stderr as it comes, the others to stdout when all is known.
type report struct {
	std      streams
	format   string
	color    bool
	views    []diag.View
	said     map[place]bool // what was said of files that several include
	errors   int
	warnings int
}

func newReport(std streams, format string) *report {
	return &report{std: std, format: format, color: colorful(std.err)}
}

// place is what tells a diagnostic from others.
type place struct {
	span    ir.Span
	code    diag.Code
	message string
}

// add takes the diagnostics of a file whose text is source. What they say of other files is said once, however many include
// them.
func (r *report) add(list diag.List, file string, source []byte, others ...compiler.Text) error {
	if len(others) > 0 {
		list = r.unsaid(list, filepath.ToSlash(file))
	}
	if list.Len() == 0 {
		return nil
	}
	for _, d := range list.All() {
		if d.Severity == diag.Error {
			r.errors++
		} else {
			r.warnings++
		}
	}
	var sources diag.Sources
	if source != nil {
		sources.Add(filepath.ToSlash(file), source)
	}
	for _, o := range others {
		sources.Add(o.File, o.Text)
	}
	views := sources.Views(list)
	if r.format != "text" {
		r.views = append(r.views, views...)
		return nil
	}
	return diag.WriteText(r.std.err, views, diag.TextOptions{Color: r.color})
}

// unsaid is the list without what was said of other files before.
func (r *report) unsaid(list diag.List, file string) diag.List {
	if r.said == nil {
		r.said = map[place]bool{}
	}
	return list.Filter(func(d diag.Diagnostic) bool {
		if d.Span.File == file {
			return true
		}
		at := place{d.Span, d.Code, d.Message}
		before := r.said[at]
		r.said[at] = true
		return !before
	})
}

// flush writes what the machine formats collected to out.
func (r *report) flush(out io.Writer) error {
	switch r.format {
	case "json":
		return diag.WriteJSON(out, r.views)
	case "sarif":
		return diag.WriteSARIF(out, r.views)
	case "github":
		return diag.WriteGitHub(out, r.views)
	}
	return nil
}

// colorful tells whether a stream is a terminal of someone who did not refuse colours.
func colorful(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(file)
}

func isTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
