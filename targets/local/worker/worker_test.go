package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// testPython is the interpreter of the tests: DAGEXPORT_WORKER_PYTHON, or a virtual environment without any package.
var testPython string

func TestMain(m *testing.M) {
	testPython = os.Getenv("DAGEXPORT_WORKER_PYTHON")
	if testPython == "" {
		dir, err := os.MkdirTemp("", "worker-test-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if out, err := exec.Command("python3", "-m", "venv", "--without-pip", dir).CombinedOutput(); err != nil {
			panic(string(out))
		}
		testPython = filepath.Join(dir, "bin", "python")
	}
	m.Run()
}

// xcoms is an XComs of one try over a store that tries share.
type xcoms struct {
	mutex *sync.Mutex
	all   map[string]json.RawMessage
	task  string
}

func (x xcoms) All() []task.Pushed { return nil }

func (x xcoms) MapIndexes(taskID, key string) []int {
	if _, ok := x.Pull(taskID, -1, key); ok {
		return []int{-1}
	}
	return nil
}

func (x xcoms) Pull(taskID string, _ int, key string) (json.RawMessage, bool) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	v, ok := x.all[taskID+" "+key]
	return v, ok
}

func (x xcoms) Push(key string, value json.RawMessage) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.all[x.task+" "+key] = value
}

// bench is a worker over a module of the test's.
type bench struct {
	*Worker
	t     *testing.T
	run   *task.Run
	mutex sync.Mutex
	all   map[string]json.RawMessage
}

func pythonTask(id, function string, kwargs ...ir.Entry) *ir.Task {
	op := &ir.Python{Callable: &ir.PyRef{Module: "mod", Name: function, User: true}, LogReturn: true}
	if kwargs != nil {
		op.OpKwargs = &ir.Map{Entries: kwargs}
	}
	return &ir.Task{ID: id, LocalID: id, Class: ir.Class{Name: "PythonOperator"}, Op: op, Owner: "airflow", DoXComPush: true, Trigger: ir.AllSuccess}
}

func kw(name string, value ir.Value) ir.Entry {
	return ir.Entry{Key: &ir.String{V: name}, Value: value}
}

// newBench writes the module and starts a worker for a pipeline of the tasks.
func newBench(t *testing.T, version ir.Version, module string, tasks ...*ir.Task) (*bench, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mod.py"), []byte(module), 0o644); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	run := &task.Run{
		Version: version, Pipeline: &ir.Pipeline{ID: "d", Timezone: "UTC", Tasks: tasks}, File: filepath.Join(dir, "p.yaml"), DagsRoot: dir,
		ID: "manual__1", LogicalDate: at, DataIntervalStart: at, DataIntervalEnd: at, RunAfter: at, StartDate: at,
		Conf: json.RawMessage(`{"c": 1}`), Environ: os.Environ(), Grace: time.Second, Python: testPython,
	}
	b := &bench{Worker: New(Options{CacheDirs: []string{filepath.Join(dir, ".dagexport")}}), t: t, run: run, all: map[string]json.RawMessage{}}
	err := b.Start(context.Background(), run, false)
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return b, err
}

func (b *bench) context(of *ir.Task, log *bytes.Buffer) *task.Context {
	return &task.Context{
		Run: b.run, Task: of, MapIndex: -1, Try: 1, StartDate: b.run.StartDate, Params: json.RawMessage(`{"p": "x"}`),
		XComs: xcoms{&b.mutex, b.all, of.ID}, Environ: append(os.Environ(), "AIRFLOW_CTX_TASK_ID="+of.ID), Log: log,
	}
}

// do runs a task and returns its result and what it wrote.
func (b *bench) do(ctx context.Context, of *ir.Task) (task.Result, string) {
	var log bytes.Buffer
	result := b.RunTask(ctx, b.context(of, &log))
	if result.Outcome == task.Succeeded && result.Return != nil {
		b.mutex.Lock()
		b.all[of.ID+" return_value"] = result.Return
		b.mutex.Unlock()
	}
	return result, log.String()
}

