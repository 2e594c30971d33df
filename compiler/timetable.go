package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// scheduleKeys are the keys of a schedule that is written as a mapping.
var scheduleKeys = []string{"cron", "delta", "data_interval", "timezone", "assets", "datasets", "timetable"}

// scheduleMap reads `{cron, data_interval, timezone}`, a timetable, assets, and both together; nil after an error.
func (c *compilation) scheduleMap(n *node) ir.Schedule {
	if n.has("__type__") || n.has("__and__") || n.has("__or__") {
		return c.scheduleObject(n)
	}
	if n.has("callable") {
		return c.timetable(n)
	}
	if n.has("uri") || n.has("name") || n.has("alias") {
		if a := c.asset(n); a != nil {
			return &ir.Assets{Expr: a, Span: n.span}
		}
		return nil
	}
	for _, p := range n.pairs {
		if contains(scheduleKeys, p.key.text) {
			continue
		}
		if p.key.text == "file" && n.has("datasets") {
			continue
		}
		d := c.diags.Errorf(p.key.span, diag.UnknownKey, "a schedule has no key %s", quoted(p.key.text))
		suggest(d, p.key.span, p.key.text, scheduleKeys, "its keys are")
		return nil
	}
	assets := n.pair("assets")
	if assets == nil {
		assets = n.pair("datasets")
	} else if other := n.pair("datasets"); other != nil {
		c.diags.Errorf(other.key.span, diag.Conflict, "assets and datasets are the same key").WithHelp("remove one of them")
		return nil
	}
	timed := n.has("cron") || n.has("delta") || n.has("timetable")
	var when ir.Schedule
	if timed || assets == nil {
		if when = c.timePart(n); when == nil {
			return nil
		}
	} else if p := n.pair("data_interval"); p != nil {
		c.diags.Errorf(p.key.span, diag.Conflict, "a schedule of assets has no data_interval").WithHelp("remove it, or add cron")
		return nil
	}
	if assets == nil {
		return when
	}
	if file := n.get("file"); file != nil {
		if c.datasetsAtHand = c.datasets(file); c.datasetsAtHand == nil {
			return nil
		}
		defer func() { c.datasetsAtHand = nil }()
	}
	expr := c.assetExpr(assets.value)
	switch {
	case expr == nil:
		return nil
	case when == nil:
		return &ir.Assets{Expr: expr, Span: n.span}
	}
	return &ir.AssetsOrTime{Assets: expr, Time: when, Span: n.span}
}

// timePart reads when a schedule runs by time.
func (c *compilation) timePart(n *node) ir.Schedule {
	var found *pair
	for i := range n.pairs {
		switch p := &n.pairs[i]; p.key.text {
		case "cron", "delta", "timetable":
			if found != nil {
				c.diags.Errorf(p.key.span, diag.Conflict, "a schedule has one of cron, delta and timetable").
					WithPlace(found.key.span, "the other one").WithHelp("remove one of them")
				return nil
			}
			found = p
		}
	}
	if found == nil {
		c.diags.Errorf(n.span, diag.MissingKey, "the schedule says no time").
			WithHelp(`write {cron: "0 6 * * *", data_interval: previous}, {assets: [...]} or a timetable`)
		return nil
	}
	if found.key.text == "timetable" {
		for _, key := range []string{"data_interval", "timezone"} {
			if p := n.pair(key); p != nil {
				c.diags.Errorf(p.key.span, diag.Conflict, "a timetable has its own %s", key).WithHelp("remove it, or give it to the timetable")
				return nil
			}
		}
		return c.timetable(found.value)
	}
	interval, ok := c.dataInterval(n)
	zone := c.timezone
	if p := n.pair("timezone"); p != nil {
		switch {
		case found.key.text == "delta":
			c.diags.Errorf(p.key.span, diag.Conflict, "a period has no timezone").WithHelp("remove it")
			return nil
		case p.value.kind != scalarNode || !validZone(p.value.text):
			c.diags.Errorf(p.value.span, diag.BadTimezone, "there is no time zone %s", quoted(p.value.text)).
				WithHelp("write a name of the IANA database, such as UTC, Europe/Berlin or America/New_York")
			return nil
		}
		zone = p.value.text
	}
	if !ok {
		return nil
	}
	if found.key.text == "delta" {
		return c.pinnedDelta(n, found.value, interval)
	}
	return c.pinnedCron(n, found.value, interval, zone)
}

func (c *compilation) dataInterval(n *node) (ir.DataInterval, bool) {
	p := n.pair("data_interval")
	if p == nil {
		c.diags.Errorf(n.span, diag.MissingKey, "the schedule needs a data_interval").
			WithHelp("write data_interval: previous (from the moment before to the run) or data_interval: moment (the moment of the run itself)").
			WithHelp("or write the cron expression alone, which means what it means to the version of Airflow")
		return 0, false
	}
	switch p.value.text {
	case "previous":
		return ir.PreviousInterval, true
	case "moment":
		return ir.MomentInterval, true
	}
	d := c.diags.Errorf(p.value.span, diag.BadValue, "data_interval cannot be %s", quoted(p.value.text))
	suggest(d, p.value.span, p.value.text, []string{"previous", "moment"}, "it is one of")
	return 0, false
}

