package local

import (
	"errors"
	"fmt"
	"io/fs"
)

// errFault stops the tries of a run that cannot go on.
var errFault = errors.New("stopped, because the run cannot go on")

// lostLog stops the run because a log file cannot be written. It may be called from any goroutine.
func (r *run) lostLog(err error) {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = fmt.Errorf("the log %s cannot be written: %w", of.Path, of.Err)
	} else {
		err = fmt.Errorf("a log cannot be written: %w", err)
	}
	select {
	case r.faults <- err:
	default: // there is one already
	}
}

// noticeFault stops the run if a log has been lost, before what its task has come to is looked at.
func (r *run) noticeFault() {
	select {
	case err := <-r.faults:
		r.giveUp(err)
	default:
	}
}

// giveUp stops a run that cannot go on. What has ended keeps its state, and the run can be resumed.
func (r *run) giveUp(err error) {
	if r.fault != nil {
		return
	}
	r.fault = err
	if !r.ended {
		r.interrupted = true
		r.stopAll(r.machine.Interrupt(), errFault)
	}
}

// faulty is what there is to say of a run at its end, given what the store says: why it was stopped, and what to do.
func (r *run) faulty(end error) error {
	r.noticeFault()
	switch {
	case r.fault == nil:
		return end
	case !r.interrupted:
		return errors.Join(r.fault, end)
	}
	return fmt.Errorf("%w; the run %q has been stopped: see to it that there is room on the disk and that the folder can be written, then go on with --resume",
		r.fault, r.shared.ID)
}
