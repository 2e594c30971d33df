package worker

import (
	"bytes"
	"slices"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// code gathers what calls need of the user's code before the first task: modules, and functions of the pipeline file.
type code struct{ functions [][2]string }

// written adds the functions of the pipeline file among callbacks. Modules that only callbacks name are imported when they are
// called: what goes wrong there ends no run.
func (c *code) written(callbacks []ir.Callback) {
	for _, callback := range callbacks {
		c.of(nil, &task.Call{Work: task.Callbacks, OpArgs: &ir.List{Items: callback.Values}}, ir.Version{})
	}
}

// of adds the modules that a call names; those that are not there yet.
func (c *code) of(modules []string, call *task.Call, version ir.Version) []string {
	if call == nil {
		return modules
	}
	var visit func(value ir.Value)
	visit = func(value ir.Value) {
		switch v := value.(type) {
		case *ir.PyRef:
			if !slices.Contains(modules, v.Module) {
				modules = append(modules, v.Module)
			}
		case *ir.Function:
			if one := [2]string{v.Name, v.Text}; !slices.Contains(c.functions, one) {
				c.functions = append(c.functions, one)
			}
		case *ir.List:
			for _, item := range v.Items {
				visit(item)
			}
		case *ir.Map:
			for _, e := range v.Entries {
				visit(e.Value)
			}
		case *ir.Call:
			visit(v.Func)
			for _, arg := range v.Args {
				visit(arg)
			}
			for _, arg := range v.Kwargs {
				visit(arg.Value)
			}
		}
	}
	if call.Work == task.RunOperator {
		if module, _ := operatorFor(call, version); !slices.Contains(modules, module) {
			modules = append(modules, module)
		}
		for _, a := range call.Defaults {
			visit(a.Value)
		}
	}
	for _, value := range []ir.Value{call.Callable, call.OpArgs, call.OpKwargs, call.TemplatesDict} {
		visit(value)
	}
	for _, option := range ownOptions(call) {
		visit(option.Value)
	}
	return modules
}

// operatorFor is where a version of Airflow has the operator of a call.
func operatorFor(call *task.Call, version ir.Version) (module, name string) {
	if call.Module == "" {
		return "", ""
	}
	if known := catalog.FindClass(call.Module + "." + call.Class); known != nil {
		return known.ModuleFor(version), known.Name
	}
	return call.Module, call.Class
}

// ownOptions are the arguments of a call's operator that its work reads.
func ownOptions(call *task.Call) []ir.Arg {
	if call.Module != "" || call.Work == task.Callbacks {
		return call.Options
	}
	var own []ir.Arg
	for _, a := range call.Options {
		if call.Work == task.RunContainer {
			if task.ContainerArg(a.Name) {
				own = append(own, a)
			}
			continue
		}
		switch a.Name {
		case "week_day", "use_task_logical_date", "use_task_execution_day", "follow_task_ids_if_true", "follow_task_ids_if_false",
			"target_lower", "target_upper", "multiple_outputs",
			"poke_interval", "timeout", "mode", "soft_fail", "silent_fail", "never_fail", "exponential_backoff", "max_wait",
			"bash_command", "env", "retry_exit_code", "output_encoding", "filepath", "fs_conn_id", "recursive", "delta", "target_time",
			"external_dag_id", "external_task_id", "external_task_ids", "external_task_group_id", "allowed_states", "failed_states", "skipped_states",
			"execution_delta", "execution_date_fn", "check_existence", "deferrable", "poll_interval":
			own = append(own, a)
		case "python", "requirements", "python_version", "serializer", "use_dill", "system_site_packages", "pip_install_options", "string_args",
			"skip_on_exit_code", "index_urls", "index_urls_from_connection_ids", "venv_cache_path", "env_vars", "inherit_env":
			if call.Work.Elsewhere() {
				own = append(own, a)
			}
		}
	}
	return own
}

// writeOptions writes the arguments of a call's operator as one map.
func writeOptions(out *bytes.Buffer, call *task.Call) { writeArgs(out, ownOptions(call)) }

// writeArgs writes arguments as one object.
func writeArgs(out *bytes.Buffer, args []ir.Arg) {
	out.WriteByte('{')
	for i, a := range args {
		if i > 0 {
			out.WriteByte(',')
		}
		writeString(out, a.Name)
		out.WriteByte(':')
		writeValue(out, a.Value)
	}
	out.WriteByte('}')
}

// writeObject writes a Python object: a function or lambda of the pipeline file, one that a call makes, or what another task
// has pushed, which the worker asks for when the value is used.
func writeObject(out *bytes.Buffer, value ir.Value) {
	switch v := value.(type) {
	case *ir.Function:
		out.WriteString(`{"~":["function",`)
		writeString(out, v.Name)
	case *ir.Lambda:
		out.WriteString(`{"~":["lambda",`)
		writeString(out, v.Text)
	case *ir.Output:
		key := v.Key
		if key == "" {
			key = "return_value"
		}
		out.WriteString(`{"~":["output",`)
		writeStrings(out, []string{v.TaskID, key})
	case *task.Applied:
		out.WriteString(`{"~":["call",[`)
		writeValue(out, v.Func)
		out.WriteString(",false,[")
		writeValue(out, v.Item)
		out.WriteString("],{}]]}")
		return
	case *ir.Call:
		out.WriteString(`{"~":["call",[`)
		writeValue(out, v.Func)
		if v.Partial {
			out.WriteString(",true,")
		} else {
			out.WriteString(",false,")
		}
		writeValue(out, &ir.List{Items: v.Args})
		out.WriteString(",{")
		for i, a := range v.Kwargs {
			if i > 0 {
				out.WriteByte(',')
			}
			writeString(out, a.Name)
			out.WriteByte(':')
			writeValue(out, a.Value)
		}
		out.WriteString("}]")
	case *ir.Asset:
		writeAsset(out, "asset", []string{v.Name, v.URI, v.Group}, v.Extra)
		return
	case *ir.AssetAlias:
		writeAsset(out, "alias", []string{v.Name}, nil)
		return
	case *ir.AssetSet:
		kind := "all"
		if v.Any {
			kind = "any"
		}
		list := &ir.List{Span: v.Span}
		for _, item := range v.Items {
			list.Items = append(list.Items, item)
		}
		out.WriteString(`{"~":["` + kind + `",[`)
		writeValue(out, list)
		out.WriteByte(']')
	default:
		out.WriteString("null")
		return
	}
	out.WriteString("]}")
}
