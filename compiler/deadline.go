package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// fields reads a mapping whose keys are known: the value of each by its name. ok is false after an error, or where a key that
// must be there is not; those come first in keys, up to required.
func (c *compilation) fields(n *node, what string, required int, keys ...string) (found map[string]*node, ok bool) {
	found, ok = map[string]*node{}, true
	for _, p := range n.pairs {
		if !contains(keys, p.key.text) {
			d := c.diags.Errorf(p.key.span, diag.UnknownKey, "%s has no key %s", what, quoted(p.key.text))
			suggest(d, p.key.span, p.key.text, keys, "its keys are")
			ok = false
			continue
		}
		if p.value.kind != scalarNode || !isNullNode(p.value, c.mode) {
			found[p.key.text] = p.value
		}
	}
	for _, key := range keys[:required] {
		if found[key] == nil && ok {
			c.diags.Errorf(n.span, diag.MissingKey, "%s needs the key %s", what, key)
			ok = false
		}
	}
	return found, ok
}

// deadlines reads one deadline of a DAG or a list of them.
func (c *compilation) deadlines(n *node, arg *catalog.Arg) ir.Value {
	switch {
	case n.kind == mapNode:
		return c.deadline(n)
	case n.kind != listNode || len(n.items) == 0:
		return c.wrongType(n, arg)
	}
	list, failed := &ir.List{Span: n.span}, false
	for _, item := range n.items {
		var v ir.Value
		if item.kind != mapNode {
			c.wrongType(item, arg)
		} else {
			v = c.deadline(item)
		}
		failed = failed || v == nil
		list.Items = append(list.Items, v)
	}
	if failed {
		return nil
	}
	return list
}

// deadline reads {reference, interval, callback, async, name}, or an object.
func (c *compilation) deadline(n *node) ir.Value {
	if n.has("__type__") {
		return c.object(n, false)
	}
	keys := []string{"reference", "interval", "callback", "async", "name"}
	if !c.version.AtLeast(3, 3) {
		keys = keys[:4]
	}
	found, ok := c.fields(n, "a deadline", 3, keys...)
	if !ok {
		return nil
	}
	call := &ir.Call{Func: &ir.PyRef{Module: "airflow.sdk", Name: "DeadlineAlert", Span: n.span}, Span: n.span}
	add := func(name string, v ir.Value) bool {
		if v != nil {
			call.Kwargs = append(call.Kwargs, ir.Arg{Name: name, NameSpan: found[name].span, Value: v})
		}
		return v != nil
	}
	ok = add("reference", c.deadlineReference(found["reference"]))
	ok = add("interval", c.argument(found["interval"], &catalog.Arg{Name: "interval", Type: catalog.Seconds}, false)) && ok
	ok = add("callback", c.deadlineCallback(found["callback"], found["async"])) && ok
	if found["name"] != nil {
		ok = add("name", c.argument(found["name"], &catalog.Arg{Name: "name", Type: catalog.Text}, false)) && ok
	}
	if !ok {
		return nil
	}
	return call
}

// deadlineReferences are the moments that a deadline counts from, as they are written and as Airflow calls them.
var deadlineReferences = []string{"logical_date", "queued_at", "average_runtime"}

// deadlineReference reads the moment that a deadline counts from: a name, a date, or {average_runtime: {max_runs, min_runs}}.
func (c *compilation) deadlineReference(n *node) ir.Value {
	ref := func(name string) *ir.PyRef {
		return &ir.PyRef{Module: "airflow.sdk", Name: "DeadlineReference." + name, Span: n.span}
	}
	kind := n
	if n.kind == mapNode {
		if n.has("__type__") {
			return c.object(n, false)
		}
		if len(n.pairs) != 1 {
			return c.wrongType(n, &catalog.Arg{Name: "reference", Type: catalog.Text})
		}
		kind = n.pairs[0].key
	}
	if kind.kind != scalarNode {
		return c.wrongType(n, &catalog.Arg{Name: "reference", Type: catalog.Text})
	}
	s := resolve(kind, c.mode)
	if _, isDate := parseDate(kind.text); n.kind == scalarNode && (s.kind == isTime || isDate) {
		v := c.date(n, s, "reference")
		if v == nil {
			return nil
		}
		return &ir.Call{Func: ref("FIXED_DATETIME"), Args: []ir.Value{v}, Span: n.span}
	}
	name := strings.TrimPrefix(strings.ToLower(kind.text), "dagrun_")
	switch {
	case n.kind == scalarNode && (name == "logical_date" || name == "queued_at"):
		return ref("DAGRUN_" + strings.ToUpper(name))
	case name == "average_runtime" && !c.version.AtLeast(3, 2):
		c.diags.Errorf(kind.span, diag.WrongVersion, "Airflow %s has no deadline after the average runtime", c.version).WithHelp("it came with Airflow 3.2")
		return nil
	case name == "average_runtime":
		return c.averageRuntime(n, ref("AVERAGE_RUNTIME"))
	}
	d := c.diags.Errorf(kind.span, diag.BadValue, "a deadline cannot count from %s", quoted(kind.text))
	suggest(d, kind.span, kind.text, deadlineReferences, "it counts from a date, or one of")
	return nil
}

