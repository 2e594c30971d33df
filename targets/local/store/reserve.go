package store

import (
	"os"
	"path/filepath"
)

// reserveSize is the room on the disk that is kept for the end of runs that must stop because the disk is full.
const reserveSize = 256 << 10

func (w *writer) reservePath() string { return filepath.Join(filepath.Dir(w.file), "reserve") }

// keepReserve takes the reserve if it is not there. Where there is no room for it, a run may begin all the same.
func (w *writer) keepReserve() {
	path := w.reservePath()
	if info, err := os.Stat(path); err == nil && info.Size() == reserveSize {
		return
	}
	if err := os.WriteFile(path, make([]byte, reserveSize), 0o666); err != nil {
		_ = os.Remove(path)
	}
}
