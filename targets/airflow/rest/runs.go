package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/dagexport/dagexport/internal/target"
)

// Run is a run of a DAG.
type Run struct {
	RunID       string       `json:"dag_run_id"`
	DagID       string       `json:"dag_id"`
	LogicalDate *time.Time   `json:"logical_date"`
	Started     *time.Time   `json:"start_date"`
	Ended       *time.Time   `json:"end_date"`
	State       target.State `json:"state"`
}

// Trigger makes a run of a DAG. One with a name is asked for again where Airflow fails.
//
// Errors: target.ErrDuplicateRun where there is a run of this name, or for this logical date.
func (c *Client) Trigger(ctx context.Context, dagID, runID string, logicalDate time.Time, conf json.RawMessage) (*Run, error) {
	if conf == nil {
		conf = json.RawMessage("{}")
	}
	body := struct {
		RunID       string          `json:"dag_run_id,omitempty"`
		LogicalDate string          `json:"logical_date"`
		Conf        json.RawMessage `json:"conf"`
	}{runID, logicalDate.UTC().Format("2006-01-02T15:04:05.999999Z07:00"), conf}
	var run Run
	err := c.call(ctx, http.MethodPost, []string{"dags", dagID, "dagRuns"}, nil, body, &run)
	for try := 1; try <= serverTries && serverError(err) && runID != ""; try++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try) * 500 * time.Millisecond):
		}
		// It may have made the run all the same.
		if made, findErr := c.Run(ctx, dagID, runID); findErr == nil && made != nil {
			return made, nil
		}
		err = c.call(ctx, http.MethodPost, []string{"dags", dagID, "dagRuns"}, nil, body, &run)
	}
	var answer *Error
	if errors.As(err, &answer) && answer.Status == http.StatusConflict {
		return nil, fmt.Errorf("%w: %w", target.ErrDuplicateRun, answer)
	}
	if err != nil {
		return nil, err
	}
	return &run, nil
}

// Run asks for one run; nil where there is none.
func (c *Client) Run(ctx context.Context, dagID, runID string) (*Run, error) {
	var run Run
	err := c.call(ctx, http.MethodGet, []string{"dags", dagID, "dagRuns", runID}, nil, nil, &run)
	if IsStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &run, nil
}

// LatestRun is the run of a DAG that began last; nil where it has none.
func (c *Client) LatestRun(ctx context.Context, dagID string) (*Run, error) {
	var one page
	query := url.Values{"order_by": {"-start_date"}, "limit": {"1"}}
	if err := c.call(ctx, http.MethodGet, []string{"dags", dagID, "dagRuns"}, query, nil, &one); err != nil || len(one.Runs) == 0 {
		return nil, err
	}
	return &one.Runs[0], nil
}

// ActiveRuns are the runs of all DAGs that have not ended.
func (c *Client) ActiveRuns(ctx context.Context) ([]Run, error) {
	var all []Run
	err := c.pages(ctx, []string{"dags", "~", "dagRuns"}, url.Values{"state": {"running", "queued"}}, func(page *page) int {
		all = append(all, page.Runs...)
		return len(page.Runs)
	})
	return all, err
}

// Fail marks a run, and with it what has not ended in it, as failed.
func (c *Client) Fail(ctx context.Context, dagID, runID string) error {
	return c.call(ctx, http.MethodPatch, []string{"dags", dagID, "dagRuns", runID}, nil, map[string]string{"state": string(target.Failed)}, nil)
}

// TaskInstance is a task instance of a run.
type TaskInstance struct {
	TaskID   string       `json:"task_id"`
	MapIndex int          `json:"map_index"`
	State    target.State `json:"state"`
	Try      int          `json:"try_number"`
	MaxTries int          `json:"max_tries"`
	Started  *time.Time   `json:"start_date"`
	Ended    *time.Time   `json:"end_date"`
	Duration float64      `json:"duration"` // seconds
}

// TaskInstances are those of a run.
func (c *Client) TaskInstances(ctx context.Context, dagID, runID string) ([]TaskInstance, error) {
	var all []TaskInstance
	err := c.pages(ctx, []string{"dags", dagID, "dagRuns", runID, "taskInstances"}, nil, func(page *page) int {
		all = append(all, page.TaskInstances...)
		return len(page.TaskInstances)
	})
	return all, err
}