func (c *compilation) averageRuntime(n *node, ref *ir.PyRef) ir.Value {
	call := &ir.Call{Func: ref, Span: n.span}
	if n.kind != mapNode {
		return call
	}
	of := n.pairs[0].value
	if of.kind != mapNode {
		return c.wrongType(of, &catalog.Arg{Name: "average_runtime", Type: catalog.Dict})
	}
	if _, ok := c.fields(of, "average_runtime", 0, "max_runs", "min_runs"); !ok {
		return nil
	}
	for _, p := range of.pairs {
		v, ok := c.argument(p.value, &catalog.Arg{Name: p.key.text, Type: catalog.Int}, false).(*ir.Int)
		switch {
		case !ok:
			return nil
		case integer(v, 0) < 1:
			c.diags.Errorf(v.Span, diag.BadValue, "%s cannot be less than 1", p.key.text)
			return nil
		}
		call.Kwargs = append(call.Kwargs, ir.Arg{Name: p.key.text, NameSpan: p.key.span, Value: v})
	}
	return call
}

// deadlineCallback reads what is called when a deadline passes: a function, or {callback: function, argument: value}. A notifier,
// and every callback before Airflow 3.2, is awaited in the triggerer; any other runs in an executor unless async says otherwise.
func (c *compilation) deadlineCallback(n, async *node) ir.Value {
	path := n
	if n.kind == mapNode {
		if n.has("__type__") {
			return c.object(n, false)
		}
		if path = n.get("callback"); path == nil {
			c.diags.Errorf(n.span, diag.MissingKey, "callback with arguments needs the key callback").
				WithHelp("write {callback: module.function, argument: value}")
			return nil
		}
	}
	if path.kind != scalarNode || resolve(path, c.mode).kind != isText {
		return c.wrongType(path, &catalog.Arg{Name: "callback", Type: catalog.Function})
	}
	fn, ok := c.function(path).(*ir.PyRef)
	if !ok {
		return nil
	}
	kind := "SyncCallback"
	if !c.version.AtLeast(3, 2) || isNotifier(fn) {
		kind = "AsyncCallback"
	}
	if async != nil {
		v, ok := c.argument(async, &catalog.Arg{Name: "async", Type: catalog.Bool}, false).(*ir.Bool)
		switch {
		case !ok:
			return nil
		case !v.V && !c.version.AtLeast(3, 2):
			c.diags.Errorf(async.span, diag.WrongVersion, "Airflow %s only awaits the callbacks of deadlines", c.version).
				WithHelp("others came with Airflow 3.2: remove async, and make the function an `async def`")
			return nil
		case v.V:
			kind = "AsyncCallback"
		default:
			kind = "SyncCallback"
		}
	}
	call := &ir.Call{Func: &ir.PyRef{Module: "airflow.sdk", Name: kind, Span: n.span}, Args: []ir.Value{c.canonical(fn)}, Span: n.span}
	kwargs := &ir.Map{Span: n.span}
	for _, p := range n.pairs {
		if p.value == path {
			continue
		}
		if p.key.text == "context" {
			c.diags.Errorf(p.key.span, diag.BadValue, "the argument context is Airflow's own").WithHelp("give it another name")
			return nil
		}
		arg, ok := c.keyword(p)
		if !ok {
			return nil
		}
		kwargs.Entries = append(kwargs.Entries, ir.Entry{Key: &ir.String{V: arg.Name, Span: arg.NameSpan}, Value: arg.Value})
	}
	if len(kwargs.Entries) > 0 {
		call.Kwargs = append(call.Kwargs, ir.Arg{Name: "kwargs", NameSpan: n.span, Value: kwargs})
	}
	return call
}

