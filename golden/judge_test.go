//go:build airflow

package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// job is one DAG file that a real Airflow judges; judge.py says what the fields mean.
type job struct {
	ID     string          `json:"id"`
	Folder string          `json:"folder"`
	File   string          `json:"file"`
	DagID  string          `json:"dag_id,omitempty"`
	Date   string          `json:"date,omitempty"`
	Conf   json.RawMessage `json:"conf,omitempty"`
	Orders []string        `json:"orders,omitempty"`
	Before [][2]string     `json:"before,omitempty"`

	Environ map[string]string `json:"environ,omitempty"`

	Outcomes map[string][][]string `json:"outcomes,omitempty"`
	Lengths  map[string]int        `json:"lengths,omitempty"`
	Tasks    []string              `json:"tasks,omitempty"`
}

// verdict is what it says.
type verdict struct {
	ID           string                     `json:"id"`
	ImportErrors []string                   `json:"import_errors"`
	Warnings     []string                   `json:"warnings"`
	Dags         map[string]json.RawMessage `json:"dags"`
	Records      map[string]json.RawMessage `json:"records"`
	Error        string                     `json:"error"`
}

// judge has the Airflow of a version judge the jobs, in two processes at a time.
func judge(t testing.TB, v ir.Version, jobs []job) map[string]verdict {
	t.Helper()
	return judgeWith(t, python(t, v.String()), v, jobs)
}

// judgeWith is judge with another interpreter that has the Airflow of that version.
func judgeWith(t testing.TB, interpreter string, v ir.Version, jobs []job) map[string]verdict {
	t.Helper()
	const processes = 2
	shares := make([][]job, processes)
	for i, j := range jobs {
		shares[i%processes] = append(shares[i%processes], j)
	}
	verdicts := map[string]verdict{}
	errs := make([]error, processes)
	var mutex sync.Mutex
	var group sync.WaitGroup
	for i, share := range shares {
		if len(share) == 0 {
			continue
		}
		group.Go(func() {
			input, err := json.Marshal(share)
			if err != nil {
				errs[i] = err
				return
			}
			var stderr bytes.Buffer
			cmd := exec.Command(interpreter, filepath.Join("..", "internal", "airflowenv", "judge.py"))
			cmd.Stdin = bytes.NewReader(input)
			cmd.Stderr = &stderr
			output, err := cmd.Output()
			if err != nil {
				errs[i] = fmt.Errorf("%w\n%s", err, tail(stderr.String(), 4000))
				return
			}
			dec := json.NewDecoder(bytes.NewReader(output))
			for range share {
				var one verdict
				if err := dec.Decode(&one); err != nil {
					errs[i] = err
					return
				}
				mutex.Lock()
				verdicts[one.ID] = one
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatalf("Airflow %s: %v", v, err)
		}
	}
	return verdicts
}

func tail(text string, n int) string {
	if len(text) > n {
		return "..." + text[len(text)-n:]
	}
	return text
}
