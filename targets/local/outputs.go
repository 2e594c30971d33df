package local

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// resolved is a value that nobody renders: it came from an output, or from what a group is mapped over.
type resolved struct {
	*ir.Null // what a Value must be
	value    ir.Value
}

// Pos implements ir.Value.
func (v *resolved) Pos() ir.Span { return v.value.Pos() }

// resolve replaces outputs and parameters of mapped groups, at any depth, by what they hold.
func (r *run) resolve(tc *task.Context, v ir.Value) (ir.Value, error) {
	switch v := v.(type) {
	case *task.Tuple:
		list, err := r.resolve(tc, v.List)
		if err != nil {
			return nil, err
		}
		return &task.Tuple{List: list.(*ir.List)}, nil
	case *ir.List:
		list := &ir.List{Items: make([]ir.Value, len(v.Items)), Span: v.Span}
		for i, item := range v.Items {
			var err error
			if list.Items[i], err = r.resolve(tc, item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *ir.Map:
		m := &ir.Map{Entries: make([]ir.Entry, len(v.Entries)), Span: v.Span}
		for i, e := range v.Entries {
			value, err := r.resolve(tc, e.Value)
			if err != nil {
				return nil, err
			}
			m.Entries[i] = ir.Entry{Key: e.Key, Value: value}
		}
		return m, nil
	case *ir.Output, *ir.OutputMethod, *ir.MappedParam:
		if one, ok := v.(*ir.Output); ok && tc.Call != nil && r.tasks[one.TaskID].Expand == nil && mappedGroup(r.tasks[one.TaskID].Group) == nil {
			return v, nil // the worker asks for it
		}
		value, err := r.output(tc, v)
		if err != nil {
			return nil, err
		}
		return &resolved{value: value}, nil
	}
	return v, nil
}

// output is what an output, or a parameter of a mapped group, holds for a task instance.
func (r *run) output(tc *task.Context, v ir.Value) (ir.Value, error) {
	switch v := v.(type) {
	case *ir.Output:
		return r.pulled(tc, v)
	case *ir.OutputMethod:
		return r.combined(tc, v)
	case *ir.MappedParam:
		return r.parameter(tc, v)
	}
	return v, nil
}

// pulled is the value of an output: of a mapped task, a list of what its instances have pushed; within a mapped group, that of
// the instance with the same map_index.
func (r *run) pulled(tc *task.Context, v *ir.Output) (ir.Value, error) {
	source := r.tasks[v.TaskID]
	key := keyOf(v)
	group := mappedGroup(source.Group)
	all := source.Expand != nil || group != nil && group != mappedGroup(tc.Task.Group)
	if !all {
		index := -1
		if group != nil {
			index = tc.MapIndex
		}
		data, ok := r.xcoms.pull(instance{v.TaskID, index}, key)
		switch {
		case ok:
			return valueOf(data)
		case key == returnValue:
			return &ir.Null{}, nil
		}
		return nil, fmt.Errorf("XComNotFound: the task %q has pushed nothing under the key %q", v.TaskID, key)
	}
	list := &ir.List{}
	for _, index := range r.xcoms.indexes(v.TaskID, key) {
		data, _ := r.xcoms.pull(instance{v.TaskID, index}, key)
		item, err := valueOf(data)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
	// Airflow 2 has None where nothing was pushed, and 3 pulls the tasks of a mapped group as xcom_pull does.
	switch scalar := r.shared.Version.Major > 2 && source.Expand == nil; {
	case len(list.Items) == 0 && (scalar || r.shared.Version.Major == 2):
		return &ir.Null{}, nil
	case len(list.Items) == 1 && scalar:
		return list.Items[0], nil
	case scalar:
		return list, nil
	}
	class := "LazyXComSequence"
	if r.shared.Version.Major == 2 {
		class = "LazyXComSelectSequence"
	}
	return &task.Lazy{List: list, Class: class}, nil
}

// combined is what a method makes of outputs.
func (r *run) combined(tc *task.Context, v *ir.OutputMethod) (ir.Value, error) {
	parts := []ir.Value{v.Of}
	if v.Method != "map" {
		parts = append(parts, v.Args...)
	}
	columns := make([][]ir.Value, len(parts))
	for i, part := range parts {
		whole, err := r.output(tc, part)
		if err != nil {
			return nil, err
		}
		switch whole := whole.(type) {
		case *ir.List, *task.Lazy, *task.Tuple, *task.Object:
			items, ok := itemsOf(whole)
			if !ok {
				return nil, fmt.Errorf("ValueError: XCom %s expects sequence or dict, not %s", v.Method, pythonType(whole))
			}
			columns[i] = items
		case *ir.Map:
			for _, e := range whole.Entries {
				if v.Method == "concat" {
					columns[i] = append(columns[i], e.Key)
					continue
				}
				// Airflow asks a dict for the item under each number, which a dict of JSON has not.
				switch {
				case v.Method == "map":
					return nil, fmt.Errorf("KeyError: 0: XCom %s looks up the items of a dict by their numbers", v.Method)
				case v.Fill == nil:
					columns[i] = append(columns[i], &task.Object{Wire: json.RawMessage(`{"~": ["not_set", null]}`)})
				default:
					columns[i] = append(columns[i], v.Fill)
				}
			}
		default:
			return nil, fmt.Errorf("ValueError: XCom %s expects sequence or dict, not %s", v.Method, pythonType(whole))
		}
	}
	list := &ir.List{Span: v.Span}
	switch v.Method {
	case "map":
		for _, item := range columns[0] {
			list.Items = append(list.Items, &task.Applied{Func: v.Args[0], Item: item})
		}
	case "concat":
		for _, column := range columns {
			list.Items = append(list.Items, column...)
		}
	case "zip":
		for row := 0; ; row++ {
			missing := 0
			tuple := &task.Tuple{List: &ir.List{}}
			for _, column := range columns {
				if row < len(column) {
					tuple.Items = append(tuple.Items, column[row])
					continue
				}
				missing++
				tuple.Items = append(tuple.Items, v.Fill)
			}
			if missing == len(columns) || missing > 0 && v.Fill == nil {
				break
			}
			list.Items = append(list.Items, tuple)
		}
	}
	return list, nil
}

// parameter is what a parameter of a mapped group is in the instance of the task.
func (r *run) parameter(tc *task.Context, v *ir.MappedParam) (ir.Value, error) {
	group := mappedGroup(tc.Task.Group)
	e := group.Expand
	if e.Kwargs == nil {
		items, err := r.items(tc, e, tc.MapIndex)
		if err != nil {
			return nil, err
		}
		for i, a := range e.Args {
			if a.Name == v.Name {
				return r.bare(tc, items[i])
			}
		}
	} else {
		item, err := r.item(tc, e.Kwargs, tc.MapIndex)
		if err == nil {
			item, err = r.bare(tc, item)
		}
		if err != nil {
			return nil, err
		}
		set, ok := item.(*ir.Map)
		if !ok {
			return nil, fmt.Errorf("ValueError: expand_kwargs() expects a list of dicts, not of %s", pythonType(item))
		}
		for _, entry := range set.Entries {
			if name, ok := entry.Key.(*ir.String); ok && name.V == v.Name {
				return entry.Value, nil
			}
		}
	}
	return nil, fmt.Errorf("KeyError: the group %q is mapped over nothing named %q here", v.Group, v.Name)
}

// bare is a value without marks, outputs in it replaced.
func (r *run) bare(tc *task.Context, v ir.Value) (ir.Value, error) {
	v, err := r.resolve(tc, v)
	return unwrap(v), err
}

// unwrap takes off the marks that kept a value from being rendered.
func unwrap(v ir.Value) ir.Value {
	switch v := v.(type) {
	case *resolved:
		return unwrap(v.value)
	case *task.Tuple:
		if list := unwrap(v.List); list != ir.Value(v.List) {
			return &task.Tuple{List: list.(*ir.List)}
		}
	case *ir.List:
		for i := range v.Items {
			if one := unwrap(v.Items[i]); one != v.Items[i] {
				list := &ir.List{Items: slices.Clone(v.Items), Span: v.Span}
				for j := range list.Items {
					list.Items[j] = unwrap(list.Items[j])
				}
				return list
			}
		}
	case *ir.Map:
		for i := range v.Entries {
			if one := unwrap(v.Entries[i].Value); one != v.Entries[i].Value {
				m := &ir.Map{Entries: slices.Clone(v.Entries), Span: v.Span}
				for j := range m.Entries {
					m.Entries[j].Value = unwrap(m.Entries[j].Value)
				}
				return m
			}
		}
	}
	return v
}

// pythonType names the type that a value has in Python.
func pythonType(v ir.Value) string {
	switch v := v.(type) {
	case *ir.Null:
		return "NoneType"
	case *ir.Bool:
		return "bool"
	case *ir.Int:
		return "int"
	case *ir.Float:
		return "float"
	case *ir.List:
		return "list"
	case *ir.Map:
		return "dict"
	case *task.Tuple:
		return "tuple"
	case *task.Lazy:
		return v.Class
	case *task.Object:
		return wire.TypeOf(v.Wire)
	}
	return "str"
}

// usesOutputs are the tasks of a pipeline whose operators hold outputs or parameters of a mapped group.
func usesOutputs(p *ir.Pipeline) map[string]bool {
	uses := map[string]bool{}
	for _, t := range p.Tasks {
		for _, field := range fieldsOf(t.Op) {
			if holdsOutput(*field) || objectIn(*field) != nil {
				uses[t.ID] = true
			}
		}
	}
	return uses
}

func holdsOutput(v ir.Value) bool {
	switch v := v.(type) {
	case *task.Tuple:
		return holdsOutput(v.List)
	case *ir.List:
		return slices.ContainsFunc(v.Items, holdsOutput)
	case *ir.Map:
		return slices.ContainsFunc(v.Entries, func(e ir.Entry) bool { return holdsOutput(e.Value) })
	}
	return isOutput(v)
}

func isOutput(v ir.Value) bool {
	switch v.(type) {
	case *ir.Output, *ir.OutputMethod, *ir.MappedParam:
		return true
	}
	return false
}
