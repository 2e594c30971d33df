package worker

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"golang.org/x/sys/unix"
)

const canFork = true

// server is the warm interpreter that keeps forks of itself ready, of which each takes one try.
type server struct {
	process *process.Process
	control *net.UnixConn
	tasks   *net.UnixConn // what the forks wait for
	ready   *readiness
	said    *tail
	output  *os.File
	exited  chan struct{}

	mutex  sync.Mutex
	gone   bool
	active int                // tries that have not ended
	forks  int                // that the server keeps there, those of the tries among them
	ends   map[int]chan error // of forks, by their numbers
}

// spare is how many forks wait for a try while others have one: making a fork takes about as long as a small task.
const spare = 2

// inPacket is how many bytes may go with the descriptors of a request; spare.py takes as many.
const inPacket = 4096

// startServer starts the interpreter and has it import the user's modules.
func startServer(command process.Command, start []byte) (*server, error) {
	s := &server{said: &tail{}, exited: make(chan struct{}), ends: map[int]chan error{}}
	var control, tasks, writer *os.File
	reader, writer, err := os.Pipe()
	if err == nil {
		s.control, control, err = socketTo(unix.SOCK_STREAM)
	}
	if err == nil {
		s.tasks, tasks, err = socketTo(unix.SOCK_SEQPACKET)
	}
	if err == nil {
		command.Args = append(command.Args, "3", "4")
		command.Output, command.Extra = writer, []*os.File{control, tasks}
		if s.process, err = process.Start(command); err != nil {
			err = fmt.Errorf("%s cannot be run: %w", command.Path, err)
		}
	}
	closeAll(control, tasks, writer)
	if err != nil {
		s.hangUp()
		closeAll(reader)
		return nil, err
	}
	s.output = reader
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

// socketTo is a pair of connected sockets: ours, and the one that another process gets.
func socketTo(kind int) (*net.UnixConn, *os.File, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "worker")
	defer closeAll(ours)
	conn, err := net.FileConn(ours)
	if err != nil {
		closeAll(theirs)
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// hangUp closes the sockets, upon which the server and the forks that wait end.
func (s *server) hangUp() {
	for _, conn := range []*net.UnixConn{s.control, s.tasks} {
		if conn != nil {
			_ = conn.Close()
		}
	}
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

// fork hands a request to a process of its own.
func (s *server) fork(log io.Writer, r *request) (*child, error) {
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

	unsent := r.message
	packet := append(fmt.Appendf(nil, "%d\x00", len(unsent)), r.brief...)
	if len(packet) > inPacket {
		unsent = r.whole()
		packet = strconv.AppendInt(nil, int64(len(unsent)), 10)
	}
	if err = s.begin(); err == nil {
		_, _, err = s.tasks.WriteMsgUnix(packet, syscall.UnixRights(pipe[1], socket[1]), nil)
	}
	if err != nil {
		closeAll(channel, reader)
		return nil, fmt.Errorf("%w: %s", errServerGone, s.said)
	}
	c := newChild(reader, log)
	c.channel, c.unsent = channel, unsent
	told := make(chan [2]int, 1)
	c.hello = func(number, pid int) { told <- [2]int{number, pid} }
	who := sync.OnceValue(func() [2]int { return <-told })
	c.pid = func() int { return who()[1] }
	c.exit = sync.OnceValue(func() error { return s.finish(who()[0]) })
	return c, nil
}

// begin counts a try, and asks for another fork where none would be left to wait for the next one.
func (s *server) begin() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.gone {
		return errServerGone
	}
	s.active++
	missing := s.active + spare - s.forks
	if missing <= 0 {
		return nil
	}
	s.forks += missing
	_, err := s.control.Write(make([]byte, missing))
	return err
}

// finish waits for the end of a fork that has taken a try; 0 is one that has ended before it told its number.
func (s *server) finish(number int) error {
	var err error
	if number != 0 {
		err = <-s.endOf(number)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case number != 0:
	case s.gone:
		err = errServerGone
	default:
		err = errNeverBegan
	}
	s.active--
	delete(s.ends, number)
	return err
}

// endOf is how the end of a fork comes.
func (s *server) endOf(number int) chan error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	end := s.ends[number]
	if end == nil {
		end = make(chan error, 1)
		if s.ends[number] = end; s.gone {
			end <- errServerGone
		}
	}
	return end
}

// listen hears of ends until the server is gone.
func (s *server) listen(lines *bufio.Reader) {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		number, status := twoNumbers(line)
		s.endOf(number) <- exitError(exitCode(syscall.WaitStatus(status)))
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.gone = true
	for _, end := range s.ends {
		select {
		case end <- errServerGone:
		default: // it has ended
		}
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
	s.hangUp()
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