func (c *compilation) pinnedCron(n, value *node, interval ir.DataInterval, zone string) ir.Schedule {
	items := []*node{value}
	if value.kind == listNode {
		items = value.items
	}
	s := &ir.PinnedCron{Interval: interval, Zone: zone, Span: n.span}
	for _, item := range items {
		if item.kind != scalarNode || resolve(item, c.mode).kind != isText {
			c.diags.Errorf(item.span, diag.WrongType, "cron must be text, not %s", item.noun(c.mode)).WithHelp(`write it in quotes: "0 6 * * *"`)
			return nil
		}
		switch one := c.scheduleText(item).(type) {
		case nil:
			return nil
		case *ir.Cron:
			s.Exprs = append(s.Exprs, one.Expr)
		case *ir.Preset:
			if one.Name == "@once" || one.Name == "@continuous" {
				c.diags.Errorf(item.span, diag.BadCron, "%s is no cron expression", one.Name).WithHelp("write `schedule: %q` alone", one.Name)
				return nil
			}
			s.Exprs = append(s.Exprs, one.Name)
		default:
			c.diags.Errorf(item.span, diag.BadCron, "%s is no cron expression", quoted(item.text)).WithHelp("a period is written {delta: %s, data_interval: ...}", item.text)
			return nil
		}
	}
	switch {
	case len(s.Exprs) == 0:
		c.diags.Errorf(value.span, diag.MissingKey, "cron names no expression")
		return nil
	case len(s.Exprs) > 1 && interval != ir.MomentInterval:
		c.diags.Errorf(value.span, diag.Conflict, "several cron expressions go with data_interval: moment only").
			WithHelp("Airflow has no timetable of several expressions with intervals between them")
		return nil
	case len(s.Exprs) > 1 && !c.version.AtLeast(3, 0):
		c.diags.Errorf(value.span, diag.WrongVersion, "Airflow %s has no schedule of several cron expressions", c.version).WithHelp("it came with Airflow 3.0")
		return nil
	}
	return s
}

func (c *compilation) pinnedDelta(n, value *node, interval ir.DataInterval) ir.Schedule {
	if interval == ir.MomentInterval && !c.version.AtLeast(2, 11) {
		c.diags.Errorf(n.span, diag.WrongVersion, "Airflow %s has no period whose data interval is the moment", c.version).WithHelp("it came with Airflow 2.11")
		return nil
	}
	v := c.argument(value, &catalog.Arg{Name: "delta", Type: catalog.Seconds}, false)
	switch v := v.(type) {
	case *ir.Duration:
		if v.Micros > 0 {
			return &ir.PinnedDelta{Period: v, Interval: interval, Span: n.span}
		}
		c.diags.Errorf(value.span, diag.BadDuration, "a schedule must be longer than nothing")
	case *ir.Call:
		if isRelativeDelta(v) {
			return &ir.PinnedDelta{Period: v, Interval: interval, Span: n.span}
		}
		c.diags.Errorf(value.span, diag.WrongType, "delta must be a duration, not this object")
	}
	return nil
}

func isRelativeDelta(call *ir.Call) bool {
	return call.Func.Path() == "dateutil.relativedelta.relativedelta"
}

// timetable reads a timetable: an object, or `{callable: path, params: {...}}`.
func (c *compilation) timetable(n *node) ir.Schedule {
	switch {
	case n.has("__type__"):
		call, ok := c.object(n, false).(*ir.Call)
		if !ok {
			return nil
		}
		return &ir.Timetable{Call: call, Span: n.span}
	case n.kind != mapNode || !n.has("callable"):
		c.diags.Errorf(n.span, diag.WrongType, "a timetable is {callable: module.Class, params: {...}} or an object with __type__")
		return nil
	}
	call := &ir.Call{Span: n.span}
	for _, p := range n.pairs {
		switch p.key.text {
		case "callable":
			if p.value.kind != scalarNode || resolve(p.value, c.mode).kind != isText {
				c.diags.Errorf(p.value.span, diag.WrongType, "callable must be the dotted name of a class, not %s", p.value.noun(c.mode))
				return nil
			}
			ref, ok := c.function(p.value).(*ir.PyRef)
			if !ok {
				return nil
			}
			call.Func = c.canonical(ref)
			if !c.inVersion(call.Func, p.value) {
				return nil
			}
		case "params":
			if p.value.kind != mapNode {
				if isNullNode(p.value, c.mode) {
					continue
				}
				c.wrongType(p.value, &catalog.Arg{Name: "params", Type: catalog.Dict})
				return nil
			}
			for _, q := range p.value.pairs {
				if arg, ok := c.keyword(q); ok {
					call.Kwargs = append(call.Kwargs, arg)
				}
			}
		default:
			d := c.diags.Errorf(p.key.span, diag.UnknownKey, "a timetable has no key %s", quoted(p.key.text))
			suggest(d, p.key.span, p.key.text, []string{"callable", "params"}, "its keys are")
			return nil
		}
	}
	return &ir.Timetable{Call: call, Span: n.span}
}

