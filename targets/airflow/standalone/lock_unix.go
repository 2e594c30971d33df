//go:build unix

package standalone

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock keeps two commands from starting or ending the Airflow of a home at the same time. The system takes it back from one
// that dies.
func (a *Airflow) lock(ctx context.Context) (func(), error) {
	file, err := os.OpenFile(filepath.Join(a.options.Home, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(betweenAsks):
		}
	}
}

// session has a daemon outlive the terminal that it was started from.
func session() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
