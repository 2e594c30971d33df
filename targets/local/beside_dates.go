package local

import (
	"slices"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// datesBeside are the logical dates before and after that of a scheduled run, as the context of Airflow 2 has them; zero where there
// is none: Airflow knows no earlier one where a run is about a moment.
func datesBeside(version ir.Version, p *ir.Pipeline, logical time.Time) (before, after time.Time, err error) {
	r, err := rhythmOf(version, p, p.Schedule)
	if err != nil || version.Major >= 3 {
		return before, after, err
	}
	if after, err = r.next(logical); err != nil || r.moments {
		return before, after.UTC(), err
	}
	if len(r.crons) == 0 {
		return logical.Add(-r.period).UTC(), after.UTC(), nil
	}
	for _, one := range r.crons {
		found, err := one.AlignToPrevious(logical.Add(-time.Microsecond), r.zone)
		if err != nil {
			return before, after, err
		}
		if found.After(before) {
			before = found
		}
	}
	return before.UTC(), after.UTC(), nil
}

// Begun are those of the logical dates of a backfill for which Airflow makes a run: Airflow 3 makes none whose data interval has not
// ended.
func (t *Target) Begun(p *ir.Pipeline, dates []time.Time, now time.Time) ([]time.Time, error) {
	version := t.version(t.file)
	if version.Major < 3 {
		return dates, nil
	}
	var begun []time.Time
	for _, date := range dates {
		_, end, err := scheduledInterval(version, p, date)
		if err != nil {
			return nil, err
		}
		if end.Before(now) {
			begun = append(begun, date)
		}
	}
	return slices.Clip(begun), nil
}
