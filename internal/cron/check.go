package cron

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronField is one column of a cron expression.
type cronField struct {
	name     string
	min, max int
	words    []string // names of values, the first for first
	first    int

	near func(word string, words []string) []string // of words, those that may have been meant
}

var cronFields = []cronField{
	{name: "minute", max: 59},
	{name: "hour", max: 23},
	{name: "day of the month", min: 1, max: 31},
	{name: "month", min: 1, max: 12, words: strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec"), first: 1},
	{name: "day of the week", max: 6, words: strings.Fields("sun mon tue wed thu fri sat")},
	{name: "second", max: 59},
	{name: "year", min: 1970, max: 2099},
}

const (
	cronDay     = 2
	cronWeekday = 4
)

// Check says what is wrong with a cron expression; "" where Airflow takes it. It accepts what croniter accepts, which is the
// library that Airflow asks. Near gives, of the words that a field knows, those that a wrong one may have been meant as.
func Check(text string, near func(word string, words []string) []string) string {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r == ' ' || r >= '\t' && r <= '\r'
	})
	if n := len(fields); n < 5 || n > 7 {
		return fmt.Sprintf("it has %d fields, and should have 5 (with seconds 6, with a year 7)", n)
	}
	for i, field := range fields {
		f := cronFields[i]
		f.near = near
		if problem := f.check(i, field); problem != "" {
			return fmt.Sprintf("in the %s, %s", f.name, problem)
		}
	}
	return ""
}

// check says what is wrong with one column.
func (f *cronField) check(index int, text string) string {
	if kind, begin, end, step, ok := cronHash(text); ok {
		return f.checkHash(kind, begin, end, step)
	}
	if strings.Contains(text, "?") {
		switch {
		case text != "?":
			return "? stands alone or not at all"
		case index != cronDay && index != cronWeekday:
			return "? means nothing: write *"
		}
		return ""
	}
	entries := strings.Split(text, ",")
	nth, plain := map[int]bool{}, map[int]bool{}
	for _, entry := range entries {
		if entry == "" {
			return "a value is missing beside a comma"
		}
		if index == cronDay && isNearestWeekday(entry) {
			if n, _ := strconv.Atoi(strings.Trim(entry, "w")); n < 1 || n > 31 {
				return fmt.Sprintf("%s is not between 1 and 31", entry)
			}
			if len(entries) > 1 {
				return "W cannot be in a list"
			}
			continue
		}
		into := plain
		if index == cronWeekday {
			special, rest, problem := cronSpecialDay(entry)
			if problem != "" {
				return problem
			}
			if special {
				entry, into = rest, nth
			}
		}
		if problem := f.checkEntry(index, entry, into); problem != "" {
			return problem
		}
	}
	if len(nth) > 0 {
		all := len(nth)
		mixed := false
		for value := range plain {
			if !nth[value] {
				all, mixed = all+1, true
			}
		}
		if mixed && all != 7 {
			return "days with # or L cannot be mixed with plain days"
		}
	}
	return ""
}

// checkEntry checks a value, a range or a step, and notes the values that it stands for where index is the weekday.
func (f *cronField) checkEntry(index int, entry string, values map[int]bool) string {
	body, stepText, hasStep := cutLast(entry, '/')
	if !hasStep {
		body = entry
	}
	low, high, isRange := strings.Cut(body, "-")
	switch {
	case hasStep && (!allDigits(stepText)):
		return fmt.Sprintf("the step of %q is no number", entry)
	case hasStep && strings.Trim(stepText, "0") == "":
		return "a step cannot be 0"
	case strings.HasPrefix(entry, "-"):
		return "a value cannot be negative"
	case isRange && (low == "" || high == "" || strings.ContainsAny(high, "-/")):
		return fmt.Sprintf("%q is no range", entry)
	case body == "*" && hasStep:
		low, high, isRange = strconv.Itoa(f.min), strconv.Itoa(f.max), true
	case body == "*":
		return ""
	case !isRange && hasStep:
		return f.checkStart(index, low, values)
	case !isRange:
		if index == cronDay && body == "l" {
			return ""
		}
		n, problem := f.value(index, body)
		if problem == "" && n < f.min {
			problem = f.outside(body)
		}
		values[n] = true
		return problem
	}
	if index == cronDay && high == "l" {
		high = "31"
	}
	from, problem := f.value(index, low)
	if problem != "" {
		return problem
	}
	to, problem := f.value(index, high)
	if problem != "" {
		return problem
	}
	if from == to {
		from, to = f.min, f.max // croniter takes mon-mon for the whole week
	}
	if from < f.min {
		return f.outside(low)
	}
	step, err := strconv.Atoi(stepText)
	if err != nil {
		step = 1
	}
	f.note(index, from, to, step, values)
	return ""
}

