package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/internal/pysource"
)

// Modules remembers which Python modules there are below a DAG root and what they define, so that files compiled together look at
// each only once.
// It may be used by several goroutines.
type Modules struct {
	root  string
	mutex sync.Mutex
	found map[string]bool // by dotted name
	read  map[string]*pysource.Module
}

// NewModules knows nothing yet of the modules below a DAG root.
func NewModules(root string) *Modules {
	return &Modules{root: root, found: map[string]bool{}, read: map[string]*pysource.Module{}}
}

// has tells whether a dotted name is a module or package of the user's own.
func (m *Modules) has(module string) bool {
	if module == "" || module == "airflow" || strings.HasPrefix(module, "airflow.") {
		return false
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if known, ok := m.found[module]; ok {
		return known
	}
	info, err := os.Stat(m.path(module) + ".py")
	found := err == nil && !info.IsDir() || m.isFolder(module)
	m.found[module] = found
	return found
}

// isFolder tells whether a dotted name is a folder below the root.
func (m *Modules) isFolder(module string) bool {
	info, err := os.Stat(m.path(module))
	return err == nil && info.IsDir()
}

func (m *Modules) path(module string) string {
	return filepath.Join(m.root, filepath.FromSlash(strings.ReplaceAll(module, ".", "/")))
}

// source reads what a module of the user's own defines; nil where that is not known. The result is shared.
func (m *Modules) source(module string) *pysource.Module {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if known, ok := m.read[module]; ok {
		return known
	}
	var read *pysource.Module
	if text, _, err := m.file(module); err == nil {
		if read, err = pysource.Read(string(text)); err != nil {
			read = nil // not understood, which is no fault of the user's
		}
	}
	m.read[module] = read
	return read
}

// file is the source of a module, and its path; a package wins over a module of its name.
func (m *Modules) file(module string) ([]byte, string, error) {
	path := filepath.Join(m.path(module), "__init__.py")
	text, err := os.ReadFile(path)
	if err != nil {
		path = m.path(module) + ".py"
		text, err = os.ReadFile(path)
	}
	return text, path, err
}

// isPackage tells whether a dotted name is a folder with an __init__.py below the root.
func (m *Modules) isPackage(module string) bool {
	info, err := os.Stat(filepath.Join(m.path(module), "__init__.py"))
	return err == nil && !info.IsDir()
}

// siblings are the names of the modules and packages in a package, sorted.
func (m *Modules) siblings(parent string) []string {
	entries, err := os.ReadDir(m.path(parent))
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		name, isFile := strings.CutSuffix(entry.Name(), ".py")
		if isIdentifier(name) && name != "__init__" && (isFile || entry.IsDir()) {
			names = append(names, name)
		}
	}
	return names
}
