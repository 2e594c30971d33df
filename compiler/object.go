package compiler

import (
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// special reads a map that is more than a map: dag-factory's __type__, __and__, __or__ and __join__.
func (c *compilation) special(n *node, rendered bool) (v ir.Value, special bool) {
	for _, p := range n.pairs {
		switch p.key.text {
		case "__type__":
			return c.object(n, rendered), true
		case "__and__", "__or__":
			if set := c.assetSet(n, p); set != nil {
				return set, true
			}
			return nil, true
		case "__args__":
			c.diags.Errorf(p.key.span, diag.MissingKey, "__args__ needs __type__ beside it: what is made of the arguments").
				WithHelp("add `__type__: module.Class`")
			return nil, true
		}
	}
	return nil, false
}

// object reads `{__type__: module.Class, __args__: [...], keyword: value}`; nil after an error.
func (c *compilation) object(n *node, rendered bool) ir.Value {
	kind := n.get("__type__")
	if kind.kind != scalarNode || resolve(kind, c.mode).kind != isText {
		c.diags.Errorf(kind.span, diag.WrongType, "__type__ must be the dotted name of a class or function, not %s", kind.noun(c.mode))
		return nil
	}
	if items := n.get("items"); kind.text == "builtins.list" && items != nil {
		return c.typedList(n, items, rendered)
	}
	ref, ok := c.function(kind).(*ir.PyRef)
	if !ok {
		return nil
	}
	call := &ir.Call{Func: c.canonical(ref), Span: n.span}
	failed := false
	for _, p := range n.pairs {
		switch p.key.text {
		case "__type__":
		case "__args__":
			list := p.value
			if list.has("__type__") && list.get("__type__").text == "builtins.list" && list.has("items") {
				list = list.get("items")
			}
			if list.kind != listNode {
				if !isNullNode(list, c.mode) {
					c.diags.Errorf(list.span, diag.WrongType, "__args__ must be a list, not %s", list.noun(c.mode))
					failed = true
				}
				continue
			}
			for _, item := range list.items {
				v := c.value(item, rendered)
				failed = failed || v == nil
				call.Args = append(call.Args, v)
			}
		default:
			arg, ok := c.keyword(p)
			if !ok {
				failed = true
				continue
			}
			if rendered {
				arg.Value = cloned(arg.Value, true)
			}
			call.Kwargs = append(call.Kwargs, arg)
		}
	}
	if failed || !c.inVersion(call.Func, kind) {
		return nil
	}
	return c.plainer(call)
}

func (c *compilation) typedList(n, items *node, rendered bool) ir.Value {
	if items.kind != listNode {
		c.diags.Errorf(items.span, diag.WrongType, "the items of builtins.list must be a list, not %s", items.noun(c.mode))
		return nil
	}
	for _, p := range n.pairs {
		if p.key.text != "__type__" && p.key.text != "items" {
			c.diags.Warnf(p.key.span, diag.Dropped, "builtins.list has nothing but items; %s is dropped", p.key.text).WithHelp("remove it")
		}
	}
	return c.value(items, rendered)
}

// canonical is a reference with the newest path of what it names, where that is Airflow's own.
func (c *compilation) canonical(ref *ir.PyRef) *ir.PyRef {
	if ref.User {
		return ref
	}
	if o := catalog.FindObject(ref.Path()); o != nil {
		module, name := o.Canonical()
		return &ir.PyRef{Module: module, Name: name, Span: ref.Span}
	}
	if class := catalog.FindClass(ref.Path()); class != nil && strings.Contains(ref.Module, ".") {
		return &ir.PyRef{Module: class.Module, Name: class.Name, Span: ref.Span}
	}
	return ref
}

// inVersion reports something of Airflow's own that the target version lacks.
func (c *compilation) inVersion(ref *ir.PyRef, at *node) bool {
	o := catalog.FindObject(ref.Path())
	if o == nil || ref.User {
		return true
	}
	if _, _, ok := o.For(c.version); ok {
		return true
	}
	c.diags.Errorf(at.span, diag.WrongVersion, "Airflow %s has no %s", c.version, o.Name).WithHelp("it came with Airflow %s", o.Since())
	return false
}

// plainer gives what the IR has a kind of its own for: durations, dates, assets.
func (c *compilation) plainer(call *ir.Call) ir.Value {
	switch call.Func.Path() {
	case "datetime.timedelta":
		if d := durationOf(call); d != nil {
			return d
		}
	case "datetime.datetime", "pendulum.datetime":
		if t := timeOf(call); t != nil {
			return t
		}
	case "airflow.sdk.Asset":
		if a := assetOf(call); a != nil {
			return a
		}
	case "airflow.sdk.AssetAlias":
		if a := aliasOf(call); a != nil {
			return a
		}
	case "airflow.sdk.AssetAll", "airflow.sdk.AssetAny":
		if s := setOf(call); s != nil {
			return s
		}
	}
	return call
}

// timedeltaUnits are the microseconds of timedelta's arguments, in the order of its positional ones.
var timedeltaUnits = []struct {
	name   string
	micros float64
}{
	{"days", 86400e6}, {"seconds", 1e6}, {"microseconds", 1}, {"milliseconds", 1e3}, {"minutes", 60e6}, {"hours", 3600e6}, {"weeks", 604800e6},
}

// durationOf is the period of a timedelta of plain numbers; nil for any other.
func durationOf(call *ir.Call) *ir.Duration {
	total := 0.0
	add := func(unit int, v ir.Value) bool {
		n, ok := plainNumber(v)
		total += n * timedeltaUnits[unit].micros
		return ok
	}
	if len(call.Args) > len(timedeltaUnits) {
		return nil
	}
	for i, v := range call.Args {
		if !add(i, v) {
			return nil
		}
	}
	for _, a := range call.Kwargs {
		found := false
		for i, unit := range timedeltaUnits {
			found = found || unit.name == a.Name && i >= len(call.Args) && add(i, a.Value)
		}
		if !found {
			return nil
		}
	}
	const longest = 1 << 53 // whole microseconds that a float64 holds exactly
	if total < -longest || total > longest || total != float64(int64(total)) {
		return nil
	}
	return &ir.Duration{Micros: int64(total), Span: call.Span}
}

func plainNumber(v ir.Value) (float64, bool) {
	switch v := v.(type) {
	case *ir.Int:
		f, err := strconv.ParseFloat(v.Text, 64)
		return f, err == nil
	case *ir.Float:
		return v.V, true
	}
	return 0, false
}

// typedObject reads an object that is the value of an argument whose type is known.
func (c *compilation) typedObject(n *node, arg *catalog.Arg, rendered bool) ir.Value {
	switch arg.Type {
	case catalog.Functions:
		return c.functions(n, scalar{}, arg)
	case catalog.Assets:
		return c.assets(n, arg)
	case catalog.Never:
		c.diags.Errorf(n.span, diag.BadValue, "%s can only be given by Python code", arg.Name).WithHelp("remove it: %s", arg.Meaning)
		return nil
	case catalog.Deadlines:
		return c.deadlines(n, arg)
	case catalog.RetryRules:
		return c.retryPolicy(n, arg)
	}
	v := c.object(n, rendered)
	if v == nil {
		return nil
	}
	_, isList := v.(*ir.List)
	_, isDuration := v.(*ir.Duration)
	moment, isTime := v.(*ir.Time)
	_, isCall := v.(*ir.Call)
	switch arg.Type {
	case catalog.Any:
		return v
	case catalog.ClassName:
		if isCall {
			return v // such as what jinja2.make_logging_undefined gives
		}
	case catalog.Dict:
		if isCall {
			return v
		}
	case catalog.Seconds:
		if isDuration || isCall && arg.Name == "delta" {
			return v
		}
	case catalog.Positions:
		if isList {
			return v
		}
	case catalog.Date:
		if isTime {
			if moment.Zone == "" {
				moment.Zone = c.timezone
			}
			return moment
		}
		c.diags.Errorf(n.span, diag.BadDate, "%s cannot be this object", arg.Name).WithHelp("write a date such as 2026-01-31")
		return nil
	case catalog.Texts, catalog.TextOrSeq:
		if isList {
			return c.texts(n.get("items"), arg, rendered)
		}
	}
	c.diags.Errorf(n.span, diag.WrongType, "%s must be %s, not a Python object", arg.Name, arg.Type.Noun())
	return nil
}

var dateParts = []string{"year", "month", "day", "hour", "minute", "second", "microsecond"}

// timeOf is the moment that a call of datetime or pendulum makes of plain numbers; nil for any other.
func timeOf(call *ir.Call) *ir.Time {
	t := &ir.Time{Month: 1, Day: 1, Span: call.Span}
	fields := []*int{&t.Year, &t.Month, &t.Day, &t.Hour, &t.Minute, &t.Second, &t.Microsecond}
	pendulum := call.Func.Path() == "pendulum.datetime"
	if pendulum {
		t.Zone = "UTC"
	}
	if len(call.Args) > len(fields) {
		return nil
	}
	set := func(i int, v ir.Value) bool {
		n, ok := v.(*ir.Int)
		*fields[i] = integer(v, 0)
		return ok && n != nil
	}
	for i, v := range call.Args {
		if !set(i, v) {
			return nil
		}
	}
	for _, a := range call.Kwargs {
		known := false
		for i, part := range dateParts {
			known = known || part == a.Name && i >= len(call.Args) && set(i, a.Value)
		}
		if zone, isText := a.Value.(*ir.String); a.Name == "tz" && pendulum && isText && validZone(zone.V) {
			t.Zone, known = zone.V, true
		}
		if !known {
			return nil
		}
	}
	if !validDate(t) {
		return nil
	}
	return t
}

func clonedObject(v ir.Value, rendered bool) ir.Value {
	switch v := v.(type) {
	case *ir.Call:
		c := &ir.Call{Func: cloned(v.Func, false).(*ir.PyRef), Partial: v.Partial, Span: v.Span}
		for _, a := range v.Args {
			c.Args = append(c.Args, cloned(a, rendered))
		}
		for _, a := range v.Kwargs {
			c.Kwargs = append(c.Kwargs, ir.Arg{Name: a.Name, NameSpan: a.NameSpan, Value: cloned(a.Value, rendered)})
		}
		return c
	case *ir.Function:
		c := *v
		return &c
	case *ir.Lambda:
		c := *v
		return &c
	case *ir.Output:
		c := *v
		return &c
	case *ir.OutputMethod:
		c := &ir.OutputMethod{Of: cloned(v.Of, false), Method: v.Method, Fill: cloned(v.Fill, false), Span: v.Span}
		for _, a := range v.Args {
			c.Args = append(c.Args, cloned(a, false))
		}
		return c
	case *ir.MappedParam:
		c := *v
		return &c
	case *ir.Asset:
		c := *v
		if v.Extra != nil {
			c.Extra = cloned(v.Extra, false).(*ir.Map)
		}
		return &c
	case *ir.AssetAlias:
		c := *v
		return &c
	case *ir.AssetSet:
		c := &ir.AssetSet{Any: v.Any, Span: v.Span}
		for _, item := range v.Items {
			c.Items = append(c.Items, cloned(item, false).(ir.AssetExpr))
		}
		return c
	case *ir.EnvText:
		return &ir.EnvText{Parts: append([]ir.EnvPart(nil), v.Parts...), Span: v.Span}
	}
	return nil
}

// macros reads user_defined_macros and user_defined_filters: a text names a Python function, as in dag-factory.
func (c *compilation) macros(n *node, arg *catalog.Arg) ir.Value {
	m := &ir.Map{Span: n.span}
	for _, p := range n.pairs {
		var v ir.Value
		switch {
		case p.value.kind == mapNode && !p.value.has("__type__"):
			v = c.macros(p.value, arg)
		case p.value.kind == scalarNode && resolve(p.value, c.mode).kind == isText:
			v = c.function(p.value)
		default:
			v = c.value(p.value, false)
		}
		if !isIdentifier(p.key.text) {
			c.diags.Errorf(p.key.span, diag.UnknownKey, "%s is no name that a template can use", quoted(p.key.text)).
				WithHelp("%s have names of letters, digits and underscores", arg.Name)
			continue
		}
		m.Entries = append(m.Entries, ir.Entry{Key: &ir.String{V: p.key.text, Span: p.key.span}, Value: v})
	}
	return m
}
