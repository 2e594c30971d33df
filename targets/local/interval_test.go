package local

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// The table is what Airflow 2.11's own timetable inferred: see testdata/intervals.py.
func TestDataIntervalsAreThoseOfAirflow2(t *testing.T) {
	file, err := os.Open("testdata/intervals.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, wrong, count := bufio.NewScanner(file), 0, 0
	for lines.Scan() {
		var row struct {
			Cron, Zone       string
			Date, Start, End time.Time
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		count++
		p := &ir.Pipeline{ID: "d", Timezone: row.Zone, Schedule: &ir.Cron{Expr: row.Cron}}
		if row.Cron[0] == '@' {
			p.Schedule = &ir.Preset{Name: row.Cron}
		}
		start, end, err := dataInterval(ir.Version{Major: 2, Minor: 11}, p, row.Date)
		if err != nil || !start.Equal(row.Start) || !end.Equal(row.End) {
			if wrong++; wrong <= 20 {
				t.Errorf("%s: got %v to %v, %v", lines.Text(), start, end, err)
			}
		}
	}
	if lines.Err() != nil || count < 1000 || wrong > 0 {
		t.Errorf("%d of %d are wrong; %v", wrong, count, lines.Err())
	}
}

func TestDataIntervalWithoutCron(t *testing.T) {
	moment := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	delta := &ir.Delta{Period: &ir.Duration{Micros: 3600e6}}
	for _, c := range []struct {
		version  ir.Version
		schedule ir.Schedule
		before   time.Duration
	}{
		{ir.Version{Major: 2, Minor: 9}, delta, time.Hour},
		{latest, delta, 0},
		{latest, &ir.Cron{Expr: "0 6 * * *"}, 0},
		{ir.Version{Major: 2, Minor: 9}, &ir.Preset{Name: "@once"}, 0},
		{ir.Version{Major: 2, Minor: 9}, &ir.Unscheduled{}, 0},
	} {
		start, end, err := dataInterval(c.version, &ir.Pipeline{Timezone: "UTC", Schedule: c.schedule}, moment)
		if err != nil || !end.Equal(moment) || end.Sub(start) != c.before {
			t.Errorf("%s, %T: %v to %v, %v", c.version, c.schedule, start, end, err)
		}
	}
}
