package compiler

import (
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// eventBridge reads a schedule in Amazon EventBridge's words, as files for MWAA Serverless have it: six fields of which the last is
// the year and one day is ?, cron(...) or rate(...). done is false for any other text.
func (c *compilation) eventBridge(n *node, text string) (s ir.Schedule, done bool) {
	if inner, ok := strings.CutPrefix(text, "rate("); ok && strings.HasSuffix(inner, ")") {
		return c.eventBridgeRate(n, strings.TrimSuffix(inner, ")")), true
	}
	inner, wrapped := strings.CutPrefix(text, "cron(")
	if wrapped {
		if wrapped = strings.HasSuffix(inner, ")"); !wrapped {
			return nil, false
		}
		inner = strings.TrimSuffix(inner, ")")
	}
	fields := strings.Fields(inner)
	if !wrapped && (len(fields) != 6 || fields[2] != "?" && fields[4] != "?" || !isYear(fields[5])) {
		return nil, false
	}
	if len(fields) != 6 {
		c.diags.Errorf(n.span, diag.BadCron, "%s has %d fields, and EventBridge's cron has 6", quoted(text), len(fields)).
			WithHelp(`write Airflow's five: minute hour day month weekday, such as "30 6 * * 1-5"`)
		return nil, true
	}
	expr := strings.Join([]string{fromBridge(fields[0]), fromBridge(fields[1]), fromBridge(fields[2]), fromBridge(fields[3]), weekdayFromBridge(fields[4])}, " ")
	if problem := checkCron(expr); problem != "" {
		c.diags.Errorf(n.span, diag.BadCron, "%s is no cron expression: %s", quoted(text), problem).
			WithHelp(`write Airflow's five fields: minute hour day month weekday, such as "30 6 * * 1-5"`)
		return nil, true
	}
	if fields[5] != "*" {
		c.diags.Errorf(n.span, diag.BadCron, "Airflow's cron has no year, so that %s of EventBridge cannot be kept", quoted(fields[5])).
			WithHelp("write start_date and end_date, and %q as the schedule", expr)
		return nil, true
	}
	c.diags.Warnf(n.span, diag.BadCron, "%s is EventBridge's cron; it is read as %q", quoted(text), expr).
		WithHelp("write %q", expr).WithFix(n.span, strconv.Quote(expr))
	return &ir.Cron{Expr: expr, Span: n.span}, true
}

// isYear tells whether a sixth field is EventBridge's year; to Airflow it is the second.
func isYear(text string) bool {
	if text == "*" {
		return true
	}
	year, err := strconv.Atoi(text[:min(4, len(text))])
	return err == nil && year >= 1970 && year < 2200
}

func fromBridge(field string) string {
	if strings.HasPrefix(field, "/") {
		field = "*" + field
	}
	if field == "?" {
		return "*"
	}
	return strings.ToUpper(field)
}

// weekdayFromBridge translates days of the week: EventBridge counts from 1 for Sunday, Airflow from 0, and the last Friday is 6L
// there and L5 here.
func weekdayFromBridge(field string) string {
	if field = fromBridge(field); field == "*" || strings.HasPrefix(field, "*/") {
		return field
	}
	entries := strings.Split(field, ",")
	for i, entry := range entries {
		switch day, last := strings.CutSuffix(entry, "L"); {
		case entry == "L":
			entries[i] = "6"
		case last && allDigits(day):
			entries[i] = "L" + dayFromBridge(day)
		default:
			day, nth, isNth := strings.Cut(entry, "#")
			low, high, isRange := strings.Cut(day, "-")
			entries[i] = dayFromBridge(low)
			if isRange {
				entries[i] += "-" + dayFromBridge(high)
			}
			if isNth {
				entries[i] += "#" + nth
			}
		}
	}
	return strings.Join(entries, ",")
}

func dayFromBridge(text string) string {
	number, step, hasStep := strings.Cut(text, "/")
	if day, err := strconv.Atoi(number); err == nil {
		number = strconv.Itoa(day - 1)
	}
	if hasStep {
		return number + "/" + step
	}
	return number
}

func (c *compilation) eventBridgeRate(n *node, inner string) ir.Schedule {
	number, unit, _ := strings.Cut(strings.TrimSpace(inner), " ")
	unit = strings.TrimSuffix(strings.TrimSpace(unit), "s")
	letter := map[string]string{"minute": "m", "hour": "h", "day": "d"}[unit]
	micros, problem := parseDuration(number + letter)
	if letter == "" || !allDigits(number) || problem != "" || micros <= 0 {
		c.diags.Errorf(n.span, diag.BadDuration, "%s is no rate of EventBridge", quoted(n.text)).
			WithHelp("write a duration: 5m, 1h, 2d")
		return nil
	}
	c.diags.Warnf(n.span, diag.BadCron, "%s is EventBridge's; it is read as the duration %s", quoted(n.text), number+letter).
		WithHelp("write %s", number+letter).WithFix(n.span, number+letter)
	return &ir.Delta{Period: &ir.Duration{Micros: micros, Span: n.span}, Span: n.span}
}