// Log is what a try of a task has written, as text.
func (c *Client) Log(ctx context.Context, dagID, runID, taskID string, mapIndex, try int) (string, error) {
	parts := []string{"dags", dagID, "dagRuns", runID, "taskInstances", taskID, "logs", strconv.Itoa(try)}
	query := url.Values{"map_index": {strconv.Itoa(mapIndex)}, "full_content": {"true"}}
	if c.version.Major < 3 {
		var text string
		err := c.call(ctx, http.MethodGet, parts, query, nil, &text)
		return text, err
	}
	var answer struct {
		Content json.RawMessage `json:"content"`
	}
	if err := c.call(ctx, http.MethodGet, parts, query, nil, &answer); err != nil {
		return "", err
	}
	return logText(answer.Content), nil
}

// logText is a log of Airflow 3, which is a list of texts, or of events with times and levels, as lines.
func logText(content json.RawMessage) string {
	var items []json.RawMessage
	if json.Unmarshal(content, &items) != nil {
		return string(content)
	}
	text := ""
	for _, item := range items {
		var line string
		var event struct {
			Event  string          `json:"event"`
			Detail json.RawMessage `json:"error_detail"`
		}
		if json.Unmarshal(item, &line) != nil && json.Unmarshal(item, &event) == nil {
			line = event.Event + errorText(event.Detail)
		}
		text += line + "\n"
	}
	return text
}

// errorText is the exceptions of an event, the one that was raised last at the end, as far as the API tells.
func errorText(detail json.RawMessage) string {
	var chain []struct {
		Type   string `json:"exc_type"`
		Value  string `json:"exc_value"`
		Frames []struct {
			File string `json:"filename"`
			Line int    `json:"lineno"`
			Name string `json:"name"`
		} `json:"frames"`
	}
	if len(detail) == 0 || json.Unmarshal(detail, &chain) != nil {
		return ""
	}
	text := ""
	for i := len(chain) - 1; i >= 0; i-- {
		for _, f := range chain[i].Frames {
			text += "\n  File " + strconv.Quote(f.File) + ", line " + strconv.Itoa(f.Line) + ", in " + f.Name
		}
		text += "\n" + chain[i].Type + ": " + chain[i].Value
	}
	return text
}

// XComs are the XComs of a run, with the values that the tasks pushed, as JSON.
func (c *Client) XComs(ctx context.Context, dagID, runID string) ([]target.XComRecord, error) {
	type entry struct {
		Key      string `json:"key"`
		TaskID   string `json:"task_id"`
		MapIndex int    `json:"map_index"`
	}
	var found []entry
	err := c.pages(ctx, []string{"dags", dagID, "dagRuns", runID, "taskInstances", "~", "xcomEntries"}, nil, func(page *page) int {
		for _, e := range page.XComs {
			found = append(found, entry{e.Key, e.TaskID, e.MapIndex})
		}
		return len(page.XComs)
	})
	if err != nil {
		return nil, err
	}
	records := make([]target.XComRecord, 0, len(found))
	for _, e := range found {
		var answer struct {
			Value json.RawMessage `json:"value"`
		}
		parts := []string{"dags", dagID, "dagRuns", runID, "taskInstances", e.TaskID, "xcomEntries", e.Key}
		query := url.Values{"map_index": {strconv.Itoa(e.MapIndex)}, "stringify": {"false"}}
		if c.version.Major < 3 {
			query.Set("deserialize", "false")
		}
		if err := c.call(ctx, http.MethodGet, parts, query, nil, &answer); err != nil {
			if IsStatus(err, http.StatusNotFound) {
				continue // the next try has removed it
			}
			return nil, err
		}
		records = append(records, target.XComRecord{TaskID: e.TaskID, MapIndex: e.MapIndex, Key: e.Key, Value: answer.Value})
	}
	return records, nil
}

// page is one page of any list.
type page struct {
	Total         int            `json:"total_entries"`
	ImportErrors  []ImportError  `json:"import_errors"`
	Runs          []Run          `json:"dag_runs"`
	TaskInstances []TaskInstance `json:"task_instances"`
	XComs         []struct {
		Key      string `json:"key"`
		TaskID   string `json:"task_id"`
		MapIndex int    `json:"map_index"`
	} `json:"xcom_entries"`
}

// pageSize is how many entries are asked for at a time; Airflow gives at most 100.
const pageSize = 100

// pages asks for a list, page by page; add returns how many of the list's entries were in a page.
func (c *Client) pages(ctx context.Context, parts []string, query url.Values, add func(*page) int) error {
	if query == nil {
		query = url.Values{}
	}
	for offset := 0; ; {
		query.Set("limit", strconv.Itoa(pageSize))
		query.Set("offset", strconv.Itoa(offset))
		var one page
		if err := c.call(ctx, http.MethodGet, parts, query, nil, &one); err != nil {
			return err
		}
		n := add(&one)
		if offset += n; n == 0 || offset >= one.Total {
			return nil
		}
	}
}
