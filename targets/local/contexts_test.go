package local

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

// seen is what somebody was given: the names of a context, whose it was, and what it said of the end.
type seen struct {
	Who   string            `json:"who"`
	Said  map[string]string `json:"said"`
	Names []string          `json:"names"`
}

const contextsModule = `
import json
import os


def found(who, context):
    said = {name: str(context[name]) for name in ("reason", "exception") if name in context}
    with open(os.environ["FOUND"], "a") as out:
        out.write(json.dumps({"who": who, "said": {"task": context["ti"].task_id, **said}, "names": sorted(context)}) + "\n")


def called(**context):
    found(context["ti"].task_id, context)
    return True


def skipped(**context):
    from airflow.exceptions import AirflowSkipException

    found("skipped", context)
    raise AirflowSkipException("no")


def fails(**context):
    found("fails", context)
    raise ValueError("no")


def on_execute_callback(context):
    found("on_execute_callback", context)


def on_success_callback(context):
    found("on_success_callback", context)


def on_failure_callback(context):
    found("on_failure_callback", context)


def on_retry_callback(context):
    found("on_retry_callback", context)


def on_skipped_callback(context):
    found("on_skipped_callback", context)


def dag_success(context):
    found("DAG on_success_callback", context)


def dag_failure(context):
    found("DAG on_failure_callback", context)
`

// TestContexts holds the names in contexts against those of real tasks and callbacks, recorded by testdata/contexts.py.
func TestContexts(t *testing.T) {
	ref := func(name string) ir.Value { return &ir.PyRef{Module: "said", Name: name, User: true} }
	python := func(id, function string) *ir.Task {
		return &ir.Task{ID: id, Op: &ir.Python{Callable: &ir.PyRef{Module: "said", Name: function, User: true}}, Trigger: ir.AllSuccess, DoXComPush: true}
	}
	back := func(one *ir.Task, event string) *ir.Task {
		one.Callbacks = append(one.Callbacks, ir.Callback{Event: event, Values: []ir.Value{ref(event)}})
		return one
	}
	asset := &ir.List{Items: []ir.Value{&ir.Asset{URI: "s3://a"}}}
	for _, version := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		t.Run(version.String(), func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "found.jsonl")
			if err := os.WriteFile(filepath.Join(dir, "said.py"), []byte(contextsModule), 0o666); err != nil {
				t.Fatal(err)
			}
			own := python("python", "called")
			own.Op.(*ir.Python).OpKwargs = &ir.Map{Entries: []ir.Entry{{Key: &ir.String{V: "own"}, Value: &ir.Int{Text: "1"}}}}
			outlets, inlets := python("python with outlets", "called"), python("python with inlets", "called")
			outlets.Args = []ir.Arg{{Name: "outlets", Value: asset}}
			inlets.Args = []ir.Arg{{Name: "inlets", Value: asset}}
			good := pipeline(back(own, "on_success_callback"), outlets, inlets, back(bash("template", "true", outlets.ID, inlets.ID, own.ID), "on_execute_callback"),
				back(python("skipped", "skipped"), "on_skipped_callback"))
			failing := back(back(python("fails", "fails"), "on_failure_callback"), "on_retry_callback")
			failing.Retry = ir.Retry{Retries: 1, Delay: &ir.Duration{}}
			bad := pipeline(python("fine", "called"), failing)
			bad.ID = "bad"
			for _, p := range []*ir.Pipeline{good, bad} {
				p.Settings.Callbacks = []ir.Callback{
					{Event: "on_success_callback", Values: []ir.Value{ref("dag_success")}},
					{Event: "on_failure_callback", Values: []ir.Value{ref("dag_failure")}},
				}
				l := New(Options{Version: version, StateDir: filepath.Join(dir, ".dagexport"), DagsRoot: dir, Environ: append(os.Environ(), "FOUND="+out)})
				if err := l.PreRun(t.Context(), &ir.File{Path: "p.yaml", Pipelines: []*ir.Pipeline{p}}, filepath.Join(dir, "p.yaml")); err != nil {
					t.Fatal(err)
				}
				var events journal
				if _, err := l.Run(t.Context(), p, target.RunOptions{LogicalDate: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Events: &events}); err != nil {
					t.Fatal(err, events.lines)
				}
				if err := l.PostRun(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			got := readSeen(t, out)
			compared := 0
			for who, want := range readSeen(t, "testdata/contexts_"+version.String()+".jsonl") {
				one, ok := got[who]
				if !ok {
					continue // of another operator
				}
				compared++
				if diff := cmp.Diff(want.Names, one.Names); diff != "" {
					t.Errorf("%s (-Airflow +local run):\n%s", who, diff)
				}
				if who == "DAG on_success_callback" {
					want.Said["task"] = one.Said["task"] // the last one there
				}
				if strings.Contains(who, "callback") && !cmp.Equal(want.Said, one.Said) {
					t.Errorf("%s says %v, in Airflow %v", who, one.Said, want.Said)
				}
			}
			if compared != 13 {
				t.Errorf("%d were compared", compared)
			}
		})
	}
}

func readSeen(t *testing.T, file string) map[string]seen {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]seen{}
	for line := range bytes.Lines(data) {
		var one seen
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatal(err)
		}
		slices.Sort(one.Names)
		if _, ok := all[one.Who]; !ok {
			all[one.Who] = one
		}
	}
	return all
}
