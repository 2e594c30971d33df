package worker

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"golang.org/x/sys/unix"
)

const canFork = true

// server is the warm interpreter that forks for every try.
type server struct {
	process *process.Process
	control *net.UnixConn
	ready   *readiness
	said    *tail
	output  *os.File
	exited  chan struct{}

	mutex sync.Mutex
	gone  bool
	next  int
	tries map[int]*forked // by number, until their pid is known
	pids  map[int]*forked
}

// forked is the process of a try as the server tells of it.
type forked struct {
	pid   chan int // gets the pid, or is closed without one
	known int
	once  sync.Once
	end   chan error
}

// startServer starts the interpreter and has it import the user's modules.
func startServer(command process.Command, start []byte) (*server, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "worker")
	reader, writer, err := os.Pipe()
	if err != nil {
		closeAll(ours, theirs)
		return nil, err
	}
	conn, err := net.FileConn(ours)
	closeAll(ours)
	if err != nil {
		closeAll(theirs, reader, writer)
		return nil, err
	}
	command.Args = append(command.Args, "3")
	command.Output, command.Extra = writer, []*os.File{theirs}
	started, err := process.Start(command)
	closeAll(theirs, writer)
	if err != nil {
		_ = conn.Close()
		closeAll(reader)
		return nil, fmt.Errorf("%s cannot be run: %w", command.Path, err)
	}
	s := &server{
		process: started, control: conn.(*net.UnixConn), said: &tail{}, output: reader, exited: make(chan struct{}),
		tries: map[int]*forked{}, pids: map[int]*forked{},
	}
	copied := make(chan struct{})
	go func() { _, _ = io.Copy(s.said, reader); close(copied) }()
	go func() { _, _ = s.process.Wait(); close(s.exited) }()
	lines, answer, err := ready(command.Path, settled{s.control, s.exited, copied}, start, s.said)
	if err != nil {
		_ = s.stop()
		return nil, err
	}
	s.ready = answer
	go s.listen(lines)
	return s, nil
}

// settled is a channel whose reading fails only once everything that the process said has been heard.
type settled struct {
	net.Conn
	exited, copied <-chan struct{}
}

// Read implements io.Reader.
func (s settled) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if err != nil {
		<-s.exited
		select {
		case <-s.copied:
		case <-time.After(afterExit):
		}
	}
	return n, err
}

// fork asks for a process for one try, whose first message is given.
func (s *server) fork(log io.Writer, message []byte) (*child, error) {
	var socket, pipe [2]int // ours first; the task's ends stay blocking
	var err error
	if socket, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(socket[1]) }()
	if err = unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		_ = unix.Close(socket[0])
		return nil, err
	}
	defer func() { _ = unix.Close(pipe[1]) }()
	_ = unix.SetNonblock(socket[0], true) // so that Go's poller waits for them
	_ = unix.SetNonblock(pipe[0], true)
	channel, reader := os.NewFile(uintptr(socket[0]), "channel"), os.NewFile(uintptr(pipe[0]), "log")

	one := &forked{pid: make(chan int, 1), end: make(chan error, 1)}
	s.mutex.Lock()
	if s.gone {
		s.mutex.Unlock()
		closeAll(channel, reader)
		return nil, fmt.Errorf("%w: %s", errServerGone, s.said)
	}
	s.next++
	number := s.next
	s.tries[number] = one
	rights := syscall.UnixRights(pipe[1], socket[1])
	request := append(fmt.Appendf(nil, "%d %d\n", number, len(message)), message...)
	var n int
	if n, _, err = s.control.WriteMsgUnix(request, rights, nil); err == nil && n < len(request) {
		_, err = s.control.Write(request[n:])
	}
	s.mutex.Unlock()
	if err != nil {
		closeAll(channel, reader)
		return nil, fmt.Errorf("%w: %s", errServerGone, s.said)
	}
	c := newChild(reader, log)
	c.channel = channel
	c.pid = one.wait
	c.exit = sync.OnceValue(func() error { return <-one.end })
	return c, nil
}

// wait is the pid once the server has told it; 0 when it never will.
func (f *forked) wait() int {
	f.once.Do(func() { f.known = <-f.pid })
	return f.known
}

// listen hears of pids and ends until the server is gone.
func (s *server) listen(lines *bufio.Reader) {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		var first, second int
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "%d %d", &first, &second); err != nil {
			break
		}
		s.mutex.Lock()
		if first > 0 {
			one := s.tries[first]
			delete(s.tries, first)
			s.pids[second] = one
			one.pid <- second
		} else if one := s.pids[-first]; one != nil {
			delete(s.pids, -first)
			one.end <- exitError(exitCode(syscall.WaitStatus(second)))
		}
		s.mutex.Unlock()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.gone = true
	for _, one := range s.tries {
		close(one.pid)
		one.end <- errServerGone
	}
	for _, one := range s.pids {
		one.end <- errServerGone
	}
}

func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}

// stopGrace is how long the interpreter may take to end once its socket is closed.
const stopGrace = 2 * time.Second

// stop ends the interpreter.
func (s *server) stop() error {
	_ = s.control.Close()
	defer closeAll(s.output)
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopGrace):
		err := s.process.Kill(stopGrace)
		<-s.exited
		return err
	}
}

func signalName(number int) string {
	if name := unix.SignalName(syscall.Signal(number)); name != "" {
		return name
	}
	return "unknown"
}
