package standalone

import (
	"context"
	"syscall"
)

// lock is not needed: Airflow does not run on Windows, so that Up refuses before.
func (a *Airflow) lock(context.Context) (func(), error) { return func() {}, nil }

func session() *syscall.SysProcAttr { return nil }
