package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/ir"
)

// Class is an operator class that the catalogue knows.
type Class struct {
	Name   string
	Module string     // the canonical module: the newest spelling known
	Core   string     // the module in Airflow 2's core; "" where it is the same on every version
	Moved  string     // where Airflow 3 has it, for a class that another one has succeeded; then Module is its module on 2
	Also   []string   // further full import paths that some Airflow version accepted for it
	Since  ir.Version // the first version that has it; zero: every supported one

	Kind           string // "bash", "python", "empty"; "operator" for every other
	TemplateFields []string
	TemplateExt    []string
	CoreFields     []string // the template fields of the class in Core, where they are others
	Unread         bool     // nothing but its path is known: no fields and extensions
}

// ModuleFor is the module that a version of Airflow imports the class from.
func (c *Class) ModuleFor(v ir.Version) string {
	switch {
	case c.Core != "" && v.Major == 2:
		return c.Core
	case c.Moved != "" && v.Major > 2:
		return c.Moved
	}
	return c.Module
}

// FieldsFor is the template fields that the class has in a version of Airflow.
func (c *Class) FieldsFor(v ir.Version) []string {
	switch {
	case c.CoreFields != nil && v.Major == 2:
		return c.CoreFields
	case c.Moved != "" && v.Major > 2:
		return FindClass(c.Moved + "." + c.Name).TemplateFields
	}
	return c.TemplateFields
}

// CallsFunction tells whether the operator calls a function that it is given as python_callable.
func (c *Class) CallsFunction() bool {
	return c.Module == "airflow.providers.standard.operators.python" && c.Name != "SmoothOperator" || c.Name == "PythonSensor"
}

// FindClass finds a class by any of its import paths, or by its bare name where only one class has it; nil when unknown.
// The result is shared: it must not be changed.
func FindClass(path string) *Class { return classIndex()[path] }

// classIndex is built at the first look-up.
var classIndex = sync.OnceValue(func() map[string]*Class {
	index := make(map[string]*Class, 4*len(classes)+3*len(moved))
	bare := make(map[string]*Class, len(classes)+len(moved))
	add := func(c *Class) {
		index[c.Module+"."+c.Name] = c
		if c.Core != "" {
			index[c.Core+"."+c.Name] = c
		}
		for _, also := range c.Also {
			index[also] = c
		}
		if c.Moved != "" {
			return // the bare name means the successor
		}
		if _, twice := bare[c.Name]; twice {
			bare[c.Name] = nil
		} else {
			bare[c.Name] = c
		}
	}
	for i := range classes {
		add(&classes[i])
	}
	for _, pair := range moved {
		if index[pair[1]] == nil {
			dot := strings.LastIndexByte(pair[1], '.')
			add(&Class{Name: pair[1][dot+1:], Module: pair[1][:dot], Kind: "operator", Unread: true})
		}
		index[pair[0]] = index[pair[1]]
	}
	for name, c := range bare {
		if c != nil {
			index[name] = c
		}
	}
	return index
})

// Paths lists the canonical import paths of the classes that the catalogue describes, sorted.
func Paths() []string {
	paths := make([]string, len(classes))
	for i := range classes {
		paths[i] = classes[i].Module + "." + classes[i].Name
	}
	return paths
}

// Spellings lists the ways to write the class: its import paths of all versions, sorted, and last its bare name where only it has that.
func (c *Class) Spellings() []string {
	paths := []string{c.Module + "." + c.Name}
	if c.Core != "" {
		paths = append(paths, c.Core+"."+c.Name)
	}
	paths = append(paths, c.Also...)
	slices.Sort(paths)
	if FindClass(c.Name) == c {
		paths = append(paths, c.Name)
	}
	return paths
}
