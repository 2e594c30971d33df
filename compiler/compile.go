// Package compiler turns pipeline files into the intermediate representation. It is the only package that knows YAML.
package compiler

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// Options say how a file is compiled.
type Options struct {
	Version  ir.Version   // the target Airflow; the zero Version is ir.DefaultVersion
	Also     []ir.Version // others that the file is for, too; what means something else there is said
	DagsRoot string       // the folder from which modules resolve; "" finds it as described in FindDagsRoot
	Modules  *Modules     // what is known of the modules below DagsRoot; nil: nothing yet

	Files *Files // what was read of files that several include; nil: nothing yet

	Env string   // the environment whose overlay is put over the file; "" for none
	Set []string // key=value, put over it last

	// LookupEnv reads the environment variables that dag-factory's form names; nil: os.LookupEnv.
	LookupEnv func(name string) (value string, set bool)
}

// Result is what compiling one file came to.
type Result struct {
	File        *ir.File  // nil when Diags has errors or the file is no pipeline
	Diags       diag.List // sorted, without repetition
	NotPipeline bool      // a YAML file without tasks or DAGs; Diags then says why, for a file that was named itself
	Source      []byte    // the bytes that were compiled, for excerpts
	Others      []Text    // other files that were read for it, and the values of Options.Set
	Overlaid    bool      // there is an overlay of Options.Env for this file
	DagsRoot    string    // the root that was used
}

// Text is a text that diagnostics may point into.
type Text struct {
	File string // as spans name it
	Text []byte
}

// compilation is the state of compiling one file.
type compilation struct {
	path    string // as the operating system takes it
	version ir.Version
	root    string // the DAG root
	src     *source
	opts    Options
	memory  *memory
	others  []*source // of files that this one includes, and of Options.Set
	diags   *diag.List
	mode    schema
	modules *Modules
	classes []knownClass

	otherRoots []*node          // of others
	overlaid   bool             // there is a file for the environment
	expanded   bool             // loops, fragments or templates were filled in
	filled     map[ir.Span]bool // scalars whose text a template made

	timezone  string                  // of the DAG at hand: what naive dates are in
	body      *node                   // of the DAG at hand
	taskNames map[string]bool         // ids of the tasks in body, once they were asked for
	taskList  []string                // the same, in the order of writing
	given     *given                  // what is known of the arguments at hand; nil: no outputs of tasks may stand there
	inline    map[string]*ir.Function // those that stand in the file, by name
	guesses   int                     // how many names of outputs were compared with those of all tasks

	env      func(string) (string, bool)
	quoted   map[*node]bool  // scalars that were said to need quotes: what else they could mean is no further mistake
	resolved map[*node]bool  // scalars whose environment variables have been replaced
	envSaid  map[string]bool // environment variables of which something was said

	datasetsAtHand *datasetFile // that the names of assets are looked up in; nil: they are URIs
}

// CompileFile compiles the file at a path. A file that cannot be read is a diagnostic.
func CompileFile(path string, opts Options) Result {
	src, err := os.ReadFile(path)
	if err != nil {
		var result Result
		result.Diags.Errorf(ir.Span{File: filepath.ToSlash(path)}, diag.Unreadable, "cannot read the file: %s", reason(err))
		return result
	}
	return Compile(path, src, opts)
}

// Compile compiles the text of a file. Any bytes will do: what is wrong with them is in the diagnostics, all of it at once.
// Beside the text it reads the files that this one includes, shared defaults, the overlay of the environment and the Python modules
// below the DAG root, which it never runs, and looks whether template files exist.
func Compile(path string, src []byte, opts Options) (result Result) {
	result = Result{Source: src, DagsRoot: opts.DagsRoot}
	if result.DagsRoot == "" {
		result.DagsRoot = FindDagsRoot(path, Project{})
	}
	c := &compilation{
		path: path, version: opts.Version, root: result.DagsRoot, modules: opts.Modules,
		src: newSource(filepath.ToSlash(path), src), diags: &result.Diags, env: opts.LookupEnv,
	}
	if c.version == (ir.Version{}) {
		c.version = ir.DefaultVersion
	}
	if c.modules == nil {
		c.modules = NewModules(result.DagsRoot)
	}
	if opts.Files == nil {
		opts.Files = NewFiles()
	}
	c.opts = opts
	defer c.finish(&result)

	// Text becomes a tree that knows its places; without one there is nothing to go on with.
	memory := memories.Get().(*memory)
	defer memory.release()
	c.memory = memory
	root := parse(c.src, memory, c.diags)
	if root == nil {
		return result
	}
	// The top-level keys tell one DAG from many, and both from a file that is something else.
	form, ok := c.form(root)
	if !ok {
		result.NotPipeline = true
		return result
	}
	// Shared defaults go under the file, what an environment and the command line change over it.
	root = c.overlay(root, form)
	// Fragments, bases, loops and templates become plain declarations.
	bodies := c.expand(root, form)
	// Each DAG's keys become declarations: values typed, names not yet looked up.
	dags := c.decodeFile(root, form, bodies)
	for _, d := range dags {
		// Names become tasks and groups, and edges between groups edges between tasks.
		c.resolve(d)
		// What means something else to another version that the file is for.
		c.checkInterval(d)
		// What needs the whole graph: cycles, rules that do not go together.
		c.check(d)
		// Defaults are applied, and every field of the IR gets its final value.
		c.lower(d)
		// What only a run would show otherwise: templates, the arguments of callables, files that are not there.
		c.checkRun(d)
	}
	if result.Diags.HasErrors() {
		return result
	}
	result.File = &ir.File{Path: c.src.file, Form: form, Version: c.version, With: c.with()}
	for _, d := range dags {
		result.File.Pipelines = append(result.File.Pipelines, d.p)
	}
	return result
}

// with lists the options that changed what the file says.
func (c *compilation) with() []string {
	var with []string
	if c.overlaid {
		with = append(with, "--env "+c.opts.Env)
	}
	for _, set := range c.opts.Set {
		key, _, _ := strings.Cut(set, "=")
		with = append(with, "--set "+key)
	}
	return with
}

// finish puts what was said in order and hands over the texts that it is about.
func (c *compilation) finish(result *Result) {
	result.Diags.Sort()
	if c.expanded {
		result.Diags.Calm(func(span ir.Span) bool { return c.filled[span] })
	}
	for _, s := range c.others {
		result.Others = append(result.Others, Text{s.file, s.text})
	}
	result.Overlaid = c.overlaid
}

// sourceOf is the file that a span is in; nil for none that was read.
func (c *compilation) sourceOf(span ir.Span) *source {
	if span.File == c.src.file {
		return c.src
	}
	for _, s := range c.others {
		if s.file == span.File {
			return s
		}
	}
	return nil
}

// written is the text of a node as it stands in its file.
func (c *compilation) written(n *node) string {
	if s := c.sourceOf(n.span); s != nil {
		return s.at(n.span)
	}
	return n.text
}

// baseName is the name of the file without folders and extension: the id of a DAG that has none.
func (c *compilation) baseName() string {
	base := filepath.Base(c.path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
