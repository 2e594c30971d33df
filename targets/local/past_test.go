package local

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
)

// pastRow is a row of testdata/past.jsonl, which testdata/past.py makes.
type pastRow struct {
	Catchup bool
	Date    int // days after the first of January 2026
	Type    string
	Earlier []struct {
		Date  int
		Type  string
		Tasks map[string][]*target.State
	}
	Tasks map[string]struct {
		Wait        bool
		IgnoreFirst bool `json:"ignore_first"`
		Start       *int
	}
	Met map[string]bool
}

func day(n int) time.Time { return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC) }

// pipeline is the DAG of the row.
func (row *pastRow) pipeline() *ir.Pipeline {
	p := &ir.Pipeline{ID: "past", Catchup: row.Catchup, StartDate: &ir.Time{Year: 2026, Month: 1, Day: 1}}
	for _, id := range []string{"a", "b", "c", "d", "m"} {
		flags := row.Tasks[id]
		t := &ir.Task{ID: id, Op: &ir.Empty{}, Trigger: ir.AllSuccess, DependsOnPast: true, WaitForDownstream: flags.Wait}
		t.Args = append(t.Args, ir.Arg{Name: "ignore_first_depends_on_past", Value: &ir.Bool{V: flags.IgnoreFirst}})
		if flags.Start != nil {
			t.Args = append(t.Args, ir.Arg{Name: "start_date", Value: &ir.Time{Year: 2026, Month: 1, Day: 1 + *flags.Start}})
		}
		if id == "c" || id == "d" {
			t.Needs = []ir.Ref{{ID: "b"}}
		}
		p.Tasks = append(p.Tasks, t)
	}
	return p
}

// The table is what Airflow's own PrevDagrunDep says, the same in 2.11 and 3.3.
func TestPastAsInAirflow(t *testing.T) {
	file, err := os.Open("testdata/past.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, count := bufio.NewScanner(file), 0
	for lines.Scan() {
		count++
		var row pastRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		holdAgainst(t, count, &row)
	}
	if lines.Err() != nil || count < 100 {
		t.Errorf("%d rows, %v", count, lines.Err())
	}
}

func holdAgainst(t *testing.T, line int, row *pastRow) {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, run := range row.Earlier {
		id, err := s.Begin(ctx, store.Run{DagID: "past", RunID: run.Type + "__" + day(run.Date).String(), LogicalDate: day(run.Date), RunType: run.Type})
		if err != nil {
			t.Fatal(err)
		}
		for name, states := range run.Tasks {
			for i, state := range states {
				one := store.TaskInstance{TaskID: name, MapIndex: i}
				if state != nil {
					one.State = *state
				}
				s.Put(id, one)
			}
		}
		if err := s.End(id, target.Success, nil, day(run.Date)); err != nil {
			t.Fatal(err)
		}
	}
	earlier, err := s.Earlier(ctx, "past", day(row.Date))
	if err != nil {
		t.Fatal(err)
	}
	pipeline := row.pipeline()
	p := &past{store: s, version: latest, pipeline: pipeline, logical: day(row.Date), earlier: earlier, states: map[int64]map[string][]target.State{}}
	for _, one := range pipeline.Tasks {
		why, err := p.holds(ctx, one)
		if err != nil {
			t.Fatal(err)
		}
		if met := why == ""; met != row.Met[one.ID] {
			t.Errorf("line %d, task %s: met: Airflow %t, we %t %s", line, one.ID, row.Met[one.ID], met, why)
		}
	}
}
