package local

import (
	"fmt"
	"time"

	"github.com/dagexport/dagexport/internal/cron"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// presets are the cron expressions that Airflow's presets stand for.
var presets = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
	"@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *",
}

// intervals are the expression, or the period, whose previous interval a manual run has; nothing of both where it has the moment.
type intervals struct {
	cron string
	zone string
	back *ir.Duration
	by   *calendar   // the same, a period of the calendar
	at   []time.Time // one of these moments
	bad  bool        // a period that is not known here
	odd  bool        // a timetable that is not known here
}

// intervalsOf says how the data interval of a manual run follows from a schedule. Those that pin none have the last complete
// period in Airflow 2, and the moment itself in Airflow 3.
func intervalsOf(version ir.Version, p *ir.Pipeline, schedule ir.Schedule) intervals {
	old := version.Major == 2
	switch s := schedule.(type) {
	case *ir.Cron:
		if old {
			return intervals{cron: s.Expr, zone: p.Timezone}
		}
	case *ir.Preset:
		if old {
			return intervals{cron: presets[s.Name], zone: p.Timezone}
		}
	case *ir.Delta:
		if old {
			return intervals{back: s.Period}
		}
	case *ir.RelativeDelta:
		if old {
			return ofCalendar(s.Period)
		}
	case *ir.PinnedCron:
		if s.Interval == ir.PreviousInterval && len(s.Exprs) == 1 {
			found := intervals{cron: s.Exprs[0], zone: s.Zone}
			if preset, ok := presets[found.cron]; ok {
				found.cron = preset
			}
			if found.zone == "" {
				found.zone = p.Timezone
			}
			return found
		}
	case *ir.PinnedDelta:
		if s.Interval == ir.PreviousInterval {
			if period, ok := s.Period.(*ir.Duration); ok {
				return intervals{back: period}
			}
			return ofCalendar(s.Period)
		}
	case *ir.AssetsOrTime:
		return intervalsOf(version, p, s.Time)
	case *ir.Timetable:
		t := timetableOf(s)
		if t.schedule != nil {
			return intervalsOf(version, p, t.schedule)
		}
		return intervals{back: t.back, at: t.events, odd: !t.known}
	}
	return intervals{}
}

// ofCalendar is the previous interval of a relativedelta.
func ofCalendar(period ir.Value) intervals {
	by, ok := calendarOf(period)
	return intervals{by: &by, bad: !ok}
}

// dataInterval is the data interval that Airflow infers for a manual run with the given logical date.
func dataInterval(version ir.Version, p *ir.Pipeline, logical time.Time) (start, end time.Time, err error) {
	of := intervalsOf(version, p, p.Schedule)
	switch {
	case of.back != nil:
		return logical.Add(-time.Duration(of.back.Micros) * time.Microsecond), logical, nil
	case of.by != nil:
		return of.by.before(logical), logical, nil
	case of.at != nil:
		at := lastEvent(of.at, logical)
		return at, at, nil
	case of.cron == "":
		return logical, logical, nil
	}
	zone, err := time.LoadLocation(of.zone)
	if err != nil {
		return logical, logical, fmt.Errorf("timezone %q of %q is not known on this machine", of.zone, p.ID)
	}
	fires, err := cron.Parse(of.cron)
	if err != nil {
		return logical, logical, err
	}
	if end, err = fires.AlignToPrevious(logical, zone); err == nil {
		start, err = fires.Previous(end, zone)
	}
	return start, end, err
}

// refuseSchedule names a schedule whose data intervals are not known here.
func refuseSchedule(problems *diag.List, version ir.Version, p *ir.Pipeline) {
	refuse := func(format string, args ...any) {
		problems.Errorf(p.Schedule.Pos(), diag.NotHere, format, args...).WithHelp("run it without the schedule: --set schedule=null")
	}
	of := intervalsOf(version, p, p.Schedule)
	switch {
	case of.odd:
		refuse("local runs do not know the data interval of this timetable")
		return
	case of.bad:
		refuse("local runs do not know the data interval of a period of the calendar")
		return
	}
	if of.cron == "" {
		return
	}
	if _, err := cron.Parse(of.cron); err != nil {
		problems.Errorf(p.Schedule.Pos(), diag.NotHere, "the data interval of cron expression %q cannot be told in local runs: %v", of.cron, err).
			WithHelp("five fields are known here, without W, H and R")
	}
}
