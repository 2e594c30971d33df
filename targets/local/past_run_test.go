package local

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// series plays runs of a pipeline one after the other, in one store.
type series struct {
	t   *testing.T
	dir string
}

func (s *series) play(p *ir.Pipeline, logical time.Time, options Options) (string, *journal) {
	s.t.Helper()
	options.StateDir, options.Version = s.dir, latest
	l := New(options)
	if err := l.PreRun(s.t.Context(), &ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p}}, filepath.Join(s.dir, "p.yaml")); err != nil {
		s.t.Fatal(err)
	}
	var events journal
	record, err := l.Run(s.t.Context(), p, target.RunOptions{LogicalDate: logical, Events: &events})
	if err = errors.Join(err, l.PostRun(s.t.Context())); err != nil {
		s.t.Fatal(err)
	}
	return states(record), &events
}

func noted(j *journal, text string) bool {
	return slices.ContainsFunc(j.lines, func(line string) bool { return strings.HasPrefix(line, "note: ") && strings.Contains(line, text) })
}

func TestRunsDependOnTheOneBefore(t *testing.T) {
	s := &series{t, filepath.Join(t.TempDir(), ".dagexport")}
	first := bash("a", `test "$AIRFLOW_CTX_LOGICAL_DATE" != 2026-01-02T00:00:00+00:00`)
	first.DependsOnPast, first.DoXComPush = true, false
	after := bash("b", "true", "a")
	after.DoXComPush = false
	p := pipeline(first, after)
	check := func(day int, options Options, want string) *journal {
		t.Helper()
		got, events := s.play(p, time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC), options)
		if got != want {
			t.Errorf("day %d: %s, want %s", day, got, want)
		}
		return events
	}
	check(1, Options{}, "a=success/1 b=success/1 success")
	check(2, Options{}, "a=failed/1 b=upstream_failed/0 failed")
	events := check(3, Options{}, "a=/0 b=/0 failed")
	if !noted(events, `"a" failed in the run "manual__`) || !noted(events, "nothing is left that can run") {
		t.Errorf("it does not say why: %q", events.lines)
	}
	check(3, Options{IgnoreDependsOnPast: true}, "a=success/1 b=success/1 success")
	check(4, Options{}, "a=success/1 b=success/1 success")

	first.Op.(*ir.Bash).Command = &ir.String{V: "true"}
	check(5, Options{Select: Selection{Skip: []string{"a"}}}, "a=success/1 b=success/1 success")
	check(6, Options{Select: Selection{Only: []string{"a"}}}, "a=success/1 b=/0 success")
	after.DependsOnPast = true
	check(7, Options{}, "a=success/1 b=success/1 success") // b was left out, which does not count

	first.Op.(*ir.Bash).Command = &ir.String{V: "exit 1"}
	check(8, Options{}, "a=failed/1 b=upstream_failed/0 failed")
	p.Settings.DagrunTimeout = &ir.Duration{Micros: 3600e6}
	check(9, Options{}, "a=skipped/0 b=skipped/0 failed")
}

func TestBackfillDependsOnTheOneBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".dagexport")
	task := bash("a", "exit 1")
	task.DependsOnPast = true
	p := pipeline(task)
	p.Schedule = &ir.Preset{Name: "@daily"}
	(&series{t, dir}).play(p, date.AddDate(0, 0, -1), Options{})

	l := New(Options{StateDir: dir, Version: latest, Scheduled: true})
	if err := l.PreRun(t.Context(), &ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p}}, filepath.Join(dir, "p.yaml")); err != nil {
		t.Fatal(err)
	}
	dates, err := l.LogicalDates(p, date, date.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, at := range dates {
		record, err := l.Run(t.Context(), p, target.RunOptions{LogicalDate: at})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, states(record))
	}
	if err := l.PostRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a=failed/1 failed", "a=/0 failed"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
