package target

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/ir"
)

// tell reports a small run: a works at its second try, b fails, c is not reached, d is skipped.
func tell(e Events) {
	a, b, c, d := TaskRef{"a", -1}, TaskRef{"group.b", -1}, TaskRef{"c", -1}, TaskRef{"d", 2}
	e.RunStarted(RunStart{DagID: "etl", RunName: "r", Version: ir.Version{Major: 3, Minor: 3}, Tasks: 4})
	e.TryStarted(a, 1)
	e.Output(a, []byte("one\ttwo"))
	e.TryFinished(a, TryEnd{Try: 1, State: UpForRetry, Duration: 1234 * time.Millisecond, RetryIn: 10 * time.Second, Error: "exit code 1"})
	e.TryStarted(a, 2)
	e.TryFinished(a, TryEnd{Try: 2, State: Success, Duration: 63 * time.Second})
	e.TryStarted(b, 1)
	e.Output(b, []byte("\x1b[2J\x1b[31mred\x1b[0m\x07 50%\r100%"))
	e.Output(a, []byte("late"))
	e.Note("retries wait 10s at most")
	e.TryFinished(b, TryEnd{Try: 1, State: Failed, Duration: time.Millisecond, Error: "exit code 2"})
	e.Settled(c, UpstreamFailed)
	e.TryFinished(d, TryEnd{Try: 1, State: Skipped, Duration: 0})
	e.RunFinished(RunEnd{
		Record: &Record{DagID: "etl", State: Failed, Tasks: []TaskRecord{
			{TaskID: "a", State: Success}, {TaskID: "group.b", State: Failed}, {TaskID: "c", State: UpstreamFailed}, {TaskID: "d", State: Skipped},
		}},
		Duration: 65 * time.Second,
		Failed:   []FailedTask{{Task: b, Error: "exit code 2", LastLine: []string{"red"}, LogFile: "logs/b/1.log"}},
	})
}

func TestConsole(t *testing.T) {
	var out strings.Builder
	tell(NewConsole(&out, false))
	want := "Running pipeline `etl` as `r` (Airflow 3.3, 4 steps).\n" +
		"Step `a` has started.\n" +
		"a | one\ttwo\n" +
		"Step `a` has failed after 1.234s and is tried again in 10.000s: exit code 1\n" +
		"Step `a` has started (try 2).\n" +
		"Step `a` has finished in 1m3s.\n" +
		"Step `group.b` has started.\n" +
		"group.b | red 50% 100%\n" +
		"a       | late\n" +
		"note: retries wait 10s at most\n" +
		"Step `group.b` has failed after 0.001s: exit code 2\n" +
		"Step `c` is upstream_failed.\n" +
		"Step `d[2]` has been skipped after 0.000s.\n" +
		"\n" +
		"Step `group.b` has failed: exit code 2\n" +
		"  | red\n" +
		"  log: logs/b/1.log\n" +
		"\n" +
		"4 steps: 1 success, 1 failed, 1 upstream_failed, 1 skipped.\n" +
		"Pipeline `etl` has failed after 1m5s.\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestConsoleIsColouredOnlyIfTold(t *testing.T) {
	var plain, coloured strings.Builder
	c := NewConsole(&plain, false)
	c.Settled(TaskRef{"a", -1}, Skipped)
	NewConsole(&coloured, true).Settled(TaskRef{"a", -1}, Skipped)
	if plain.String() != "Step `a` is skipped.\n" || coloured.String() != "Step `a` is \x1b[33mskipped\x1b[0m.\n" {
		t.Errorf("%q, %q", plain.String(), coloured.String())
	}
}

func TestOutputKeepsItsColoursOnATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[1;31mx\x1b[0m": "\x1b[1;31mx\x1b[0m", "\x1b[2Jx\x1b[10;1Hy": "xy", "\x1bcx": "cx", "x\x1b[3": "x", "\x00\x07\x7f": "", "ü\t": "ü\t",
	} {
		if got := NewConsole(nil, true).printable([]byte(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.000s", 1500 * time.Microsecond: "0.002s", 59 * time.Second: "59.000s", 60 * time.Second: "1m0s",
		time.Hour + 2*time.Second: "1h0m2s", 49*time.Hour + 61*time.Second: "2d1h1m1s",
	} {
		if got := Elapsed(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
