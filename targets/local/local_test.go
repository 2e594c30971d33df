package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

var latest = ir.Version{Major: 3, Minor: 3}

// bash is a BashOperator task as the compiler lowers it.
func bash(id, command string, needs ...string) *ir.Task {
	t := &ir.Task{
		ID: id, LocalID: id, Trigger: ir.AllSuccess, Owner: "airflow", DoXComPush: true,
		Op:             &ir.Bash{Command: &ir.String{V: command}, SkipExitCode: []int64{99}, Encoding: "utf-8"},
		TemplateFields: []string{"bash_command", "env", "cwd"}, TemplateExt: []string{".sh", ".bash"},
		Retry:  ir.Retry{Delay: &ir.Duration{}},
		Limits: ir.Limits{Pool: "default_pool", PoolSlots: 1, PriorityWeight: 1, WeightRule: "downstream"},
	}
	for _, need := range needs {
		t.Needs = append(t.Needs, ir.Ref{ID: need})
	}
	return t
}

func pipeline(tasks ...*ir.Task) *ir.Pipeline {
	return &ir.Pipeline{ID: "d", Schedule: &ir.Unscheduled{}, Timezone: "UTC", Tasks: tasks}
}

// journal keeps the events of a run as texts.
type journal struct {
	mu      sync.Mutex
	lines   []string
	end     target.RunEnd
	started chan string // ids of tasks as they start; nil: nobody waits for them
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

func (j *journal) RunStarted(run target.RunStart) { j.add("run %s starts", run.DagID) }
func (j *journal) TryStarted(task target.TaskRef, try int) {
	j.add("%s/%d starts", task.ID, try)
	if j.started != nil {
		j.started <- task.ID
	}
}
func (j *journal) Output(task target.TaskRef, line []byte) { j.add("%s| %s", task.ID, line) }
func (j *journal) TryFinished(task target.TaskRef, end target.TryEnd) {
	j.add("%s/%d %s: %s", task.ID, end.Try, end.State, end.Error)
}
func (j *journal) Settled(task target.TaskRef, state target.State) { j.add("%s %s", task.ID, state) }
func (j *journal) Note(text string)                                { j.add("note: %s", text) }
func (j *journal) RunFinished(end target.RunEnd)                   { j.end = end; j.add("run %s", end.Record.State) }

// date is the logical date of the runs of these tests.
var date = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

// play runs a pipeline in a folder of its own.
func play(t *testing.T, p *ir.Pipeline, options Options) (*target.Record, *journal) {
	t.Helper()
	if options.StateDir == "" {
		options.StateDir = filepath.Join(t.TempDir(), ".dagexport")
	}
	if options.Version == (ir.Version{}) {
		options.Version = latest
	}
	l := New(options)
	ctx := t.Context()
	file := &ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p}}
	if err := l.PreRun(ctx, file, filepath.Join(t.TempDir(), "p.yaml")); err != nil {
		t.Fatal(err)
	}
	var events journal
	record, err := l.Run(ctx, p, target.RunOptions{LogicalDate: date, Events: &events})
	if err = errors.Join(err, l.PostRun(ctx)); err != nil {
		t.Fatal(err)
	}
	return record, &events
}

// states is a record in one line: task=state/try ... | key=value ... | run state.
func states(r *target.Record) string {
	var out []string
	for _, task := range r.Tasks {
		out = append(out, fmt.Sprintf("%s=%s/%d", task.TaskID, task.State, task.TryNumber))
	}
	for _, x := range r.XComs {
		out = append(out, fmt.Sprintf("%s.%s=%s", x.TaskID, x.Key, x.Value))
	}
	return strings.Join(append(out, string(r.State)), " ")
}