// scheduleObject makes a schedule of a Python object.
func (c *compilation) scheduleObject(n *node) ir.Schedule {
	v, _ := c.special(n, false)
	switch v := v.(type) {
	case nil:
	case *ir.Duration:
		if v.Micros > 0 {
			return &ir.Delta{Period: v, Span: n.span}
		}
		c.diags.Errorf(n.span, diag.BadDuration, "a schedule must be longer than nothing")
	case *ir.Asset:
		return &ir.Assets{Expr: v, Span: n.span}
	case *ir.AssetAlias:
		return &ir.Assets{Expr: v, Span: n.span}
	case *ir.AssetSet:
		return &ir.Assets{Expr: v, Span: n.span}
	case *ir.Call:
		if isRelativeDelta(v) {
			return &ir.RelativeDelta{Period: v, Span: n.span}
		}
		return &ir.Timetable{Call: v, Span: n.span}
	default:
		c.diags.Errorf(n.span, diag.WrongType, "this object is no schedule")
	}
	return nil
}

// single is the only item of a set of one that is a set itself.
func single(set *ir.AssetSet) ir.AssetExpr {
	if len(set.Items) == 1 {
		if inner, ok := set.Items[0].(*ir.AssetSet); ok {
			return inner
		}
	}
	return set
}

// assetExpr reads what a schedule waits for: a list, one asset, or text with & and | in it.
func (c *compilation) assetExpr(n *node) ir.AssetExpr {
	if n.kind == listNode {
		set := c.assetList(n, false, n.span)
		if set == nil {
			return nil
		}
		return single(set)
	}
	if n.kind == scalarNode && resolve(n, c.mode).kind == isText && strings.ContainsAny(n.text, "&|()") {
		if !c.checkText(n) {
			return nil
		}
		e := &exprReader{c: c, n: n, text: n.text}
		expr := e.union()
		e.space()
		if e.problem == "" && e.at < len(e.text) {
			e.problem = "there is something after its end: " + quoted(e.text[e.at:])
		}
		if e.problem != "" {
			c.diags.Errorf(n.span, diag.BadValue, "%s is no expression of assets: %s", quoted(n.text), e.problem).
				WithHelp(`write URIs with & (all), | (any) and parentheses: "(s3://a & s3://b) | s3://c"`)
			return nil
		}
		if e.failed {
			return nil
		}
		return expr
	}
	return c.asset(n)
}

// exprReader reads an expression of assets, in which & binds closer than |, as in Python.
type exprReader struct {
	c       *compilation
	n       *node
	text    string
	at      int
	depth   int
	problem string
	failed  bool // a name was reported
}

func (e *exprReader) space() {
	for e.at < len(e.text) && strings.IndexByte(" \t\r\n", e.text[e.at]) >= 0 {
		e.at++
	}
}

func (e *exprReader) sign(b byte) bool {
	e.space()
	if e.problem == "" && e.at < len(e.text) && e.text[e.at] == b {
		e.at++
		return true
	}
	return false
}

func (e *exprReader) union() ir.AssetExpr { return e.chain('|', true, e.intersection) }

func (e *exprReader) intersection() ir.AssetExpr { return e.chain('&', false, e.one) }

func (e *exprReader) chain(sign byte, any bool, next func() ir.AssetExpr) ir.AssetExpr {
	first := next()
	if e.problem != "" || !e.sign(sign) {
		return first
	}
	set := &ir.AssetSet{Any: any, Span: e.n.span}
	addAsset(set, first)
	for {
		item := next()
		if e.problem != "" {
			return nil
		}
		addAsset(set, item)
		if !e.sign(sign) {
			return set
		}
	}
}

func (e *exprReader) one() ir.AssetExpr {
	const deepest = 100
	if e.sign('(') {
		if e.depth++; e.depth > deepest {
			e.problem = "it is nested too deep"
			return nil
		}
		inner := e.union()
		e.depth--
		if e.problem == "" && !e.sign(')') {
			e.problem = "a parenthesis is never closed"
		}
		return inner
	}
	start := e.at
	for e.at < len(e.text) && strings.IndexByte("&|() \t\r\n", e.text[e.at]) < 0 {
		e.at++
	}
	if start == e.at {
		e.problem = "the URI of an asset is missing"
		return nil
	}
	a := e.c.named(e.text[start:e.at], e.c.within(e.n, start, e.at))
	if a == nil && e.c.datasetsAtHand != nil {
		e.failed = true
	} else if a == nil {
		e.problem = "one of its URIs is none"
	}
	return a
}
