package local

import (
	"fmt"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// lifetime bounds the logical dates for which a task has instances, both included; a zero bound is none.
type lifetime struct{ start, end time.Time }

func (l lifetime) has(logical time.Time) bool {
	return (l.start.IsZero() || !logical.Before(l.start)) && (l.end.IsZero() || !logical.After(l.end))
}

// lifetimeOf is the start_date and end_date of a task, where those of the DAG have a say too. From Airflow 3 on the DAG takes its
// start from default_args where it has none of its own.
func lifetimeOf(version ir.Version, p *ir.Pipeline, t *ir.Task, today time.Time) (lifetime, error) {
	own := func(name string) ir.Value {
		a := ir.Lookup(t.Args, name)
		if a == nil {
			a = ir.Lookup(task.Defaults(p, t), name)
		}
		if a == nil {
			return nil
		}
		return a.Value
	}
	dagStart := p.StartDate
	if a := ir.Lookup(p.DefaultArgs, "start_date"); dagStart == nil && a != nil && version.Major >= 3 {
		dagStart = a.Value
	}
	var moments [4]time.Time
	for i, v := range []ir.Value{own("start_date"), dagStart, own("end_date"), p.EndDate} {
		var err error
		if moments[i], err = momentOf(v, today); err != nil {
			return lifetime{}, err
		}
	}
	l := lifetime{start: moments[0], end: moments[2]}
	if l.start.Before(moments[1]) {
		l.start = moments[1]
	}
	if last := moments[3]; l.end.IsZero() || !last.IsZero() && last.Before(l.end) {
		l.end = last
	}
	return l, nil
}

// momentOf is the moment that a date of a pipeline names, in UTC; zero for none. One without a time zone is in UTC.
func momentOf(v ir.Value, today time.Time) (time.Time, error) {
	switch v := v.(type) {
	case *ir.Time:
		zone, err := zoneOf(v.Zone)
		if err != nil {
			return time.Time{}, err
		}
		return time.Date(v.Year, time.Month(v.Month), v.Day, v.Hour, v.Minute, v.Second, v.Microsecond*1000, zone).UTC(), nil
	case *ir.Ago:
		zone, err := zoneOf(v.Zone)
		if err != nil {
			return time.Time{}, err
		}
		year, month, day := today.In(zone).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, zone).Add(-time.Duration(v.Back.Micros) * time.Microsecond).UTC(), nil
	}
	return time.Time{}, nil
}

// zoneOf is the time zone of an IANA name, of an offset such as "+02:00", or of "" for UTC.
func zoneOf(name string) (*time.Location, error) {
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		at, err := time.Parse("-07:00", name)
		if err != nil {
			return nil, err
		}
		_, offset := at.Zone()
		return time.FixedZone(name, offset), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("timezone %q is not known on this machine", name)
	}
	return zone, nil
}

// findAbsent finds the tasks that have no instance in the run, as its logical date is not in their lifetime. A backfill makes an
// instance of every task.
func (r *run) findAbsent() error {
	r.absent = map[string]bool{}
	if r.shared.RunType == store.Backfill {
		return nil
	}
	for _, t := range r.pipeline.Tasks {
		l, err := lifetimeOf(r.shared.Version, r.pipeline, t, r.shared.StartDate)
		if err != nil {
			return err
		}
		if !l.has(r.shared.LogicalDate) {
			r.absent[t.ID] = true
		}
	}
	return nil
}

// sayAbsent says which tasks have no part in the run.
func (r *run) sayAbsent() {
	if len(r.absent) == 0 {
		return
	}
	if len(r.absent) == len(r.pipeline.Tasks) {
		r.note(fmt.Sprintf("no task runs: the logical date %s is not between start_date and end_date", store.Date(r.shared.LogicalDate)))
		return
	}
	var names []string
	for _, t := range r.pipeline.Tasks {
		if r.absent[t.ID] {
			names = append(names, t.ID)
		}
	}
	r.note(fmt.Sprintf("not in this run, as its logical date %s is not between their start_date and end_date: %s",
		store.Date(r.shared.LogicalDate), strings.Join(names, ", ")))
}
