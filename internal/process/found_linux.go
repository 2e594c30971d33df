package process

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CanFind tells whether processes can be found by Marker on this system.
const CanFind = true

// Found is a process with a mark.
type Found struct {
	PID     int
	Args    []string
	Started time.Time
}

// Find lists the processes whose environment has the given value of Marker, in the order of their pids.
func Find(value string) ([]Found, error) {
	processes, err := all()
	if err != nil {
		return nil, err
	}
	mark, boot := []byte(Marker+"="+value), bootTime()
	var found []Found
	for pid, p := range processes {
		if is, _ := marked(pid, mark); p.zombie || !is {
			continue
		}
		one := Found{PID: pid}
		if text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")); err == nil {
			one.Args = strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
		}
		if ticks, err := strconv.ParseInt(p.started, 10, 64); err == nil && !boot.IsZero() {
			one.Started = boot.Add(time.Duration(ticks) * (time.Second / ticksPerSecond))
		}
		found = append(found, one)
	}
	slices.SortFunc(found, func(a, b Found) int { return a.PID - b.PID })
	return found, nil
}

// ticksPerSecond is the unit of times in /proc: USER_HZ, which is 100 on every system that Go runs on.
const ticksPerSecond = 100

// bootTime is when the system was started; zero where it does not say.
func bootTime() time.Time {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			if seconds, err := strconv.ParseInt(string(bytes.TrimSpace(rest)), 10, 64); err == nil {
				return time.Unix(seconds, 0)
			}
		}
	}
	return time.Time{}
}
