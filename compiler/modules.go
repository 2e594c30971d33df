package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Modules remembers which Python modules there are below a DAG root, so that files compiled together look for each only once.
// It may be used by several goroutines.
type Modules struct {
	root  string
	mutex sync.Mutex
	found map[string]bool // by dotted name
}

// NewModules knows nothing yet of the modules below a DAG root.
func NewModules(root string) *Modules { return &Modules{root: root, found: map[string]bool{}} }

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
