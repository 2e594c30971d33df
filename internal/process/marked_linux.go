package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// EndMarked ends the processes whose environment began with the given value of Marker, and what descends from them or lives
// in their sessions, with the grace between TERM and KILL. It returns how many there were. Each is known by its pid together
// with the time of its start, so that nobody else's is reached; the calling process is spared.
func EndMarked(value string, grace time.Duration) (int, error) {
	count, begun := 0, time.Now()
	for clean := 0; clean < 2; {
		n, unsure, err := endMarked([]byte(Marker+"="+value), grace)
		if err != nil {
			return count + n, err
		}
		// A process that has just been made, or is about to become another program, may have escaped one look.
		if clean++; n > 0 || unsure && time.Since(begun) < longestStart {
			clean = 0
		}
		if n > 0 {
			begun = time.Now()
		}
		count += n
		time.Sleep(betweenLooks)
	}
	return count, nil
}

const betweenLooks = 10 * time.Millisecond

// longestStart is how long a process may take to become another program, during which its environment cannot be seen.
const longestStart = 5 * time.Second

func endMarked(mark []byte, grace time.Duration) (count int, unsure bool, err error) {
	self := os.Getpid()
	t := tree{members: map[int]string{}, sessions: map[int]bool{}}
	err = end(&t, grace, func(processes map[int]info) {
		unsure = false
		for pid, p := range processes {
			if _, known := t.members[pid]; known || pid == self || p.zombie || p.kernel {
				continue
			}
			is, sure := marked(pid, mark)
			unsure = unsure || !sure
			if is {
				t.members[pid] = p.started
				if p.session == pid {
					t.sessions[pid] = true
				}
			}
		}
		t.grow(processes)
		delete(t.members, self)
	})
	return len(t.members), unsure, err
}

// marked tells whether a process was started with a variable, and whether that is sure: one that is about to become another
// program has neither an environment nor arguments for a moment. Another user's, which cannot be read, was not.
func marked(pid int, variable []byte) (is, sure bool) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	environ, err := os.ReadFile(filepath.Join(folder, "environ"))
	switch {
	case err != nil:
		return false, true
	case len(environ) == 0:
		arguments, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		return false, err != nil || len(arguments) > 0
	case !bytes.Contains(environ, variable):
		return false, true
	}
	for one := range bytes.SplitSeq(environ, []byte{0}) {
		if bytes.Equal(one, variable) {
			return true, true
		}
	}
	return false, true
}

// Self names the calling process so that Lives can tell later whether it is there: by its pid and the time of its start.
func Self() string {
	pid := strconv.Itoa(os.Getpid())
	p, _ := look(pid, make([]byte, 1024))
	return pid + " " + p.started
}

// Lives tells whether the process that a Self came from is alive, as far as can be seen from here.
func Lives(self string) bool {
	pid, started, _ := strings.Cut(self, " ")
	p, ok := look(pid, make([]byte, 1024))
	return ok && p.started == started && !p.zombie
}
