package compiler

import (
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// checkSensor reports the values at which a sensor's constructor stops the import. defaults are the default_args that reach the task.
func (c *compilation) checkSensor(t *taskDecl, defaults []ir.Arg) {
	if t.bad || t.signature == nil || !t.signature.Sensor() {
		return
	}
	find := func(name string) *ir.Arg {
		if a := ir.Lookup(t.t.Args, name); a != nil || !t.signature.Has(name) {
			return a
		}
		return ir.Lookup(defaults, name)
	}
	if a := find("mode"); a != nil && isWritten(a.Value) {
		if mode, ok := a.Value.(*ir.String); !ok || mode.V != "poke" && mode.V != "reschedule" {
			dg := c.diags.Errorf(a.Value.Pos(), diag.BadValue, "the mode of a sensor is poke or reschedule")
			if ok && len(diag.Near(mode.V, []string{"poke", "reschedule"})) > 0 {
				suggest(dg, a.Value.Pos(), mode.V, []string{"poke", "reschedule"}, "")
			} else {
				dg.WithHelp("write mode: reschedule, or remove it: poke is what a sensor does by itself")
			}
		}
	}
	for _, name := range []string{"poke_interval", "timeout", "max_wait"} {
		if a := find(name); a != nil {
			c.checkSeconds(a)
		}
	}
	soft, never := find("soft_fail"), find("never_fail")
	if soft != nil && never != nil && truth(soft.Value, false) && truth(never.Value, false) {
		c.diags.Errorf(never.NameSpan, diag.Conflict, "a sensor has one of soft_fail and never_fail").
			WithPlace(soft.NameSpan, "the other one").WithHelp("remove one of them")
	}
}

// checkSeconds reports what is neither a duration nor a number of seconds.
func (c *compilation) checkSeconds(a *ir.Arg) {
	switch v := a.Value.(type) {
	case *ir.Duration:
		if v.Micros >= 0 {
			return
		}
	case *ir.Int:
		if !strings.HasPrefix(v.Text, "-") {
			return
		}
	case *ir.Float:
		if v.V >= 0 {
			return
		}
	case *ir.Null:
		if a.Name == "max_wait" || a.Name == "timeout" && c.version.AtLeast(3, 3) {
			return
		}
	}
	if !isWritten(a.Value) {
		return
	}
	dg := c.diags.Errorf(a.Value.Pos(), diag.BadValue, "%s of a sensor must be a number of seconds that is not negative", a.Name)
	if micros, problem := parseDuration(text(a.Value, "")); problem == "" && micros >= 0 && micros%second == 0 {
		// Default arguments are for operators of which some may want the number.
		seconds := strconv.FormatInt(micros/second, 10)
		dg.WithHelp("in default_args write the seconds: %s", seconds).WithFix(a.Value.Pos(), seconds)
		return
	}
	dg.WithHelp("write a number such as 300, or at the task a duration such as 5m")
}

// isWritten tells whether a value stands in the file as Airflow gets it, and is not one that some code makes.
func isWritten(v ir.Value) bool {
	switch v.(type) {
	case *ir.String, *ir.Template, *ir.Int, *ir.Float, *ir.Null, *ir.List, *ir.Map, *ir.Time, *ir.Duration:
		return true
	}
	return false
}