func TestRun(t *testing.T) {
	retrying := bash("r", `echo $AIRFLOW_CTX_TRY_NUMBER; test $AIRFLOW_CTX_TRY_NUMBER = 2`)
	retrying.Retry.Retries = 2
	quiet := bash("q", "echo secret")
	quiet.DoXComPush = false
	slow := bash("slow", "echo before; sleep 60")
	slow.Limits.ExecutionTimeout = &ir.Duration{Micros: 200_000}
	empty := &ir.Task{ID: "e", Trigger: ir.AllDone, Op: &ir.Empty{}, Needs: []ir.Ref{{ID: "a"}}}

	for _, c := range []struct {
		name string
		p    *ir.Pipeline
		want string
	}{
		{"chain", pipeline(bash("a", "echo 1; echo two"), bash("b", "true", "a")), `a=success/1 b=success/1 a.return_value="two" b.return_value="" success`},
		{"failure", pipeline(bash("a", "exit 3"), bash("b", "true", "a"), empty), `a=failed/1 b=upstream_failed/0 e=success/1 failed`},
		{"skip", pipeline(bash("a", "exit 99"), bash("b", "true", "a")), `a=skipped/1 b=skipped/0 success`},
		{"retry", pipeline(retrying), `r=success/2 r.return_value="2" success`},
		{"no xcom", pipeline(quiet), `q=success/1 success`},
		{"execution_timeout", pipeline(slow), `slow=failed/1 failed`},
		{"killed by itself", pipeline(bash("a", "kill -9 $$")), `a=failed/1 failed`},
		{"a pipeline without tasks", pipeline(), `success`},
	} {
		t.Run(c.name, func(t *testing.T) {
			record, events := play(t, c.p, Options{Jobs: 2, Grace: time.Second})
			if got := states(record); got != c.want {
				t.Errorf("got  %s\nwant %s\n%s", got, c.want, strings.Join(events.lines, "\n"))
			}
		})
	}
}

func TestEventsOfARun(t *testing.T) {
	a := bash("a", `echo out; echo err >&2; printf 'no end'; exit $((2 - AIRFLOW_CTX_TRY_NUMBER))`)
	a.Retry = ir.Retry{Retries: 1, Delay: &ir.Duration{Micros: 3600e6}}
	_, events := play(t, pipeline(a, bash("b", "echo last words; exit 1", "a"), bash("c", "true", "b")), Options{RetryDelayMax: time.Millisecond})
	want := []string{
		"run d starts",
		"a/1 starts", "a| out", "a| err", "a| no end",
		`note: retries wait 1ms at most in this run (task "a" would wait 1h0m0s in Airflow)`,
		"a/1 up_for_retry: bash command failed with exit code 1",
		"a/2 starts", "a| out", "a| err", "a| no end", "a/2 success: ",
		"b/1 starts", "b| last words", "b/1 failed: bash command failed with exit code 1",
		"c upstream_failed", "run failed",
	}
	if diff := cmp.Diff(want, events.lines); diff != "" {
		t.Error(diff)
	}
	failed := events.end.Failed
	if len(failed) != 1 || failed[0].Task.ID != "b" || len(failed[0].LastLine) != 1 || failed[0].LastLine[0] != "last words" {
		t.Fatalf("failed: %+v", failed)
	}
	log, err := os.ReadFile(failed[0].LogFile)
	if err != nil || string(log) != "last words\nbash command failed with exit code 1\n" {
		t.Errorf("log %q, %v", log, err)
	}
}

func TestRunNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".dagexport")
	l := New(Options{StateDir: dir, Version: ir.Version{Major: 2, Minor: 11}})
	ctx := t.Context()
	p := pipeline(bash("a", "echo $AIRFLOW_CTX_DAG_RUN_ID"))
	if err := l.PreRun(ctx, &ir.File{Pipelines: []*ir.Pipeline{p}}, filepath.Join(dir, "p.yaml")); err != nil {
		t.Fatal(err)
	}
	name := func(wanted string) string {
		record, err := l.Run(ctx, p, target.RunOptions{LogicalDate: date, RunName: wanted})
		if err != nil {
			return err.Error()
		}
		return string(record.XComs[0].Value)
	}
	for _, c := range [][2]string{
		{"", `"manual__2026-01-02T00:00:00+00:00"`}, {"", `"manual__2026-01-02T00:00:00+00:00__2"`}, {"mine", `"mine"`},
		{"mine", `duplicate run name: d has a run "mine" already`},
	} {
		if got := name(c[0]); got != c[1] {
			t.Errorf("%q: got %s, want %s", c[0], got, c[1])
		}
	}
	if err := l.PostRun(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestParams(t *testing.T) {
	p := pipeline(bash("a", "true"), bash("b", "true"))
	p.Params = []ir.Param{
		{Name: "x", Default: &ir.Int{Text: "1"}}, {Name: "y", Default: &ir.Float{V: 2}},
		{Name: "m", Default: &ir.Map{Entries: []ir.Entry{{Key: &ir.Int{Text: "1"}, Value: &ir.List{Items: []ir.Value{&ir.Null{}, &ir.String{V: "<ü>"}}}}}}},
	}
	p.Tasks[1].Params = []ir.Param{{Name: "y", Default: &ir.Bool{V: true}}, {Name: "z", Default: &ir.Null{}}}
	merged, err := mergeParams(p, json.RawMessage(`{"x": [1,2], "new": {"a": 1}}`), true)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`{"x": [1,2], "y": 2.0, "m": {"1": [null, "<ü>"]}, "new": {"a": 1}}`,
		`{"x": [1,2], "y": true, "m": {"1": [null, "<ü>"]}, "z": null, "new": {"a": 1}}`,
	} {
		if got := string(merged.of(p.Tasks[i])); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p.Params = append(p.Params, ir.Param{Name: "must", Typed: true})
	if _, err := mergeParams(p, json.RawMessage(`{}`), true); err == nil || !strings.Contains(err.Error(), `"must"`) {
		t.Errorf("got %v", err)
	}
	var refusal *target.Refusal
	p.Params = append(p.Params, ir.Param{Name: "two", Typed: true}, ir.Param{Name: "d", Default: &ir.Time{Year: 2026, Month: 1, Day: 1}})
	if _, err := mergeParams(p, json.RawMessage(`{}`), true); !errors.As(err, &refusal) || refusal.Diags.Len() != 3 {
		t.Errorf("got %v", err)
	}
	for _, conf := range []string{`[]`, `{`, `{} {}`, `nope`, `{"a": }`} {
		if _, err := mergeParams(pipeline(), json.RawMessage(conf), true); err == nil {
			t.Errorf("conf %s is taken", conf)
		}
	}
}

func TestCancelledRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".dagexport")
	l := New(Options{StateDir: dir, Version: latest, Jobs: 2, Grace: 300 * time.Millisecond})
	p := pipeline(
		bash("fine", "true"),
		bash("stubborn", `trap '' TERM; (setsid bash -c 'trap "" TERM; while :; do sleep 0.1; done' &); while :; do sleep 0.1; done`, "fine"),
		bash("waiting", "false", "fine"), bash("never", "true", "stubborn"))
	p.Tasks[2].Retry = ir.Retry{Retries: 5, Delay: &ir.Duration{Micros: 3600e6}}
	if err := l.PreRun(t.Context(), &ir.File{Pipelines: []*ir.Pipeline{p}}, filepath.Join(dir, "p.yaml")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	events := &journal{started: make(chan string, 10)}
	go func() {
		for range 3 {
			<-events.started
		}
		time.Sleep(300 * time.Millisecond)
		cancel()
	}()
	begun := time.Now()
	record, err := l.Run(ctx, p, target.RunOptions{LogicalDate: date, Events: events})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	want := `fine=success/1 never=/0 stubborn=failed/1 waiting=failed/1 fine.return_value="" failed`
	if got := states(record); got != want {
		t.Errorf("got  %s\nwant %s\n%s", got, want, strings.Join(events.lines, "\n"))
	}
	if !events.end.Interrupted || len(events.end.Failed) != 2 {
		t.Errorf("end: %+v", events.end)
	}
	stored, err := l.store.Record(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(record, stored); diff != "" {
		t.Errorf("record and store differ:\n%s", diff)
	}
	if err := l.PostRun(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestDagrunTimeout(t *testing.T) {
	p := pipeline(bash("a", "sleep 60"), bash("b", "true", "a"))
	p.Settings.DagrunTimeout = &ir.Duration{Micros: 100_000}
	record, _ := play(t, p, Options{Jobs: 1})
	if got, want := states(record), "a=skipped/1 b=skipped/0 failed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFailFastStopsWhatRuns(t *testing.T) {
	p := pipeline(bash("a", "sleep 0.3; false"), bash("b", "sleep 60"), bash("c", "true", "b"))
	p.Settings.FailFast = true
	record, _ := play(t, p, Options{Jobs: 2})
	if got, want := states(record), "a=failed/1 b=failed/1 c=skipped/0 failed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCheckNamesWhatCannotRunHere(t *testing.T) {
	odd := bash("odd", "true")
	odd.Op.(*ir.Bash).Encoding = "cp1252"
	generic := &ir.Task{ID: "sql", Op: &ir.Generic{}, Class: ir.Class{Module: "m", Name: "SQLExecuteQueryOperator"}}
	p := pipeline(bash("fine", "true"), odd, generic)
	p.Schedule = &ir.Cron{Expr: "0 0 15w * *"}
	var got []string
	for _, d := range New(Options{Version: ir.Version{Major: 2, Minor: 11}}).Check(&ir.File{Pipelines: []*ir.Pipeline{p}}).All() {
		got = append(got, fmt.Sprintf("%s [%s]", d.Message, d.Code))
	}
	want := []string{
		`task "odd" has output_encoding "cp1252", which local runs cannot decode [not-in-local-runs]`,
		`task "sql" is a SQLExecuteQueryOperator, which local runs cannot execute [not-in-local-runs]`,
		`the data interval of cron expression "0 0 15w * *" cannot be told in local runs: "15w" is not known here [not-in-local-runs]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
