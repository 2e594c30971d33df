package ir

func (w *jsonWriter) pipeline(p *Pipeline) {
	w.open('{')
	w.text("id", p.ID)
	w.key("schedule")
	w.schedule(p.Schedule)
	w.optional("start_date", p.StartDate)
	w.optional("end_date", p.EndDate)
	w.text("timezone", p.Timezone)
	w.bool("catchup", p.Catchup)
	w.args("default_args", p.DefaultArgs)
	w.params("params", p.Params)
	w.args("args", p.Args)
	w.settings(&p.Settings)
	w.array("groups", len(p.Groups), func(i int) { w.group(p.Groups[i]) })
	w.array("tasks", len(p.Tasks), func(i int) { w.task(p.Tasks[i]) })
	w.span("id_span", p.IDSpan)
	w.span("span", p.Span)
	w.close('}')
}

func (w *jsonWriter) schedule(s Schedule) {
	w.open('{')
	switch s := s.(type) {
	case *Cron:
		w.text("kind", "cron")
		w.text("expr", s.Expr)
	case *Preset:
		w.text("kind", "preset")
		w.text("name", s.Name)
	case *Delta:
		w.text("kind", "delta")
		w.int("micros", s.Period.Micros)
	case *Unscheduled:
		w.text("kind", "none")
	default:
		w.longSchedule(s)
	}
	if s != nil {
		w.span("span", s.Pos())
	}
	w.close('}')
}

func (w *jsonWriter) optional(name string, v Value) {
	if v == nil {
		return
	}
	w.key(name)
	w.value(v)
}

func (w *jsonWriter) duration(name string, d *Duration) {
	if d != nil {
		w.int(name, d.Micros)
	}
}

func (w *jsonWriter) settings(s *Settings) {
	w.key("settings")
	w.open('{')
	w.int("max_active_tasks", int64(s.MaxActiveTasks))
	w.int("max_active_runs", int64(s.MaxActiveRuns))
	w.duration("dagrun_timeout_micros", s.DagrunTimeout)
	w.bool("native_templates", s.NativeTemplates)
	w.strings("template_search", s.TemplateSearch)
	w.bool("fail_fast", s.FailFast)
	w.text("owner", s.DefaultArgsOwner)
	w.refs("on_success_callback", s.OnSuccessCallback)
	w.refs("on_failure_callback", s.OnFailureCallback)
	w.callbacks(s.Callbacks)
	w.close('}')
}

func (w *jsonWriter) refs(name string, refs []*PyRef) {
	w.array(name, len(refs), func(i int) { w.value(refs[i]) })
}

func (w *jsonWriter) args(name string, args []Arg) {
	w.array(name, len(args), func(i int) {
		w.open('{')
		w.text("name", args[i].Name)
		w.key("value")
		w.value(args[i].Value)
		w.span("name_span", args[i].NameSpan)
		w.close('}')
	})
}

func (w *jsonWriter) params(name string, params []Param) {
	w.array(name, len(params), func(i int) {
		p := &params[i]
		w.open('{')
		w.text("name", p.Name)
		w.optional("default", p.Default)
		w.bool("typed", p.Typed)
		w.args("schema", p.Schema)
		w.span("name_span", p.NameSpan)
		w.span("span", p.Span)
		w.close('}')
	})
}

func (w *jsonWriter) group(g *Group) {
	w.open('{')
	w.text("id", g.ID)
	w.text("local_id", g.LocalID)
	if g.Parent != nil {
		w.text("parent", g.Parent.ID)
	}
	w.bool("prefix", g.Prefix)
	w.args("default_args", g.DefaultArgs)
	w.args("args", g.Args)
	w.mapping(g.Expand)
	w.strings("mapped_names", g.MappedNames)
	w.dependencies("dependencies", g.Dependencies)
	w.span("id_span", g.IDSpan)
	w.span("span", g.Span)
	w.close('}')
}

func (w *jsonWriter) dependencies(name string, list []Ref) {
	w.array(name, len(list), func(i int) {
		w.open('{')
		w.text("id", list[i].ID)
		w.bool("group", list[i].Group)
		if list[i].Label != "" {
			w.text("label", list[i].Label)
		}
		w.span("span", list[i].Span)
		w.close('}')
	})
}

