//go:build airflow

package golden

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

// liveCases run on a real scheduler too; those with true on Airflow 2.11 as well, whose executor for SQLite runs one task at a
// time. None has retries without a delay: the scheduler of 3.3 fails a task that is queued again before it has heard of the end
// of the try before. Those with a delay are in testdata/live.
var liveCases = []struct {
	name string
	on2  bool
}{
	{"keys/bash_exit_codes", false},
	{"keys/bash_xcom_is_the_last_line", false},
	{"keys/conf_overrides_params", true},
	{"keys/default_args_reach_every_task_that_takes_them", false},
	{"keys/dependency_names_the_nearest_task", true},
	{"keys/empty_does_nothing", true},
	{"keys/failure_reaches_what_depends_on_it", false},
	{"keys/group_without_prefix_and_with_a_parent_by_name", false},
	{"keys/groups_nest_and_have_default_args", false},
	{"keys/ids_that_are_no_python_names", false},
	{"keys/jinja_statements_and_filters", false},
	{"keys/params_plain_typed_and_of_a_task", false},
	{"keys/schedule_none", true},
	{"keys/tasks_and_groups_as_lists", false},
	{"keys/undefined_names_fail_the_try", false},
	{"keys/yaml_anchors_and_merge_keys", false},
	{"lang/inline_code", false},
	{"lang/labels", false},
	{"lang/setup_and_teardown", false},
	{"rules/all_done_min_one_success_when_upstream_failed", true},
	{"rules/all_failed_when_upstream_failed", true},
	{"rules/all_skipped_when_upstream_skipped", true},
	{"rules/always_when_upstream_failed", true},
	{"rules/none_failed_when_upstream_skipped", true},
	{"rules/one_failed_when_upstream_failed", true},
	{"rules/one_success_when_upstream_failed", true},
	{"run/teardown/failed_teardown_is_counted", false},
	{"run/teardown/nested_scopes", false},
	{"run/teardown/one_of_two_setups_fails", false},
	{"run/teardown/setup_is_skipped", false},
}

// TestOrchestratorsTour does the tour of docs/orchestrators.md, with the real Airflow 3.3, while somebody else has port 8080.
func TestOrchestratorsTour(t *testing.T) {
	if listener, err := net.Listen("tcp", "127.0.0.1:8080"); err == nil {
		defer func() { _ = listener.Close() }()
	}
	bin, state := t.TempDir(), filepath.Join(t.TempDir(), "state")
	binary := builtIn(t, bin)
	t.Cleanup(func() { // whatever a step has left
		homes, _ := filepath.Glob(filepath.Join(state, "dagexport", "airflow", "*", "DAGEXPORT"))
		for _, home := range homes {
			command := exec.Command(binary, "down", "--airflow", "--purge", "--home", filepath.Dir(home), ".")
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("down: %v\n%s", err, out)
			}
		}
	})
	venv := filepath.Dir(filepath.Dir(pythonOf(t, "3.3")))
	tour(t, "../docs/orchestrators.md", bin, "XDG_STATE_HOME="+state, "VIRTUAL_ENV="+venv)
}

// builtIn builds dagexport into a folder.
func builtIn(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(folder, "dagexport")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/dagexport").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// TestUpInstalls has up install the Airflow that it starts.
func TestUpInstalls(t *testing.T) {
	binary, root, dags := builtIn(t, t.TempDir()), t.TempDir(), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	call := func(args ...string) (string, error) {
		command := exec.CommandContext(ctx, binary, append(args, "--airflow", "--airflow-version", "3.3", dags)...)
		command.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(root, "state"))
		out, err := command.CombinedOutput()
		return string(out), err
	}
	out, err := call("up", "--install")
	if err != nil || !strings.Contains(out, "is being installed") || !strings.Contains(out, "Airflow 3.3.2 runs.") {
		t.Errorf("up: %v\n%s", err, out)
	}
	if out, err := call("down", "--purge"); err != nil {
		t.Errorf("down: %v\n%s", err, out)
	}
	if left, err := filepath.Glob(filepath.Join(root, "state", "dagexport", "airflow", "*")); err != nil || len(left) > 0 {
		t.Errorf("left are %q (%v)", left, err)
	}
}

