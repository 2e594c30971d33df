//go:build unix && !linux

package process

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// Limitation says what cannot be ended on this system, in one line.
func Limitation() string {
	return "on this system a process that leaves its task's process group (setsid) is not ended with the run"
}

// adopt makes the calling process the parent of whatever its tasks leave behind, where the system can.
func adopt() error { return nil }

// left are the process groups that outlived the process that opened them.
var left = struct {
	sync.Mutex
	groups []int
}{}

// reaped remembers the group of a process that has been waited for, if others live in it.
func reaped(pid int) {
	if syscall.Kill(-pid, 0) != nil {
		return
	}
	left.Lock()
	defer left.Unlock()
	left.groups = append(left.groups, pid)
}

// sweep ends every process that tasks have left behind in their groups.
func sweep(grace time.Duration) error {
	left.Lock()
	defer left.Unlock()
	var errs []error
	for _, group := range left.groups {
		errs = append(errs, KillTree(group, grace))
	}
	left.groups = nil
	return errors.Join(errs...)
}

// Reap takes away what has been left behind and has ended; here the system does.
func Reap() error { return nil }

func killTree(p *Process, grace time.Duration) error {
	begun := time.Now()
	_ = syscall.Kill(-p.Pid, syscall.SIGTERM)
	for round := 0; ; round++ {
		spent := time.Since(begun)
		if hurried.Load() && spent < grace {
			begun = begun.Add(spent - grace)
			spent = grace
		}
		if err := syscall.Kill(-p.Pid, 0); err == syscall.ESRCH || err == syscall.EPERM && exited(p) {
			return nil
		}
		switch {
		case spent >= grace+afterKill:
			return ErrSurvivors
		case spent >= grace:
			_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
		}
		time.Sleep(pause(round))
	}
}

// exited tells whether Wait has its result; a group of which only zombies are left answers with EPERM on macOS.
func exited(p *Process) bool {
	if p.done == nil {
		return true
	}
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func exitCode(state *os.ProcessState) int { return codeOf(state.Sys().(syscall.WaitStatus)) }
