//go:build !linux

package worker

import (
	"io"
	"syscall"

	"github.com/dagexport/dagexport/internal/process"
)

const canFork = false

// server does not exist here: frameworks of macOS do not survive a fork, and Windows has none.
type server struct{ ready *readiness }

func startServer(process.Command, []byte) (*server, error) { return nil, errServerGone }

func (*server) fork(io.Writer, *request) (*child, error) { return nil, errServerGone }

func (*server) stop() error { return nil }

func signalName(number int) string { return syscall.Signal(number).String() }
