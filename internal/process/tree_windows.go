package process

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// Limitation says what cannot be ended on this system, in one line.
func Limitation() string {
	return "on Windows processes are ended at once, without a chance to clean up, and one whose parent has gone is not found"
}

// adopt makes the calling process the parent of whatever its tasks leave behind, where the system can.
func adopt() error { return nil }

// sweep ends every process that tasks have left behind, where the system can tell.
func sweep(time.Duration) error { return nil }

func reaped(int) {}

// Reap takes away what has been left behind and has ended; here the system does.
func Reap() error { return nil }

func session() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func exitCode(state *os.ProcessState) int { return state.ExitCode() }

func killTree(p *Process, _ time.Duration) error {
	kill := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(p.Pid))
	if err := kill.Run(); err != nil && p.child.process != nil {
		return p.child.process.Kill()
	}
	return nil
}

// LeftBehind tells, after Wait, whether processes still live in the group of the process: it cannot be ruled out here.
func (p *Process) LeftBehind() bool { return true }
