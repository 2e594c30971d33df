package worker

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dagexport/dagexport/internal/process"
)

// child is the process of one try.
type child struct {
	channel io.ReadWriteCloser
	unsent  []byte                // what is to be written to the channel first
	hello   func(number, pid int) // takes what the process tells first; nil: it tells nothing
	pid     func() int            // waits until it is known; 0 if there never was one
	exit    func() error          // waits for its end; nil where it ended with status 0
	logs    *os.File              // the read end of what it writes
	drained chan struct{}         // closed when its log is copied
	ended   chan struct{}         // closed when watch has seen its end
	killed  chan struct{}         // closed when kill is done
}

// afterExit is how long output is still read once the process is gone: a background process may hold the pipe open forever.
const afterExit = 200 * time.Millisecond

// lastWords is how long an answer is still waited for once the process is gone: one that it forked may hold the channel open.
const lastWords = 2 * time.Second

// watch ends the reading of the channel when the process has ended without an answer.
func (c *child) watch() {
	_ = c.exit()
	close(c.ended)
	if channel, ok := c.channel.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = channel.SetReadDeadline(time.Now().Add(lastWords))
	}
}

// copied is how many bytes of a log are copied at a time.
const copied = 32 << 10

var buffers = sync.Pool{New: func() any { return new([copied]byte) }}

func newChild(logs *os.File, log io.Writer) *child {
	c := &child{logs: logs, drained: make(chan struct{}), ended: make(chan struct{}), killed: make(chan struct{})}
	go func() {
		buffer := buffers.Get().(*[copied]byte)
		_, _ = io.CopyBuffer(log, struct{ io.Reader }{logs}, buffer[:]) // a File by itself would make a buffer each time
		buffers.Put(buffer)
		close(c.drained)
	}()
	return c
}

// kill ends the process and all that it started.
func (c *child) kill(grace time.Duration) {
	defer close(c.killed)
	if pid := c.pid(); pid != 0 {
		_ = process.KillTree(pid, grace)
	}
}

// wait waits for the end of the process and of its output; watch must be under way.
func (c *child) wait() error {
	<-c.ended
	c.finish()
	return c.exit()
}

// finish waits for the end of a process that has given its last answer. Where nothing holds its log any more, that is the end of it,
// which is known before the server tells.
func (c *child) finish() {
	select {
	case <-c.drained:
	case <-c.ended:
		_ = c.logs.SetReadDeadline(time.Now().Add(afterExit))
		<-c.drained
	}
	closeAll(c.logs)
	_ = c.channel.Close()
}

// exitError says how a process ended that should not have; code is an exit code, or -n for signal n.
func exitError(code int) error {
	switch {
	case code == 0:
		return nil
	case code < 0:
		return &forced{fmt.Sprintf("the task's process was ended by signal %d (%s)", -code, signalName(-code))}
	}
	return &forced{fmt.Sprintf("the task's process exited with status %d before its function returned", code)}
}

// forced is the end of a process by a signal, or with another status than 0.
type forced struct{ how string }

func (f *forced) Error() string { return f.how }

// spawn gives a try a process, and the message that it works on: a fork of the warm interpreter, or an interpreter of its own.
func (w *Worker) spawn(log io.Writer, r *request) (*child, error) {
	if w.server != nil {
		return w.server.fork(log, r)
	}
	child, _, err := w.interpreter(log)
	if err == nil {
		whole := r.whole()
		child.unsent = append(fmt.Appendf(nil, "%d\n", len(whole)), whole...)
	}
	return child, err
}

// interpreter starts an interpreter for one try. Its standard input and output are the channel, its standard error the log.
func (w *Worker) interpreter(log io.Writer) (*child, *readiness, error) {
	folder, err := unpack(w.opts.CacheDirs...)
	if err != nil {
		return nil, nil, err
	}
	var files [6]*os.File
	for i := 0; i < len(files); i += 2 {
		if files[i], files[i+1], err = os.Pipe(); err != nil {
			closeAll(files[:]...)
			return nil, nil, err
		}
	}
	command := w.command(folder)
	command.Args = append(command.Args, "--once")
	command.Input, command.Output, command.Errors = files[0], files[3], files[5]
	started, err := process.Start(command)
	closeAll(files[0], files[3], files[5])
	if err != nil {
		closeAll(files[1], files[2], files[4])
		return nil, nil, fmt.Errorf("%s cannot be run: %w", filepath.Base(w.python), err)
	}
	said := &tail{}
	c := newChild(files[4], io.MultiWriter(said, log))
	c.pid = func() int { return started.Pid }
	c.exit = sync.OnceValue(func() error {
		code, err := started.Wait()
		if err != nil {
			return err
		}
		return exitError(code)
	})
	lines, answer, err := ready(w.python, pipes{files[2], files[1]}, w.start, said)
	if err != nil {
		c.channel = pipes{files[2], files[1]}
		_ = c.channel.Close()
		go c.watch()
		_ = c.wait()
		return nil, nil, err
	}
	c.channel = buffered{pipes{files[2], files[1]}, lines}
	return c, answer, nil
}

// pipes is a channel over two pipes.
type pipes struct{ in, out *os.File }

func (p pipes) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p pipes) Write(b []byte) (int, error) { return p.out.Write(b) }

// SetReadDeadline bounds how long a Read waits.
func (p pipes) SetReadDeadline(t time.Time) error { return p.in.SetReadDeadline(t) }

func (p pipes) Close() error {
	closeAll(p.in, p.out)
	return nil
}

// buffered is a channel of which something may have been read already.
type buffered struct {
	pipes
	from io.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.from.Read(p) }
