package cron

import (
	"bufio"
	"compress/gzip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The table is what Airflow's timetable says of 10,000 random expressions at random moments, half of them near a change of the
// clocks: see testdata/intervals.py.
func TestIntervalsAreAirflows(t *testing.T) {
	file, err := os.Open("testdata/intervals.tsv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines, count, wrong := bufio.NewScanner(unzipped), 0, 0
	for lines.Scan() {
		count++
		row := strings.Split(lines.Text(), "\t")
		var moments [3]time.Time
		for i := range moments {
			seconds, err := strconv.ParseInt(row[2+i], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			moments[i] = time.Unix(seconds, 0)
		}
		zone, err := time.LoadLocation(row[1])
		if err != nil {
			t.Fatal(err)
		}
		expression, err := Parse(row[0])
		if problem := Check(row[0], func(string, []string) []string { return nil }); err != nil || problem != "" {
			t.Errorf("%s: %v %s", row[0], err, problem)
			continue
		}
		end, err := expression.AlignToPrevious(moments[0], zone)
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		start, err := expression.Previous(end, zone)
		if err != nil || !start.Equal(moments[1]) || !end.Equal(moments[2]) {
			if wrong++; wrong <= 20 {
				t.Errorf("%s in %s at %v: got %v to %v, want %v to %v, %v", row[0], row[1], moments[0].UTC(), start, end, moments[1].UTC(), moments[2].UTC(), err)
			}
		}
	}
	if lines.Err() != nil || count != 10_000 || wrong > 0 {
		t.Errorf("%d of %d are wrong; %v", wrong, count, lines.Err())
	}
}
