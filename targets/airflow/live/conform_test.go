package live_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/internal/target/targettest"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow/live"
	"github.com/dagexport/dagexport/targets/airflow/rest"
	"github.com/dagexport/dagexport/targets/airflow/rest/resttest"
)

var versions = []ir.Version{{Major: 3, Minor: 3}, {Major: 2, Minor: 11}}

// serverFor stands in for an Airflow that has the DAG file beside a pipeline file.
func serverFor(t *testing.T, file *ir.File, path string) *resttest.Server {
	return resttest.New(t, &resttest.Server{
		Version: file.Version, Path: strings.TrimSuffix(path, ".yaml") + ".py", File: file, Fails: []string{"bad.a"},
		Takes: map[string]time.Duration{"slow": targettest.Slow},
	})
}

func optionsFor(server *resttest.Server, path string) live.Options {
	return live.Options{
		Remote: rest.Options{URL: server.URL, User: resttest.User, Password: resttest.Password},
		Poll:   10 * time.Millisecond, Wait: time.Minute, Exports: filepath.Join(filepath.Dir(path), "exports"),
	}
}

// TestConforms holds the target against the contract of orchestrators, before a stand-in for each version of the API, one of
// whose answers in seven is an error that passes.
func TestConforms(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			targettest.Conform(t, v, func(t *testing.T, file *ir.File, path string) targettest.Subject {
				server := serverFor(t, file, path)
				return targettest.Subject{Orchestrator: live.New(optionsFor(server, path))}
			})
		})
	}
}

func conduct(t *testing.T, o live.Options, file *ir.File, path, dag string) (*target.Record, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, p := range file.Pipelines {
		if p.ID == dag {
			return target.Conduct(ctx, live.New(o), file, p, path, target.RunOptions{RunName: "r", LogicalDate: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)})
		}
	}
	t.Fatal("no DAG " + dag)
	return nil, nil
}

// refused is the code of a refusal.
func refused(t *testing.T, err error) (diag.Code, string) {
	t.Helper()
	var refusal *target.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("no refusal: %v", err)
	}
	return refusal.Diags.All()[0].Code, refusal.Diags.All()[0].Span.String()
}

func TestRefusals(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			file, path := targettest.File(t, v)
			server := serverFor(t, file, path)
			options := optionsFor(server, path)

			server.Paused = true
			_, err := conduct(t, options, file, path, "good")
			if code, _ := refused(t, err); code != diag.Paused {
				t.Errorf("paused: %s", code)
			}
			options.Unpause = true
			record, err := conduct(t, options, file, path, "good")
			if err != nil || record.State != target.Success {
				t.Fatalf("unpaused: %v, %v", record, err)
			}
			if len(record.XComs) != 1 || string(record.XComs[0].Value) != `{"rows":3}` {
				t.Errorf("the XComs are %+v: Airflow's own key is not among them", record.XComs)
			}

			// An edited file is never overwritten.
			text, err := os.ReadFile(server.Path)
			if err != nil {
				t.Fatal(err)
			}
			edited := append(text, "# mine\n"...)
			if err := os.WriteFile(server.Path, edited, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err = conduct(t, options, file, path, "bad")
			if code, _ := refused(t, err); code != diag.EditedFile {
				t.Errorf("edited: %s", code)
			}
			if now, err := os.ReadFile(server.Path); err != nil || string(now) != string(edited) {
				t.Errorf("the edited file was changed: %v", err)
			}
			options.Export.Force = true
			if _, err = conduct(t, options, file, path, "bad"); err != nil {
				t.Errorf("with Force: %v", err)
			}

			// An import error is told where its line comes from.
			lines := strings.Split(string(text), "\n")
			number := 0
			for i, line := range lines {
				if strings.Contains(line, `task_id="b"`) {
					number = i + 1
				}
			}
			server.Broken = "Traceback (most recent call last):\n  File \"" + server.Path + "\", line " + itoa(number) + ", in <module>\nTypeError: no"
			_, err = conduct(t, options, file, path, "slow")
			code, at := refused(t, err)
			if code != diag.ImportFailed || !strings.Contains(at, ":") || strings.HasSuffix(at, ":2:1") {
				t.Errorf("an import error: %s at %s (line %d)", code, at, number)
			}
			server.Broken = ""

			// A file that Airflow does not read.
			server.Lag = time.Hour
			options.Wait = 200 * time.Millisecond
			_, err = conduct(t, options, file, path, "slow")
			if code, _ := refused(t, err); code != diag.NotRead {
				t.Errorf("not read: %s", code)
			}
		})
	}
}

func itoa(n int) string {
	text := ""
	for ; n > 0; n /= 10 {
		text = string(rune('0'+n%10)) + text
	}
	return text
}