const calls = `
import datetime, decimal, os, sys
from airflow.exceptions import AirflowSkipException, AirflowFailException

print("imported")
count = 0

def names(ds, params, ti, dag_run, run_id, task, missing="default"):
    print("on stdout"); print("on stderr", file=sys.stderr)
    return [ds, params["p"], ti.task_id, ti.try_number, dag_run.conf["c"], run_id, task.owner, missing, os.environ["AIRFLOW_CTX_TASK_ID"]]

def everything(**context):
    return sorted(k for k in context if k.startswith(("ds", "ts", "logical", "execution")))

def clash(ds):
    pass

def keywords(a, b, when, wait, nested):
    return [a, b, when.isoformat(), wait.total_seconds(), sorted(map(str, nested))]

def objects():
    return {"t": (1, 2), "d": decimal.Decimal("1.5"), 3: datetime.date(2026, 1, 2)}

def pull_objects(ti):
    value = ti.xcom_pull(task_ids="objects")
    return [type(value["t"]).__name__, str(value["d"] + 1), sorted(value)]

def unstorable():
    return object()

def push(ti):
    ti.xcom_push("k", {"a": [1, None, True, 2.5, "ü"]})
    ti.xcom_push(key="k2", value=2)

def pull(ti):
    return [ti.xcom_pull("push", key="k"), list(ti.xcom_pull(task_ids=["push", "nobody"], key="k2")), ti.xcom_pull("nobody"), ti.xcom_pull("nobody", default=7)]

def multi():
    return {"one": 1, "two": [2]}

def no_multi():
    return 3

def skip():
    raise AirflowSkipException("not today")

def fail_for_good():
    raise AirflowFailException("never")

def inner():
    raise ValueError("wrong value\nsecond line")

def fail():
    inner()

def leave():
    sys.exit(3)

def crash():
    os.kill(os.getpid(), 11)

def vanish():
    os._exit(4)

def counted():
    global count
    count += 1
    return count

def background():
    os.system("sleep 10 &")

def variable():
    try:
        from airflow.sdk import Variable, BaseHook
    except ImportError:
        from airflow.models import Variable
        from airflow.hooks.base import BaseHook
    c = BaseHook.get_connection("db")
    return [Variable.get("v"), Variable.get("w", "d"), c.host, c.port, c.password, c.extra_dejson]

def current():
    from airflow.operators.python import get_current_context
    return get_current_context()["ds"]

def search_path():
    return os.environ["PYTHONPATH"]

def beyond():
    from airflow.sdk import DAG
`

func value(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return out.String()
}

