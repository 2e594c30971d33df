package store

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dagexport/dagexport/internal/process"
)

// life is how other processes see that this one is alive: it holds the lock of a file of its own, which the system takes
// back however the process ends.
type life struct {
	mu    sync.Mutex
	owner string
	file  *os.File
}

// Owner is what the runs of this Store are marked with: a word that no other Store has, and whose file others find locked for
// as long as this one is open.
func (s *Store) Owner() (string, error) {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	if s.life.file != nil {
		return s.life.owner, nil
	}
	owner := rand.Text()
	path := s.lockPath(owner)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	if _, err := tryLock(file); err != nil {
		return "", errors.Join(err, file.Close(), os.Remove(path))
	}
	if _, err := file.WriteAt([]byte(process.Self()), 1); err != nil { // Windows locks the first byte
		return "", errors.Join(err, file.Close(), os.Remove(path))
	}
	s.life.owner, s.life.file = owner, file
	return owner, nil
}

func (s *Store) lockPath(owner string) string { return filepath.Join(s.dir, "running", owner) }

// end gives the lock back.
func (l *life) end() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	path := l.file.Name()
	err := errors.Join(l.file.Close(), os.Remove(path))
	l.file = nil
	return err
}

// lastStart is how long the last process that a dead one started may take to begin.
const lastStart = 10 * time.Second

func readSelf(file *os.File) string {
	text := make([]byte, 64)
	n, _ := file.ReadAt(text, 1)
	return string(text[:n])
}

// bury takes the lock of a process that has died; nil when it lives. The file may be nil all the same, with true, when there
// is none any more. Whoever has it removes the file when all of the dead one's is put in order.
func (s *Store) bury(owner string) (*os.File, bool, error) {
	if owner == "" {
		return nil, true, nil
	}
	file, err := os.OpenFile(s.lockPath(owner), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	locked, err := tryLock(file)
	for begun := time.Now(); !locked && err == nil && time.Since(begun) < lastStart && !process.Lives(readSelf(file)); {
		// A child of the dead one has its files until it has become the program that it is to be, which is soon.
		time.Sleep(time.Millisecond)
		locked, err = tryLock(file)
	}
	if !locked {
		return nil, false, errors.Join(err, file.Close())
	}
	return file, true, nil
}