// TestWaitsForTheText shows that a run begins only when Airflow has the text that was exported.
func TestWaitsForTheText(t *testing.T) {
	file, path := targettest.File(t, versions[0])
	server := serverFor(t, file, path)
	server.Lag = 1500 * time.Millisecond
	begun := time.Now()
	if _, err := conduct(t, optionsFor(server, path), file, path, "good"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < server.Lag {
		t.Errorf("the run has begun %s before Airflow had the file", server.Lag-took)
	}
}

func TestSignIn(t *testing.T) {
	for _, v := range versions {
		file, path := targettest.File(t, v)
		server := serverFor(t, file, path)
		for _, test := range []struct {
			change func(*rest.Options)
			want   string
		}{
			{func(o *rest.Options) { o.Password = "wrong" }, "401"},
			{func(o *rest.Options) { o.URL = "http://127.0.0.1:1" }, "cannot be reached"},
			{func(o *rest.Options) { o.URL = "ftp://x" }, "no address"},
			{func(o *rest.Options) { o.URL = "http://me:secret@127.0.0.1" }, "give them apart"},
			{func(o *rest.Options) { o.CAFile = path }, "no certificate"},
		} {
			options := optionsFor(server, path)
			test.change(&options.Remote)
			_, err := conduct(t, options, file, path, "good")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, without %q", v, err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), resttest.Password) || strings.Contains(err.Error(), "secret@")) {
				t.Errorf("a secret is in %v", err)
			}
		}
	}
}

// TestNoExport compares the DAG that is there with the one compiled.
func TestNoExport(t *testing.T) {
	file, path := targettest.File(t, versions[0])
	server := serverFor(t, file, path)
	options := optionsFor(server, path)
	if _, err := conduct(t, options, file, path, "good"); err != nil { // it exports
		t.Fatal(err)
	}
	other := *file
	other.Pipelines = nil
	for _, p := range file.Pipelines {
		copied := *p
		copied.Tasks = append([]*ir.Task{}, p.Tasks...)
		copied.Tasks = append(copied.Tasks, &ir.Task{ID: "more", Class: ir.Class{Module: "airflow.providers.standard.operators.bash", Name: "BashOperator"}})
		other.Pipelines = append(other.Pipelines, &copied)
	}
	options.NoExport = true
	notes := &noted{}
	for _, p := range other.Pipelines {
		if p.ID == "bad" {
			if _, err := target.Conduct(t.Context(), live.New(options), &other, p, path, target.RunOptions{RunName: "n", Events: notes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if all := strings.Join(notes.said, "\n"); !strings.Contains(all, `it has no task "more"`) {
		t.Errorf("the notes are %q", all)
	}
}

type noted struct {
	targettest.Order
	said []string
}

func (n *noted) Note(text string) { n.said = append(n.said, text) }

// TestInterrupted leaves a run that is interrupted running, or marks it as failed, as whoever is asked says.
func TestInterrupted(t *testing.T) {
	for _, abandon := range []bool{true, false} {
		file, path := targettest.File(t, versions[0])
		server := serverFor(t, file, path)
		options := optionsFor(server, path)
		options.Abandon = func() bool { return abandon }
		ctx, cancel := context.WithCancel(t.Context())
		notes := &noted{}
		stopper := &stops{noted: notes, stop: cancel}
		var slow *ir.Pipeline
		for _, p := range file.Pipelines {
			if p.ID == "slow" {
				slow = p
			}
		}
		record, err := target.Conduct(ctx, live.New(options), file, slow, path, target.RunOptions{RunName: "r", Events: stopper})
		if !errors.Is(err, context.Canceled) || record == nil {
			t.Fatalf("%v, %v", record, err)
		}
		want, state := "goes on in Airflow", target.State("running")
		if abandon {
			want, state = "is marked as failed", target.Failed
		}
		if all := strings.Join(notes.said, "\n"); !strings.Contains(all, want) || record.State != state {
			t.Errorf("%q, state %s", all, record.State)
		}
	}
}

// stops cancels when the first try has started.
type stops struct {
	*noted
	stop func()
}

func (s *stops) TryStarted(task target.TaskRef, try int) {
	s.noted.TryStarted(task, try)
	s.stop()
}

// TestFollowsLogs prints the log of a task until it has ended.
func TestFollowsLogs(t *testing.T) {
	for _, v := range versions {
		file, path := targettest.File(t, v)
		server := serverFor(t, file, path)
		server.Shows = map[string]int{"slow": 3}
		options := optionsFor(server, path)
		if record, err := conduct(t, options, file, path, "good"); err != nil || record.State != target.Success {
			t.Fatalf("%v, %v", record, err)
		}
		var out strings.Builder
		if err := live.New(options).CopyTaskLog(t.Context(), &out, "good", "r", "b", -1, false); err != nil || !strings.Contains(out.String(), "oh no") {
			t.Errorf("%s: %v, %q", v, err, out.String())
		}
		if err := live.New(options).CopyTaskLog(t.Context(), &out, "good", "r", "nobody", -1, false); err == nil || !strings.Contains(err.Error(), `no task "nobody"`) {
			t.Errorf("%s: a task that there is not: %v", v, err)
		}
		begun := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			var slow *ir.Pipeline
			for _, p := range file.Pipelines {
				if p.ID == "slow" {
					slow = p
				}
			}
			_, err := target.Conduct(t.Context(), live.New(options), file, slow, path, target.RunOptions{RunName: "s", Events: &stops{noted: &noted{}, stop: func() { close(begun) }}})
			ended <- err
		}()
		<-begun
		out.Reset()
		if err := live.New(options).CopyTaskLog(t.Context(), &out, "slow", "s", "a", -1, true); err != nil {
			t.Errorf("%s: %v", v, err)
		}
		if strings.Count(out.String(), "oh no") != 1 {
			t.Errorf("%s: it printed %q", v, out.String())
		}
		select {
		case err := <-ended: // the task has ended, and so the run
			if err != nil {
				t.Error(err)
			}
		case <-time.After(targettest.Slow / 2):
			t.Errorf("%s: it did not follow the log until the task had ended", v)
			<-ended
		}
	}
}
