package local

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
)

// The tables are what Airflow plans: see testdata/backfill.py.
func TestRunsBetweenDatesAreThoseOfAirflow(t *testing.T) {
	for _, version := range []ir.Version{{Major: 2, Minor: 11}, latest} {
		t.Run(version.String(), func(t *testing.T) { runsBetweenDates(t, version) })
	}
}

func runsBetweenDates(t *testing.T, version ir.Version) {
	file, err := os.Open("testdata/backfill_" + version.String() + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	l := New(Options{Version: version})
	lines, count := bufio.NewScanner(file), 0
	for lines.Scan() {
		var row struct {
			Schedule any
			Zone     string
			From, To time.Time
			Runs     [][7]string // start and end of the data interval, name, the time in which it is the latest, the dates before and after it
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		count++
		p := &ir.Pipeline{ID: "d", Timezone: row.Zone}
		switch s := row.Schedule.(type) {
		case float64:
			p.Schedule = &ir.Delta{Period: &ir.Duration{Micros: int64(s) * 1e6}}
		case map[string]any:
			interval := ir.PreviousInterval
			if s["data_interval"] == "moment" {
				interval = ir.MomentInterval
			}
			if text, ok := s["cron"].(string); ok {
				p.Schedule = &ir.PinnedCron{Exprs: []string{text}, Interval: interval}
			} else {
				p.Schedule = &ir.PinnedDelta{Period: &ir.Duration{Micros: int64(s["seconds"].(float64)) * 1e6}, Interval: interval}
			}
		case string:
			p.Schedule = &ir.Cron{Expr: s}
			if s[0] == '@' {
				p.Schedule = &ir.Preset{Name: s}
			}
		}
		dates, err := l.LogicalDates(p, row.From, row.To)
		if err != nil {
			t.Fatal(err)
		}
		var got [][7]string
		for _, date := range dates {
			start, end, err := scheduledInterval(version, p, date)
			if err != nil {
				t.Fatal(err)
			}
			after, to, err := latestWindow(version, p, date)
			if err != nil {
				t.Fatal(err)
			}
			earlier, later, err := datesBeside(version, p, date)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, [7]string{
				store.Date(start), store.Date(end), runName(version, store.Backfill, date, end), store.Date(after), store.Date(to),
				dateText(earlier), dateText(later),
			})
		}
		if diff := cmp.Diff(row.Runs, got); diff != "" {
			t.Errorf("%v in %s from %v: (-Airflow +we)\n%s", row.Schedule, row.Zone, row.From, diff)
		}
	}
	if lines.Err() != nil || count < 40 {
		t.Errorf("%d rows, %v", count, lines.Err())
	}
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return store.Date(t)
}

func TestRunsThatHaveNotBegun(t *testing.T) {
	daily := &ir.Pipeline{ID: "d", Timezone: "UTC", Schedule: &ir.PinnedCron{Exprs: []string{"0 0 * * *"}, Interval: ir.PreviousInterval}}
	dates := []time.Time{date, date.AddDate(0, 0, 1), date.AddDate(0, 0, 2)}
	now := date.AddDate(0, 0, 2)
	for version, want := range map[ir.Version]int{{Major: 2, Minor: 11}: 3, latest: 1} {
		got, err := New(Options{Version: version}).Begun(daily, dates, now)
		if err != nil || len(got) != want {
			t.Errorf("%v: %v, %v", version, got, err)
		}
	}
}

func TestNoRunsBetweenDates(t *testing.T) {
	l := New(Options{Version: latest})
	for _, schedule := range []ir.Schedule{&ir.Unscheduled{}, &ir.Preset{Name: "@once"}, &ir.Assets{}} {
		if _, err := l.LogicalDates(&ir.Pipeline{ID: "d", Timezone: "UTC", Schedule: schedule}, date, date); err == nil {
			t.Errorf("%T: no error", schedule)
		}
	}
	minutely := &ir.Pipeline{ID: "d", Timezone: "UTC", Schedule: &ir.Cron{Expr: "* * * * *"}}
	if _, err := l.LogicalDates(minutely, date, date.AddDate(1, 0, 0)); err == nil {
		t.Error("half a million runs are taken")
	}
}
