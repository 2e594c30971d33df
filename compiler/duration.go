package compiler

import (
	"math"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
)

const (
	microsecond = int64(1)
	second      = 1_000_000 * microsecond
	minute      = 60 * second
	hour        = 60 * minute
	day         = 24 * hour
	week        = 7 * day

	maxDuration = math.MaxInt64 / 4
)

// durationUnits are the words for units; the plural s is taken off before looking.
var durationUnits = map[string]int64{
	"us": microsecond, "microsecond": microsecond, "ms": 1000 * microsecond, "millisecond": 1000 * microsecond,
	"s": second, "sec": second, "second": second, "m": minute, "min": minute, "minute": minute,
	"h": hour, "hr": hour, "hour": hour, "d": day, "day": day, "w": week, "week": week,
}

var unitWords = []string{"seconds", "minutes", "hours", "days", "weeks", "milliseconds", "microseconds"}

// parseDuration reads "5m", "1h30m", "1 day 2 hours", "1 day, 2:00:00", "0:05:00", "PT5M" and "300", in microseconds. problem says
// what is wrong with any other text.
func parseDuration(text string) (micros int64, problem string) {
	rest := strings.TrimSpace(text)
	negative := strings.HasPrefix(rest, "-")
	if negative || strings.HasPrefix(rest, "+") {
		rest = strings.TrimSpace(rest[1:])
	}
	if rest == "" {
		return 0, "is empty"
	}
	if strings.Contains(rest, "timedelta") {
		return 0, "is Python"
	}
	if rest[0] == 'P' || rest[0] == 'p' && len(rest) > 1 && (isDigit(rest[1]) || rest[1] == 't' || rest[1] == 'T') {
		micros, problem = isoDuration(rest[1:])
	} else {
		micros, problem = worded(rest)
	}
	if micros > maxDuration {
		return 0, "is too long"
	}
	if negative {
		micros = -micros
	}
	return micros, problem
}

func worded(rest string) (total int64, problem string) {
	first := true
	for rest != "" {
		number, after := takeNumber(rest)
		if number == "" {
			return 0, "needs a number before " + strconv.Quote(firstWord(rest))
		}
		if strings.HasPrefix(after, ":") {
			clock, problem := clockDuration(rest)
			return addDuration(total, clock), problem
		}
		after = strings.TrimLeft(after, " \t")
		word := firstWord(after)
		if word == "" {
			if !first || after != "" {
				return 0, "needs a unit after " + number
			}
			return scale(number, second), ""
		}
		unit, ok := unitOf(word)
		if !ok {
			problem := "has no unit " + strconv.Quote(word)
			if word == "M" || strings.HasPrefix(strings.ToLower(word), "mon") || strings.HasPrefix(strings.ToLower(word), "year") {
				return 0, problem + ": months and years have no fixed length"
			}
			if near := diag.Near(strings.ToLower(word), unitWords); len(near) > 0 {
				problem += ": did you mean " + strconv.Quote(near[0]) + "?"
			}
			return 0, problem
		}
		total = addDuration(total, scale(number, unit))
		rest = strings.TrimLeft(after[len(word):], " \t,")
		rest = strings.TrimPrefix(rest, "and ")
		first = false
	}
	return total, ""
}

func unitOf(word string) (int64, bool) {
	if word == "M" {
		return 0, false // months to some, minutes to others
	}
	lower := strings.ToLower(word)
	if unit, ok := durationUnits[lower]; ok {
		return unit, true
	}
	unit, ok := durationUnits[strings.TrimSuffix(lower, "s")]
	return unit, ok && len(lower) > 2
}

func addDuration(a, b int64) int64 {
	return min(a, maxDuration+1) + min(b, maxDuration+1)
}

// takeNumber splits off digits with at most one point.
func takeNumber(text string) (number, rest string) {
	i, point := 0, false
	for i < len(text) && (isDigit(text[i]) || text[i] == '.' && !point) {
		point = point || text[i] == '.'
		i++
	}
	if strings.Trim(text[:i], ".") == "" {
		return "", text
	}
	return text[:i], text[i:]
}

