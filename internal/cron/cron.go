package cron

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Expression is a cron expression of five fields: each field a set of bits.
type Expression struct {
	minutes, hours, days, months, weekdays uint64

	everyHour          bool // the hours are *
	anyDay, anyWeekday bool // the days of the month or of the week are *
	lastDay            bool // L among the days

	nth  [7]uint64 // by weekday: its weeks of the month, from 1
	last [7]bool   // by weekday: the last one of the month
	some bool      // there are nth or last: nothing else says which days
}

// Parse reads an expression that Check has nothing against; what it refuses is a form that is not known here.
func Parse(expression string) (*Expression, error) {
	fields := strings.Fields(strings.ToLower(expression))
	if len(fields) != 5 {
		return nil, fmt.Errorf("it has %d fields", len(fields))
	}
	c := &Expression{}
	for i, set := range []*uint64{&c.minutes, &c.hours, &c.days, &c.months, &c.weekdays} {
		f := &cronFields[i]
		for _, part := range strings.Split(fields[i], ",") {
			switch {
			case i == cronDay && part == "l":
				c.lastDay = true
				continue
			case i == cronWeekday:
				known, err := c.special(part)
				if err != nil {
					return nil, err
				}
				if known {
					continue
				}
			}
			one, err := f.set(i, part)
			if err != nil {
				return nil, err
			}
			*set |= one
		}
	}
	full := func(set uint64, f cronField) bool { return bits.OnesCount64(set) == f.max-f.min+1 }
	c.everyHour = full(c.hours, cronFields[1])
	// A field that names every day restricts nothing where the other has a *; else it is one of two that are enough.
	free := func(this, other int, set uint64) bool {
		return full(set, cronFields[this]) && (fields[this] == "*" || fields[this] == "?" || strings.ContainsAny(fields[other], "*?"))
	}
	c.anyDay = free(cronDay, cronWeekday, c.days) && !c.lastDay
	c.anyWeekday = free(cronWeekday, cronDay, c.weekdays)
	return c, nil
}

// special reads 2#3 (the third Tuesday) and l5 (the last Friday).
func (c *Expression) special(part string) (bool, error) {
	if day, last := strings.CutPrefix(part, "l"); last && allDigits(day) {
		n, problem := cronFields[cronWeekday].value(cronWeekday, day)
		if problem != "" {
			return false, fmt.Errorf("%q is not known here", part)
		}
		c.last[n], c.some = true, true
		return true, nil
	}
	days, nth, found := cutLast(part, '#')
	if !found {
		return false, nil
	}
	set, err := cronFields[cronWeekday].set(cronWeekday, days)
	week, wrong := strconv.Atoi(nth)
	if err != nil || wrong != nil || week < 1 || week > 5 {
		return false, fmt.Errorf("%q is not known here", part)
	}
	for day := range 7 {
		if set&(1<<day) != 0 {
			c.nth[day] |= 1 << week
		}
	}
	c.some = true
	return true, nil
}

// set is what a value, a range or a step stands for.
func (f *cronField) set(index int, part string) (uint64, error) {
	unknown := fmt.Errorf("%q is not known here", part)
	body, stepText, stepped := strings.Cut(part, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
			return 0, unknown
		}
	}
	from, to := f.min, f.max
	if body != "*" && body != "?" {
		a, b, ranged := strings.Cut(body, "-")
		if index == cronDay && b == "l" {
			b = "31"
		}
		plain := cronField{min: f.min, max: f.max, words: f.words, first: f.first, near: func(string, []string) []string { return nil }}
		var problem string
		if from, problem = plain.value(index, a); problem != "" {
			return 0, unknown
		}
		switch {
		case ranged:
			if to, problem = plain.value(index, b); problem != "" {
				return 0, unknown
			}
			if from == to {
				from, to = f.min, f.max // croniter takes mon-mon for the whole week
			}
		case !stepped:
			to = from
		}
	}
	var set uint64
	if from <= to {
		for n := from; n <= to; n += step {
			set |= 1 << n
		}
		return set, nil
	}
	// fri-mon goes on after the end; a step is kept up across it in croniter's way.
	last := from
	for n := from; n <= f.max; n += step {
		set |= 1 << n
		last = n
	}
	skip := 0
	if left := f.max - last; last-f.min+step > f.max-f.min+1 && left < step {
		skip = step - left
	}
	for n := f.min + skip; n <= to; n += step {
		set |= 1 << n
	}
	return set, nil
}