// checkStart checks "5/10", every tenth from 5 on.
func (f *cronField) checkStart(index int, low string, values map[int]bool) string {
	n, problem := f.value(index, low)
	if problem == "" && n < f.min {
		problem = f.outside(low)
	}
	f.note(index, n, f.max, 1, values)
	return problem
}

func (f *cronField) note(index, from, to, step int, values map[int]bool) {
	if index != cronWeekday {
		return
	}
	if from > to {
		to += f.max + 1
	}
	for v := from; v <= to; v += max(step, 1) {
		values[v%(f.max+1)] = true
	}
}

// value reads a number or a name.
func (f *cronField) value(index int, text string) (int, string) {
	if allDigits(text) {
		n, err := strconv.Atoi(text)
		if index == cronWeekday && n == 7 {
			n = 0
		}
		if err != nil || n > f.max {
			return 0, f.outside(text)
		}
		return n, ""
	}
	for i, word := range f.words {
		if word == text {
			return i + f.first, ""
		}
	}
	problem := fmt.Sprintf("%q is no value", text)
	if near := f.near(text, f.words); len(near) > 0 {
		problem += fmt.Sprintf(" (did you mean %q?)", near[0])
	}
	return 0, problem
}

func (f *cronField) outside(text string) string {
	return fmt.Sprintf("%s is not between %d and %d", text, f.min, f.max)
}

// cronHash reads h, r, r(1-5), r/10 and r(1-5)/10: a hash of the DAG in Jenkins, a random number in croniter.
func cronHash(text string) (kind byte, begin, end, step string, ok bool) {
	if text[0] != 'h' && text[0] != 'r' {
		return 0, "", "", "", false
	}
	rest := text[1:]
	if strings.HasPrefix(rest, "(") {
		inside, after, closed := strings.Cut(rest[1:], ")")
		var isRange bool
		begin, end, isRange = strings.Cut(inside, "-")
		if !closed || !isRange || !allDigits(begin) || !allDigits(end) {
			return 0, "", "", "", false
		}
		rest = after
	}
	if strings.HasPrefix(rest, "/") {
		step, rest = rest[1:], ""
		if !allDigits(step) {
			return 0, "", "", "", false
		}
	}
	return text[0], begin, end, step, rest == ""
}

func (f *cronField) checkHash(kind byte, begin, end, step string) string {
	if kind == 'h' {
		return "H needs a hash, which Airflow does not give: write a number"
	}
	if begin != "" {
		from, err1 := strconv.Atoi(begin)
		to, err2 := strconv.Atoi(end)
		limit := f.max
		if f.max == 6 {
			limit = 7
		}
		if err1 != nil || err2 != nil || from >= to || from < f.min || to > limit {
			return fmt.Sprintf("%s-%s is no range between %d and %d", begin, end, f.min, f.max)
		}
	}
	if step != "" && strings.Trim(step, "0") == "" {
		return "a step cannot be 0"
	}
	return ""
}

// isNearestWeekday tells whether a day is 15w or w15.
func isNearestWeekday(text string) bool {
	before, hasBefore := strings.CutSuffix(text, "w")
	after, hasAfter := strings.CutPrefix(text, "w")
	return hasBefore && allDigits(before) || hasAfter && allDigits(after)
}

// cronSpecialDay reads 2#3 (the third Tuesday) and l5 (the last Friday).
func cronSpecialDay(text string) (special bool, rest, problem string) {
	if last, isLast := strings.CutPrefix(text, "l"); isLast && allDigits(last) {
		return true, last, ""
	}
	day, nth, ok := cutLast(text, '#')
	if !ok || !allDigits(nth) {
		return false, text, ""
	}
	from, to, isRange := strings.Cut(day, "-")
	names := cronFields[cronWeekday].words
	if isRange && (!slices.Contains(names, from) || !slices.Contains(names, to)) || strings.ContainsAny(day, "*/") {
		return false, "", fmt.Sprintf("%q is no day: # stands after a day, or a range of names such as mon-fri", day)
	}
	if n, err := strconv.Atoi(nth); err != nil || n < 1 || n > 5 {
		return false, "", fmt.Sprintf("there is no week %s of a month", nth)
	}
	return true, day, ""
}

func cutLast(text string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

func allDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
