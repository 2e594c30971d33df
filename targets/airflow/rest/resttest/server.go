// Package resttest is a stand-in for a running Airflow: its REST API, version 1 or 2, with runs that end as they are told to.
// What it answers was seen from Airflow 2.11 and 3.3.
package resttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// The user that the server knows.
const (
	User     = "admin"
	Password = "open sesame"
)

// Server is a stand-in for an Airflow.
type Server struct {
	*httptest.Server
	Version ir.Version
	Paused  bool          // its DAGs are
	Lag     time.Duration // how long it takes to read a file that has changed
	Broken  string        // the import error of Path, if any
	Path    string        // of the DAG file
	File    *ir.File      // what is in it
	Fails   []string      // "dag.task"
	Takes   map[string]time.Duration
	Shows   map[string]int // by DAG: a task ends once its log has been asked for so often
	TLS     bool           // it speaks HTTPS, with a certificate that nobody has signed
	Flaky   int            // every so many answers is an error 503

	mutex   sync.Mutex
	runs    map[string]*run
	shown   map[string]int // how often logs were asked for, by DAG
	answers int
}

type run struct {
	dag, id, date string
	begun         time.Time
	failed        bool // marked by the user
}

// New starts a server that ends with the test.
func New(t *testing.T, s *Server) *Server {
	s.runs, s.shown = map[string]*run{}, map[string]int{}
	start := httptest.NewServer
	if s.TLS {
		start = httptest.NewTLSServer
	}
	s.Server = start(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *Server) pipeline(id string) *ir.Pipeline {
	for _, p := range s.File.Pipelines {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// source is the text of the file as it was read last.
func (s *Server) source() string {
	info, err := os.Stat(s.Path)
	if err != nil || s.Broken != "" || time.Since(info.ModTime()) < s.Lag {
		return ""
	}
	text, _ := os.ReadFile(s.Path)
	return string(text)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.answers++; s.Flaky > 0 && s.answers%s.Flaky == 0 && r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/version") {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	no := func(status int, detail string) {
		w.WriteHeader(status)
		answer(map[string]any{"detail": detail})
	}
	api := fmt.Sprintf("/api/v%d", s.Version.Major-1)
	path, ours := strings.CutPrefix(r.URL.Path, api)
	switch {
	case r.URL.Path == "/auth/token" && s.Version.Major >= 3 && r.Method == http.MethodPost:
		var asked struct{ Username, Password string }
		if json.NewDecoder(r.Body).Decode(&asked) != nil || asked.Username != User || asked.Password != Password {
			no(http.StatusUnauthorized, "Invalid credentials")
			return
		}
		w.WriteHeader(http.StatusCreated)
		answer(map[string]string{"access_token": "token of " + User})
		return
	case !ours:
		http.NotFound(w, r)
		return
	case path == "/version":
		answer(map[string]string{"version": s.Version.String() + ".2"})
		return
	}
	user, password, _ := r.BasicAuth()
	if s.Version.Major >= 3 && r.Header.Get("Authorization") != "Bearer token of "+User || s.Version.Major < 3 && (user != User || password != Password) {
		no(http.StatusUnauthorized, "Unauthorized")
		return
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case path == "/health" || path == "/monitor/health":
		healthy := map[string]string{"status": "healthy"}
		answer(map[string]any{"metadatabase": healthy, "scheduler": healthy, "dag_processor": healthy, "triggerer": healthy})
	case path == "/importErrors":
		problems := []map[string]string{}
		if s.Broken != "" {
			problems = append(problems, map[string]string{"filename": s.Path, "stack_trace": s.Broken, "timestamp": time.Now().Format(time.RFC3339)})
		}
		answer(map[string]any{"import_errors": problems, "total_entries": len(problems)})
	case parts[0] == "dagSources":
		_, _ = w.Write([]byte(s.source()))
	case parts[0] == "parseDagFile":
		w.WriteHeader(http.StatusCreated)
	case parts[0] == "dags" && len(parts) == 2:
		if s.pipeline(parts[1]) == nil || s.source() == "" {
			no(http.StatusNotFound, "not found")
			return
		}
		if r.Method == http.MethodPatch {
			s.Paused = false
		}
		answer(map[string]any{"dag_id": parts[1], "is_paused": s.Paused, "fileloc": s.Path, "file_token": "token"})
	case parts[0] == "dags" && parts[1] == "~":
		answer(map[string]any{"dag_runs": []any{}, "total_entries": 0})
	case parts[0] == "dags" && len(parts) == 3 && parts[2] == "tasks":
		s.tasks(answer, parts[1])
	case parts[0] == "dags" && len(parts) == 3 && r.Method == http.MethodPost:
		var asked struct {
			RunID string `json:"dag_run_id"`
			Date  string `json:"logical_date"`
		}
		_ = json.NewDecoder(r.Body).Decode(&asked)
		key := parts[1] + "/" + asked.RunID
		if s.runs[key] != nil {
			no(http.StatusConflict, "DAGRun with DAG ID: '"+parts[1]+"' and DAGRun ID: '"+asked.RunID+"' already exists")
			return
		}
		s.runs[key] = &run{dag: parts[1], id: asked.RunID, date: asked.Date, begun: time.Now()}
		answer(s.told(s.runs[key]))
	case parts[0] == "dags" && len(parts) >= 4 && s.runs[parts[1]+"/"+parts[3]] != nil:
		s.ofRun(answer, r, s.runs[parts[1]+"/"+parts[3]], parts[4:])
	default:
		no(http.StatusNotFound, "not found")
	}
}

func (s *Server) tasks(answer func(any), dag string) {
	downstream := map[string][]string{}
	for _, t := range s.pipeline(dag).Tasks {
		for _, need := range t.Needs {
			downstream[need.ID] = append(downstream[need.ID], t.ID)
		}
	}
	tasks := []map[string]any{}
	for _, t := range s.pipeline(dag).Tasks {
		tasks = append(tasks, map[string]any{"task_id": t.ID, "downstream_task_ids": downstream[t.ID], "class_ref": map[string]string{"class_name": t.Class.Name}})
	}
	answer(map[string]any{"tasks": tasks, "total_entries": len(tasks)})
}

// told is a run as the API tells of it.
func (s *Server) told(r *run) map[string]any {
	state, _ := s.ends(r)
	return map[string]any{"dag_id": r.dag, "dag_run_id": r.id, "logical_date": r.date, "state": state, "start_date": r.begun}
}

// ends is the state of a run now, and of its tasks: one after the other, each takes as long as its DAG does.
func (s *Server) ends(r *run) (target.State, []map[string]any) {
	state, passed := target.Success, time.Since(r.begun)
	var tasks []map[string]any
	for _, t := range s.pipeline(r.dag).Tasks {
		one := map[string]any{"task_id": t.ID, "map_index": -1, "try_number": 1, "start_date": r.begun, "duration": 0.1}
		switch {
		case state == target.Failed:
			one["state"], one["try_number"], one["start_date"] = target.UpstreamFailed, 0, nil
		case r.failed:
			state, one["state"] = target.Failed, target.Failed
		case state == target.Running:
			one["state"], one["try_number"], one["start_date"] = nil, 0, nil
		case passed < s.Takes[r.dag] && (s.Shows[r.dag] == 0 || s.shown[r.dag] < s.Shows[r.dag]):
			state, one["state"] = target.Running, target.Running
		case slices.Contains(s.Fails, r.dag+"."+t.ID):
			state, one["state"] = target.Failed, target.Failed
		default:
			one["state"] = target.Success
		}
		tasks = append(tasks, one)
	}
	return state, tasks
}

func (s *Server) ofRun(answer func(any), r *http.Request, one *run, rest []string) {
	state, tasks := s.ends(one)
	switch {
	case len(rest) == 0:
		if r.Method == http.MethodPatch {
			one.failed = true
		}
		answer(s.told(one))
	case len(rest) == 1:
		answer(map[string]any{"task_instances": tasks, "total_entries": len(tasks)})
	case len(rest) == 3 && rest[2] == "xcomEntries":
		entries := []map[string]any{}
		if state == target.Success {
			entries = append(entries, map[string]any{"key": "return_value", "task_id": one.taskID(s), "map_index": -1}, map[string]any{"key": "_link", "task_id": one.taskID(s), "map_index": -1})
		}
		answer(map[string]any{"xcom_entries": entries, "total_entries": len(entries)})
	case len(rest) == 4 && rest[2] == "xcomEntries":
		answer(map[string]any{"key": rest[3], "value": map[string]int{"rows": 3}})
	case len(rest) == 4 && rest[2] == "logs":
		s.shown[one.dag]++
		answer(map[string]any{"content": []map[string]any{{"event": "::group::Pre"}, {"event": "oh no"}}})
	}
}

func (r *run) taskID(s *Server) string { return s.pipeline(r.dag).Tasks[0].ID }
