package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// keptLive are the pipelines of testdata/live whose records, made by real schedulers, are kept in testdata/live/records; true: they
// need an Airflow in the interpreter.
var keptLive = map[string]bool{
	"callbacks_that_set_states": false, "crashed_tasks": false, "deferred_waits_for_runs": false, "past_of_a_failed_run": false,
	"sensors_that_defer_in_vain": false, "sensors_that_reschedule": false, "time_of_deferred_tasks": true,
}

// ownDate is the logical date of a pipeline of testdata/live that has no line with others.
const ownDate = "2026-01-02"

var datesLine = regexp.MustCompile(`(?m)^# dates: (.+)$`)

// liveName is what the n-th run of such a pipeline is called.
func liveName(n int) string { return fmt.Sprintf("live-%d", n) }

// liveEnviron is what such pipelines find in the environment: the connection for files, which Airflow 3 lacks.
var liveEnviron = map[string]string{"AIRFLOW_CONN_FS_DEFAULT": "fs://"}

// datesOf are the logical dates of the runs of such a pipeline, one after the other.
func datesOf(text []byte) []string {
	if found := datesLine.FindSubmatch(text); found != nil {
		return strings.Fields(string(found[1]))
	}
	return []string{ownDate}
}

// liveRecord is the file with the records of such a pipeline, one after the other.
func liveRecord(id string, v ir.Version) string {
	return filepath.Join("testdata", "live", "records", id+"-"+v.String()+".json")
}

// TestLiveRecords holds local runs against what the schedulers of real Airflows recorded.
func TestLiveRecords(t *testing.T) {
	chosen := regexp.MustCompile(*only)
	for id, byAirflow := range keptLive {
		for _, v := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
			kept, err := os.ReadFile(liveRecord(id, v))
			if v.Major < 3 && os.IsNotExist(err) || !chosen.MatchString("live/"+id) {
				continue
			}
			t.Run(id+"/"+v.String(), func(t *testing.T) {
				if err != nil {
					t.Fatal(err)
				}
				t.Parallel()
				var got bytes.Buffer
				c, dates := ownLive(t, id)
				c.byAirflow = byAirflow
				for n, date := range dates {
					at, err := time.Parse(time.DateOnly, date)
					if err != nil {
						t.Fatal(err)
					}
					c.date, c.runName = at, liveName(n)
					got.Write(c.runLocally(t, v, python(t, "python")))
					got.WriteByte('\n')
					c.before = append(c.before, earlierRun{dag: id, date: at})
				}
				if diff := cmp.Diff(string(kept), got.String()); diff != "" {
					t.Errorf("record (-real Airflow +local run):\n%s", diff)
				}
			})
		}
	}
}

// ownLive is such a pipeline as a case, and the dates of its runs.
func ownLive(t *testing.T, id string) (*testCase, []string) {
	t.Helper()
	path := filepath.Join("testdata", "live", id)
	text, err := os.ReadFile(path + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	archive := &txtar.Archive{Files: []txtar.File{{Name: "in/" + id + ".yaml", Data: text}}}
	if module, err := os.ReadFile(path + ".py"); err == nil {
		archive.Files = append(archive.Files, txtar.File{Name: "in/of_" + id + ".py", Data: module})
	}
	conf, err := json.Marshal(map[string]string{"file": filepath.Join(t.TempDir(), "notes")})
	if err != nil {
		t.Fatal(err)
	}
	return &testCase{name: "live/" + id, path: path + ".yaml", archive: archive, pipeline: id + ".yaml", dag: id, conf: conf, environ: liveEnviron}, datesOf(text)
}
