package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/cron"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// presets are Airflow's named schedules.
var presets = []string{
	"@once", "@continuous", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly", "@annually", "@midnight",
}

// schedule reads when a DAG runs; nil after an error.
func (c *compilation) schedule(n *node) ir.Schedule {
	switch n.kind {
	case mapNode:
		return c.scheduleMap(n)
	case listNode:
		if set := c.assetList(n, false, n.span); set != nil {
			return &ir.Assets{Expr: single(set), Span: n.span}
		}
		return nil
	}
	s := resolve(n, c.mode)
	switch s.kind {
	case isNull:
		return &ir.Unscheduled{Span: n.span}
	case isText:
		return c.scheduleText(n)
	}
	c.diags.Errorf(n.span, diag.WrongType, "schedule must be text or null, not %s", n.noun(c.mode)).
		WithHelp(`write a cron expression ("0 6 * * *"), a preset ("@daily"), a duration with its unit (6h), or null`)
	return nil
}

func (c *compilation) scheduleText(n *node) ir.Schedule {
	if !c.checkText(n) {
		return nil
	}
	text := strings.TrimSpace(n.text)
	if strings.EqualFold(text, "none") {
		return &ir.Unscheduled{Span: n.span}
	}
	if strings.HasPrefix(text, "@") {
		for _, preset := range presets {
			if text == preset {
				return &ir.Preset{Name: text, Span: n.span}
			}
		}
		switch lower := strings.ToLower(text); lower {
		case "@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually", "@midnight":
			return &ir.Preset{Name: lower, Span: n.span} // croniter does not mind capitals
		}
		d := c.diags.Errorf(n.span, diag.BadCron, "Airflow has no schedule %s", quoted(text))
		suggest(d, n.span, text, presets, "the presets are")
		if d.Fix != nil {
			d.Fix.Text = `"` + d.Fix.Text + `"`
		}
		return nil
	}
	if s, done := c.eventBridge(n, text); done {
		return s
	}
	if micros, problem := parseDuration(text); problem == "" && !allDigits(strings.Trim(text, "-+.")) {
		if micros <= 0 {
			c.diags.Errorf(n.span, diag.BadDuration, "a schedule must be longer than nothing")
			return nil
		}
		return &ir.Delta{Period: &ir.Duration{Micros: micros, Span: n.span}, Span: n.span}
	}
	if problem := checkCron(text); problem != "" {
		d := c.diags.Errorf(n.span, diag.BadCron, "%s is no cron expression: %s", quoted(text), problem)
		switch {
		case contains(presets, "@"+strings.ToLower(text)):
			fix := `"@` + strings.ToLower(text) + `"`
			d.WithHelp("did you mean %s?", fix).WithFix(n.span, fix)
		case strings.Contains(text, "timedelta"):
			d.Message, d.Code = quoted(text)+" is Python, not a schedule", diag.BadDuration
			if duration, ok := pythonDuration(text); ok {
				d.WithHelp("write %s", duration).WithFix(n.span, duration)
			} else {
				d.WithHelp("write a duration: 30s, 5m, 1h30m, 2d")
			}
		default:
			d.WithHelp(`write five fields: minute hour day month weekday, such as "30 6 * * 1-5"`)
		}
		return nil
	}
	return &ir.Cron{Expr: text, Span: n.span}
}

func contains(list []string, text string) bool {
	for _, entry := range list {
		if entry == text {
			return true
		}
	}
	return false
}

// checkCron says what is wrong with a cron expression; "" where Airflow takes it.
func checkCron(text string) string { return cron.Check(text, diag.Near) }