func TestCallables(t *testing.T) {
	t.Setenv("AIRFLOW_VAR_V", "value")
	t.Setenv("PYTHONPATH", "/nowhere/of/the/user")
	t.Setenv("AIRFLOW_CONN_DB", "postgres://me:p%40ss@host:5432/db?sslmode=require")
	tests := []struct {
		name    string
		version ir.Version
		task    *ir.Task
		before  *ir.Task
		want    string       // the return value, or the error
		fails   bool         // the try fails, and may be tried again
		outcome task.Outcome // where it is neither that nor a success
		log     []string
	}{
		{name: "context by name", task: pythonTask("a", "names"), log: []string{"on stdout\n", "on stderr\n", "Done. Returned value was: ["},
			want: `["2026-01-02","x","a",1,1,"manual__1","airflow","default","a"]`},
		{name: "all of it on 3.x", task: pythonTask("a", "everything"), want: `["ds","ds_nodash","logical_date","ts","ts_nodash","ts_nodash_with_tz"]`},
		{name: "all of it on 2.x", version: ir.Version{Major: 2, Minor: 11}, task: pythonTask("a", "everything"),
			want: `["ds","ds_nodash","execution_date","logical_date","ts","ts_nodash","ts_nodash_with_tz"]`},
		{name: "positional name of the context", task: func() *ir.Task {
			x := pythonTask("a", "clash")
			x.Op.(*ir.Python).OpArgs = &ir.List{Items: []ir.Value{&ir.Int{Text: "1"}}}
			return x
		}(), fails: true, want: "ValueError: The key 'ds' in args is a part of kwargs and therefore reserved."},
		{name: "typed arguments", task: pythonTask("a", "keywords", kw("a", &ir.Int{Text: "123456789012345678901234567890"}), kw("b", &ir.Float{V: 2}),
			kw("when", &ir.Time{Year: 2026, Month: 1, Day: 2, Hour: 3, Zone: "+02:00"}), kw("wait", &ir.Duration{Micros: 1500000}),
			kw("nested", &ir.Map{Entries: []ir.Entry{{Key: &ir.Int{Text: "1"}, Value: &ir.Null{}}, kw("~", &ir.Bool{V: true})}})),
			want: `[123456789012345678901234567890,2.0,"2026-01-02T03:00:00+02:00",1.5,["1","~"]]`},
		{name: "what JSON loses", task: pythonTask("objects", "objects"),
			want: `{"t":{"~":["tuple",[1,2]]},"d":{"~":["decimal","1.5","Decimal('1.5')"]},"3":{"~":["date",[2026,1,2],"datetime.date(2026, 1, 2)"]}}`},
		{name: "and what comes back", before: pythonTask("objects", "objects"), task: pythonTask("a", "pull_objects"), want: `["tuple","2.5",["3","d","t"]]`},
		{name: "no XCom for an object", task: pythonTask("a", "unstorable"), fails: true, want: "TypeError: Cannot serialize object of type <class 'object'>."},
		{name: "push and pull on 3.x", before: pythonTask("push", "push"), task: pythonTask("a", "pull"), want: `[{"a":[1,null,true,2.5,"\u00fc"]},[2,null],null,null]`},
		{name: "push and pull on 2.x", version: ir.Version{Major: 2, Minor: 11}, before: pythonTask("push", "push"), task: pythonTask("a", "pull"),
			want: `[{"a":[1,null,true,2.5,"\u00fc"]},[2],null,7]`},
		{name: "multiple outputs of something else", fails: true, want: "TypeError: Returned output was type <class 'int'> expected dictionary for multiple_outputs",
			task: func() *ir.Task { x := pythonTask("a", "no_multi"); x.MultipleOut = true; return x }()},
		{name: "skip", task: pythonTask("a", "skip"), outcome: task.Skipped, want: "AirflowSkipException: not today", log: []string{"Skipped: not today\n"}},
		{name: "fail for good", task: pythonTask("a", "fail_for_good"), outcome: task.FailedForGood, want: "AirflowFailException: never"},
		{name: "traceback begins in the user's code", task: pythonTask("a", "fail"), fails: true, want: "second line",
			log: []string{"Traceback (most recent call last):\n  File \"", "mod.py\", line ", "in fail\n", "in inner\n", "ValueError: wrong value\nsecond line\n"}},
		{name: "exit", task: pythonTask("a", "leave"), fails: true, want: "SystemExit: 3"},
		{name: "segmentation fault", task: pythonTask("a", "crash"), fails: true, want: "the task's process was ended by signal 11 (SIGSEGV)"},
		{name: "os._exit", task: pythonTask("a", "vanish"), fails: true, want: "the task's process exited with status 4 before its function returned"},
		{name: "tasks do not see each other's globals", before: pythonTask("b", "counted"), task: pythonTask("a", "counted"), want: "1"},
		{name: "a background process does not hold the task", task: pythonTask("a", "background"), want: ""},
		{name: "variables and connections", task: pythonTask("a", "variable"), want: `["value","d","host",5432,"p@ss",{"sslmode":"require"}]`},
		{name: "PYTHONPATH is the user's", task: pythonTask("a", "search_path"), want: `"/nowhere/of/the/user"`},
		{name: "get_current_context", task: pythonTask("a", "current"), want: `"2026-01-02"`},
		{name: "no such function", task: pythonTask("a", "nothing"), fails: true, want: "AttributeError: module 'mod' has no 'nothing'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			version := test.version
			if version == (ir.Version{}) {
				version = ir.DefaultVersion
			}
			tasks := []*ir.Task{test.task}
			if test.before != nil {
				tasks = append(tasks, test.before)
			}
			b, err := newBench(t, version, calls, tasks...)
			if err != nil {
				t.Fatal(err)
			}
			if test.before != nil {
				if r, log := b.do(t.Context(), test.before); r.Outcome != task.Succeeded {
					t.Fatalf("%s: %s\n%s", test.before.ID, r.Error, log)
				}
			}
			result, log := b.do(t.Context(), test.task)
			wanted := test.outcome
			if wanted == task.Failed && !test.fails {
				wanted = task.Succeeded
			}
			if result.Outcome != wanted {
				t.Fatalf("outcome %d, want %d: %s\n%s", result.Outcome, wanted, result.Error, log)
			}
			got := result.Error
			if result.Outcome == task.Succeeded && result.Return != nil {
				got = value(t, result.Return)
			}
			if result.Outcome == task.Succeeded && got != test.want || !strings.Contains(got, test.want) {
				t.Errorf("got %s\nwant %s\n%s", got, test.want, log)
			}
			for _, part := range test.log {
				if !strings.Contains(log, part) {
					t.Errorf("the log lacks %q:\n%s", part, log)
				}
			}
			if strings.Contains(log, "dagexport_worker") {
				t.Errorf("the log shows our frames:\n%s", log)
			}
		})
	}
}

