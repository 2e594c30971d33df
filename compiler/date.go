package compiler

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the time zones of the world, for machines without them

	"github.com/dagexport/dagexport/ir"
)

// yamlTimestamp reads what YAML calls a timestamp: 2026-01-31, and 2026-01-31 06:30:00 with or without a zone. ok says that
// the shape is right; whether there is such a day, validDate says.
func yamlTimestamp(text string) (t ir.Time, ok bool) {
	if len(text) < 8 || !allDigits(text[:4]) || text[4] != '-' {
		return t, false
	}
	if len(text) == 10 && allDigits(text[5:7]) && text[7] == '-' && allDigits(text[8:]) {
		t.Year, t.Month, t.Day, t.DateOnly = number(text[:4]), number(text[5:7]), number(text[8:]), true
		return t, true
	}
	return dateTime(text, true)
}

// parseDate reads the ways in which people write a date, or a date and a time, as text.
func parseDate(text string) (t ir.Time, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) >= 8 && allDigits(text[:8]) {
		text = text[:4] + "-" + text[4:6] + "-" + text[6:]
	}
	if len(text) >= 10 && text[4] == '/' && text[7] == '/' {
		text = text[:4] + "-" + text[5:7] + "-" + text[8:]
	}
	if len(text) < 8 || !allDigits(text[:4]) || text[4] != '-' {
		return t, false
	}
	return dateTime(text, false)
}

// dateTime reads year-month-day, and a time after T or a space. yaml asks for the time and its seconds.
func dateTime(text string, yaml bool) (t ir.Time, ok bool) {
	rest := text[5:]
	t.Year = number(text[:4])
	if t.Month, rest, ok = shortNumber(rest); !ok || rest == "" || rest[0] != '-' {
		return t, false
	}
	if t.Day, rest, ok = shortNumber(rest[1:]); !ok {
		return t, false
	}
	if rest == "" {
		t.DateOnly = true
		return t, !yaml
	}
	clock := strings.TrimLeft(rest, " \t")
	if len(clock) == len(rest) {
		if clock[0] != 'T' && clock[0] != 't' {
			return t, false
		}
		clock = clock[1:]
	}
	if t.Hour, rest, ok = shortNumber(clock); !ok || len(rest) < 3 || rest[0] != ':' || !allDigits(rest[1:3]) {
		return t, false
	}
	t.Minute, rest = number(rest[1:3]), rest[3:]
	if len(rest) >= 3 && rest[0] == ':' && allDigits(rest[1:3]) {
		t.Second, rest = number(rest[1:3]), rest[3:]
		if rest != "" && (rest[0] == '.' || rest[0] == ',' && !yaml) {
			digits := 1
			for digits < len(rest) && isDigit(rest[digits]) {
				digits++
			}
			t.Microsecond, rest = number((rest[1:digits] + "000000")[:6]), rest[digits:]
		}
	} else if yaml {
		return t, false
	}
	zone := strings.TrimLeft(rest, " \t")
	switch {
	case zone == "":
		return t, rest == ""
	case zone == "Z" || !yaml && (zone == "z" || strings.EqualFold(zone, "utc")):
		t.Zone = "UTC"
		return t, true
	}
	if yaml && len(zone) > 3 && zone[len(zone)-3] != ':' {
		return t, false
	}
	t.Zone, ok = offsetZone(zone)
	return t, ok
}

// offsetZone reads +2, +02, +0200 and +02:00 and writes the last form.
func offsetZone(text string) (string, bool) {
	if len(text) < 2 || text[0] != '+' && text[0] != '-' {
		return "", false
	}
	digits := strings.Replace(text[1:], ":", "", 1)
	if !allDigits(digits) || len(digits) > 4 {
		return "", false
	}
	switch len(digits) {
	case 1:
		digits = "0" + digits + "00"
	case 2:
		digits += "00"
	case 3:
		digits = "0" + digits
	}
	if digits > "2359" || digits[2:] > "59" {
		return "", false
	}
	if digits == "0000" {
		return "UTC", true
	}
	return text[:1] + digits[:2] + ":" + digits[2:], true
}

func shortNumber(text string) (n int, rest string, ok bool) {
	digits := 0
	for digits < 2 && digits < len(text) && isDigit(text[digits]) {
		digits++
	}
	return number(text[:digits]), text[digits:], digits > 0
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// validDate tells whether the calendar and the clock have the moment.
func validDate(t *ir.Time) bool {
	if t.Year < 1 || t.Hour > 23 || t.Minute > 59 || t.Second > 59 {
		return false
	}
	d := time.Date(t.Year, time.Month(t.Month), t.Day, 0, 0, 0, 0, time.UTC)
	return d.Year() == t.Year && int(d.Month()) == t.Month && d.Day() == t.Day
}

// parseAgo reads a moving date: "now", "today", "yesterday", "2 days", "2 days ago", "days_ago(2)". It is how long before
// today's midnight the moment is, in microseconds.
func parseAgo(text string) (back int64, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "now", "today", "datetime.now()", "now()":
		return 0, true
	case "yesterday":
		return day, true
	}
	if n, found := strings.CutPrefix(text, "days_ago("); found && strings.HasSuffix(n, ")") {
		n = strings.TrimPrefix(strings.TrimSuffix(n, ")"), "n=")
		return scale(n, day), allDigits(n)
	}
	text = strings.TrimSpace(strings.TrimSuffix(text, "ago"))
	if text == "" || allDigits(strings.TrimLeft(text, "-+")) {
		return 0, false
	}
	micros, problem := parseDuration(text)
	return micros, problem == ""
}

var zones sync.Map // name -> bool

// validZone tells whether the world has a time zone of that name.
func validZone(name string) bool {
	if name == "UTC" {
		return true
	}
	if known, ok := zones.Load(name); ok {
		return known.(bool)
	}
	_, err := time.LoadLocation(name)
	known := err == nil && name != "" && name != "Local"
	zones.Store(name, known)
	return known
}

// inZone is a moment that was written with an offset as the DAG's time zone reads it: Airflow takes the zone of a DAG from its
// start date, so that an offset there would be all that is left of the zone.
func (c *compilation) inZone(v ir.Value) ir.Value {
	t, ok := v.(*ir.Time)
	if !ok || t.Zone == c.timezone || t.Zone == "" {
		return v
	}
	zone, err := time.LoadLocation(c.timezone)
	offset := time.UTC
	if t.Zone != "UTC" {
		parsed, err := time.Parse("-07:00", t.Zone)
		if err != nil {
			return v
		}
		_, seconds := parsed.Zone()
		offset = time.FixedZone("", seconds)
	}
	if err != nil {
		return v
	}
	there := time.Date(t.Year, time.Month(t.Month), t.Day, t.Hour, t.Minute, t.Second, t.Microsecond*1000, offset).In(zone)
	if same := time.Date(there.Year(), there.Month(), there.Day(), there.Hour(), there.Minute(), there.Second(), there.Nanosecond(), zone); !same.Equal(there) {
		return v // an hour that the clock shows twice
	}
	out := *t
	out.Year, out.Month, out.Day = there.Year(), int(there.Month()), there.Day()
	out.Hour, out.Minute, out.Zone = there.Hour(), there.Minute(), c.timezone
	return &out
}
