package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
)

// finder looks for DAGs by their ids: in the file at path, which is compiled, then in the other pipeline files of its folder and
// of its DAG root. These are compiled when something is asked for that the file does not have.
type finder struct {
	path    string
	result  *compiler.Result
	options options

	once   sync.Once
	found  map[string]*local.Found
	failed []*unit
	err    error
}

// find implements local.FindFunc.
func (f *finder) find(dagID string) (*local.Found, error) {
	for _, p := range f.result.File.Pipelines {
		if p.ID == dagID {
			return &local.Found{File: f.result.File, Path: f.path, Pipeline: p, DagsRoot: f.result.DagsRoot}, nil
		}
	}
	f.once.Do(f.compile)
	if f.err != nil || f.found[dagID] != nil {
		return f.found[dagID], f.err
	}
	for _, u := range f.failed {
		if bytes.Contains(u.result.Source, []byte(dagID)) {
			return nil, fmt.Errorf("see dagexport lint %s", u.path)
		}
	}
	return nil, nil
}

// compile compiles the files where other DAGs may be.
func (f *finder) compile() {
	f.found = map[string]*local.Found{}
	sources, err := expand([]string{filepath.Dir(f.path), f.result.DagsRoot})
	if err != nil {
		f.err = err
		return
	}
	projects := projects{dagsRoot: f.options.dagsRoot}
	versions := []ir.Version{f.result.File.Version}
	for _, s := range sources {
		if same(s.path, f.path) {
			continue
		}
		u := &unit{source: s, result: projects.compileOne(s.path, f.options, versions[0], versions)}
		switch {
		case u.result.NotPipeline:
		case u.result.File == nil:
			f.failed = append(f.failed, u)
		default:
			for _, p := range u.result.File.Pipelines {
				if f.found[p.ID] == nil {
					f.found[p.ID] = &local.Found{File: u.result.File, Path: s.path, Pipeline: p, DagsRoot: u.result.DagsRoot}
				}
			}
		}
	}
}

// same tells whether two paths name one file.
func same(a, b string) bool {
	first, err1 := filepath.Abs(a)
	second, err2 := filepath.Abs(b)
	return err1 == nil && err2 == nil && first == second
}
