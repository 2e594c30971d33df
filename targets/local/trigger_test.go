package local

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
)

// triggers is a task that triggers a DAG.
func triggers(id, dagID string, args ...ir.Arg) *ir.Task {
	t := bash(id, "")
	t.Op = &ir.Generic{}
	t.Class = ir.Class{Module: "airflow.providers.standard.operators.trigger_dagrun", Name: "TriggerDagRunOperator"}
	t.Args = append([]ir.Arg{{Name: "trigger_dag_id", Value: &ir.String{V: dagID}}}, args...)
	t.TemplateFields, t.TemplateExt = []string{"trigger_dag_id", "conf"}, nil
	return t
}

var waits = ir.Arg{Name: "wait_for_completion", Value: &ir.Bool{V: true}}

func TestTriggeredRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".dagexport")
	good, bad := pipeline(bash("a", "sleep 0.2; echo {{ dag_run.conf['n'] }}")), pipeline(bash("a", "exit 1"))
	good.ID, bad.ID = "good", "bad"
	back := pipeline(triggers("t", "d"))
	back.ID = "back"
	conf := ir.Arg{Name: "conf", Value: &ir.Map{Entries: []ir.Entry{{Key: &ir.String{V: "n"}, Value: &ir.Int{Text: "5"}}}}}
	failed := ir.Arg{Name: "failed_states", Value: &ir.List{}}
	allowed := ir.Arg{Name: "allowed_states", Value: &ir.List{Items: []ir.Value{&ir.String{V: "failed"}}}}
	p := pipeline(
		triggers("waits", "good", conf, waits), triggers("fails", "bad", waits), triggers("goes_on", "bad"),
		triggers("takes_failure", "bad", waits, failed, allowed), triggers("itself", "d"), triggers("waits_for_itself", "d", waits),
		triggers("comes_back", "back", waits),
	)
	for _, one := range p.Tasks {
		one.DoXComPush = false
	}
	file := &ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p, good, bad, back}}
	l := New(Options{StateDir: dir, Version: latest, Jobs: 8, Find: func(id string) (*Found, error) {
		for _, one := range file.Pipelines {
			if one.ID == id {
				return &Found{File: file, Path: filepath.Join(dir, "p.yaml"), Pipeline: one}, nil
			}
		}
		return nil, nil
	}})
	if problems := l.Check(file); problems.HasErrors() {
		t.Fatal(problems.All()[0].Message)
	}
	if err := l.PreRun(t.Context(), file, filepath.Join(dir, "p.yaml")); err != nil {
		t.Fatal(err)
	}
	var events journal
	record, err := l.Run(t.Context(), p, target.RunOptions{LogicalDate: date, Events: &events})
	if err = errors.Join(err, l.PostRun(t.Context())); err != nil {
		t.Fatal(err)
	}
	got := map[string]target.State{}
	for _, one := range record.Tasks {
		got[one.TaskID] = one.State
	}
	for id, want := range map[string]target.State{
		"waits": target.Success, "fails": target.Failed, "goes_on": target.Success, "takes_failure": target.Success, "itself": target.Success,
		"waits_for_itself": target.Failed, "comes_back": target.Success,
	} {
		if got[id] != want {
			t.Errorf("%s: %s, want %s", id, got[id], want)
		}
	}
	if !noted(&events, `"back" triggers "d", from which it comes`) {
		t.Errorf("a circle is not said: %q", events.lines)
	}
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := s.Runs(t.Context(), "")
	count := map[string]int{}
	for _, run := range runs {
		count[run.DagID+" "+string(run.State)]++
	}
	if err != nil || count["good success"] != 1 || count["bad failed"] != 3 || count["back success"] != 1 || count["d failed"] != 1 {
		t.Errorf("runs: %v, %v", count, err)
	}
	x, err := s.XComs(t.Context(), runIDOf(runs, "good"))
	if err != nil || len(x) != 1 || string(x[0].Value) != `"5"` {
		t.Errorf("the conf of the triggered run: %v, %v", x, err)
	}
}

func runIDOf(runs []*store.Entry, dagID string) int64 {
	for _, run := range runs {
		if run.DagID == dagID {
			return run.ID
		}
	}
	return 0
}

func TestNothingToTrigger(t *testing.T) {
	p := pipeline(triggers("t", "nobody"))
	problems := New(Options{Version: latest}).Check(&ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p}})
	if problems.Len() != 1 || problems.All()[0].Code != diag.NotHere {
		t.Errorf("problems: %v", problems.All())
	}
}

// TestTriggersOfOneName sees that a triggered run is there for the next task, and that two at once are not both let through.
func TestTriggersOfOneName(t *testing.T) {
	good := pipeline(bash("a", "sleep 0.1"))
	good.ID = "good"
	name := ir.Arg{Name: "trigger_run_id", Value: &ir.String{V: "the_one"}}
	day := func(d string) ir.Arg { return ir.Arg{Name: "logical_date", Value: &ir.String{V: d}} }
	p := pipeline(triggers("one", "good", name, day("2026-01-01")), triggers("two", "good", name, day("2026-01-02")), triggers("later", "good", name, day("2026-01-03")))
	p.Tasks[2].Needs = []ir.Ref{{ID: "one"}, {ID: "two"}}
	p.Tasks[2].Trigger = ir.AllDone
	file := &ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p, good}}
	find := func(string) (*Found, error) { return &Found{File: file, Path: "p.yaml", Pipeline: good}, nil }
	for range 5 {
		dir := filepath.Join(t.TempDir(), ".dagexport")
		l := New(Options{StateDir: dir, Version: latest, Jobs: 2, Find: find})
		if err := l.PreRun(t.Context(), file, filepath.Join(dir, "p.yaml")); err != nil {
			t.Fatal(err)
		}
		record, err := l.Run(t.Context(), p, target.RunOptions{LogicalDate: date, Events: &journal{}})
		if err = errors.Join(err, l.PostRun(t.Context())); err != nil {
			t.Fatal(err)
		}
		count := map[target.State]int{}
		for _, one := range record.Tasks {
			count[one.State]++
			if one.TaskID == "later" && one.State != target.Failed {
				t.Errorf("a second run of one name: %s", one.State)
			}
		}
		if count[target.Success] != 1 || len(record.XComs) != 1 {
			t.Errorf("%v, %v", record.Tasks, record.XComs)
		}
	}
}
