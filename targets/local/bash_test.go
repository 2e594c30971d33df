package local

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// operatorArgs are the arguments of a BashOperator in testdata.
type operatorArgs struct {
	Command  string          `json:"bash_command"`
	Env      json.RawMessage `json:"env"`
	Append   bool            `json:"append_env"`
	Cwd      *string         `json:"cwd"`
	Skip     json.RawMessage `json:"skip_on_exit_code"`
	Encoding string          `json:"output_encoding"`
}

// task is the task that the compiler makes of the arguments.
func (a *operatorArgs) task(t *testing.T) *ir.Task {
	t.Helper()
	made := bash("t", a.Command)
	op := made.Op.(*ir.Bash)
	op.AppendEnv = a.Append
	if a.Cwd != nil {
		op.Cwd = &ir.String{V: *a.Cwd}
	}
	if a.Encoding != "" {
		op.Encoding = a.Encoding
	}
	var code int64
	switch {
	case a.Skip == nil:
	case string(a.Skip) == "null":
		op.SkipExitCode = nil
	case json.Unmarshal(a.Skip, &code) == nil:
		op.SkipExitCode = []int64{code}
	default:
		if err := json.Unmarshal(a.Skip, &op.SkipExitCode); err != nil {
			t.Fatal(err)
		}
	}
	if a.Env == nil {
		return made
	}
	entries, err := members(a.Env)
	if err != nil {
		t.Fatal(err)
	}
	env := &ir.Map{}
	for _, e := range entries {
		var value string
		if err := json.Unmarshal(e.value, &value); err != nil {
			t.Fatal(err)
		}
		env.Entries = append(env.Entries, ir.Entry{Key: &ir.String{V: e.key}, Value: &ir.String{V: value}})
	}
	op.Env = env
	return made
}

var marker = regexp.MustCompile(` ?` + process.Marker + `=[A-Z2-7]{26}`)

// The tables are what Airflow's own BashOperator came to: see testdata/bash_operator.py.
func TestBashIsAirflowsBashOperator(t *testing.T) {
	for _, version := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		t.Run(version.String(), func(t *testing.T) {
			file, err := os.Open("testdata/bash_operator_" + version.String() + ".jsonl")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			l := New(Options{
				Version: version, StateDir: filepath.Join(t.TempDir(), ".dagexport"), Grace: time.Second,
				Environ: []string{"PATH=/usr/local/bin:/usr/bin:/bin"},
			})
			lines, count := bufio.NewScanner(file), 0
			for lines.Scan() {
				var row struct {
					Args   json.RawMessage
					State  target.State
					Result any
				}
				if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
					t.Fatal(err)
				}
				var args operatorArgs
				if err := json.Unmarshal(row.Args, &args); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(string(row.Args), `"skip_on_exit_code"`) {
					args.Skip = nil
				}
				count++
				p := pipeline(args.task(t))
				if err := l.PreRun(t.Context(), &ir.File{Pipelines: []*ir.Pipeline{p}}, filepath.Join(t.TempDir(), "p.yaml")); err != nil {
					t.Fatal(err)
				}
				record, err := l.Run(t.Context(), p, target.RunOptions{LogicalDate: date, RunName: "r"})
				if err != nil {
					t.Fatal(err)
				}
				var result any
				if len(record.XComs) > 0 {
					if err := json.Unmarshal(record.XComs[0].Value, &result); err != nil {
						t.Fatal(err)
					}
				}
				if text, ok := result.(string); ok {
					result = marker.ReplaceAllString(text, "") // the one variable more than in Airflow
				}
				if got := record.Tasks[0].State; got != row.State || !reflect.DeepEqual(result, row.Result) {
					t.Errorf("%s:\ngot  %s %q\nwant %s %q", row.Args, got, result, row.State, row.Result)
				}
				if err := l.PostRun(t.Context()); err != nil {
					t.Fatal(err)
				}
				l.options.StateDir = filepath.Join(t.TempDir(), ".dagexport")
			}
			if lines.Err() != nil || count < 40 {
				t.Errorf("%d rows, %v", count, lines.Err())
			}
		})
	}
}
