package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/dagexport/dagexport/targets/airflow/rest"
)

// export writes the DAG file, unless it was edited by hand, and waits until Airflow has read it.
func (t *Target) export(ctx context.Context, file *ir.File, callerFilepath string) error {
	text, err := airflow.Render(file, airflow.RenderOptions{Source: filepath.Base(callerFilepath)})
	if err != nil {
		return err
	}
	options := t.options.Export
	options.Check, options.Report = true, func(o airflow.Outcome) { t.outcome = o }
	if err := airflow.New(options).PreRun(ctx, file, callerFilepath); err != nil {
		return err
	}
	path := t.outcome.Path
	if t.outcome.Status == airflow.Stale && !options.Force {
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !t.remembers(path, old) {
			return t.refuse(file, diag.EditedFile, fmt.Sprintf("%s is not what was exported last: somebody may have edited it", path),
				"dagexport airflow --diff "+callerFilepath+" shows what would change", "dagexport airflow "+callerFilepath+" writes it anew, and so does --force")
		}
	}
	if err := t.exporter.PreRun(ctx, file, callerFilepath); err != nil {
		return err
	}
	if err := t.remember(path, text); err != nil {
		return err
	}
	return t.awaitParsed(ctx, file, path, string(text))
}

// remembered is the file that holds the digest of what was exported to a path.
func (t *Target) remembered(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(t.options.Exports, hex.EncodeToString(sum[:12])), nil
}

func digest(text []byte) string {
	sum := sha256.Sum256([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
	return hex.EncodeToString(sum[:])
}

// remembers tells whether a text is what was exported to a path last.
func (t *Target) remembers(path string, text []byte) bool {
	if t.options.Exports == "" {
		return false
	}
	at, err := t.remembered(path)
	if err != nil {
		return false
	}
	known, err := os.ReadFile(at)
	return err == nil && strings.TrimSpace(string(known)) == digest(text)
}

func (t *Target) remember(path string, text []byte) error {
	if t.options.Exports == "" {
		return nil
	}
	at, err := t.remembered(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.options.Exports, 0o700); err != nil {
		return err
	}
	return os.WriteFile(at, []byte(digest(text)+"\n"), 0o600)
}

// betweenAsks is how long to wait before Airflow is asked again whether it has read a file.
const betweenAsks = 700 * time.Millisecond

// awaitParsed waits until the text that Airflow shows as a DAG's source is the one that was exported, for each DAG of the file.
func (t *Target) awaitParsed(ctx context.Context, file *ir.File, path, text string) error {
	limit, cancel := context.WithTimeoutCause(ctx, t.options.Wait, errNotRead)
	defer cancel()
	begun := time.Now()
	for _, p := range file.Pipelines {
		for asks := 0; ; asks++ {
			err := t.parsed(limit, file, p, path, text, asks)
			if err == nil {
				break
			}
			if !errors.Is(err, errNotYet) {
				if context.Cause(limit) == errNotRead {
					err = t.notRead(file, p, path, time.Since(begun))
				}
				return err
			}
			select {
			case <-limit.Done():
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return t.notRead(file, p, path, time.Since(begun))
			case <-time.After(betweenAsks):
			}
		}
	}
	return nil
}

var (
	errNotYet  = errors.New("not yet")
	errNotRead = errors.New("the file was not read in time")
)

func (t *Target) notRead(file *ir.File, p *ir.Pipeline, path string, after time.Duration) error {
	return t.refuse(file, diag.NotRead, fmt.Sprintf("Airflow has not read %s after %s: it has no DAG %q of this version", path, after.Round(time.Second), p.ID),
		"is the file in the DAG folder of this Airflow? An Airflow that gets its files by other means is for --no-export")
}

// parsed tells by errNotYet that Airflow has not read the file yet. It is the text that counts, not the time: a parse that
// began before the file was written ends after it.
func (t *Target) parsed(ctx context.Context, file *ir.File, p *ir.Pipeline, path, text string, asks int) error {
	problems, err := t.client.ImportErrors(ctx)
	if err != nil {
		return err
	}
	d, err := t.client.DAG(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		// One of an earlier version of the file stays until the file is read again.
		if samePath(problem.File, path) && (asks > 4 || problem.At.After(t.written(path))) {
			return t.importError(file, problem, text)
		}
	}
	if d == nil || d.Gone() {
		return errNotYet
	}
	source, err := t.client.Source(ctx, d)
	if err != nil {
		return err
	}
	if strings.TrimRight(strings.ReplaceAll(source, "\r\n", "\n"), "\n") == strings.TrimRight(text, "\n") {
		return nil
	}
	if asks%5 == 0 {
		if err := t.client.Reparse(ctx, d); err != nil {
			return err
		}
	}
	return errNotYet
}

func (t *Target) written(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// samePath tells whether Airflow's name of a file, which can be relative to its DAG folder, is that of ours.
func samePath(theirs, ours string) bool {
	absolute, err := filepath.Abs(ours)
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = real
	}
	if filepath.IsAbs(theirs) {
		if real, err := filepath.EvalSymlinks(theirs); err == nil {
			theirs = real
		}
		return theirs == absolute
	}
	return theirs != "" && strings.HasSuffix(absolute, string(filepath.Separator)+filepath.FromSlash(theirs))
}

// compare says how the DAGs that Airflow has differ from those that were compiled.
func (t *Target) compare(ctx context.Context, file *ir.File, _ string) error {
	for _, p := range file.Pipelines {
		d, err := t.client.DAG(ctx, p.ID)
		if err != nil {
			return err
		}
		if d == nil || d.Gone() {
			return t.refuse(file, diag.NotRead, fmt.Sprintf("this Airflow has no DAG %q", p.ID), "has its DAG file reached it?")
		}
		tasks, err := t.client.Tasks(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, difference := range differences(p, tasks) {
			t.notes = append(t.notes, fmt.Sprintf("the DAG %q in Airflow is not the one compiled here: %s", p.ID, difference))
		}
	}
	return nil
}

// differences between a compiled DAG and what Airflow has, in words.
func differences(p *ir.Pipeline, tasks []rest.Task) []string {
	theirs := map[string]rest.Task{}
	for _, task := range tasks {
		theirs[task.TaskID] = task
	}
	downstream := map[string][]string{}
	for _, task := range p.Tasks {
		for _, need := range task.Needs {
			downstream[need.ID] = append(downstream[need.ID], task.ID)
		}
	}
	var found []string
	for _, task := range p.Tasks {
		other, ok := theirs[task.ID]
		delete(theirs, task.ID)
		if !ok {
			found = append(found, fmt.Sprintf("it has no task %q", task.ID))
			continue
		}
		ours, others := slices.Sorted(slices.Values(downstream[task.ID])), slices.Sorted(slices.Values(other.Downstream))
		if !slices.Equal(slices.Compact(ours), slices.Compact(others)) {
			found = append(found, fmt.Sprintf("downstream of %q are %s, not %s", task.ID, list(others), list(ours)))
		}
		if name := task.Class.Name; name != "" && other.Class.Name != "" && !strings.HasPrefix(other.Class.Name, "_") && name != other.Class.Name {
			found = append(found, fmt.Sprintf("task %q is a %s, not a %s", task.ID, other.Class.Name, name))
		}
	}
	for _, task := range tasks {
		if _, left := theirs[task.TaskID]; left {
			found = append(found, fmt.Sprintf("it has a task %q", task.TaskID))
		}
	}
	return found
}

func list(ids []string) string {
	if len(ids) == 0 {
		return "no tasks"
	}
	return strings.Join(ids, ", ")
}
