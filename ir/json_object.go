package ir

// object writes the fields of the values that are Python objects, outputs and assets.
func (w *jsonWriter) object(v Value) {
	switch v := v.(type) {
	case *Call:
		w.text("kind", "call")
		w.optional("func", v.Func)
		w.bool("partial", v.Partial)
		w.values("args", v.Args)
		w.args("kwargs", v.Kwargs)
	case *Function:
		w.text("kind", "function")
		w.text("name", v.Name)
		w.text("text", v.Text)
	case *Lambda:
		w.text("kind", "lambda")
		w.text("text", v.Text)
	case *EnvText:
		w.text("kind", "env_text")
		w.array("parts", len(v.Parts), func(i int) {
			w.open('{')
			w.named("var", v.Parts[i].Var)
			w.named("unset", v.Parts[i].Unset)
			w.named("text", v.Parts[i].Text)
			w.close('}')
		})
	case *Output:
		w.text("kind", "output")
		w.text("task_id", v.TaskID)
		w.named("key", v.Key)
	case *OutputMethod:
		w.text("kind", "output_method")
		w.text("method", v.Method)
		w.optional("of", v.Of)
		w.values("args", v.Args)
		w.optional("fill", v.Fill)
	case *MappedParam:
		w.text("kind", "mapped_param")
		w.text("group", v.Group)
		w.text("name", v.Name)
	case *Asset:
		w.text("kind", "asset")
		w.named("name", v.Name)
		w.named("uri", v.URI)
		w.named("group", v.Group)
		if v.Extra != nil {
			w.optional("extra", v.Extra)
		}
	case *AssetAlias:
		w.text("kind", "asset_alias")
		w.text("name", v.Name)
		w.named("group", v.Group)
	case *AssetSet:
		w.text("kind", map[bool]string{true: "asset_any", false: "asset_all"}[v.Any])
		w.array("items", len(v.Items), func(i int) { w.value(v.Items[i]) })
	}
}

// longSchedule writes the fields of the schedules that are made of other nodes.
func (w *jsonWriter) longSchedule(s Schedule) {
	switch s := s.(type) {
	case *RelativeDelta:
		w.text("kind", "relativedelta")
		w.optional("period", s.Period)
	case *PinnedCron:
		w.text("kind", "pinned_cron")
		w.strings("exprs", s.Exprs)
		w.text("data_interval", s.Interval.String())
		w.text("zone", s.Zone)
	case *PinnedDelta:
		w.text("kind", "pinned_delta")
		w.optional("period", s.Period)
		w.text("data_interval", s.Interval.String())
	case *Timetable:
		w.text("kind", "timetable")
		w.optional("call", s.Call)
	case *Assets:
		w.text("kind", "assets")
		w.optional("expr", s.Expr)
	case *AssetsOrTime:
		w.text("kind", "assets_or_time")
		w.optional("assets", s.Assets)
		w.key("time")
		w.schedule(s.Time)
	}
}

// String is "previous" or "moment", as it is written in a pipeline file.
func (d DataInterval) String() string {
	if d == MomentInterval {
		return "moment"
	}
	return "previous"
}

func (w *jsonWriter) named(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *jsonWriter) values(name string, values []Value) {
	w.array(name, len(values), func(i int) { w.value(values[i]) })
}

func (w *jsonWriter) callbacks(callbacks []Callback) {
	w.array("callbacks", len(callbacks), func(i int) {
		w.open('{')
		w.text("event", callbacks[i].Event)
		w.refs("refs", callbacks[i].Refs)
		w.values("values", callbacks[i].Values)
		w.close('}')
	})
}

func (w *jsonWriter) mapping(e *Expand) {
	if e == nil {
		return
	}
	w.key("expand")
	w.open('{')
	w.args("args", e.Args)
	w.optional("kwargs", e.Kwargs)
	w.span("span", e.Span)
	w.close('}')
}

func (w *jsonWriter) teardown(t *Teardown) {
	if t == nil {
		return
	}
	w.key("teardown")
	w.open('{')
	w.dependencies("setups", t.Setups)
	w.bool("on_failure_fail_dagrun", t.FailsDagrun)
	w.span("span", t.Span)
	w.close('}')
}
