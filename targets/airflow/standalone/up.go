package standalone

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow/rest"
)

// Up starts the Airflow and waits until all of its parts are healthy. Where it runs already, or is just being started by
// somebody else, it only waits. What it has started it ends again where the wait fails.
func (a *Airflow) Up(ctx context.Context, progress func(string)) (*target.Status, error) {
	if progress == nil {
		progress = func(string) {}
	}
	if !process.CanFind {
		return nil, errors.New("on this system dagexport cannot tell its own processes from others: start an Airflow yourself, and name it by --url")
	}
	if err := a.claim(); err != nil {
		return nil, err
	}
	unlock, err := a.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := a.load()
	if err != nil {
		return nil, err
	}
	if s != nil {
		found, err := process.Find(s.Mark)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 && a.IsRunning(ctx) {
			status, err := a.Status(ctx)
			if status != nil {
				status.Already = true
			}
			return status, err
		}
		if len(found) > 0 {
			progress("an Airflow that does not answer is ended first")
			if _, err := process.EndMarked(s.Mark, a.options.Grace); err != nil {
				return nil, err
			}
		}
	}
	next, err := a.next(s, progress)
	if err != nil {
		return nil, err
	}
	return a.start(ctx, next, progress)
}

// claim makes the home, or sees that it is one.
func (a *Airflow) claim() error {
	entries, err := os.ReadDir(a.options.Home)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.Name() == tag {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s: %w", a.options.Home, ErrForeignHome)
	}
	if err := os.MkdirAll(a.airflowHome(), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(a.options.Home, tag), []byte("The home of a private Airflow, made by dagexport; `dagexport down --airflow --purge` removes it.\n"), 0o600)
}

// tag is the file that says that a folder is a home.
const tag = "DAGEXPORT"

// next is what will be started.
func (a *Airflow) next(last *state, progress func(string)) (*state, error) {
	next := &state{Mark: "airflow-" + rand.Text(), Version: a.options.Version.String(), Python: a.options.Python, DAGs: a.options.DAGs}
	if last != nil {
		next.Ports = last.Ports
	}
	var err error
	if a.options.Install != nil {
		if next.Python, err = a.options.Install(filepath.Join(a.options.Home, "venv"), progress); err != nil {
			return nil, err
		}
	}
	next.Ports, err = pick(next.Ports)
	return next, err
}

// start starts a process and waits for it.
func (a *Airflow) start(ctx context.Context, s *state, progress func(string)) (status *target.Status, err error) {
	if err := a.prepareDatabase(ctx, s); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(a.LogFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	command := exec.Command(s.Python, "-m", "airflow", "standalone")
	command.Dir, command.Env = a.airflowHome(), a.environ(s)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = session()
	// The state is there before the process is: whoever finds the process finds how to end it.
	s.Started = time.Now().UTC().Truncate(time.Second)
	if err := errors.Join(a.save(s)); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if err := errors.Join(command.Start(), log.Close()); err != nil {
		return nil, fmt.Errorf("Airflow cannot be started: %w", err)
	}
	defer func() {
		if err != nil {
			_, endErr := process.EndMarked(s.Mark, a.options.Grace)
			err = errors.Join(err, endErr)
		}
	}()
	s.PID = command.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	if err := a.save(s); err != nil {
		return nil, err
	}
	progress(fmt.Sprintf("Airflow %s is being started in %s", s.Version, a.options.Home))
	if err := a.await(ctx, s, ended, progress); err != nil {
		return nil, err
	}
	return a.Status(ctx)
}

// prepareDatabase makes a database that is written to while others read it: Airflow's parts and its API are several processes,
// and an SQLite of the usual kind answers some of them that it is locked.
func (a *Airflow) prepareDatabase(ctx context.Context, s *state) error {
	path := filepath.Join(a.airflowHome(), "airflow.db")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	command := exec.CommandContext(ctx, s.Python, "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('pragma journal_mode=wal')", path)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("no database can be made: %w\n%s", err, out)
	}
	return nil
}

// betweenAsks is how long to wait before asking again.
const betweenAsks = 500 * time.Millisecond

// await waits until all parts are healthy.
func (a *Airflow) await(ctx context.Context, s *state, ended <-chan error, progress func(string)) error {
	deadline := time.NewTimer(a.options.Wait)
	defer deadline.Stop()
	told := ""
	for {
		waitsFor := a.waitsFor(ctx, s)
		if waitsFor == "" {
			return nil
		}
		if waitsFor != told {
			told = waitsFor
			progress("waiting for " + told)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return fmt.Errorf("Airflow has ended before it was ready%s", a.lastLines())
		case <-deadline.C:
			return fmt.Errorf("Airflow is not ready after %s: it still waits for %s%s", a.options.Wait, told, a.lastLines())
		case <-time.After(betweenAsks):
		}
	}
}

// waitsFor names what is not healthy yet; "" once all is.
func (a *Airflow) waitsFor(ctx context.Context, s *state) string {
	client, err := a.client(ctx, s)
	if err != nil {
		return "its web server"
	}
	health, err := client.Health(ctx)
	if err != nil {
		return "its web server"
	}
	var parts []string
	for _, one := range partsOf(s.version(), health) {
		if one.State != "healthy" {
			parts = append(parts, one.Part)
		}
	}
	return strings.Join(parts, ", ")
}

// partsOf are the parts that an Airflow must have, as they are.
func partsOf(v ir.Version, h rest.Health) []target.Health {
	parts := []target.Health{{Part: "database", State: h.Database}, {Part: "scheduler", State: h.Scheduler}}
	if v.Major >= 3 {
		parts = append(parts, target.Health{Part: "dag processor", State: h.Processor})
	}
	return append(parts, target.Health{Part: "triggerer", State: h.Triggerer})
}

// shownLines is how many lines of the log an error shows.
const shownLines = 20

// lastLines is the end of the log, to be put behind an error.
func (a *Airflow) lastLines() string {
	file, err := os.Open(a.LogFile())
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() > 1<<16 {
		_, _ = file.Seek(-1<<16, io.SeekEnd)
	}
	text, err := io.ReadAll(io.LimitReader(file, 1<<16))
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	lines = lines[max(0, len(lines)-shownLines):]
	return fmt.Sprintf("; the last lines of %s:\n  | %s", a.LogFile(), strings.Join(lines, "\n  | "))
}