func firstWord(text string) string {
	i := 0
	for i < len(text) && text[i] != ' ' && text[i] != '\t' && text[i] != ',' && !isDigit(text[i]) {
		i++
	}
	return text[:i]
}

// scale multiplies a decimal number by a unit, rounding to the microsecond as Python's timedelta does.
func scale(number string, unit int64) int64 {
	whole, fraction, _ := strings.Cut(number, ".")
	var n int64
	if whole != "" {
		var err error
		if n, err = strconv.ParseInt(whole, 10, 64); err != nil || n > maxDuration/unit {
			return maxDuration + 1
		}
	}
	part, _ := strconv.ParseFloat("0."+fraction+"0", 64)
	return n*unit + int64(math.RoundToEven(part*float64(unit)))
}

// clockDuration reads H:MM:SS and H:MM:SS.ffffff.
func clockDuration(text string) (int64, string) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return 0, "is ambiguous: write hours, minutes and seconds, as in 1:30:00, or units, as in 90m"
	}
	seconds, _, _ := strings.Cut(parts[2], ".")
	if !allDigits(parts[0]) || !allDigits(parts[1]) || len(parts[1]) > 2 || !allDigits(seconds) || len(seconds) > 2 ||
		!isFloat12(parts[2]) || parts[1] > "59" && len(parts[1]) == 2 || seconds > "59" && len(seconds) == 2 {
		return 0, "is no time in the form H:MM:SS"
	}
	return addDuration(addDuration(scale(parts[0], hour), scale(parts[1], minute)), scale(parts[2], second)), ""
}

// isoDuration reads what follows the P of an ISO 8601 duration.
func isoDuration(rest string) (total int64, problem string) {
	inTime, any := false, false
	for rest != "" {
		if rest[0] == 'T' || rest[0] == 't' {
			if inTime {
				return 0, "has a second T"
			}
			inTime, rest = true, rest[1:]
			continue
		}
		number, after := takeNumber(strings.Replace(rest, ",", ".", 1))
		if number == "" || after == "" {
			return 0, "is no ISO 8601 duration such as PT5M or P1DT2H"
		}
		var unit int64
		switch designator := after[0] &^ 0x20; {
		case designator == 'W' && !inTime:
			unit = week
		case designator == 'D' && !inTime:
			unit = day
		case designator == 'H' && inTime:
			unit = hour
		case designator == 'M' && inTime:
			unit = minute
		case designator == 'S' && inTime:
			unit = second
		case designator == 'Y' || designator == 'M':
			return 0, "has months or years, which have no fixed length"
		default:
			return 0, "is no ISO 8601 duration such as PT5M or P1DT2H"
		}
		total = addDuration(total, scale(number, unit))
		rest, any = rest[len(rest)-len(after)+1:], true
	}
	if !any {
		return 0, "is no ISO 8601 duration such as PT5M or P1DT2H"
	}
	return total, ""
}

// secondsToMicros rounds as Python's timedelta(seconds=...) does.
func secondsToMicros(seconds float64) (int64, bool) {
	if math.IsNaN(seconds) || math.Abs(seconds) > float64(maxDuration/second) {
		return 0, false
	}
	whole, part := math.Modf(seconds)
	return int64(whole)*second + int64(math.RoundToEven(part*1e6)), true
}

// isLength tells whether the value of an argument is a duration: of a sensor's timeout, poke_interval and max_wait a text, for a number is
// seconds there anyway; of a TimeDeltaSensor's delta a number too, which Airflow itself would not take.
func (c *compilation) isLength(t *taskDecl, key string, n *node) bool {
	if n.kind != scalarNode || hasJinja(n.text) {
		return false
	}
	kind := resolve(n, c.mode).kind
	switch key {
	case "timeout", "poke_interval", "max_wait":
		return kind == isText && (strings.HasSuffix(t.t.Class.Name, "Sensor") || t.signature != nil && t.signature.Sensor())
	case "delta":
		return kind != isNull && strings.HasPrefix(t.t.Class.Name, "TimeDeltaSensor")
	}
	return false
}
