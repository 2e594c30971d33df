package standalone

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/airflow/rest"
)

// IsRunning tells whether the Airflow's processes are there, its web server answers as the Airflow that was started, and its
// scheduler is healthy.
func (a *Airflow) IsRunning(ctx context.Context) bool {
	s, err := a.load()
	if err != nil || s == nil {
		return false
	}
	found, err := process.Find(s.Mark)
	return err == nil && len(found) > 0 && a.waitsFor(ctx, s) == ""
}

// Client is a client of the Airflow.
//
// Errors: target.ErrNotRunning where it does not run.
func (a *Airflow) Client(ctx context.Context) (*rest.Client, error) {
	s, err := a.load()
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, target.ErrNotRunning
	}
	if found, err := process.Find(s.Mark); err != nil || len(found) == 0 {
		return nil, target.ErrNotRunning
	}
	client, err := a.client(ctx, s)
	if err != nil {
		return nil, target.ErrNotRunning
	}
	return client, nil
}

func (a *Airflow) client(ctx context.Context, s *state) (*rest.Client, error) {
	user, password := a.credentials(s)
	client, err := rest.New(rest.Options{URL: s.url(), User: user, Password: password})
	if err != nil {
		return nil, err
	}
	return client, client.Connect(ctx)
}

// credentials are those that Airflow has made in its home; "" as long as it has not.
func (a *Airflow) credentials(s *state) (user, password string) {
	if s.version().Major < 3 {
		text, err := os.ReadFile(filepath.Join(a.airflowHome(), "standalone_admin_password.txt"))
		if err != nil {
			return "", ""
		}
		return "admin", strings.TrimSpace(string(text))
	}
	text, err := os.ReadFile(filepath.Join(a.airflowHome(), "simple_auth_manager_passwords.json.generated"))
	passwords := map[string]string{}
	if err != nil || json.Unmarshal(text, &passwords) != nil {
		return "", ""
	}
	return "admin", passwords["admin"]
}

// Status tells what there is to know of the Airflow, whether it runs or not.
func (a *Airflow) Status(ctx context.Context) (*target.Status, error) {
	status := &target.Status{
		Target: "airflow", Version: a.options.Version, Home: a.options.Home, DAGs: a.options.DAGs, LogFile: a.LogFile(),
	}
	s, err := a.load()
	if err != nil || s == nil {
		return status, err
	}
	status.Version, status.DAGs = s.version(), s.DAGs
	found, err := process.Find(s.Mark)
	if err != nil {
		return status, err
	}
	for _, f := range found {
		name := partOf(f.Args)
		// What a part forks has its name too; the part itself came first.
		if name != "" && !slices.ContainsFunc(status.Processes, func(p target.Process) bool { return p.Name == name }) {
			status.Processes = append(status.Processes, target.Process{PID: f.PID, Name: name, Started: f.Started, Ports: s.portsOf(name)})
		}
	}
	if len(found) == 0 {
		return status, nil
	}
	status.URL = s.url()
	status.User, status.Password = a.credentials(s)
	client, err := a.client(ctx, s)
	if err != nil {
		status.Health = []target.Health{{Part: "api", State: "unhealthy"}}
		return status, nil
	}
	status.Release = client.Release()
	return status, ask(ctx, client, status)
}

// StatusOf tells what an Airflow says of itself, wherever it is.
func StatusOf(ctx context.Context, client *rest.Client) (*target.Status, error) {
	status := &target.Status{Target: "airflow", Version: client.Version(), Release: client.Release(), URL: client.URL()}
	return status, ask(ctx, client, status)
}

// ask fills in what the Airflow itself says.
func ask(ctx context.Context, client *rest.Client, status *target.Status) error {
	health, err := client.Health(ctx)
	if err != nil {
		return err
	}
	status.Health = append(partsOf(client.Version(), health), target.Health{Part: "api", State: "healthy"})
	status.Running = !slices.ContainsFunc(status.Health, func(h target.Health) bool { return h.State != "healthy" })
	problems, err := client.ImportErrors(ctx)
	if err != nil {
		return err
	}
	for _, p := range problems {
		status.Problems = append(status.Problems, target.ImportError{File: p.File, Text: p.Text})
	}
	runs, err := client.ActiveRuns(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		run := target.ActiveRun{DagID: r.DagID, RunName: r.RunID}
		if r.Started != nil {
			run.Started = *r.Started
		}
		status.Runs = append(status.Runs, run)
	}
	return nil
}

// parts are what an Airflow consists of, by the commands that start it.
var parts = []string{"standalone", "scheduler", "dag-processor", "api-server", "webserver", "triggerer"}

// partOf is which part of Airflow a command line is of; "" for what the parts start themselves.
func partOf(args []string) string {
	args = strings.Fields(strings.Join(args, " ")) // one that gave itself a title has it in one piece
	if slices.Contains(args, "DagFileProcessorManager") {
		return "dag-processor" // Airflow 2: a child of the scheduler
	}
	for i, arg := range args[:max(0, len(args)-1)] {
		if filepath.Base(arg) != "airflow" {
			continue
		}
		for _, part := range parts {
			if args[i+1] == part || args[i+1] == part[:len(part)-1] { // a title can be short of its last letter
				return part
			}
		}
	}
	return ""
}

// portsOf are the ports that a part listens on.
func (s *state) portsOf(part string) []int {
	switch part {
	case "api-server", "webserver":
		return []int{s.Ports.Web}
	case "scheduler":
		return []int{s.Ports.Worker}
	case "triggerer":
		return []int{s.Ports.Triggerer}
	}
	return nil
}
