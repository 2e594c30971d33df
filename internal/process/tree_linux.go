package process

import (
	"bytes"
	"maps"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Limitation says what cannot be ended on this system, in one line; "" here.
func Limitation() string { return "" }

// adopt makes the calling process the parent of whatever its tasks leave behind.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// info is a process as /proc shows it.
type info struct {
	parent, session int
	started         string // in clock ticks since boot: tells two processes with the same pid apart
	zombie          bool
	kernel          bool // no program, but a part of the system
}

// all lists the processes of the system.
func all() (map[int]info, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	found := make(map[int]info, len(names))
	buffer := make([]byte, 1024)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, ok := look(name, buffer); ok {
			found[pid] = p
		}
	}
	return found, nil
}

// look reads /proc/PID/stat; false when the process is gone.
func look(name string, buffer []byte) (info, bool) {
	fd, err := unix.Open("/proc/"+name+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return info{}, false
	}
	n, err := unix.Read(fd, buffer)
	_ = unix.Close(fd)
	if err != nil || n <= 0 {
		return info{}, false
	}
	// The name of the program, in brackets, may hold anything; what follows is: state, parent, group, session, ...
	fields := bytes.Fields(buffer[bytes.LastIndexByte(buffer[:n], ')')+1 : n])
	if len(fields) < 20 {
		return info{}, false
	}
	parent, err1 := strconv.Atoi(string(fields[1]))
	session, err2 := strconv.Atoi(string(fields[3]))
	flags, err3 := strconv.ParseUint(string(fields[6]), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return info{}, false
	}
	const kernelThread = 0x00200000 // PF_KTHREAD
	return info{
		parent:  parent,
		session: session,
		started: string(fields[19]),
		zombie:  fields[0][0] == 'Z' || fields[0][0] == 'X',
		kernel:  flags&kernelThread != 0,
	}, true
}

// tree is what has been found to belong to one task, or to a run: pids with the time of their start. It only grows, so that
// a process stays known when its parent has gone.
type tree struct {
	members  map[int]string
	sessions map[int]bool
}

// grow adds what descends from a member or lives in one of the sessions that members opened.
func (t *tree) grow(processes map[int]info) {
	for more := true; more; {
		more = false
		for pid, p := range processes {
			if _, known := t.members[pid]; known {
				continue
			}
			started, child := t.members[p.parent]
			if child {
				child = processes[p.parent].started == started
			}
			if child || t.sessions[p.session] {
				t.members[pid] = p.started
				if p.session == pid {
					t.sessions[pid] = true
				}
				more = true
			}
		}
	}
}

// signal sends a signal to the living members and counts them.
func (t *tree) signal(processes map[int]info, sig syscall.Signal) int {
	alive := 0
	for pid, started := range t.members {
		if p, ok := processes[pid]; ok && p.started == started && !p.zombie {
			alive++
			if sig != 0 {
				_ = syscall.Kill(pid, sig)
			}
		}
	}
	return alive
}

func killTree(root *Process, grace time.Duration) error {
	t := tree{members: map[int]string{}, sessions: map[int]bool{}}
	return end(&t, grace, func(processes map[int]info) {
		if p, ok := processes[root.Pid]; ok && len(t.members) == 0 {
			t.members[root.Pid] = p.started
		}
		t.sessions[root.Pid] = true
		t.grow(processes)
		reap(processes)
	})
}

// sweep ends every process that tasks have left behind and whose parent has gone.
func sweep(grace time.Duration) error {
	t := tree{members: map[int]string{}, sessions: map[int]bool{}}
	return end(&t, grace, func(processes map[int]info) {
		for pid, p := range orphans(processes) {
			t.members[pid] = p.started
			t.sessions[p.session] = true
		}
		t.grow(processes)
		reap(processes)
	})
}

func reaped(int) {}

// Reap takes away what has been left behind and has ended, so that long runs do not collect it.
func Reap() error {
	own.Lock()
	processes, err := all()
	own.Unlock()
	if err == nil {
		reap(processes)
	}
	return err
}

// end signals a tree, which look completes before each round, until nothing in it is alive.
func end(t *tree, grace time.Duration, look func(map[int]info)) error {
	begun := time.Now()
	asked := map[int]string{}
	for round := 0; ; round++ {
		own.Lock()
		processes, err := all()
		own.Unlock()
		if err != nil {
			return err
		}
		look(processes)
		spent := time.Since(begun)
		if hurried.Load() && spent < grace {
			begun = begun.Add(spent - grace)
			spent = grace
		}
		switch {
		case spent >= grace+afterKill:
			if t.signal(processes, 0) > 0 {
				return ErrSurvivors
			}
			return nil
		case spent >= grace:
			if t.signal(processes, syscall.SIGKILL) == 0 {
				return nil
			}
		default:
			// TERM goes to each process once: a handler that runs is not disturbed again.
			fresh := tree{members: map[int]string{}}
			for pid, started := range t.members {
				if asked[pid] != started {
					fresh.members[pid] = started
				}
			}
			fresh.signal(processes, syscall.SIGTERM)
			maps.Copy(asked, fresh.members)
			if t.signal(processes, 0) == 0 {
				return nil
			}
		}
		wait := pause(round)
		if spent < grace {
			wait = min(wait, grace-spent)
		}
		time.Sleep(wait)
	}
}

// orphans are the children of this process that it did not start: in a session that is not its own, which no child of
// os/exec is, and not one of Start's.
func orphans(processes map[int]info) map[int]info {
	self := os.Getpid()
	session := processes[self].session
	found := map[int]info{}
	own.Lock()
	defer own.Unlock()
	for pid, p := range processes {
		if p.parent == self && p.session != session && !own.pids[pid] {
			found[pid] = p
		}
	}
	return found
}

// reap takes away orphans that have ended, each by its pid.
func reap(processes map[int]info) {
	for pid, p := range orphans(processes) {
		if p.zombie {
			var status syscall.WaitStatus
			_, _ = syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		}
	}
}
