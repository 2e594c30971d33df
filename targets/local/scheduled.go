package local

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/cron"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
)

// isBackfill tells whether a run stands for a scheduled one, by its name.
func isBackfill(runID string) bool { return strings.HasPrefix(runID, store.Backfill+"__") }

// rhythm is when a schedule starts runs.
type rhythm struct {
	crons   []*cron.Expression
	zone    *time.Location
	period  time.Duration // where there are no crons
	moments bool          // the data interval of a run is the moment itself, not the time to the next
}

// rhythmOf reads a schedule; the error says that it has none, or none that is known here.
func rhythmOf(version ir.Version, p *ir.Pipeline, schedule ir.Schedule) (*rhythm, error) {
	r := &rhythm{moments: version.Major >= 3}
	var expressions []string
	zone := p.Timezone
	unknown := fmt.Errorf("%q has no schedule that local runs can follow from one date to another", p.ID)
	switch s := schedule.(type) {
	case *ir.Cron:
		expressions = []string{s.Expr}
	case *ir.Preset:
		expressions = []string{s.Name}
	case *ir.PinnedCron:
		expressions, r.moments = s.Exprs, s.Interval == ir.MomentInterval
		if s.Zone != "" {
			zone = s.Zone
		}
	case *ir.Delta:
		r.period = time.Duration(s.Period.Micros) * time.Microsecond
	case *ir.PinnedDelta:
		period, ok := s.Period.(*ir.Duration)
		if !ok {
			return nil, unknown
		}
		r.period, r.moments = time.Duration(period.Micros)*time.Microsecond, s.Interval == ir.MomentInterval
	case *ir.AssetsOrTime:
		return rhythmOf(version, p, s.Time)
	case *ir.Timetable:
		if same := timetableOf(s).schedule; same != nil {
			return rhythmOf(version, p, same)
		}
	}
	if len(expressions) == 0 && r.period <= 0 {
		return nil, unknown
	}
	var err error
	if r.zone, err = time.LoadLocation(zone); err != nil {
		return nil, fmt.Errorf("timezone %q of %q is not known on this machine", zone, p.ID)
	}
	for _, text := range expressions {
		if strings.HasPrefix(text, "@") {
			if text = presets[text]; text == "" {
				return nil, unknown
			}
		}
		one, err := cron.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the schedule of %q: %w", p.ID, err)
		}
		r.crons = append(r.crons, one)
	}
	return r, nil
}

// next is the first moment after t at which a run starts.
func (r *rhythm) next(t time.Time) (time.Time, error) {
	if len(r.crons) == 0 {
		return t.Add(r.period), nil
	}
	var first time.Time
	for _, one := range r.crons {
		found, err := one.Next(t, r.zone)
		if err != nil {
			return found, err
		}
		if first.IsZero() || found.Before(first) {
			first = found
		}
	}
	return first, nil
}

// fires tells whether a run starts at t; a period counts from the first date.
func (r *rhythm) fires(t time.Time) (bool, error) {
	for _, one := range r.crons {
		aligned, err := one.AlignToPrevious(t, r.zone)
		if err != nil || aligned.Equal(t) {
			return err == nil, err
		}
	}
	return len(r.crons) == 0, nil
}

// maxDates bounds how many runs one call asks for.
const maxDates = 10_000

// LogicalDates are those of the runs that the schedule of a DAG starts between two dates, both included. The runs for them are one
// backfill, the first of which is free of depends_on_past.
func (t *Target) LogicalDates(p *ir.Pipeline, from, to time.Time) ([]time.Time, error) {
	r, err := rhythmOf(t.version(t.file), p, p.Schedule)
	if err != nil {
		return nil, err
	}
	at := from
	starts, err := r.fires(at)
	if err == nil && !starts {
		at, err = r.next(at)
	}
	var dates []time.Time
	for ; err == nil && !at.After(to); at, err = r.next(at) {
		if len(dates) == maxDates {
			return nil, fmt.Errorf("there are more than %d runs between these dates", maxDates)
		}
		dates = append(dates, at.UTC())
	}
	if len(dates) > 0 {
		t.backfill.first, t.backfill.from = dates[0], from
	}
	return slices.Clip(dates), err
}

// scheduledInterval is the data interval of a scheduled run.
func scheduledInterval(version ir.Version, p *ir.Pipeline, logical time.Time) (start, end time.Time, err error) {
	r, err := rhythmOf(version, p, p.Schedule)
	if err != nil || r.moments {
		return logical, logical, err
	}
	end, err = r.next(logical)
	return logical, end.UTC(), err
}

// latestWindow is the time after its first and up to its second moment in which a scheduled run counts as the latest one.
func latestWindow(version ir.Version, p *ir.Pipeline, logical time.Time) (after, to time.Time, err error) {
	r, err := rhythmOf(version, p, p.Schedule)
	if err != nil {
		return after, to, err
	}
	next, err := r.next(logical)
	if err != nil {
		return after, to, err
	}
	after, to = logical, next
	switch {
	case r.moments && version.Major == 2:
		after = next // the next run is about a moment, which nothing is within
	case !r.moments:
		if version.Major == 2 {
			after = next
		}
		to, err = r.next(next)
	}
	return after.UTC(), to.UTC(), err
}
