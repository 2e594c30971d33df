package compiler

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// checkInterval names a schedule that gives other data intervals on Airflow 3 than on 2, where the file is for both.
func (c *compilation) checkInterval(d *dagDecl) {
	two, three := c.version.Major == 2, c.version.Major == 3
	for _, v := range c.opts.Also {
		two, three = two || v.Major == 2, three || v.Major == 3
	}
	if !two || !three {
		return
	}
	pinned := "cron: ..."
	switch s := d.p.Schedule.(type) {
	case *ir.Cron:
		pinned = "cron: " + quoted(s.Expr)
	case *ir.Preset:
		if s.Name == "@once" || s.Name == "@continuous" {
			return
		}
		pinned = "cron: " + quoted(s.Name)
	case *ir.Delta, *ir.RelativeDelta:
		pinned = "delta: ..."
	default:
		return
	}
	c.diags.Warnf(d.p.Schedule.Pos(), diag.DataInterval, "this schedule has other data intervals on Airflow 3 than on 2: ds moves by one period").
		WithHelp("pin one meaning: `schedule: {%s, data_interval: previous}` is Airflow 2's, `moment` is Airflow 3's", pinned)
}
