// Package process starts the processes of tasks and ends them with everything that they started.
//
// Each process begins a session of its own. On Linux the calling process becomes a subreaper, so that what its tasks leave
// behind becomes its child and can be found and ended, even after a setsid; such orphans are reaped by their pid, one by
// one, so that nobody else's children are. Elsewhere only the process group is reached: see Limitation.
package process

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Command is a program to start.
type Command struct {
	Path   string   // of the executable
	Args   []string // with the name of the program first
	Dir    string
	Env    []string // nil: an empty environment
	Input  *os.File // nil: empty
	Output *os.File // takes standard output, and standard error unless Errors is there
	Errors *os.File
	Pipe   *Pipe      // takes both instead
	Extra  []*os.File // inherited as descriptors 3 and up
}

// Process is a started Command.
type Process struct {
	Pid   int
	child child
	done  chan struct{} // closed once Wait has its result
}

// own are the children that were started here and are not reaped yet: never orphans.
var own = struct {
	sync.Mutex
	pids map[int]bool
}{pids: map[int]bool{}}

// Start starts a command. Wait must be called.
func Start(c Command) (*Process, error) {
	if c.Input == nil {
		null, err := devNull()
		if err != nil {
			return nil, err
		}
		c.Input = null
	}
	if c.Errors == nil {
		c.Errors = c.Output
	}
	if c.Env == nil {
		c.Env = []string{}
	}
	own.Lock()
	pid, child, err := spawn(&c)
	if err == nil {
		own.pids[pid] = true
	}
	own.Unlock()
	if c.Pipe != nil {
		c.Pipe.closeWrite()
	}
	if err != nil {
		return nil, err
	}
	return &Process{Pid: pid, child: child, done: make(chan struct{})}, nil
}

// runs counts what Enter has begun, so that one run does not end what another in the same program has left behind.
var runs = struct {
	sync.Mutex
	count int
}{}

// Enter begins a run: from now on whatever tasks leave behind becomes a child of the calling process, where the system can
// do that. Leave must be called.
func Enter() error {
	runs.Lock()
	defer runs.Unlock()
	if runs.count++; runs.count == 1 && os.Getenv("GOMAXPROCS") == "" {
		// Whoever waits for a task does so in a system call and needs one of the runtime's processors when it returns. With
		// as many again as there are cores nearly always one is free: short tasks take a tenth less time.
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
	return adopt()
}

// hurried says that nobody waits for processes to end by themselves any more.
var hurried atomic.Bool

// Hurry cuts the grace of every Kill, Leave and EndMarked short, those under way included, for as long as the program runs.
func Hurry() { hurried.Store(true) }

// Leave ends a run whose processes have all been waited for. The last run to leave ends every process that tasks have left
// behind, with the grace between TERM and KILL.
func Leave(grace time.Duration) error {
	runs.Lock()
	defer runs.Unlock()
	if runs.count--; runs.count > 0 {
		return nil
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.SetDefaultGOMAXPROCS()
	}
	return sweep(grace)
}

var devNull = sync.OnceValues(func() (*os.File, error) { return os.Open(os.DevNull) })

// Wait waits for the process itself, not for what it started, and returns its exit code; -n when signal n ended it, as
// Python has it. It is called once.
func (p *Process) Wait() (int, error) {
	code, err := p.child.wait()
	own.Lock()
	delete(own.pids, p.Pid)
	own.Unlock()
	reaped(p.Pid)
	close(p.done)
	return code, err
}

// Kill ends the process and all that it started: it asks with TERM, and after the grace kills what is left. It returns
// when none is alive, which is soon after the grace at the latest; another goroutine must be in Wait, or have returned.
func (p *Process) Kill(grace time.Duration) error { return killTree(p, grace) }

// KillTree is Kill for a process that was not started by Start: a descendant of one that was.
func KillTree(pid int, grace time.Duration) error { return killTree(&Process{Pid: pid}, grace) }

// ErrSurvivors says that processes could not be ended.
var ErrSurvivors = errors.New("processes are still alive after SIGKILL")

// afterKill is how long killed processes may take to disappear.
const afterKill = 5 * time.Second

// pause is how long to wait between two looks at the processes: short at first, as most obey at once.
func pause(round int) time.Duration {
	return min(time.Duration(1<<min(round, 6))*time.Millisecond, 50*time.Millisecond)
}
