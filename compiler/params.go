package compiler

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/params"
	"github.com/dagexport/dagexport/ir"
)

// checkParams validates the defaults of typed params, as Airflow does when it imports a DAG with a schedule. Without one it
// waits for a run, which may give other values.
func (c *compilation) checkParams(d *dagDecl) {
	_, unscheduled := d.p.Schedule.(*ir.Unscheduled)
	for i := range d.p.Params {
		c.checkTyped(&d.p.Params[i], !unscheduled && !d.noSchedule)
	}
	for _, t := range d.tasks {
		for i := range t.t.Params {
			c.checkTyped(&t.t.Params[i], false)
		}
	}
}

func (c *compilation) checkTyped(p *ir.Param, refused bool) {
	if !p.Typed || p.Default == nil {
		return
	}
	for _, keyword := range p.Schema {
		if !contains(params.Keywords, keyword.Name) && len(diag.Near(keyword.Name, params.Keywords)) > 0 {
			d := c.diags.Warnf(keyword.NameSpan, diag.Dropped, "JSON Schema has no keyword %s, so that Airflow does not look at it", quoted(keyword.Name))
			suggest(d, keyword.NameSpan, keyword.Name, params.Keywords, "")
		}
	}
	value, ok := params.JSON(p.Default)
	if !ok {
		return
	}
	problem := params.Check(p.Schema, value)
	if problem == nil {
		return
	}
	report := c.diags.Warnf
	if refused {
		report = c.diags.Errorf
	}
	if problem.Schema {
		at := p.Span
		if len(problem.Path) > 0 {
			if keyword := ir.Lookup(p.Schema, problem.Path[0]); keyword != nil {
				at = params.At(keyword.Value, problem.Path[1:]).Pos()
			}
		}
		report(at, diag.BadParam, "the schema of the param %s is not valid: %s", quoted(p.Name), problem.Message)
		return
	}
	d := report(params.At(p.Default, problem.Path).Pos(), diag.BadParam, "the default of the param %s does not fit its schema: %s", quoted(p.Name), problem.Message)
	if refused {
		d.WithHelp("Airflow refuses a DAG with a schedule whose params have no valid defaults")
	} else {
		d.WithHelp("a run that gives no other value fails before its first task")
	}
}
