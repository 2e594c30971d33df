//go:build unix

package process

import (
	"os"
	"syscall"
)

func session() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func exitCode(state *os.ProcessState) int { return codeOf(state.Sys().(syscall.WaitStatus)) }

func codeOf(status syscall.WaitStatus) int {
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}
