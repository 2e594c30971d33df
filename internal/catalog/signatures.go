package catalog

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/ir"
)

// signatureText has a line for each operator of Airflow 2 and of the providers that the catalogue has read: its path, the versions of
// Airflow for which the line holds ("*": all, the provider has releases of its own), the class at which its constructors end, and
// its arguments, those that it cannot do without with a "!". testdata/signatures.py writes it.
//
//go:embed signatures.txt
var signatureText string

// Signature is what arguments an operator takes beside those of BaseOperator. Of a provider it has those of every release, as nobody
// knows here which one a user has; needed is what every release needs.
type Signature struct {
	names    []string // sorted
	needed   []string
	anything bool
	sensor   bool
}

// Sensor tells whether the operator is a sensor.
func (s *Signature) Sensor() bool { return s.sensor }

// Has tells whether the operator takes an argument of that name.
func (s *Signature) Has(name string) bool {
	return s.anything || slices.Contains(s.names, name)
}

// Names lists the arguments, sorted; those of every sensor stand last.
func (s *Signature) Names() []string { return s.names }

// Needed lists the arguments that the operator cannot do without, sorted.
func (s *Signature) Needed() []string { return s.needed }

type signatureKey struct {
	path    string
	version ir.Version
}

var signatures struct {
	sync.Mutex
	read map[signatureKey]*Signature
}

// SignatureOf is what the operator of an import path takes in a version of Airflow, under whatever path that version has it; nil where
// the catalogue does not know.
func SignatureOf(path string, v ir.Version) *Signature {
	if class := FindClass(path); class != nil {
		return class.Signature(v)
	}
	return FindSignature(path, v)
}

// FindSignature finds what the operator of an import path takes in a version of Airflow; nil where the catalogue does not know.
// The result is shared: it must not be changed.
func FindSignature(path string, v ir.Version) *Signature {
	if signatureLines()[path] == nil {
		return nil
	}
	key := signatureKey{path, v}
	signatures.Lock()
	defer signatures.Unlock()
	if s, known := signatures.read[key]; known {
		return s
	}
	if signatures.read == nil {
		signatures.read = map[signatureKey]*Signature{}
	}
	s := readSignature(path, v)
	signatures.read[key] = s
	return s
}

func readSignature(path string, v ir.Version) *Signature {
	for _, line := range signatureLines()[path] {
		versions, words, _ := strings.Cut(line, " ")
		if versions != "*" && !slices.Contains(strings.Split(versions, ","), v.String()) {
			continue
		}
		s := &Signature{}
		list := strings.Fields(words)
		for _, word := range list[1:] {
			name, needed := strings.CutSuffix(word, "!")
			switch {
			case name == "**":
				s.anything = true
				continue
			case needed:
				s.needed = append(s.needed, name)
			}
			s.names = append(s.names, name)
		}
		if list[0] == "sensor" {
			base := readSignature("BaseSensorOperator", v)
			if base == nil {
				return nil // a version that was not read yet
			}
			s.sensor = true
			for _, name := range base.names {
				if !slices.Contains(s.names, name) {
					s.names = append(s.names, name)
				}
			}
		}
		return s
	}
	return nil
}

var signatureLines = sync.OnceValue(func() map[string][]string {
	lines := make(map[string][]string, 256)
	for line := range strings.Lines(signatureText) {
		path, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		lines[path] = append(lines[path], rest)
	}
	return lines
})

// Signature is what the class takes in a version of Airflow; nil where the catalogue does not know, or the version lacks the class.
func (c *Class) Signature(v ir.Version) *Signature {
	if c.Since.Major != 0 && !v.AtLeast(c.Since.Major, c.Since.Minor) {
		return nil
	}
	return FindSignature(c.ModuleFor(v)+"."+c.Name, v)
}

// Signature is what the decorator takes in a version of Airflow, what belongs to the call left out; nil where the catalogue does not know.
func (d *Decorator) Signature(v ir.Version) *Signature {
	module := d.modules[0]
	switch {
	case strings.HasPrefix(module, "airflow."):
	case v.Major == 2:
		module = "airflow.decorators." + module
	default:
		module = "airflow.providers.standard.decorators." + module
	}
	return FindSignature(module+"."+d.class, v)
}
