package rest

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// DAG is what an Airflow knows of a DAG.
type DAG struct {
	DagID     string `json:"dag_id"`
	IsPaused  bool   `json:"is_paused"`
	IsStale   bool   `json:"is_stale"`  // Airflow 3: its file is gone
	IsActive  *bool  `json:"is_active"` // Airflow 2: false where its file is gone
	File      string `json:"fileloc"`
	FileToken string `json:"file_token"`
	Parsed    string `json:"last_parsed_time"`
}

// Gone tells that the DAG's file is not there any more.
func (d *DAG) Gone() bool { return d.IsStale || d.IsActive != nil && !*d.IsActive }

// DAG asks for one DAG; nil where the Airflow knows none of this id.
func (c *Client) DAG(ctx context.Context, id string) (*DAG, error) {
	var d DAG
	err := c.call(ctx, http.MethodGet, []string{"dags", id}, nil, nil, &d)
	if IsStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// Source is the text of a DAG's file as the Airflow has read it last; "" where it has read none.
func (c *Client) Source(ctx context.Context, d *DAG) (string, error) {
	key := d.FileToken
	if c.version.Major >= 3 {
		key = d.DagID
	}
	var text string
	err := c.call(ctx, http.MethodGet, []string{"dagSources", key}, nil, nil, &text)
	if IsStatus(err, http.StatusNotFound) {
		return "", nil
	}
	return text, err
}

// Reparse asks Airflow 3 to read a DAG's file now; Airflow 2 cannot be asked.
func (c *Client) Reparse(ctx context.Context, d *DAG) error {
	if c.version.Major < 3 || d.FileToken == "" {
		return nil
	}
	err := c.call(ctx, http.MethodPut, []string{"parseDagFile", d.FileToken}, nil, nil, nil)
	if IsStatus(err, http.StatusConflict) {
		return nil // it is about to
	}
	return err
}

// Task is a task of a DAG as the Airflow has it.
type Task struct {
	TaskID     string   `json:"task_id"`
	Downstream []string `json:"downstream_task_ids"`
	Class      struct {
		Name string `json:"class_name"`
	} `json:"class_ref"`
	Trigger string `json:"trigger_rule"`
}

// Tasks are the tasks of a DAG.
func (c *Client) Tasks(ctx context.Context, dagID string) ([]Task, error) {
	var answer struct {
		Tasks []Task `json:"tasks"`
	}
	err := c.call(ctx, http.MethodGet, []string{"dags", dagID, "tasks"}, nil, nil, &answer)
	return answer.Tasks, err
}

// Unpause lets the scheduler start tasks of a DAG's runs.
func (c *Client) Unpause(ctx context.Context, dagID string) error {
	return c.call(ctx, http.MethodPatch, []string{"dags", dagID}, url.Values{"update_mask": {"is_paused"}}, map[string]bool{"is_paused": false}, nil)
}

// ImportError is why a DAG file could not be read.
type ImportError struct {
	File string    `json:"filename"`
	Text string    `json:"stack_trace"`
	At   time.Time `json:"timestamp"`
}

// ImportErrors are those of all files.
func (c *Client) ImportErrors(ctx context.Context) ([]ImportError, error) {
	var all []ImportError
	err := c.pages(ctx, []string{"importErrors"}, nil, func(page *page) int {
		all = append(all, page.ImportErrors...)
		return len(page.ImportErrors)
	})
	return all, err
}

// Health is how the parts of an Airflow are: "healthy", "unhealthy", or "" where it has no such part.
type Health struct {
	Database, Scheduler, Processor, Triggerer string
}

// Health asks how the parts of the Airflow are.
func (c *Client) Health(ctx context.Context) (Health, error) {
	type part struct {
		Status *string `json:"status"`
	}
	var answer struct {
		Database  part `json:"metadatabase"`
		Scheduler part `json:"scheduler"`
		Processor part `json:"dag_processor"`
		Triggerer part `json:"triggerer"`
	}
	parts := []string{"health"}
	if c.version.Major >= 3 {
		parts = []string{"monitor", "health"}
	}
	err := c.call(ctx, http.MethodGet, parts, nil, nil, &answer)
	text := func(p part) string {
		if p.Status == nil {
			return ""
		}
		return *p.Status
	}
	return Health{text(answer.Database), text(answer.Scheduler), text(answer.Processor), text(answer.Triggerer)}, err
}