// retryPolicy reads rules for retrying by exception: a list of {exception, action, retry_delay, reason, match_subclasses}, or
// {rules: [...], default: action}, or an object.
func (c *compilation) retryPolicy(n *node, arg *catalog.Arg) ir.Value {
	if n.has("__type__") {
		return c.object(n, false)
	}
	rules, otherwise := n, (*node)(nil)
	if n.kind == mapNode {
		found, ok := c.fields(n, "retry_policy", 1, "rules", "default")
		if !ok {
			return nil
		}
		rules, otherwise = found["rules"], found["default"]
	}
	if rules.kind != listNode || len(rules.items) == 0 {
		return c.wrongType(n, arg)
	}
	list, failed := &ir.List{Span: rules.span}, false
	for _, item := range rules.items {
		v := c.retryRule(item)
		failed = failed || v == nil
		list.Items = append(list.Items, v)
	}
	if failed {
		return nil
	}
	call := &ir.Call{Func: &ir.PyRef{Module: "airflow.sdk", Name: "ExceptionRetryPolicy", Span: n.span}, Span: n.span}
	call.Kwargs = append(call.Kwargs, ir.Arg{Name: "rules", NameSpan: rules.span, Value: list})
	if otherwise != nil {
		v := c.retryAction(otherwise, "default")
		if v == nil {
			return nil
		}
		call.Kwargs = append(call.Kwargs, ir.Arg{Name: "default", NameSpan: otherwise.span, Value: v})
	}
	return call
}

func (c *compilation) retryRule(n *node) ir.Value {
	if n.kind != mapNode {
		c.diags.Errorf(n.span, diag.WrongType, "a rule of retry_policy is a mapping, not %s", n.noun(c.mode)).
			WithHelp("write {exception: module.Class, action: fail}")
		return nil
	}
	if n.has("__type__") {
		return c.object(n, false)
	}
	found, ok := c.fields(n, "a rule of retry_policy", 1, "exception", "action", "retry_delay", "reason", "match_subclasses")
	if !ok {
		return nil
	}
	call := &ir.Call{Func: &ir.PyRef{Module: "airflow.sdk", Name: "RetryRule", Span: n.span}, Span: n.span}
	for _, p := range n.pairs {
		if found[p.key.text] == nil {
			continue
		}
		var v ir.Value
		switch key := p.key.text; key {
		case "exception":
			v = c.exceptions(p.value)
		case "action":
			v = c.retryAction(p.value, key)
		case "retry_delay":
			v = c.argument(p.value, &catalog.Arg{Name: key, Type: catalog.Seconds}, false)
		case "reason":
			v = c.argument(p.value, &catalog.Arg{Name: key, Type: catalog.Text}, false)
		case "match_subclasses":
			v = c.argument(p.value, &catalog.Arg{Name: key, Type: catalog.Bool}, false)
		}
		if v == nil {
			return nil
		}
		call.Kwargs = append(call.Kwargs, ir.Arg{Name: p.key.text, NameSpan: p.key.span, Value: v})
	}
	return call
}

func (c *compilation) retryAction(n *node, name string) ir.Value {
	actions := []string{"retry", "fail", "default"}
	if c.argument(n, &catalog.Arg{Name: name, Type: catalog.Text}, false) == nil {
		return nil
	}
	action := strings.ToLower(strings.TrimPrefix(n.text, "RetryAction."))
	if !contains(actions, action) {
		d := c.diags.Errorf(n.span, diag.BadValue, "%s cannot be %s", name, quoted(n.text))
		suggest(d, n.span, n.text, actions, "it is one of")
		return nil
	}
	return &ir.PyRef{Module: "airflow.sdk", Name: "RetryAction." + strings.ToUpper(action), Span: n.span}
}

// exceptions reads the classes of a rule by their dotted names, which Airflow imports when a task fails; Python's own need no module.
func (c *compilation) exceptions(n *node) ir.Value {
	one := func(n *node) ir.Value {
		if c.argument(n, &catalog.Arg{Name: "exception", Type: catalog.Text}, false) == nil {
			return nil
		}
		name := n.text
		if problem := badDotted(name); problem != "" {
			c.diags.Errorf(n.span, diag.BadValue, "%s names no exception: %s", quoted(name), problem).WithHelp("write module.Class")
			return nil
		}
		if !strings.Contains(name, ".") {
			name = "builtins." + name
		}
		return &ir.String{V: name, Span: n.span}
	}
	if n.kind != listNode {
		return one(n)
	}
	list := &ir.List{Span: n.span}
	for _, item := range n.items {
		v := one(item)
		if v == nil {
			return nil
		}
		list.Items = append(list.Items, v)
	}
	return list
}
