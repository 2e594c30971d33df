package local

import (
	"io"
	"os"
	"sync"

	"github.com/dagexport/dagexport/internal/process"
)

// folders are the temporary folders that commands without a cwd run in. Making and removing one costs a fifth of a short
// task's time, so one that its task leaves as it was, and in which nothing can be running any more, serves again.
type folders struct {
	mu   sync.Mutex
	free []*folder
}

type folder struct {
	path string
	made os.FileInfo
}

// take is an empty folder that nobody else has.
func (f *folders) take() (*folder, error) {
	f.mu.Lock()
	if last := len(f.free) - 1; last >= 0 {
		taken := f.free[last]
		f.free = f.free[:last]
		f.mu.Unlock()
		return taken, nil
	}
	f.mu.Unlock()
	path, err := os.MkdirTemp("", "airflowtmp")
	if err != nil {
		return nil, err
	}
	made, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return &folder{path, made}, nil
}

// giveBack takes a folder back after its task, whose process may never have been started, has ended.
func (f *folders) giveBack(used *folder, p *process.Process) {
	if p == nil || p.LeftBehind() || !asNew(used) {
		removeAll(used.path)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = append(f.free, used)
}

// asNew tells whether a folder is the one that was made, with the same mode, and empty.
func asNew(used *folder) bool {
	now, err := os.Lstat(used.path)
	if err != nil || !os.SameFile(used.made, now) || used.made.Mode() != now.Mode() {
		return false
	}
	dir, err := os.Open(used.path)
	if err != nil {
		return false
	}
	defer dir.Close()
	_, err = dir.Readdirnames(1)
	return err == io.EOF
}

// remove removes the folders that wait for a task.
func (f *folders) remove() {
	for _, waiting := range f.free {
		removeAll(waiting.path)
	}
	f.free = nil
}