// TestLiveRuns runs pipelines by `run --airflow` on a real Airflow with its scheduler, and wants the run records that local runs
// have. Port 8080 is somebody else's. A busy machine can make a scheduler lose a race of its own, so what differs is asked once
// more, of a new Airflow that does nothing else, before it counts.
func TestLiveRuns(t *testing.T) {
	if listener, err := net.Listen("tcp", "127.0.0.1:8080"); err == nil {
		defer func() { _ = listener.Close() }()
	}
	binary := builtIn(t, t.TempDir())
	for _, version := range []string{"3.3", "2.11"} {
		t.Run(version, func(t *testing.T) {
			v, err := ir.ParseVersion(version)
			if err != nil {
				t.Fatal(err)
			}
			cases := liveRunsOf(t, v)
			differences := runLive(t, binary, v, cases, 4, 2)
			var again []liveRun
			for i, difference := range differences {
				if difference != "" {
					again = append(again, cases[i])
				}
			}
			if len(again) == 0 {
				return
			}
			t.Logf("asked again, alone:\n%s", strings.Join(differences, ""))
			for i, difference := range runLive(t, binary, v, again, 1, 1) {
				if difference != "" {
					t.Errorf("%s, also when asked again: %s", again[i].name, difference)
				}
			}
		})
	}
}

var dagIDLine = regexp.MustCompile(`(?m)^dag_id: \S+$`)

// liveRun is one pipeline for a live Airflow.
type liveRun struct {
	c        *testCase // nil for a file of testdata/live
	name, id string
	text     string
	module   []byte // of a file of testdata/live, if it has one
	dates    []string
}

// liveRunsOf are the pipelines of a version: those of liveCases, and the files of testdata/live.
func liveRunsOf(t *testing.T, v ir.Version) []liveRun {
	chosen := map[string]*testCase{}
	for _, c := range loadCases(t) {
		chosen[c.name] = c
	}
	var cases []liveRun
	for i, l := range liveCases {
		c := chosen[l.name]
		if c == nil && *only == "" {
			t.Fatalf("there is no case %s", l.name)
		}
		if c == nil || v.Major < 3 && !l.on2 || !slices.Contains(c.versions, v) {
			continue
		}
		one := liveRun{c: c, name: c.name, id: fmt.Sprintf("live_%d", i), dates: []string{c.date.Format(time.RFC3339)}}
		for _, f := range c.archive.Files {
			if f.Name == "in/"+c.pipeline {
				one.text = dagIDLine.ReplaceAllString(string(f.Data), "dag_id: "+one.id)
			}
		}
		cases = append(cases, one)
	}
	if want := map[int]int{3: 30, 2: 10}[v.Major]; len(cases) < want && *only == "" {
		t.Errorf("%d pipelines are to run on Airflow %s, fewer than %d", len(cases), v, want)
	}
	// What dag.test of Airflow cannot show is held against the scheduler alone; little of it against that of 2.11, which with SQLite
	// does nothing else while a task runs.
	asked := regexp.MustCompile(*only)
	own, err := filepath.Glob("testdata/live/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range own {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if v.Major < 3 && !slices.Contains(ownOn2, id) || !asked.MatchString("live/"+id) {
			continue
		}
		module, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".py")
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		cases = append(cases, liveRun{name: "live/" + id, id: id, text: string(text), module: module, dates: datesOf(text)})
	}
	return cases
}

// liveAirflow is an Airflow of its own with its scheduler, and the folder that everything of it is in.
type liveAirflow struct {
	binary, root, dags string
	version            ir.Version
	environ            []string
}

func (a *liveAirflow) call(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, a.binary, args...)
	command.Dir, command.Env = a.root, a.environ
	out, err := command.CombinedOutput()
	return string(out), err
}

// runLive runs the pipelines on a new Airflow, so many at a time of those of the golden cases and of testdata/live, and tells for
// each where its record differs.
func runLive(t *testing.T, binary string, v ir.Version, cases []liveRun, atATime, ownAtATime int) []string {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	root := t.TempDir()
	// The triggerer has no folder of DAGs where it looks for modules.
	a := &liveAirflow{binary: binary, root: root, dags: filepath.Join(root, "dags"), version: v}
	a.environ = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(root, "state"), "PYTHONPATH="+a.dags,
		"AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL=2") // 15, unless given
	for name, value := range liveEnviron {
		a.environ = append(a.environ, name+"="+value)
	}
	if err := os.MkdirAll(a.dags, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.module != nil {
			write(t, filepath.Join(a.dags, "of_"+c.id+".py"), c.module)
		}
		write(t, a.pathOf(c), []byte(c.text))
	}
	// All files first: Airflow looks for new ones now and then.
	if out, err := a.call(ctx, "airflow", "--airflow-version", v.String(), "dags"); err != nil {
		t.Fatalf("export: %v\n%s", err, out)
	}
	defer func() {
		if out, err := a.call(context.Background(), "down", "--airflow", "--airflow-version", v.String(), "dags"); err != nil {
			t.Errorf("down: %v\n%s", err, out)
		}
	}()
	if out, err := a.call(ctx, "up", "--airflow", "--airflow-version", v.String(), "--python", pythonOf(t, v.String()), "dags"); err != nil {
		t.Fatalf("up: %v\n%s", err, out)
	}
	outputs := make([]string, len(cases))
	records := make([][]*target.Record, len(cases))
	// Those of testdata/live have many tasks at a time, each of which is a process that imports Airflow, and some end by the clock.
	for _, part := range []struct {
		own bool
		at  int // so many pipelines at a time
	}{{false, atATime}, {true, ownAtATime}} {
		var group sync.WaitGroup
		places := make(chan struct{}, part.at)
		for i, c := range cases {
			if part.own != (c.c == nil) {
				continue
			}
			group.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				for n := range c.dates {
					record, out := a.run(ctx, t, c, n)
					outputs[i] = out
					if record == nil {
						return
					}
					records[i] = append(records[i], record)
				}
			})
		}
		group.Wait()
	}
	differences := make([]string, len(cases))
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if len(records[i]) < len(c.dates) {
				t.Fatalf("no record; it said:\n%s", outputs[i])
			}
			differences[i] = a.compare(ctx, t, c, records[i])
		})
	}
	return differences
}

