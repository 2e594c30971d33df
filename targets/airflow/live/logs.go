package live

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dagexport/dagexport/targets/airflow/rest"
)

// CopyLog writes what the environment has written; with follow it goes on until the context ends.
func (t *Target) CopyLog(ctx context.Context, out io.Writer, follow bool) error {
	file, err := os.Open(t.LogFile())
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for {
		if _, err := io.Copy(out, file); err != nil || !follow {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(betweenAsks):
		}
	}
}

// CopyTaskLog writes what a task wrote in its last try of a DAG's newest run, or of the one that is named; with follow it goes on
// until the task has ended.
func (t *Target) CopyTaskLog(ctx context.Context, out io.Writer, dagID, runID, taskID string, mapIndex int, follow bool) error {
	if err := t.connect(ctx); err != nil {
		return err
	}
	if runID == "" {
		run, err := t.client.LatestRun(ctx, dagID)
		if err != nil {
			return err
		}
		if run == nil {
			return fmt.Errorf("the DAG %q has not run in this Airflow", dagID)
		}
		runID = run.RunID
	}
	written := ""
	for {
		instance, err := t.instance(ctx, dagID, runID, taskID, mapIndex)
		if err != nil {
			return err
		}
		ended := instance.State.Finished()
		if instance.Try > 0 {
			text, err := t.client.Log(ctx, dagID, runID, taskID, mapIndex, instance.Try)
			if err != nil && !rest.IsStatus(err, 404) {
				return err
			}
			more, longer := strings.CutPrefix(text, written)
			if !longer { // of a further try
				more = text
			}
			if _, err := io.WriteString(out, more); err != nil {
				return err
			}
			written = text
		} else if ended || !follow {
			return fmt.Errorf("task %q has not begun in run %q", taskID, runID)
		}
		if ended || !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(t.options.Poll):
		}
	}
}

func (t *Target) instance(ctx context.Context, dagID, runID, taskID string, mapIndex int) (rest.TaskInstance, error) {
	instances, err := t.client.TaskInstances(ctx, dagID, runID)
	if err != nil {
		return rest.TaskInstance{}, err
	}
	for _, i := range instances {
		if i.TaskID == taskID && i.MapIndex == mapIndex {
			return i, nil
		}
	}
	return rest.TaskInstance{}, fmt.Errorf("run %q of %q has no task %q", runID, dagID, taskID)
}
