package local

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// maxMapLength is the default of Airflow's max_map_length: as many items may be mapped over.
const maxMapLength = 1024

// length is the number of instances of a mapped task, or of one in a mapped group; -1 where an output is missing.
func (r *run) length(t *ir.Task) int {
	e := expandOf(t)
	if e.Kwargs != nil {
		return r.lengthOf(e.Kwargs)
	}
	total := 1
	for _, a := range e.Args {
		n := r.lengthOf(a.Value)
		if n < 0 {
			return -1
		}
		total *= n
	}
	return total
}

// expandOf is what a task, or else the mapped group around it, is mapped over; nil: nothing.
func expandOf(t *ir.Task) *ir.Expand {
	if t.Expand != nil {
		return t.Expand
	}
	if g := mappedGroup(t.Group); g != nil {
		return g.Expand
	}
	return nil
}

// mappedGroup is the nearest mapped group from g outwards; nil: none.
func mappedGroup(g *ir.Group) *ir.Group {
	for g != nil && g.Expand == nil {
		g = g.Parent
	}
	return g
}

// lengthOf is the number of items of what is mapped over, as the scheduler of Airflow counts them: an output by what it had
// when it was pushed, one of a mapped task by how many instances have pushed.
func (r *run) lengthOf(v ir.Value) int {
	switch v := v.(type) {
	case *ir.List:
		return len(v.Items)
	case *ir.Map:
		return len(v.Entries)
	case *ir.Output:
		if r.tasks[v.TaskID].Expand != nil {
			return len(r.xcoms.indexes(v.TaskID, keyOf(v)))
		}
		data, ok := r.xcoms.pull(instance{v.TaskID, -1}, keyOf(v))
		if !ok || keyOf(v) != returnValue {
			return -1 // only the return value says how long it is
		}
		return itemsIn(data)
	case *ir.OutputMethod:
		total := r.lengthOf(v.Of)
		if v.Method == "map" {
			return total
		}
		for _, arg := range v.Args {
			n := r.lengthOf(arg)
			switch {
			case n < 0 || total < 0:
				return -1
			case v.Method == "concat":
				total += n
			case v.Fill != nil:
				total = max(total, n)
			default:
				total = min(total, n)
			}
		}
		return total
	}
	return -1
}

const returnValue = "return_value"

func keyOf(v *ir.Output) string {
	if v.Key == "" {
		return returnValue
	}
	return v.Key
}

// itemsIn is the number of items of a list, a tuple or a dict; -1 for anything else.
func itemsIn(data json.RawMessage) int {
	if items, ok := wire.Items(data); ok {
		return len(items)
	}
	if firstByte(data) == '{' && !wire.Object(data) {
		if all, err := members(data); err == nil {
			return len(all)
		}
	}
	return -1
}

func firstByte(data json.RawMessage) byte {
	for _, b := range data {
		if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			return b
		}
	}
	return 0
}

// mappable is the error of a task over whose output another is mapped, if that cannot be done; "": it can.
func (r *run) mappable(t *ir.Task, value json.RawMessage) string {
	if !r.mappedOver[t.ID] || t.Expand != nil {
		return ""
	}
	n := itemsIn(value)
	switch {
	case value == nil || string(value) == "null" || !t.DoXComPush:
		return "XComForMappingNotPushed: the task has pushed no return value, and another task is mapped over it"
	case n < 0:
		return "UnmappableXComTypePushed: another task is mapped over the return value, which is neither a list nor a dict"
	case n > maxMapLength:
		return fmt.Sprintf("UnmappableXComLengthPushed: another task is mapped over the return value, which has %d items; Airflow's max_map_length is %d", n, maxMapLength)
	}
	return ""
}

// mappedOver are the tasks of a pipeline over whose outputs something is mapped. A task of Airflow 2 counts those too that are
// somewhere within an item.
func mappedOver(p *ir.Pipeline, version ir.Version) map[string]bool {
	over := map[string]bool{}
	for _, t := range p.Tasks {
		e := expandOf(t)
		if e == nil {
			continue
		}
		for _, id := range sched.Sources(e) {
			over[id] = true
		}
		if version.Major > 2 {
			continue
		}
		outputsIn(e.Kwargs, over)
		for _, a := range e.Args {
			outputsIn(a.Value, over)
		}
	}
	return over
}

