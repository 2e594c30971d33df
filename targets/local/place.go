package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// placing gives a task instance what it is mapped over.
type placing struct {
	run       *run
	tc        *task.Context
	own       *ir.Task // the instance's
	decorated bool     // arguments are those of a function
	defaults  *ir.Map  // default_args, which come after all others
}

// unmapped makes the context's task that of its instance: the mapped arguments in their places, outputs replaced by what they hold,
// objects made. What is called for it comes into the context. The result is a success, or how the try ends.
func (r *run) unmapped(ctx context.Context, tc *task.Context) task.Result {
	err := r.unmap(ctx, tc)
	if ended := (*endedError)(nil); errors.As(err, &ended) {
		return ended.result
	}
	if err != nil {
		return task.Result{Error: err.Error()}
	}
	return task.Result{Outcome: task.Succeeded}
}

// endedError is the end of a try whose arguments could not be made.
type endedError struct{ result task.Result }

func (e *endedError) Error() string { return e.result.Error }

func (r *run) unmap(ctx context.Context, tc *task.Context) error {
	t := tc.Task
	tc.Call = task.CallOf(r.pipeline, t)
	if tc.Call == nil && t.Expand == nil && !r.usesOutputs[t.ID] {
		return nil
	}
	own := *t
	if op, ok := t.Op.(*ir.Bash); ok {
		one := *op
		own.Op = &one
	}
	if t.Expand != nil {
		p := &placing{run: r, tc: tc, own: &own}
		if err := p.all(ctx, t.Expand); err != nil {
			return err
		}
	}
	tc.Task = &own
	if tc.Call != nil {
		return r.completeCall(ctx, tc)
	}
	if op, ok := own.Op.(*ir.Bash); ok && isOutput(op.Command) && r.shared.Version.AtLeast(2, 10) && r.shared.Version.Major == 2 {
		return fmt.Errorf("AirflowException: BashOperator of Airflow %s takes no output as its command", r.shared.Version)
	}
	for _, field := range fieldsOf(own.Op) {
		if *field == nil {
			continue
		}
		value, err := r.resolve(tc, *field)
		if err == nil {
			value, err = r.made(ctx, tc, value)
		}
		if err != nil {
			return err
		}
		*field = value
	}
	return nil
}

// all gives the items of what a task is mapped over to the arguments of its instance.
func (p *placing) all(ctx context.Context, e *ir.Expand) error {
	r := p.run
	_, p.decorated = p.own.Op.(*ir.Decorated)
	if p.decorated && r.shared.Version.Major < 3 {
		for _, a := range task.Defaults(r.pipeline, p.own) {
			if catalog.OperatorArg(a.Name) == nil {
				return fmt.Errorf("TypeError: Airflow 2 gives a mapped decorated task all default_args, and %s is no argument of an operator", a.Name)
			}
		}
	}
	var given []string
	place := func(name string, value ir.Value) error {
		given = append(given, name)
		return p.one(ctx, name, value)
	}
	if err := p.each(ctx, e, place); err != nil || p.defaults == nil {
		return err
	}
	for _, entry := range p.defaults.Entries {
		name, ok := entry.Key.(*ir.String)
		if !ok || p.lacks(name.V) || slices.Contains(given, name.V) || ir.Lookup(p.own.Args, name.V) != nil || ir.Lookup(task.Defaults(r.pipeline, p.own), name.V) != nil {
			continue
		}
		if err := p.one(ctx, name.V, entry.Value); err != nil {
			return err
		}
	}
	return nil
}