func TestWhatTheShimLacks(t *testing.T) {
	if os.Getenv("DAGEXPORT_WORKER_PYTHON") != "" { // a real Airflow lacks nothing
		x := pythonTask("a", "f")
		b, err := newBench(t, ir.DefaultVersion, "def f():\n    from airflow import DAG\n    return DAG.__name__\n", x)
		if err != nil {
			t.Fatal(err)
		}
		if result, log := b.do(t.Context(), x); string(result.Return) != `"DAG"` {
			t.Errorf("%s\n%s", result.Error, log)
		}
		return
	}
	tests := map[string]string{
		"from airflow.sdk import DAG":                                                "airflow.sdk.DAG needs Airflow itself",
		"import airflow.providers.http.hooks.http":                                   "module airflow.providers.http needs Airflow itself",
		"from airflow import DAG":                                                    "airflow.DAG needs Airflow itself",
		"from airflow.hooks.base import BaseHook; BaseHook.get_hook('db')":           "the hook of connection 'db' needs Airflow itself",
		"from airflow.hooks.base import BaseHook; BaseHook.get_connection('nobody')": "AirflowNotFoundException: The conn_id `nobody` isn't defined",
		"from airflow.models import Variable; Variable.get('nobody')":                "Variable nobody does not exist",
	}
	for line, want := range tests {
		x := pythonTask("a", "f")
		b, err := newBench(t, ir.DefaultVersion, "def f():\n    "+line+"\n", x)
		if err != nil {
			t.Fatal(err)
		}
		if result, log := b.do(t.Context(), x); result.Outcome != task.Failed || !strings.Contains(result.Error, want) {
			t.Errorf("%s: %s\n%s", line, result.Error, log)
		}
	}
}

func TestJinjaIsAskedForBeforeTheRun(t *testing.T) {
	run := &task.Run{Version: ir.DefaultVersion, Pipeline: &ir.Pipeline{ID: "d", Timezone: "UTC"}, DagsRoot: t.TempDir(), Conf: json.RawMessage("{}"), Python: testPython}
	w := New(Options{CacheDirs: []string{t.TempDir()}})
	err := w.Start(t.Context(), run, true)
	if os.Getenv("DAGEXPORT_WORKER_PYTHON") != "" { // a real Airflow brings jinja2
		if err != nil {
			t.Error(err)
		}
	} else if err == nil || !strings.Contains(err.Error(), "-m pip install jinja2") {
		t.Errorf("error %v", err)
	}
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
}

func TestMultipleOutputs(t *testing.T) {
	x := pythonTask("a", "multi")
	x.MultipleOut = true
	b, err := newBench(t, ir.DefaultVersion, calls, x)
	if err != nil {
		t.Fatal(err)
	}
	if r, log := b.do(t.Context(), x); r.Outcome != task.Succeeded {
		t.Fatal(r.Error, log)
	}
	for key, want := range map[string]string{"one": "1", "two": "[2]", "return_value": `{"one":1,"two":[2]}`} {
		if got := value(t, b.all["a "+key]); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

func TestTimeoutAndInterruption(t *testing.T) {
	module := `
import os, signal, subprocess, time
def slow(mark):
    try:
        time.sleep(60)
    finally:
        open(mark, "w").write("cleaned up")
def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["setsid", "sleep", "61.25"])
    time.sleep(60)
`
	mark := filepath.Join(t.TempDir(), "mark")
	slow := pythonTask("slow", "slow", kw("mark", &ir.String{V: mark}))
	slow.Limits.ExecutionTimeout = &ir.Duration{Micros: 300_000}
	deaf := pythonTask("deaf", "deaf")
	b, err := newBench(t, ir.DefaultVersion, module, slow, deaf)
	if err != nil {
		t.Fatal(err)
	}
	result, log := b.do(t.Context(), slow)
	if result.Outcome != task.Failed || !strings.Contains(result.Error, "AirflowTaskTimeout: Timeout") {
		t.Errorf("%d %s\n%s", result.Outcome, result.Error, log)
	}
	if data, _ := os.ReadFile(mark); string(data) != "cleaned up" {
		t.Errorf("the finally block has not run: %q", data)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	b.run.Grace = 200 * time.Millisecond
	begin := time.Now()
	if result, _ := b.do(ctx, deaf); result.Outcome != task.Failed {
		t.Errorf("outcome %d", result.Outcome)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	if runtime.GOOS == "linux" {
		if found := processes(t, "61.25"); found != "" {
			t.Errorf("survivors: %s", found)
		}
	}
}

// processes lists the processes whose command line has an argument.
func processes(t *testing.T, argument string) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte("\x00"+argument+"\x00")) {
			found = append(found, string(bytes.ReplaceAll(data, []byte{0}, []byte{' '})))
		}
	}
	return strings.Join(found, ", ")
}

func TestImportErrorEndsTheRun(t *testing.T) {
	_, err := newBench(t, ir.DefaultVersion, "import nothing_of_that_name\n", pythonTask("a", "f"))
	if err == nil || !strings.Contains(err.Error(), "module mod cannot be imported: ModuleNotFoundError: No module named 'nothing_of_that_name'") ||
		!strings.Contains(err.Error(), "mod.py\", line 1") {
		t.Errorf("error %v", err)
	}
	_, err = newBench(t, ir.DefaultVersion, "import os\nprint('last words', flush=True)\nos._exit(1)\n", pythonTask("a", "f"))
	if err == nil || !strings.Contains(err.Error(), "did not start: last words") {
		t.Errorf("error %v", err)
	}
}

func TestThreadsMeanAnInterpreterEach(t *testing.T) {
	module := "import threading, time\nthreading.Thread(target=time.sleep, args=(5,), daemon=True, name='ticker').start()\ndef f():\n    print('here')\n    return 1\n"
	x := pythonTask("a", "f")
	b, err := newBench(t, ir.DefaultVersion, module, x)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" && !strings.Contains(strings.Join(b.Notes(), "\n"), "started a thread (ticker)") {
		t.Errorf("notes %q", b.Notes())
	}
	result, log := b.do(t.Context(), x)
	if result.Outcome != task.Succeeded || string(result.Return) != "1" || !strings.Contains(log, "here\n") {
		t.Errorf("%+v\n%s", result, log)
	}
}