// outputsIn adds the tasks of the outputs that are anywhere in a value.
func outputsIn(v ir.Value, ids map[string]bool) {
	switch v := v.(type) {
	case *ir.Output:
		ids[v.TaskID] = true
	case *ir.List:
		for _, item := range v.Items {
			outputsIn(item, ids)
		}
	case *ir.Map:
		for _, e := range v.Entries {
			outputsIn(e.Value, ids)
		}
	}
}

// fieldsOf are the fields of an operator that may hold outputs.
func fieldsOf(op ir.Op) []*ir.Value {
	switch op := op.(type) {
	case *ir.Bash:
		return []*ir.Value{&op.Command, &op.Env, &op.Cwd}
	}
	return nil
}

// mappableNow tells whether a value is a list or a dict: Airflow renders such a one of a dict of expand_kwargs, and no other.
func mappableNow(v ir.Value) bool {
	switch v.(type) {
	case *ir.List, *ir.Map:
		return true
	}
	return false
}

// items are those of each mapped argument that an instance gets; the last argument changes fastest.
func (r *run) items(tc *task.Context, e *ir.Expand, index int) ([]ir.Value, error) {
	items := make([]ir.Value, len(e.Args))
	for i, a := range slices.Backward(e.Args) {
		n := r.lengthOf(a.Value)
		if n < 1 {
			return nil, fmt.Errorf("what %s is mapped over has no items any more", a.Name)
		}
		item, err := r.item(tc, a.Value, index%n)
		if err != nil {
			return nil, err
		}
		items[i] = item
		index /= n
	}
	return items, nil
}

// item is one of what is mapped over; that of a map is a pair of key and value.
func (r *run) item(tc *task.Context, v ir.Value, index int) (ir.Value, error) {
	switch v := v.(type) {
	case *ir.List, *task.Lazy, *task.Tuple, *task.Object:
		if items, _ := itemsOf(v); index < len(items) {
			return items[index], nil
		}
	case *ir.Map:
		if index < len(v.Entries) {
			e := v.Entries[index]
			return &task.Tuple{List: &ir.List{Items: []ir.Value{e.Key, e.Value}, Span: v.Span}}, nil
		}
	default:
		whole, err := r.output(tc, v)
		if err != nil {
			return nil, err
		}
		item, err := r.item(tc, whole, index)
		if err != nil {
			return nil, err
		}
		return &resolved{value: item}, nil
	}
	return nil, fmt.Errorf("there is no item %d in what is mapped over", index)
}

// render is Renderer.Render of a value of which parts are not to be rendered.
func (r *run) render(ctx context.Context, tc *task.Context, value ir.Value) (ir.Value, error) {
	rendered, err := r.renderer.Render(ctx, tc, value)
	if err != nil {
		return nil, err
	}
	return unwrap(rendered), nil
}

// prepare is render for what the worker gets. What on_execute_callback must not see, a template that fails, is tried before.
func (r *run) prepare(ctx context.Context, tc *task.Context, value ir.Value) (ir.Value, error) {
	if len(callbacksOf(tc.Task.Callbacks, "on_execute_callback")) > 0 {
		if _, err := r.renderer.Render(ctx, tc, value); err != nil {
			return nil, err
		}
	}
	rendered, err := r.renderer.Prepare(ctx, tc, value)
	if err != nil {
		return nil, err
	}
	return unwrap(rendered), nil
}

func exitCodes(v ir.Value) []int64 {
	var codes []int64
	switch v := v.(type) {
	case *ir.Int:
		var n int64
		if _, err := fmt.Sscan(v.Text, &n); err == nil {
			codes = append(codes, n)
		}
	case *ir.List:
		for _, item := range v.Items {
			codes = append(codes, exitCodes(item)...)
		}
	}
	return codes
}