// each calls place with the name of each mapped argument and the instance's value.
func (p *placing) each(ctx context.Context, e *ir.Expand, place func(name string, value ir.Value) error) error {
	r, tc := p.run, p.tc
	if e.Kwargs == nil {
		items, err := r.items(tc, e, tc.MapIndex)
		if err != nil {
			return err
		}
		for i, a := range e.Args {
			if err := place(a.Name, items[i]); err != nil {
				return err
			}
		}
		return nil
	}
	item, err := r.item(tc, e.Kwargs, tc.MapIndex)
	if _, applied := unwrap(item).(*task.Applied); err == nil && applied {
		item, err = r.made(ctx, tc, item)
	}
	if err != nil {
		return err
	}
	plain := item
	if done, ok := item.(*resolved); ok {
		plain = done.value
	}
	set, ok := plain.(*ir.Map)
	if !ok {
		return fmt.Errorf("ValueError: expand_kwargs() expects a list of dicts, not of %s", pythonType(plain))
	}
	for _, entry := range set.Entries {
		name, ok := entry.Key.(*ir.String)
		if !ok {
			return errors.New("ValueError: expand_kwargs() input dict keys must all be str")
		}
		value := entry.Value
		if plain != item && !mappableNow(value) {
			value = &resolved{value: value}
		}
		if err := place(name.V, value); err != nil {
			return err
		}
	}
	return nil
}

// one gives an argument of the instance a value.
func (p *placing) one(ctx context.Context, name string, value ir.Value) error {
	call := p.tc.Call
	if p.decorated {
		kwargs := &ir.Map{}
		if old, ok := call.OpKwargs.(*ir.Map); ok {
			kwargs.Entries = slices.Clone(old.Entries)
		}
		kwargs.Entries = append(kwargs.Entries, ir.Entry{Key: &ir.String{V: name}, Value: value})
		call.OpKwargs = kwargs
		return nil
	}
	if catalog.OperatorArg(name) != nil || name == "output_processor" {
		return p.ofEvery(ctx, name, value)
	}
	if p.lacks(name) {
		return fmt.Errorf("TypeError: %s has no argument %q", p.own.Class.Name, name)
	}
	if call != nil {
		placeInCall(p.own, call, name, value)
		return nil
	}
	value, err := p.run.made(ctx, p.tc, value)
	if err != nil {
		return err
	}
	return place(p.own.Op, name, value)
}

// lacks tells whether the operator is known to have no argument of a name, neither of its own nor as every operator.
func (p *placing) lacks(name string) bool {
	if p.decorated || catalog.OperatorArg(name) != nil {
		return false
	}
	takes := catalog.SignatureOf(p.own.Class.Path(), p.run.shared.Version)
	return takes != nil && !takes.Has(name)
}

// ofEvery gives an argument that every operator has its value. Airflow takes those that are not named here for the whole task, or from no
// instance.
func (p *placing) ofEvery(ctx context.Context, name string, value ir.Value) error {
	switch name {
	case "pre_execute", "post_execute", "output_processor":
		p.own.Args = slices.Clone(p.own.Args)
		if a := ir.Lookup(p.own.Args, name); a != nil {
			a.Value = unwrap(value)
		} else {
			p.own.Args = append(p.own.Args, ir.Arg{Name: name, Value: unwrap(value)})
		}
		return nil
	case "pool":
		if s, ok := unwrap(value).(*ir.String); ok {
			p.own.Limits.Pool = s.V // for templates: the slots are those of the whole task's
		}
		return nil
	case "do_xcom_push", "multiple_outputs", "params", "default_args":
	default:
		if !catalog.Mappable(name, p.run.shared.Version) {
			return fmt.Errorf("TypeError: the argument %q of %s is unmappable", name, p.own.Class.Name)
		}
		return nil
	}
	value, err := p.run.made(ctx, p.tc, value)
	if err != nil {
		return err
	}
	value = unwrap(value)
	switch name {
	case "do_xcom_push":
		p.own.DoXComPush = truth(value)
	case "multiple_outputs":
		p.own.MultipleOut = truth(value)
	case "params":
		data, err := jsonOf(value)
		if err != nil {
			return err
		}
		conf := p.run.shared.Conf
		if !overridesParams(p.run.environ) {
			conf = json.RawMessage("{}")
		}
		p.tc.Params, err = p.run.params.with(data, conf)
		return err
	case "default_args":
		p.defaults, _ = value.(*ir.Map)
	}
	return nil
}

// truth tells whether Python takes a value for true.
func truth(v ir.Value) bool {
	switch v := v.(type) {
	case *ir.Null:
		return false
	case *ir.Bool:
		return v.V
	case *ir.Int:
		return v.Text != "0" && v.Text != "-0"
	case *ir.Float:
		return v.V != 0
	case *ir.String:
		return v.V != ""
	case *ir.List:
		return len(v.Items) > 0
	case *ir.Map:
		return len(v.Entries) > 0
	}
	return v != nil
}