func (a *liveAirflow) pathOf(c liveRun) string { return filepath.Join(a.dags, c.id+".yaml") }

// run makes the n-th run of a pipeline, and returns its record, if it has come to one, and what was printed.
func (a *liveAirflow) run(ctx context.Context, t *testing.T, c liveRun, n int) (*target.Record, string) {
	file := filepath.Join(a.root, fmt.Sprintf("%s.%d.json", c.id, n))
	args := []string{"run", "--airflow", "--airflow-version", a.version.String(), "--unpause", "--run-name", liveName(n), "--date", c.dates[n], "--record", file, a.pathOf(c)}
	if c.c == nil {
		args = append(args, "--dag", c.id, "--conf", confFor(filepath.Join(a.root, c.id+".there")))
	}
	if c.c != nil && c.c.conf != nil {
		args = append(args, "--conf", string(c.c.conf))
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	out, err := a.call(ctx, args...)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, out + "\n" + err.Error()
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, out
	}
	return decodeRecord(t, data), out
}

// compare tells where the records of a pipeline differ from those that are kept, or that a local run has.
func (a *liveAirflow) compare(ctx context.Context, t *testing.T, c liveRun, records []*target.Record) string {
	if _, kept := keptLive[c.id]; c.c == nil && kept {
		return holdLive(t, c.id, a.version, records) // TestLiveRecords has the local runs
	}
	var differences strings.Builder
	for n, date := range c.dates {
		var want *target.Record
		if c.c != nil {
			want = decodeRecord(t, c.c.record(a.version))
		} else {
			file := filepath.Join(a.root, fmt.Sprintf("%s.%d.local.json", c.id, n))
			out, _ := a.call(ctx, "run", "--local", "--jobs", "16", "--airflow-version", a.version.String(), "--python", pythonOf(t, a.version.String()), "--dag", c.id, "--date", date, "--conf", confFor(filepath.Join(a.root, c.id+".here")), "--record", file, a.pathOf(c))
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			want = decodeRecord(t, data)
		}
		want.DagID, records[n].DagID = "", ""
		got, err := records[n].Encode()
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(wanted), string(got)); diff != "" {
			fmt.Fprintf(&differences, "the record of %s on %s (-local runs, +run --airflow):\n%s", c.name, date, diff)
		}
	}
	return differences.String()
}

// holdLive tells where the records of a pipeline differ from those that are kept, or keeps them.
func holdLive(t *testing.T, id string, v ir.Version, records []*target.Record) string {
	var got bytes.Buffer
	for _, one := range records {
		data, err := one.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(data, '\n'))
	}
	kept, err := os.ReadFile(liveRecord(id, v))
	if err == nil && bytes.Equal(kept, got.Bytes()) {
		return ""
	}
	if !*record {
		return fmt.Sprintf("%s no longer holds (-kept +real Airflow):\n%s", liveRecord(id, v), cmp.Diff(string(kept), got.String()))
	}
	write(t, liveRecord(id, v), got.Bytes())
	t.Errorf("%s was rewritten", liveRecord(id, v))
	return ""
}

func decodeRecord(t *testing.T, data []byte) *target.Record {
	var record target.Record
	if err := json.Unmarshal(data, &record); err != nil {
		t.Errorf("no record: %v", err)
		return nil
	}
	return &record
}

// ownOn2 are the pipelines of testdata/live that run on Airflow 2.11 too.
var ownOn2 = []string{"crashed_tasks", "time_of_deferred_tasks"}

// confFor names the file that the tasks of a run write to.
func confFor(path string) string { return fmt.Sprintf("{\"file\": %q}", path) }
