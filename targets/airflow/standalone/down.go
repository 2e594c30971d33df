package standalone

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/process"
)

// Down ends the Airflow: all its processes, whichever of them are still there, and no other. With purge its home is removed
// too, if it is one.
func (a *Airflow) Down(ctx context.Context, purge bool) error {
	if _, err := os.Stat(filepath.Join(a.options.Home, tag)); errors.Is(err, fs.ErrNotExist) {
		if entries, err := os.ReadDir(a.options.Home); purge && err == nil && len(entries) > 0 {
			return &fs.PathError{Op: "remove", Path: a.options.Home, Err: ErrForeignHome}
		}
		return nil
	}
	unlock, err := a.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := a.load()
	if err != nil && !purge {
		return err
	}
	if s != nil {
		if _, err := process.EndMarked(s.Mark, a.options.Grace); err != nil {
			return err
		}
		a.forgetPIDs()
	}
	if purge {
		return os.RemoveAll(a.options.Home)
	}
	return nil
}

// forgetPIDs removes the files in which Airflow keeps numbers of processes: a later one could have such a number.
func (a *Airflow) forgetPIDs() {
	entries, err := os.ReadDir(a.airflowHome())
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".pid") {
			_ = os.Remove(filepath.Join(a.airflowHome(), e.Name()))
		}
	}
}
