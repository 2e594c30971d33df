package sched

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// The tables are what Airflow's own next_retry_datetime computed: see testdata/retry_delays.py.
func TestRetryDelayIsAirflows(t *testing.T) {
	for _, version := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		file, err := os.Open("testdata/retry_delays_" + version.String() + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		lines, count := bufio.NewScanner(file), 0
		for lines.Scan() {
			var row struct {
				Dag, Task   string
				Date        time.Time
				Delay, Wait int64
				Multiplier  float64
				Max         *int64
				Try         int
			}
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			retry := ir.Retry{Delay: &ir.Duration{Micros: row.Delay}, Multiplier: row.Multiplier}
			if row.Max != nil {
				retry.MaxDelay = &ir.Duration{Micros: *row.Max}
			}
			got := RetryDelay(version, row.Dag, row.Task, row.Date, retry, row.Try)
			if got.Microseconds() != row.Wait {
				t.Errorf("%s: %s: got %d", version, lines.Text(), got.Microseconds())
			}
			count++
		}
		if err := lines.Err(); err != nil || count < 400 {
			t.Errorf("%s: %d rows, %v", version, count, err)
		}
	}
}

// Airflow 2.9 hashes the number of the try to come; the expected value is sha1("etl#load#2026-01-02 00:00:00+00:00#2") mod 300.
func TestRetryDelayOfAirflow29(t *testing.T) {
	retry := ir.Retry{Delay: &ir.Duration{Micros: 300e6}, Multiplier: 2}
	date := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	got := RetryDelay(ir.Version{Major: 2, Minor: 9}, "etl", "load", date, retry, 1)
	if want := 300*time.Second + 26*time.Second; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
