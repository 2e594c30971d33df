package local

import (
	"sync"

	"github.com/dagexport/dagexport/internal/target"
)

// reporter hands events on, one at a time, to whoever listens; nobody may.
type reporter struct {
	mu sync.Mutex
	to target.Events
}

func (r *reporter) tell(say func(target.Events)) {
	if r.to == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	say(r.to)
}

// lines is a listener for what a task writes; nil when nobody listens.
func (r *reporter) lines(of target.TaskRef) func([]byte) {
	if r.to == nil {
		return nil
	}
	return func(line []byte) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.to.Output(of, line)
	}
}