func (w *jsonWriter) task(t *Task) {
	w.open('{')
	w.text("id", t.ID)
	w.text("local_id", t.LocalID)
	if t.Group != nil {
		w.text("group", t.Group.ID)
	}
	w.key("class")
	w.open('{')
	w.text("module", t.Class.Module)
	w.text("name", t.Class.Name)
	w.bool("user", t.Class.User)
	w.span("span", t.Class.Span)
	w.close('}')
	w.key("op")
	w.op(t.Op)
	if t.Local != nil {
		w.key("local")
		w.open('{')
		w.text("class", t.Local.Class.Path())
		w.key("op")
		w.op(t.Local.Op)
		w.close('}')
	}
	w.args("default_args", t.DefaultArgs)
	w.args("args", t.Args)
	w.strings("template_fields", t.TemplateFields)
	w.strings("template_ext", t.TemplateExt)
	w.dependencies("dependencies", t.Dependencies)
	w.dependencies("needs", t.Needs)
	w.text("trigger", string(t.Trigger))
	w.span("trigger_span", t.TriggerSpan)
	w.retry(&t.Retry)
	w.limits(&t.Limits)
	w.params("params", t.Params)
	w.text("owner", t.Owner)
	w.bool("do_xcom_push", t.DoXComPush)
	w.bool("multiple_outputs", t.MultipleOut)
	w.bool("depends_on_past", t.DependsOnPast)
	w.bool("wait_for_downstream", t.WaitForDownstream)
	w.callbacks(t.Callbacks)
	w.mapping(t.Expand)
	w.bool("setup", t.Setup)
	w.teardown(t.Teardown)
	w.span("id_span", t.IDSpan)
	w.span("span", t.Span)
	w.close('}')
}

func (w *jsonWriter) op(op Op) {
	w.open('{')
	if op != nil {
		w.text("kind", op.Kind())
	}
	switch op := op.(type) {
	case *Bash:
		w.optional("command", op.Command)
		w.optional("env", op.Env)
		w.bool("append_env", op.AppendEnv)
		w.optional("cwd", op.Cwd)
		w.array("skip_on_exit_code", len(op.SkipExitCode), func(i int) { w.number(op.SkipExitCode[i]) })
		w.text("encoding", op.Encoding)
	case *Python:
		if op.Callable != nil {
			w.optional("callable", op.Callable)
		}
		if op.Function != nil {
			w.optional("callable", op.Function)
		}
		w.optional("op_args", op.OpArgs)
		w.optional("op_kwargs", op.OpKwargs)
		w.optional("templates_dict", op.TemplatesDict)
		w.strings("templates_exts", op.TemplatesExts)
		w.bool("log_return", op.LogReturn)
	case *Decorated:
		w.key("decorator")
		w.open('{')
		w.named("module", op.Decorator.Module)
		w.text("name", op.Decorator.Name)
		w.bool("user", op.Decorator.User)
		w.span("span", op.Decorator.Span)
		w.close('}')
		w.optional("callable", op.Callable)
		w.values("args", op.Args)
		w.args("kwargs", op.Kwargs)
	}
	w.close('}')
}

func (w *jsonWriter) retry(r *Retry) {
	w.key("retry")
	w.open('{')
	w.int("retries", int64(r.Retries))
	w.duration("delay_micros", r.Delay)
	if r.Multiplier != 0 {
		w.float("multiplier", r.Multiplier)
	}
	w.duration("max_delay_micros", r.MaxDelay)
	w.close('}')
}

func (w *jsonWriter) limits(l *Limits) {
	w.key("limits")
	w.open('{')
	w.duration("execution_timeout_micros", l.ExecutionTimeout)
	w.text("pool", l.Pool)
	w.int("pool_slots", int64(l.PoolSlots))
	w.int("priority_weight", int64(l.PriorityWeight))
	w.text("weight_rule", l.WeightRule)
	w.int("max_active_tis_per_dag", int64(l.MaxActivePerDag))
	w.int("max_active_tis_per_dagrun", int64(l.MaxActivePerDagRn))
	w.close('}')
}
