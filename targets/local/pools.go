package local

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
)

// ParsePools reads a file of pools as `airflow pools export` writes it, {"name": {"slots": 4, ...}, ...}, and returns their
// slots. default_pool is added where it is not there. The error is what a user should read.
func ParsePools(data []byte) (map[string]int, error) {
	var file map[string]struct {
		Slots *int `json:"slots"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf(`it must be a JSON object such as {"name": {"slots": 4}}: %w`, err)
	}
	pools := map[string]int{"default_pool": sched.PoolSlots}
	for name, pool := range file {
		switch {
		case pool.Slots == nil:
			return nil, fmt.Errorf("the pool %q has no slots", name)
		case *pool.Slots < 0:
			pools[name] = math.MaxInt32 // what Airflow takes for no limit
		default:
			pools[name] = *pool.Slots
		}
	}
	return pools, nil
}

// refusePools names the tasks that would wait for their pool forever.
func (t *Target) refusePools(problems *diag.List, p *ir.Pipeline) {
	if t.options.Pools == nil {
		return
	}
	for _, task := range p.Tasks {
		size, known := t.options.Pools[task.Limits.Pool]
		switch {
		case !known:
			problems.Errorf(task.IDSpan, diag.NotHere, "the task %q is in the pool %q, which the file of pools does not have: Airflow would never start it", task.ID, task.Limits.Pool).
				WithHelp("add the pool to the file that --pools names")
		case task.Limits.PoolSlots > size:
			problems.Errorf(task.IDSpan, diag.NotHere, "the task %q takes %d slots of the pool %q, which has %d: Airflow would never start it",
				task.ID, task.Limits.PoolSlots, task.Limits.Pool, size).
				WithHelp("give the pool more slots in the file that --pools names")
		}
	}
}
