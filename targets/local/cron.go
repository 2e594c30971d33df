package local

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// cron is a cron expression of five fields, as croniter reads it: each field a set of bits.
type cron struct {
	minutes, hours, days, months, weekdays uint64

	everyHour          bool // the hours are *
	anyDay, anyWeekday bool // the days of the month or of the week are *
	lastDay            bool // L among the days
}

var (
	monthNames   = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// parseCron reads an expression that the compiler has checked; what it refuses is a form that is not known here.
func parseCron(expression string) (*cron, error) {
	fields := strings.Fields(expression)
	if len(fields) != 5 {
		return nil, fmt.Errorf("it has %d fields", len(fields))
	}
	c := &cron{}
	var all bool
	for i, f := range []struct {
		set       *uint64
		low, high int
		names     []string
		first     int // the number of the first name
		any       *bool
	}{
		{&c.minutes, 0, 59, nil, 0, &all},
		{&c.hours, 0, 23, nil, 0, &c.everyHour},
		{&c.days, 1, 31, nil, 0, &c.anyDay},
		{&c.months, 1, 12, monthNames, 1, &all},
		{&c.weekdays, 0, 7, weekdayNames, 0, &c.anyWeekday},
	} {
		text := strings.ToLower(fields[i])
		if i == 2 {
			c.lastDay, text = cutLast(text)
		}
		for _, part := range strings.Split(text, ",") {
			if part == "" && c.lastDay && i == 2 {
				continue
			}
			set, err := cronPart(part, f.low, f.high, f.names, f.first)
			if err != nil {
				return nil, err
			}
			*f.set |= set
		}
		if i == 4 && *f.set&(1<<7) != 0 {
			*f.set = *f.set&^(1<<7) | 1 // 7 is Sunday too
		}
		span := f.high - f.low + 1
		if i == 4 {
			span = 7
		}
		*f.any = bits.OnesCount64(*f.set) == span && !(i == 2 && c.lastDay)
	}
	return c, nil
}

// cutLast takes L out of a list of days.
func cutLast(text string) (bool, string) {
	found := false
	var rest []string
	for _, part := range strings.Split(text, ",") {
		if part == "l" {
			found = true
		} else {
			rest = append(rest, part)
		}
	}
	return found, strings.Join(rest, ",")
}

func cronPart(part string, low, high int, names []string, first int) (uint64, error) {
	unknown := fmt.Errorf("%q is not known here", part)
	body, stepText, stepped := strings.Cut(part, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
			return 0, unknown
		}
	}
	number := func(text string) (int, bool) {
		for i, name := range names {
			if text == name {
				return first + i, true
			}
		}
		n, err := strconv.Atoi(text)
		return n, err == nil && n >= low && n <= high
	}
	from, to := low, high
	if body != "*" && body != "?" {
		a, b, ranged := strings.Cut(body, "-")
		var ok bool
		if from, ok = number(a); !ok {
			return 0, unknown
		}
		switch {
		case ranged:
			if to, ok = number(b); !ok || to < from {
				return 0, unknown
			}
		case !stepped:
			to = from
		}
	}
	var set uint64
	for n := from; n <= to; n += step {
		set |= 1 << n
	}
	return set, nil
}

// onDay tells whether the expression fires on a day. Of days of the month and of the week one is enough, where both are
// restricted.
func (c *cron) onDay(day time.Time) bool {
	if c.months&(1<<int(day.Month())) == 0 {
		return false
	}
	ofMonth := c.days&(1<<day.Day()) != 0 || c.lastDay && day.AddDate(0, 0, 1).Day() == 1
	ofWeek := c.weekdays&(1<<int(day.Weekday())) != 0
	switch {
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
func (c *cron) seek(wall time.Time, step int) (time.Time, error) {
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

// previous and next are the moments around t at which the expression fires in a zone, as Airflow's CronMixin has them.
func (c *cron) previous(t time.Time, zone *time.Location) (time.Time, error) {
	return c.neighbour(t, zone, -1)
}

func (c *cron) next(t time.Time, zone *time.Location) (time.Time, error) {
	return c.neighbour(t, zone, 1)
}

func (c *cron) neighbour(t time.Time, zone *time.Location, step int) (time.Time, error) {
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

// alignToPrevious is t if the expression fires then, else the moment before.
func (c *cron) alignToPrevious(t time.Time, zone *time.Location) (time.Time, error) {
	previous, err := c.previous(t, zone)
	if err != nil {
		return previous, err
	}
	next, err := c.next(previous, zone)
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
