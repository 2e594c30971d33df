package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// Field is a template field of a task as a run would see it.
type Field struct {
	Name string
	Text string // a string as it is, anything else as JSON
}

// Render renders the template fields of a task as a run with the given options would in its first try, without running
// anything. The XComs are those of the newest run of the DAG. PreRun must have been called.
func (t *Target) Render(ctx context.Context, pipeline *ir.Pipeline, taskID string, mapIndex int, options target.RunOptions) (fields []Field, err error) {
	if t.store == nil {
		return nil, errors.New("PreRun has not been called")
	}
	if pipeline, err = withEnvironment(standIns(pipeline), t.options.Environ); err != nil {
		return nil, err
	}
	r, err := t.newRun(pipeline, options)
	if err != nil {
		return nil, err
	}
	node := r.tasks[taskID]
	switch {
	case node == nil:
		return nil, selectionErrorf("%q has no task %q", pipeline.ID, taskID)
	case (node.Expand != nil || mappedGroup(node.Group) != nil) != (mapIndex >= 0):
		if mapIndex < 0 {
			return nil, selectionErrorf("task %q is mapped: name one of its instances, such as %s[0]", taskID, taskID)
		}
		return nil, selectionErrorf("task %q is not mapped", taskID)
	}
	name := options.RunName
	if name == "" {
		name = "manual__" + store.Date(r.shared.LogicalDate)
	}
	r.identify(name, 0)
	newest, err := t.store.Find(ctx, pipeline.ID, "")
	if err != nil {
		return nil, err
	}
	if newest != nil {
		pushed, err := t.store.XComs(ctx, newest.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range pushed {
			r.xcoms.take(x)
		}
	}
	if err := r.findLastSuccess(ctx); err != nil {
		return nil, err
	}
	if err := process.Enter(); err != nil {
		return nil, err
	}
	stop, err := r.startPython(ctx)
	defer func() { err = errors.Join(err, stop(), process.Leave(r.shared.Grace)) }()
	if err != nil {
		return nil, err
	}
	tc := &task.Context{
		Run: r.shared, Task: node, MapIndex: mapIndex, Try: 1, StartDate: time.Now(), Params: r.params.of(node),
		XComs: &taskXComs{all: r.xcoms, own: instance{taskID, mapIndex}}, Environ: append(r.environ[:len(r.environ):len(r.environ)], contextVars(r.shared, node, 1)...), Log: io.Discard,
	}
	if tc.Task, err = r.unmapped(tc); err != nil {
		return nil, err
	}
	for _, name := range node.TemplateFields {
		value := fieldOf(tc, name)
		if isNone(value) {
			continue
		}
		rendered, err := r.render(ctx, tc, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		text, err := shown(rendered)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields = append(fields, Field{name, text})
	}
	return fields, nil
}

// fieldOf is the value of a template field; nil where it is not given.
func fieldOf(tc *task.Context, name string) ir.Value {
	if op, ok := tc.Task.Op.(*ir.Bash); ok {
		switch name {
		case "bash_command":
			return op.Command
		case "env":
			return op.Env
		case "cwd":
			return op.Cwd
		}
	}
	if tc.Call == nil {
		return nil
	}
	switch name {
	case "op_args":
		return tc.Call.OpArgs
	case "op_kwargs":
		return tc.Call.OpKwargs
	case "templates_dict":
		return tc.Call.TemplatesDict
	}
	return tc.Call.Option(name)
}

// shown is a rendered value as text.
func shown(value ir.Value) (string, error) {
	data, err := jsonOf(value)
	if err != nil {
		return "", err
	}
	var text string
	if isText(data) && json.Unmarshal(data, &text) == nil {
		return text, nil
	}
	return string(data), nil
}
