//go:build !linux

package process

import (
	"os"
	"time"
)

// Pipe takes the output of a process.
type Pipe struct {
	read, write *os.File
}

// NewPipe makes a pipe. Close must be called.
func NewPipe() (*Pipe, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &Pipe{read, write}, nil
}

// Read implements io.Reader: io.EOF comes when no process holds the other end any more.
func (p *Pipe) Read(data []byte) (int, error) { return p.read.Read(data) }

// Unblock makes Read return, now and for ever, though a process may hold the other end.
func (p *Pipe) Unblock() { _ = p.read.SetReadDeadline(time.Unix(1, 0)) }

// Close closes the pipe.
func (p *Pipe) Close() error {
	p.closeWrite()
	return p.read.Close()
}

func (p *Pipe) closeWrite() {
	if p.write != nil {
		_ = p.write.Close()
		p.write = nil
	}
}

type child struct{ process *os.Process }

func spawn(c *Command) (int, child, error) {
	files := []*os.File{c.Input, c.Output, c.Errors}
	if c.Pipe != nil {
		files[1], files[2] = c.Pipe.write, c.Pipe.write
	}
	process, err := os.StartProcess(c.Path, c.Args, &os.ProcAttr{
		Dir: c.Dir, Env: c.Env, Files: append(files, c.Extra...), Sys: session(),
	})
	if err != nil {
		return 0, child{}, err
	}
	return process.Pid, child{process}, nil
}

func (c child) wait() (int, error) {
	state, err := c.process.Wait()
	if err != nil {
		return 0, err
	}
	return exitCode(state), nil
}
