package sched

import (
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// Counts are the states of the direct upstream task instances of a task instance.
type Counts struct {
	Upstream int // all of them, finished or not

	Success, Failed, Skipped, UpstreamFailed, Removed int

	// Those of them that are setups; counted above too.
	Setups, SetupSuccess, SetupSkipped int
}

// Done is the number of finished ones.
func (c *Counts) Done() int {
	return c.Success + c.Failed + c.Skipped + c.UpstreamFailed + c.Removed
}

// add counts n upstream task instances in a final state, which are setups or not.
func (c *Counts) add(state target.State, setup bool, n int) {
	switch state {
	case target.Success:
		c.Success += n
	case target.Failed:
		c.Failed += n
	case target.Skipped:
		c.Skipped += n
	case target.UpstreamFailed:
		c.UpstreamFailed += n
	case target.Removed:
		c.Removed += n
	}
	if setup {
		switch state {
		case target.Success:
			c.SetupSuccess += n
		case target.Skipped:
			c.SetupSkipped += n
		}
	}
}

// merge adds other counts.
func (c *Counts) merge(o *Counts) {
	c.Upstream += o.Upstream
	c.Success += o.Success
	c.Failed += o.Failed
	c.Skipped += o.Skipped
	c.UpstreamFailed += o.UpstreamFailed
	c.Removed += o.Removed
	c.Setups += o.Setups
	c.SetupSuccess += o.SetupSuccess
	c.SetupSkipped += o.SetupSkipped
}

// Evaluate is Airflow's TriggerRuleDep for a task instance that is not mapped: the final state that the rule gives to the
// task, None if it gives none, and whether the task may run. A state that is given goes before permission to run. A rule
// that the version does not know never lets a task run.
func Evaluate(version ir.Version, rule ir.TriggerRule, c Counts) (target.State, bool) {
	if c.Upstream == 0 || rule == ir.Always {
		return target.None, true
	}
	return evaluate(version, rule, c)
}

// evaluate is Evaluate of a task that has upstream tasks; none of their instances may count, in a mapped group.
func evaluate(version ir.Version, rule ir.TriggerRule, c Counts) (target.State, bool) {
	return stateOf(version, rule, c), met(version, rule, c)
}

// stateOf is the final state that a rule gives; the order of the clauses is Airflow's.
func stateOf(version ir.Version, rule ir.TriggerRule, c Counts) target.State {
	failed := c.Failed + c.UpstreamFailed
	allDone := c.Done() >= c.Upstream
	switch rule {
	case ir.AllSuccess:
		if failed > 0 {
			return target.UpstreamFailed
		}
		if c.Skipped > 0 {
			return target.Skipped
		}
	case ir.AllFailed:
		if c.Success > 0 || c.Skipped > 0 {
			return target.Skipped
		}
	case ir.OneSuccess:
		if allDone && c.Done() == c.Skipped {
			return target.Skipped
		}
		if allDone && c.Success == 0 {
			return target.UpstreamFailed
		}
	case ir.OneFailed:
		if allDone && failed == 0 {
			return target.Skipped
		}
	case ir.OneDone:
		if allDone && c.Failed == 0 && c.Success == 0 {
			return target.Skipped
		}
	case ir.NoneFailed:
		if failed > 0 {
			return target.UpstreamFailed
		}
	case ir.NoneFailedMinOneSuccess:
		if failed > 0 {
			return target.UpstreamFailed
		}
		if c.Skipped == c.Upstream {
			return target.Skipped
		}
		if version.AtLeast(3, 3) && allDone && c.Success == 0 {
			return target.UpstreamFailed
		}
	case ir.NoneSkipped:
		if c.Skipped > 0 {
			return target.Skipped
		}
	case ir.AllSkipped:
		if c.Success > 0 || failed > 0 {
			return target.Skipped
		}
	case ir.AllDoneMinOneSuccess:
		if !version.AtLeast(3, 1) {
			return target.None
		}
		if c.Skipped > 0 {
			return target.Skipped
		}
		if allDone && c.Success == 0 {
			return target.UpstreamFailed
		}
	case ir.AllDoneSetupSuccess:
		if allDone && c.Setups > 0 && c.SetupSkipped >= c.Setups {
			return target.Skipped
		}
		if allDone && c.Setups > 0 && c.SetupSuccess == 0 {
			return target.UpstreamFailed
		}
	}
	return target.None
}

// met tells whether a rule lets the task run.
func met(version ir.Version, rule ir.TriggerRule, c Counts) bool {
	failed := c.Failed + c.UpstreamFailed
	allDone := c.Done() >= c.Upstream
	wanted := c.Upstream
	if version.AtLeast(3, 3) {
		wanted -= c.Removed // before 3.3 a removed instance excuses mapped tasks only
	}
	switch rule {
	case ir.AllSuccess:
		return c.Success >= wanted
	case ir.AllFailed:
		return failed >= wanted
	case ir.AllDone:
		return allDone
	case ir.OneSuccess:
		return c.Success > 0
	case ir.OneFailed:
		return failed > 0
	case ir.OneDone:
		return c.Success+c.Failed > 0
	case ir.NoneFailed:
		return c.Success+c.Skipped >= wanted
	case ir.NoneFailedMinOneSuccess:
		return c.Success+c.Skipped >= wanted && (c.Success > 0 || !version.AtLeast(3, 3))
	case ir.NoneSkipped:
		return allDone && c.Skipped == 0
	case ir.AllSkipped:
		return c.Skipped >= c.Upstream
	case ir.AllDoneMinOneSuccess:
		return version.AtLeast(3, 1) && allDone && c.Skipped == 0 && c.Success > 0
	case ir.AllDoneSetupSuccess:
		return allDone && (c.Setups == 0 || c.SetupSuccess > 0)
	}
	return false
}