func TestWithoutForkModulesAreImportedBeforeTheRun(t *testing.T) {
	for module, want := range map[string]string{"def f():\n    return 1\n": "", "import nothing_of_that_name\n": "No module named 'nothing_of_that_name'"} {
		x := pythonTask("a", "f")
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "mod.py"), []byte(module), 0o644); err != nil {
			t.Fatal(err)
		}
		run := &task.Run{Version: ir.DefaultVersion, Pipeline: &ir.Pipeline{ID: "d", Timezone: "UTC", Tasks: []*ir.Task{x}}, File: filepath.Join(dir, "p.yaml"),
			DagsRoot: dir, ID: "r", Conf: json.RawMessage("{}"), Environ: os.Environ(), Grace: time.Second, Python: testPython}
		w := New(Options{CacheDirs: []string{dir}})
		w.forks = false
		err := w.Start(t.Context(), run, false)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
			continue
		}
		if err != nil || !strings.Contains(strings.Join(w.Notes(), "\n"), "cannot fork") {
			t.Fatalf("%v; notes %q", err, w.Notes())
		}
		b := &bench{Worker: w, t: t, run: run, all: map[string]json.RawMessage{}}
		if result, log := b.do(t.Context(), x); result.Outcome != task.Succeeded || string(result.Return) != "1" {
			t.Errorf("%+v\n%s", result, log)
		}
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestUnpackIsReused(t *testing.T) {
	dir := t.TempDir()
	one, err := unpack(dir)
	if err != nil {
		t.Fatal(err)
	}
	two, err := unpack(dir)
	if err != nil || one != two {
		t.Errorf("%s and %s: %v", one, two, err)
	}
	if _, err := os.Stat(filepath.Join(one, "dagexport_worker", "__main__.py")); err != nil {
		t.Error(err)
	}
}

func BenchmarkTask(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mod.py"), []byte("def f():\n    pass\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	x := pythonTask("a", "f")
	run := &task.Run{Version: ir.DefaultVersion, Pipeline: &ir.Pipeline{ID: "d", Timezone: "UTC", Tasks: []*ir.Task{x}}, File: filepath.Join(dir, "p.yaml"),
		DagsRoot: dir, ID: "r", Conf: json.RawMessage("{}"), Environ: os.Environ(), Grace: time.Second, Python: testPython}
	w := New(Options{CacheDirs: []string{dir}})
	if err := w.Start(b.Context(), run, false); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = w.Stop() }()
	store := xcoms{new(sync.Mutex), map[string]json.RawMessage{}, "a"}
	b.SetParallelism(1)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			tc := &task.Context{Run: run, Task: x, MapIndex: -1, Try: 1, XComs: store, Environ: run.Environ, Log: new(bytes.Buffer)}
			if r := w.RunTask(b.Context(), tc); r.Outcome != task.Succeeded {
				b.Error(r.Error)
			}
		}
	})
}
