package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/jinja"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// Field is a template field of a task as a run would see it.
type Field struct {
	Name string
	Text string // a string as it is, anything else as JSON, or as Python shows it where it holds an object that JSON has not
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
		return nil, selectionErrorf("%q has no task %q%s", pipeline.ID, taskID, diag.Meant(taskID, taskIDs(pipeline)))
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
	if result := r.unmapped(ctx, tc); result.Outcome != task.Succeeded {
		return nil, errors.New(result.Error)
	}
	names := node.TemplateFields
	if _, decorated := node.Op.(*ir.Decorated); decorated && len(names) == 0 {
		names = []string{"op_args", "op_kwargs"}
	}
	if tc.Call != nil {
		tc.Fields = asked(tc.Call)
	} else {
		for _, name := range names {
			tc.Fields = append(tc.Fields, ir.Arg{Name: name, Value: unwrap(fieldOf(tc, name))})
		}
	}
	for _, name := range names {
		value := fieldOf(tc, name)
		if isNone(value) {
			continue
		}
		rendered, err := r.render(ctx, tc, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if a := ir.Lookup(tc.Fields, name); a != nil {
			a.Value = rendered
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

// shown is a rendered value as text: as JSON, or where it holds what JSON has not, as Python shows it.
func shown(value ir.Value) (string, error) {
	if holdsObject(value) {
		return pythonRepr(value)
	}
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

// holdsObject tells whether a value holds anything that JSON has not.
func holdsObject(value ir.Value) bool {
	switch v := value.(type) {
	case *task.Object, *task.Tuple, *ir.Call, *ir.PyRef, *ir.Function, *ir.Lambda, *ir.Duration, *ir.Time:
		return true
	case *ir.List:
		return slices.ContainsFunc(v.Items, holdsObject)
	case *ir.Map:
		return slices.ContainsFunc(v.Entries, func(e ir.Entry) bool { return holdsObject(e.Value) })
	}
	return false
}

// pythonRepr is a value as Python shows it.
func pythonRepr(value ir.Value) (string, error) {
	all := func(values ...ir.Value) (texts []string, err error) {
		for _, one := range values {
			text, err := pythonRepr(one)
			if err != nil {
				return nil, err
			}
			texts = append(texts, text)
		}
		return texts, nil
	}
	switch v := value.(type) {
	case *task.Object:
		return jinja.Repr(v.Wire)
	case *task.Lazy: // what is in it tells more than its name
		return pythonRepr(v.List)
	case *task.Tuple:
		texts, err := all(v.Items...)
		if len(texts) == 1 {
			texts = append(texts, "")
		}
		return "(" + strings.TrimSuffix(strings.Join(texts, ", "), " ") + ")", err
	case *ir.Call: // what it makes, only the task makes
		function, err := pythonRepr(v.Func)
		if err != nil {
			return "", err
		}
		texts, err := all(v.Args...)
		for _, a := range v.Kwargs {
			text, err := pythonRepr(a.Value)
			if err != nil {
				return "", err
			}
			texts = append(texts, a.Name+"="+text)
		}
		return function + "(" + strings.Join(texts, ", ") + ")", err
	case *ir.PyRef:
		return v.Module + "." + v.Name, nil
	case *ir.Function:
		return v.Name, nil
	case *ir.Lambda:
		return v.Text, nil
	case *ir.Duration:
		return fmt.Sprintf("timedelta(seconds=%s)", task.FloatText(v.Seconds())), nil
	case *ir.Time:
		if v.DateOnly {
			return fmt.Sprintf("date(%d, %d, %d)", v.Year, v.Month, v.Day), nil
		}
		return fmt.Sprintf("datetime(%d, %d, %d, %d, %d, %d, %d, %q)", v.Year, v.Month, v.Day, v.Hour, v.Minute, v.Second, v.Microsecond, v.Zone), nil
	case *ir.List:
		texts, err := all(v.Items...)
		return "[" + strings.Join(texts, ", ") + "]", err
	case *ir.Map:
		var pairs []string
		for _, e := range v.Entries {
			texts, err := all(e.Key, e.Value)
			if err != nil {
				return "", err
			}
			pairs = append(pairs, texts[0]+": "+texts[1])
		}
		return "{" + strings.Join(pairs, ", ") + "}", nil
	}
	data, err := jsonOf(value)
	if err != nil {
		return "", err
	}
	return jinja.Repr(data)
}
