package compiler

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// What people write who come from Python, or from another country's dates, and what it means here; for messages alone.

// pythonDate reads datetime(2026, 1, 31), pendulum.datetime(2026, 1, 31, 6, tz="UTC") and the like, as a date of this language.
func pythonDate(text string) (date string, ok bool) {
	name, args, ok := pythonCall(text)
	if !ok || name != "datetime" && name != "date" {
		return "", false
	}
	var n []int
	for _, arg := range args {
		if key, _, named := strings.Cut(arg, "="); named {
			if key = strings.TrimSpace(key); key != "tz" && key != "tzinfo" {
				return "", false
			}
			continue
		}
		v, err := strconv.Atoi(arg)
		if err != nil {
			return "", false
		}
		n = append(n, v)
	}
	if len(n) < 3 || len(n) > 6 {
		return "", false
	}
	n = append(n, 0, 0, 0)
	t := ir.Time{Year: n[0], Month: n[1], Day: n[2], Hour: n[3], Minute: n[4], Second: n[5]}
	if !validDate(&t) {
		return "", false
	}
	date = fmt.Sprintf("%04d-%02d-%02d", t.Year, t.Month, t.Day)
	if t.Hour+t.Minute+t.Second > 0 {
		date += fmt.Sprintf(" %02d:%02d:%02d", t.Hour, t.Minute, t.Second)
	}
	return date, true
}

// pythonDuration reads timedelta(hours=1, minutes=30) as a duration of this language.
func pythonDuration(text string) (duration string, ok bool) {
	name, args, ok := pythonCall(text)
	if !ok || name != "timedelta" || len(args) == 0 {
		return "", false
	}
	units := map[string]string{"weeks": "w", "days": "d", "hours": "h", "minutes": "m", "seconds": "s"}
	for i, arg := range args {
		key, number, named := strings.Cut(arg, "=")
		if !named {
			if i > 0 {
				return "", false
			}
			key, number = "days", arg
		}
		unit := units[strings.TrimSpace(key)]
		if number = strings.TrimSpace(number); unit == "" || !allDigits(number) || number == "" {
			return "", false
		}
		duration += number + unit
	}
	return duration, true
}

// pythonCall takes a call of a plain or dotted name apart: its last name and its arguments.
func pythonCall(text string) (name string, args []string, ok bool) {
	text = strings.TrimSpace(text)
	open := strings.IndexByte(text, '(')
	if open < 1 || !strings.HasSuffix(text, ")") || strings.ContainsAny(text[open+1:len(text)-1], "()[]{}") {
		return "", nil, false
	}
	name = text[strings.LastIndexByte(text[:open], '.')+1 : open]
	for _, arg := range strings.Split(text[open+1:len(text)-1], ",") {
		if arg = strings.TrimSpace(arg); arg != "" {
			args = append(args, arg)
		}
	}
	return name, args, isIdentifier(name)
}

// foreignDate reads 31.01.2026, and 01/31/2026 where only one order of its numbers is a date.
func foreignDate(text string) (date string, ok bool) {
	sep := "."
	if strings.Contains(text, "/") {
		sep = "/"
	}
	parts := strings.Split(strings.TrimSpace(text), sep)
	if len(parts) != 3 || len(parts[2]) != 4 {
		return "", false
	}
	for _, part := range parts {
		if part == "" || !allDigits(part) || len(part) > 4 {
			return "", false
		}
	}
	day, month, year := number(parts[0]), number(parts[1]), number(parts[2])
	if sep == "/" {
		if day <= 12 && month <= 12 && day != month {
			return "", false
		}
		if month > 12 {
			day, month = month, day
		}
	}
	if t := (ir.Time{Year: year, Month: month, Day: day}); !validDate(&t) {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day), true
}

// nearDuration is a duration with its one misspelt unit put right.
func nearDuration(text string) (fixed string, ok bool) {
	number, after := takeNumber(strings.TrimSpace(text))
	word := strings.TrimSpace(after)
	if number == "" || firstWord(word) != word {
		return "", false
	}
	near := diag.Near(strings.ToLower(word), unitWords)
	if len(near) == 0 {
		return "", false
	}
	return number + " " + near[0], true
}
