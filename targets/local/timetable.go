package local

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// timetable is what is known here of one of Airflow's own timetables.
type timetable struct {
	schedule ir.Schedule  // that means the same; nil: none does
	back     *ir.Duration // else: how long before the moment of a manual run its data interval begins
	events   []time.Time  // else: a manual run has the last one, or the first if none is past
	known    bool
}

// timetableParams are the names of the positional parameters of those timetables.
var timetableParams = map[string][]string{
	"CronTriggerTimetable": {"cron"}, "CronDataIntervalTimetable": {"cron", "timezone"}, "MultipleCronTriggerTimetable": nil,
	"DeltaTriggerTimetable": {"delta"}, "DeltaDataIntervalTimetable": {"delta"}, "EventsTimetable": {"event_dates", "restrict_to_events"},
}

func timetableOf(s *ir.Timetable) timetable {
	name := s.Call.Func.Name
	positional, own := timetableParams[name]
	if !own || !strings.HasPrefix(s.Call.Func.Module, "airflow.") || s.Call.Partial {
		return timetable{}
	}
	param := func(name string) ir.Value {
		if at := slices.Index(positional, name); at >= 0 && at < len(s.Call.Args) {
			return s.Call.Args[at]
		}
		if a := ir.Lookup(s.Call.Kwargs, name); a != nil {
			return a.Value
		}
		return nil
	}
	var found timetable
	switch name {
	case "EventsTimetable":
		return eventsOf(param("event_dates"), truth(param("restrict_to_events")))
	case "DeltaTriggerTimetable":
		found.schedule = &ir.PinnedDelta{Period: param("delta"), Interval: ir.MomentInterval, Span: s.Span}
	case "DeltaDataIntervalTimetable":
		found.schedule = &ir.PinnedDelta{Period: param("delta"), Interval: ir.PreviousInterval, Span: s.Span}
	default:
		exprs := s.Call.Args
		if positional != nil {
			exprs = []ir.Value{param("cron")}
		}
		pinned := &ir.PinnedCron{Interval: ir.MomentInterval, Zone: zoneNamed(param("timezone")), Span: s.Span}
		if name == "CronDataIntervalTimetable" {
			pinned.Interval = ir.PreviousInterval
		}
		for _, one := range exprs {
			text, ok := one.(*ir.String)
			if !ok {
				return timetable{}
			}
			pinned.Exprs = append(pinned.Exprs, text.V)
		}
		if pinned.Zone == "" {
			return timetable{}
		}
		found.schedule = pinned
	}
	switch interval := param("interval").(type) {
	case nil:
	case *ir.Duration:
		if interval.Micros != 0 {
			found = timetable{back: interval}
		}
	default:
		return timetable{}
	}
	found.known = true
	return found
}

// eventsOf are the moments of an EventsTimetable, if manual runs keep to them.
func eventsOf(dates ir.Value, restricted bool) timetable {
	list, ok := dates.(*ir.List)
	if !ok || !restricted || len(list.Items) == 0 {
		return timetable{known: !restricted || ok}
	}
	found := timetable{known: true}
	for _, one := range list.Items {
		at, err := momentOf(one, time.Time{})
		if err != nil || at.IsZero() {
			return timetable{}
		}
		found.events = append(found.events, at)
	}
	slices.SortFunc(found.events, time.Time.Compare)
	return found
}

// zoneNamed is the name of a time zone, written as a text or as an object of it; "": it is not known.
func zoneNamed(v ir.Value) string {
	switch v := v.(type) {
	case *ir.String:
		return v.V
	case *ir.Call:
		if slices.Contains([]string{"pendulum.timezone", "pendulum.Timezone", "pendulum.tz.timezone", "zoneinfo.ZoneInfo"}, v.Func.Path()) && len(v.Args) == 1 {
			return zoneNamed(v.Args[0])
		}
	}
	return ""
}

// lastEvent is the last of some events that is not after a moment, or the first.
func lastEvent(events []time.Time, at time.Time) time.Time {
	last := events[0]
	for _, one := range events {
		if !one.After(at) {
			last = one
		}
	}
	return last
}

// calendar is a relativedelta of whole units.
type calendar struct {
	months int
	rest   time.Duration
}

// calendarOf reads a relativedelta; false where it has anything else than whole units.
func calendarOf(v ir.Value) (calendar, bool) {
	call, ok := v.(*ir.Call)
	if !ok || len(call.Args) > 0 || call.Func.Path() != "dateutil.relativedelta.relativedelta" {
		return calendar{}, false
	}
	var c calendar
	for _, a := range call.Kwargs {
		number, ok := a.Value.(*ir.Int)
		if !ok {
			return calendar{}, false
		}
		n, err := strconv.Atoi(number.Text)
		if err != nil || n < -1<<20 || n > 1<<20 {
			return calendar{}, false
		}
		switch a.Name {
		case "years":
			c.months += 12 * n
		case "months":
			c.months += n
		case "weeks":
			c.rest += time.Duration(n) * 7 * 24 * time.Hour
		case "days":
			c.rest += time.Duration(n) * 24 * time.Hour
		case "hours":
			c.rest += time.Duration(n) * time.Hour
		case "minutes":
			c.rest += time.Duration(n) * time.Minute
		case "seconds":
			c.rest += time.Duration(n) * time.Second
		default:
			return calendar{}, false
		}
	}
	return c, true
}

// before is the moment so much earlier: a day that the month has not is its last.
func (c calendar) before(at time.Time) time.Time {
	first := time.Date(at.Year(), at.Month()-time.Month(c.months), 1, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), at.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(at.Day(), last)-1).Add(-c.rest)
}
