package compiler

import (
	"os"
	"sync"
)

// Files remembers the files that pipeline files have in common, such as shared defaults and fragments, so that of files
// compiled together each is read only once. It may be used by several goroutines.
type Files struct {
	mutex sync.Mutex
	known map[string]file
}

// file is a text, or why there is none.
type file struct {
	text []byte
	err  error
}

// NewFiles has read nothing yet.
func NewFiles() *Files { return &Files{known: map[string]file{}} }

func (f *Files) read(path string) ([]byte, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	one, ok := f.known[path]
	if !ok {
		one.text, one.err = os.ReadFile(path)
		f.known[path] = one
	}
	return one.text, one.err
}
