// Package airflow exports pipelines as Airflow DAG files: Render makes the text of one, and the Exporter writes it beside the
// pipeline file.
//
// The text is laid out so that ruff's formatter and its import sorting have nothing to change at line lengths from
// 88 to 120, and so that changing one argument of a task changes only that argument's lines.
package airflow

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Options are the options of an Exporter. Its zero value writes each DAG file beside its pipeline file, for the Airflow
// version that the file was compiled for.
type Options struct {
	Version  ir.Version // zero: the version that the file was compiled for
	DagsRoot string     // the folder from which modules resolve; "": the pipeline file's folder
	OutDir   string     // the DAG file goes there, under the pipeline file's path relative to Root; "": beside the pipeline file
	Root     string     // the folder that OutDir mirrors; "": the pipeline file's folder
	Force    bool       // overwrite a file that was not generated
	Check    bool       // write nothing; the Outcome tells what is stale, with a diff
	Diff     bool       // write nothing; the Outcome has the diff of what would change
	Stdout   io.Writer  // the text goes there and nowhere else; nil: into files

	// Later is given the writing of each rendered file instead of PreRun doing it, for callers that first want to know whether
	// all files are right; what it gets needs nothing of the IR and returns what PreRun would. nil: PreRun writes.
	Later func(write func() error)

	// Report hears what became of each file, one call at a time; nil: nobody listens.
	Report func(Outcome)
}

// Outcome is what became of one pipeline file.
type Outcome struct {
	Source string // the pipeline file
	Path   string // the DAG file; "" for Options.Stdout
	Status Status
	Diff   []byte // unified, from the DAG file as it is to what it should be; for Check and Diff only, empty if Unchanged
}

// Status says what became of a DAG file, or would have, where nothing is written.
type Status int

// The ends of an export.
const (
	Written   Status = iota // the file is new, or was replaced
	Unchanged               // the file was what it should be; it was not touched
	Stale                   // Check or Diff: the file is not what it should be
	Missing                 // Check or Diff: there is no file
	Printed                 // the text went to Options.Stdout
)

// String is the status in lower case.
func (s Status) String() string {
	return [...]string{"written", "unchanged", "stale", "missing", "printed"}[s]
}

// Exporter is the target "airflow". It may be used by several goroutines at once, each with another file.
type Exporter struct {
	options Options
	mu      sync.Mutex // one Report, and one text on Stdout, at a time
}

var _ target.Target = (*Exporter)(nil)

// New makes an Exporter.
func New(options Options) *Exporter { return &Exporter{options: options} }

// Name implements target.Target.
func (e *Exporter) Name() string { return "airflow" }

// PreRun exports the file: it renders its DAG file and writes it, or compares it, as the options say. An unchanged file is
// not touched, and a file is replaced as a whole or not at all.
//
// A *target.Refusal is what the user can act on, such as a hand-written file in the way; nothing was written then.
func (e *Exporter) PreRun(ctx context.Context, file *ir.File, callerFilepath string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	text, imported, err := render(file, RenderOptions{Version: e.options.Version, Source: filepath.Base(callerFilepath)})
	if err != nil {
		return err
	}
	p := &prepared{exporter: e, source: callerFilepath, top: firstSpan(file), text: text, imported: imported}
	if e.options.Later != nil {
		e.options.Later(p.place)
		return nil
	}
	return p.place()
}

// prepared is a pipeline file whose DAG file is rendered and not yet written.
type prepared struct {
	exporter *Exporter
	source   string
	top      ir.Span // where to point for what concerns the whole file
	text     []byte
	imported []string // modules
}

// place writes the DAG file or compares it.
func (p *prepared) place() error {
	e := p.exporter
	if e.options.Stdout != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		if _, err := e.options.Stdout.Write(p.text); err != nil {
			return fmt.Errorf("cannot print the DAG file of %s: %w", p.source, err)
		}
		e.report(Outcome{Source: p.source, Status: Printed})
		return nil
	}
	path, err := e.outputPath(p.source)
	if err != nil {
		return err
	}
	if filepath.Clean(path) == filepath.Clean(p.source) {
		return fmt.Errorf("%s would be overwritten by its own DAG file: a pipeline file ends in .yaml or .yml", p.source)
	}
	var problems diag.List
	p.hidesModule(path, &problems)
	outcome := Outcome{Source: p.source, Path: path}
	if !problems.HasErrors() {
		outcome.Status, outcome.Diff, err = p.replace(path, &problems)
	}
	if problems.HasErrors() {
		return &target.Refusal{Diags: problems}
	}
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.report(outcome)
	return nil
}

func (e *Exporter) report(outcome Outcome) {
	if e.options.Report != nil {
		e.options.Report(outcome)
	}
}

// outputPath is where the DAG file of a pipeline file belongs.
func (e *Exporter) outputPath(source string) (string, error) {
	beside := strings.TrimSuffix(source, filepath.Ext(source)) + ".py"
	if e.options.OutDir == "" {
		return beside, nil
	}
	if e.options.Root == "" {
		return filepath.Join(e.options.OutDir, filepath.Base(beside)), nil
	}
	rel, err := relative(e.options.Root, beside)
	if err != nil {
		return "", err
	}
	if !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not inside %s, so that it has no place in %s", source, e.options.Root, e.options.OutDir)
	}
	return filepath.Join(e.options.OutDir, rel), nil
}

// relative is filepath.Rel, where one path may be absolute and the other not.
func relative(base, path string) (string, error) {
	if filepath.IsAbs(base) != filepath.IsAbs(path) {
		var err error
		if base, err = filepath.Abs(base); err != nil {
			return "", err
		}
		if path, err = filepath.Abs(path); err != nil {
			return "", err
		}
	}
	return filepath.Rel(base, path)
}
