package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// reply is a message from the Python side of a try.
type reply struct {
	Op, End, Outcome, Error string

	State string  `json:"state"` // that callbacks have given the task instance
	Label string  `json:"label"` // what map_index_template came to
	After float64 `json:"after"` // seconds until a sensor looks again

	TimedOut bool   `json:"timed_out"`
	Pushed   bool   `json:"pushed"`
	Raised   string `json:"raised"`

	Command string                     `json:"command"`
	Environ []string                   `json:"environ"`
	Fields  map[string]json.RawMessage `json:"fields"`
	Left    float64                    `json:"left"`

	Ways *struct {
		Chosen []string `json:"chosen"`
		Ends   bool     `json:"ends"`
	} `json:"ways"`

	Name    string        `json:"name"`
	URI     string        `json:"uri"`
	Alias   string        `json:"alias"`
	Updates []task.Update `json:"updates"`

	RunID  string   `json:"run_id"`
	Tasks  []string `json:"task_ids"` // null: any
	AnyKey bool     `json:"any_key"`
	Prior  bool     `json:"prior"`

	DagID    string            `json:"dag_id"`
	Group    string            `json:"group"`
	Dates    []string          `json:"dates"`
	TaskID   *string           `json:"task_id"`
	MapIndex int               `json:"map_index"`
	Key      string            `json:"key"`
	Value    []json.RawMessage `json:"value"`
	Values   []struct {
		Value []json.RawMessage `json:"value"`
	} `json:"values"`
}

// atOnce is what a pipe or a socket takes without anyone reading, in bytes.
const atOnce = 16 << 10

// talk sends the message and answers the task's questions until its last reply or the end of the process.
func (w *Worker) talk(ctx context.Context, child *child, tc *task.Context, log io.Writer) (*reply, error) {
	if len(child.unsent) > atOnce {
		go func() { _, _ = child.channel.Write(child.unsent) }() // a child that ends early does not read it all
	} else {
		_, _ = child.channel.Write(child.unsent)
	}
	lines := bufio.NewReader(child.channel)
	if child.hello != nil {
		said, err := lines.ReadString('\n')
		child.hello(twoNumbers(said))
		if err != nil {
			return nil, errEndedEarly
		}
	}
	var ended *reply // what the task has come to, while its callbacks are called
	for {
		said, err := lines.ReadBytes('\n')
		if err != nil && ended != nil {
			return ended, nil
		}
		if err != nil {
			return nil, errEndedEarly
		}
		var r reply
		if err := json.Unmarshal(said, &r); err != nil {
			return nil, fmt.Errorf("the task's process wrote something else than an answer: %w", err)
		}
		switch {
		case r.Op == "ended":
			ended = &r
			if _, err := child.channel.Write(w.told(tc, &r)); err != nil {
				return ended, nil
			}
		case r.End != "" && ended != nil:
			if r.Updates != nil {
				ended.Updates = r.Updates // callbacks have added some
			}
			ended.State = r.State
			return ended, nil
		case r.End != "":
			return &r, nil
		case r.Op == "push" && len(r.Value) == 1:
			tc.XComs.Push(r.Key, r.Value[0])
		case r.Op == "deferred", r.Op == "resumed":
			tc.Deferral.Told(r.Op == "deferred")
		default:
			answer, err := w.answer(ctx, child, tc, log, &r)
			if err == nil && answer != nil {
				_, err = child.channel.Write(answer)
			}
			if err != nil {
				return nil, err
			}
		}
	}
}

// answer is the answer to a question of the task, as a line; nil: it is none.
func (w *Worker) answer(ctx context.Context, child *child, tc *task.Context, log io.Writer, r *reply) ([]byte, error) {
	switch r.Op {
	case "indexes":
		return line(append([]int{}, tc.XComs.MapIndexes(*r.TaskID, r.Key)...))
	case "runs":
		return runsOf(ctx, tc, r.DagID, r.Group, r.Dates)
	case "events":
		return eventsOf(ctx, tc, r)
	case "select":
		return selected(ctx, tc, r)
	case "execute":
		return w.execute(ctx, tc, child, log.(*gate), r)
	case "ways":
		result := w.result(tc, &reply{Outcome: "success", Ways: r.Ways})
		return line(map[string]bool{"on": tc.End.GoesOn(&result)})
	case "pull":
		return w.pulled(tc, r), nil
	case "task":
		return w.described(*r.TaskID), nil
	}
	return nil, nil
}

// line is a value as a line of JSON.
func line(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	return append(data, '\n'), err
}

func (w *Worker) pulled(tc *task.Context, r *reply) []byte {
	answer := struct {
		Found  bool            `json:"found"`
		Value  json.RawMessage `json:"value,omitempty"`
		Marked bool            `json:"marked,omitempty"` // whether it is more than JSON
	}{}
	if value, ok := tc.XComs.Pull(*r.TaskID, r.MapIndex, r.Key); ok {
		answer.Found, answer.Value, answer.Marked = true, value, wire.Marked(value)
	}
	data, err := json.Marshal(answer)
	if err != nil {
		data = []byte(`{"found":false}`)
	}
	return append(data, '\n')
}
