//go:build unix

package process

import (
	"os"
	"syscall"
)

func session() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func exitCode(state *os.ProcessState) int {
	status := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}
