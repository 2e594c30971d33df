//go:build unix

package process

import "syscall"

func session() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func codeOf(status syscall.WaitStatus) int {
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}

// LeftBehind tells, after Wait, whether processes still live in the group of the process.
func (p *Process) LeftBehind() bool { return syscall.Kill(-p.Pid, 0) != syscall.ESRCH }
