package target

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"slices"
)

// ErrDuplicateRun says that a run of that name exists already.
var ErrDuplicateRun = errors.New("duplicate run name")

// State is the state of a task instance or of a run, by Airflow's name; "" is Airflow's None.
type State string

// The states that a task instance can end a run in, and those on the way.
const (
	None            State = ""
	Scheduled       State = "scheduled"
	Running         State = "running"
	Success         State = "success"
	Failed          State = "failed"
	Skipped         State = "skipped"
	UpstreamFailed  State = "upstream_failed"
	Removed         State = "removed"
	UpForRetry      State = "up_for_retry"
	UpForReschedule State = "up_for_reschedule"
)

// Finished tells whether a task instance in this state is done.
func (s State) Finished() bool {
	switch s {
	case Success, Failed, Skipped, UpstreamFailed, Removed:
		return true
	}
	return false
}

// Record is what a run came to: final states, tries and XComs. It is the same JSON that is recorded from real Airflow.
type Record struct {
	DagID       string       `json:"dag_id"`
	LogicalDate string       `json:"logical_date"` // RFC 3339 with an offset: 2026-01-02T00:00:00+00:00
	State       State        `json:"state"`
	Tasks       []TaskRecord `json:"tasks"`
	XComs       []XComRecord `json:"xcoms"`
}

// TaskRecord is one task instance of a Record.
type TaskRecord struct {
	TaskID    string `json:"task_id"`
	MapIndex  int    `json:"map_index"`
	State     State  `json:"state"`      // null in JSON for None
	TryNumber int    `json:"try_number"` // of the last try; 0 for what never ran
}

// XComRecord is one XCom of a Record.
type XComRecord struct {
	TaskID   string          `json:"task_id"`
	MapIndex int             `json:"map_index"`
	Key      string          `json:"key"`
	Value    json.RawMessage `json:"value"`
}

// MarshalJSON writes None as null.
func (s State) MarshalJSON() ([]byte, error) {
	if s == None {
		return []byte("null"), nil
	}
	return json.Marshal(string(s))
}

// UnmarshalJSON reads null as None.
func (s *State) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*s = None
	if text != nil {
		*s = State(*text)
	}
	return nil
}

// Sort puts tasks and XComs in the record's order.
func (r *Record) Sort() {
	slices.SortFunc(r.Tasks, func(a, b TaskRecord) int {
		return cmp.Or(cmp.Compare(a.TaskID, b.TaskID), cmp.Compare(a.MapIndex, b.MapIndex))
	})
	slices.SortFunc(r.XComs, func(a, b XComRecord) int {
		return cmp.Or(cmp.Compare(a.TaskID, b.TaskID), cmp.Compare(a.MapIndex, b.MapIndex), cmp.Compare(a.Key, b.Key))
	})
}

// Encode is the record as JSON, sorted (keys of objects in XComs too), one task and one XCom a line, with a final newline: the form in which records are kept.
func (r *Record) Encode() ([]byte, error) {
	r.Sort()
	var out bytes.Buffer
	value := func(v any) error {
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		err := enc.Encode(v)
		out.Truncate(max(out.Len()-1, 0)) // the newline that Encode adds
		return err
	}
	var errs []error
	for _, field := range []struct {
		name  string
		value any
	}{{"{\n  \"dag_id\": ", r.DagID}, {",\n  \"logical_date\": ", r.LogicalDate}, {",\n  \"state\": ", r.State}} {
		out.WriteString(field.name)
		errs = append(errs, value(field.value))
	}
	list := func(name string, length int, item func(int) any) {
		out.WriteString(",\n  \"" + name + "\": [")
		for i := range length {
			out.WriteString(separators[min(i, 1)])
			errs = append(errs, value(item(i)))
		}
		if length > 0 {
			out.WriteString("\n  ")
		}
		out.WriteString("]")
	}
	list("tasks", len(r.Tasks), func(i int) any { return r.Tasks[i] })
	list("xcoms", len(r.XComs), func(i int) any {
		x := r.XComs[i]
		var err error
		x.Value, err = canonical(x.Value)
		errs = append(errs, err)
		return x
	})
	out.WriteString("\n}\n")
	return out.Bytes(), errors.Join(errs...)
}

// canonical is a JSON value with the keys of objects sorted and no escape that is not needed; numbers stay as they are written.
func canonical(raw json.RawMessage) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSpace(out.Bytes()), err
}

// separators stand before the first item of a list and before the others.
var separators = [2]string{"\n    ", ",\n    "}
