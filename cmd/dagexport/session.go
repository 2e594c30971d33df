package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// session is one call of a command that compiles: its options, and what has been said.
type session struct {
	std     streams
	options options
	report  *report
	invalid bool // something did not compile, or was refused

	anyEnv       bool // an environment of which no file knows is no mistake
	manyVersions bool // files are looked at for each version that they are for
}

func newSession(std streams, o options) *session {
	return &session{std: std, options: o, report: newReport(std, o.format)}
}

// compile compiles the files that the arguments name, and takes out those that contradict each other. What needs the IR of a
// file is done by use, by several goroutines at once, and only an outline of it is kept; a nil use keeps all.
func (s *session) compile(args []string, use func(*unit)) ([]*unit, error) {
	sources, err := expand(args)
	if err != nil {
		return nil, err
	}
	projects := projects{dagsRoot: s.options.dagsRoot}
	units := make([]*unit, len(sources))
	parallel(len(sources), cores(), func(i int) {
		versions := projects.versionsOf(sources[i].path, s.options)
		one := func(version ir.Version) *unit {
			u := &unit{source: sources[i], result: projects.compileOne(sources[i].path, s.options, version, versions)}
			if use != nil && u.result.File != nil {
				use(u)
				u.result.File = outline(u.result.File)
			}
			return u
		}
		if len(versions) > 1 && s.manyVersions {
			units[i] = acrossVersions(versions, one)
		} else {
			units[i] = one(versions[0])
			units[i].versions = versions
		}
	})
	said := map[string]bool{}
	for _, u := range units {
		if len(u.versions) > 1 {
			return nil, usagef("%s is for Airflow %s: say for which one, with --airflow-version", u.path, versionNames(u.versions))
		}
		if err := s.project(projects.of(u.path), said); err != nil {
			return nil, err
		}
	}
	if err := s.knowsEnv(units); err != nil {
		return nil, err
	}
	s.refuseTwice(units)
	return units, nil
}

// knowsEnv refuses an environment of which no pipeline file knows: its name is misspelt.
func (s *session) knowsEnv(units []*unit) error {
	for _, u := range units {
		if s.options.env == "" || s.anyEnv || u.result.Overlaid {
			return nil
		}
	}
	for _, u := range units {
		if !u.result.NotPipeline {
			return usagef("--env %s: there is no overlay for it, such as %s", s.options.env, compiler.OverlayPath(u.path, s.options.env))
		}
	}
	return nil
}

// project says, once, what is wrong with a dagexport.yaml.
func (s *session) project(p *project, said map[string]bool) error {
	if p.diags.Len() == 0 || said[p.Path] {
		return nil
	}
	said[p.Path] = true
	s.invalid = s.invalid || p.diags.HasErrors()
	text, _ := os.ReadFile(p.Path)
	return s.report.add(p.diags, p.Path, text)
}

// passOver names a file of a folder that is no pipeline, for those who want to know.
func (s *session) passOver(u *unit) {
	if s.options.verbose {
		_, _ = fmt.Fprintf(s.std.err, "%s: passed over: no tasks and no DAGs in it\n", u.path)
	}
}

// refuseTwice takes out files that would write the same DAG file or declare the same DAG.
func (s *session) refuseTwice(units []*unit) {
	type first struct {
		unit *unit
		span ir.Span
	}
	outputs, dags := map[string]first{}, map[string]first{}
	refused := map[*unit]bool{}
	for _, u := range units {
		if u.result.File == nil {
			continue
		}
		output := strings.TrimSuffix(filepath.Clean(u.path), filepath.Ext(u.path))
		top := u.result.File.Pipelines[0].IDSpan
		if before, ok := outputs[output]; ok {
			u.result.Diags.Errorf(top, diag.Conflict, "%s and %s would both become %s", u.path, before.unit.path, filepath.Base(output)+".py").
				WithHelp("rename or remove one of them")
			refused[u], refused[before.unit] = true, true
			continue
		}
		outputs[output] = first{u, top}
		for _, p := range u.result.File.Pipelines {
			if before, ok := dags[p.ID]; ok && before.unit != u {
				u.result.Diags.Errorf(p.IDSpan, diag.DuplicateID, "DAG %q is declared in %s too", p.ID, before.unit.path).
					WithHelp("Airflow keeps only one DAG of an id: give one of them another dag_id")
				refused[u], refused[before.unit] = true, true
				continue
			}
			dags[p.ID] = first{u, p.IDSpan}
		}
	}
	for u := range refused {
		u.result.File = nil
	}
}

// compileNamed compiles one file for a command that works on one, and says what there is to say.
func compileNamed(std streams, path string, o options) (*compiler.Result, error) {
	s := newSession(std, o)
	units, err := s.compile([]string{path}, nil)
	if err != nil {
		return nil, err
	}
	result := units[0].result
	if err := s.report.add(result.Diags, path, result.Source, result.Others...); err != nil {
		return nil, err
	}
	if err := s.report.flush(std.err); err != nil {
		return nil, err
	}
	if result.File == nil || s.invalid {
		return nil, exit(exitInvalid)
	}
	return &result, nil
}