// made is a value whose objects Python has made: what functions give for items of what is mapped over, and calls.
func (r *run) made(ctx context.Context, tc *task.Context, v ir.Value) (ir.Value, error) {
	switch v := v.(type) {
	case *resolved:
		value, err := r.made(ctx, tc, v.value)
		if err != nil || value == v.value {
			return v, err
		}
		return &resolved{value: value}, nil
	case *ir.List:
		var own *ir.List
		for i, item := range v.Items {
			one, err := r.made(ctx, tc, item)
			if err != nil {
				return nil, err
			}
			if one != item {
				if own == nil {
					own = &ir.List{Items: slices.Clone(v.Items), Span: v.Span}
				}
				own.Items[i] = one
			}
		}
		if own != nil {
			return own, nil
		}
	case *task.Tuple:
		list, err := r.made(ctx, tc, v.List)
		if err != nil || list == v.List {
			return v, err
		}
		return &task.Tuple{List: list.(*ir.List)}, nil
	case *ir.Map:
		var own *ir.Map
		for i, e := range v.Entries {
			one, err := r.made(ctx, tc, e.Value)
			if err != nil {
				return nil, err
			}
			if one != e.Value {
				if own == nil {
					own = &ir.Map{Entries: slices.Clone(v.Entries), Span: v.Span}
				}
				own.Entries[i].Value = one
			}
		}
		if own != nil {
			return own, nil
		}
	case *task.Applied:
		return r.make(ctx, tc, &task.Applied{Func: v.Func, Item: unwrap(v.Item)})
	case *ir.Call, *ir.Function, *ir.Lambda:
		return r.make(ctx, tc, v)
	}
	return v, nil
}

// make has Python make an object, of which JSON must say all.
func (r *run) make(ctx context.Context, tc *task.Context, v ir.Value) (ir.Value, error) {
	own, node := *tc, *tc.Task
	node.DoXComPush, node.MultipleOut = true, false
	own.Task, own.Call = &node, &task.Call{Work: task.Make, OpArgs: &ir.List{Items: []ir.Value{v}}}
	result := r.python.RunTask(ctx, &own)
	if result.Outcome != task.Succeeded {
		return nil, &endedError{result}
	}
	if result.Return == nil {
		return &ir.Null{}, nil
	}
	return valueOf(result.Return)
}

// placeInCall gives an argument of an operator that a call stands for a value.
func placeInCall(own *ir.Task, call *task.Call, name string, value ir.Value) {
	switch name {
	case "op_args":
		call.OpArgs = value
	case "op_kwargs":
		call.OpKwargs = value
	case "templates_dict":
		call.TemplatesDict = value
	case "python_callable":
		call.Callable = unwrap(value)
	case "show_return_value_in_logs":
		call.LogReturn = truth(unwrap(value))
		call.SetOption(name, unwrap(value))
	case "templates_exts":
		own.TemplateExt = nil
		if list, ok := unwrap(value).(*ir.List); ok {
			for _, item := range list.Items {
				if s, ok := item.(*ir.String); ok {
					own.TemplateExt = append(own.TemplateExt, s.V)
				}
			}
		}
	default:
		call.SetOption(name, unwrap(value))
	}
}

// place gives an argument of an operator that no call stands for a value.
func place(op ir.Op, name string, value ir.Value) error {
	bash, ok := op.(*ir.Bash)
	if !ok {
		return nil // EmptyOperator has no arguments of its own
	}
	switch name {
	case "bash_command":
		bash.Command = value
	case "env":
		bash.Env = value
	case "cwd":
		bash.Cwd = value
	case "append_env":
		bash.AppendEnv = truth(unwrap(value))
	case "skip_on_exit_code":
		bash.SkipExitCode = exitCodes(unwrap(value))
	case "output_encoding":
		if s, ok := unwrap(value).(*ir.String); ok && decoderOf(s.V) != nil {
			bash.Encoding = s.V
			return nil
		}
		return fmt.Errorf("local runs cannot decode the output_encoding of this instance")
	}
	return nil
}