// onDay tells whether the expression fires on a day. Of days of the month and of the week one is enough, where both are
// restricted.
func (c *Expression) onDay(day time.Time) bool {
	if c.months&(1<<int(day.Month())) == 0 {
		return false
	}
	ofMonth := c.days&(1<<day.Day()) != 0 || c.lastDay && day.AddDate(0, 0, 1).Day() == 1
	ofWeek := c.weekdays&(1<<int(day.Weekday())) != 0
	switch {
	case c.some:
		weekday := int(day.Weekday())
		return c.nth[weekday]&(1<<((day.Day()+6)/7)) != 0 || c.last[weekday] && day.AddDate(0, 0, 7).Month() != day.Month()
	case c.anyDay && c.anyWeekday:
		return true
	case c.anyDay:
		return ofWeek
	case c.anyWeekday:
		return ofMonth
	}
	return ofMonth || ofWeek
}

// maxDays bounds the search: 50 years, as croniter's.
const maxDays = 50 * 366

// seek finds the nearest moment before (step -1) or after (step 1) a wall clock time at which the expression fires.
func (c *Expression) seek(wall time.Time, step int) (time.Time, error) {
	day := time.Date(wall.Year(), wall.Month(), wall.Day(), 0, 0, 0, 0, time.UTC)
	for range maxDays {
		if c.onDay(day) {
			for i := range 24 * 60 {
				minute := i
				if step < 0 {
					minute = 24*60 - 1 - i
				}
				if c.hours&(1<<(minute/60)) == 0 || c.minutes&(1<<(minute%60)) == 0 {
					continue
				}
				found := day.Add(time.Duration(minute) * time.Minute)
				if step < 0 && found.Before(wall) || step > 0 && found.After(wall) {
					return found, nil
				}
			}
		}
		day = day.AddDate(0, 0, step)
	}
	return time.Time{}, fmt.Errorf("no day within 50 years fits the cron expression")
}

// Previous is the last moment before t at which the expression fires in a zone, as Airflow's CronMixin has it.
func (c *Expression) Previous(t time.Time, zone *time.Location) (time.Time, error) {
	return c.neighbour(t, zone, -1)
}

// Next is the first moment after t at which the expression fires in a zone, as Airflow's CronMixin has it.
func (c *Expression) Next(t time.Time, zone *time.Location) (time.Time, error) {
	return c.neighbour(t, zone, 1)
}

func (c *Expression) neighbour(t time.Time, zone *time.Location, step int) (time.Time, error) {
	wall := wallClock(t, zone)
	found, err := c.seek(wall, step)
	if err != nil {
		return found, err
	}
	if !c.everyHour {
		return fromWallClock(found, zone), nil
	}
	return t.UTC().Add(found.Sub(wall)), nil // elapsed time, through any change of the clock
}

// AlignToPrevious is t if the expression fires then, else the moment before.
func (c *Expression) AlignToPrevious(t time.Time, zone *time.Location) (time.Time, error) {
	previous, err := c.Previous(t, zone)
	if err != nil {
		return previous, err
	}
	next, err := c.Next(previous, zone)
	if err != nil || next.Equal(t) {
		return t, err
	}
	return previous, nil
}

// wallClock is what the clocks of a zone show, as if it were UTC.
func wallClock(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// fromWallClock is the moment at which the clocks of a zone show a time: the second one where there are two, the moment
// after the gap where there is none.
func fromWallClock(wall time.Time, zone *time.Location) time.Time {
	at := func(probe time.Time) time.Time {
		_, offset := probe.In(zone).Zone()
		return wall.Add(-time.Duration(offset) * time.Second)
	}
	before, after := at(wall.Add(-24*time.Hour)), at(wall.Add(24*time.Hour))
	if wallClock(after, zone).Equal(wall) {
		return after
	}
	return before
}
