package compiler

import (
	"strconv"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// argument makes the value of an argument whose type is known; nil after an error.
func (c *compilation) argument(n *node, arg *catalog.Arg, rendered bool) ir.Value {
	s := scalar{}
	if n.kind == scalarNode {
		if c.mode == pyyaml && knownNow(arg) && !c.resolveEnv(n) {
			return nil
		}
		s = resolve(n, c.mode)
		if s.kind == isNull {
			if arg.Null || arg.Type == catalog.Any || arg.Type == catalog.Dict {
				return &ir.Null{Span: n.span}
			}
			return c.wrongType(n, arg)
		}
	}
	if v, done := c.givenArgument(n, arg, rendered); done {
		return v
	}
	if n.has("__type__") {
		return c.typedObject(n, arg, rendered)
	}
	switch arg.Type {
	case catalog.Any:
		return c.value(n, rendered)
	case catalog.Bool:
		if s.kind == isBool {
			return &ir.Bool{V: s.bool, Span: n.span}
		}
	case catalog.Backoff:
		switch {
		case s.kind == isBool:
			return &ir.Bool{V: s.bool, Span: n.span}
		case (s.kind == isInt || s.kind == isFloat) && c.version.AtLeast(3, 2):
			return c.scalar(n, false)
		}
	case catalog.Int:
		if s.kind == isInt {
			c.warnYAML11(n)
			return &ir.Int{Text: s.int, Span: n.span}
		}
	case catalog.Number:
		if s.kind == isInt || s.kind == isFloat {
			return c.scalar(n, false)
		}
	case catalog.Text:
		if n.kind == scalarNode && s.kind == isText {
			c.warnYAML11(n)
			if isScript(arg.Name) {
				return c.script(n, rendered)
			}
			v := c.text(n, rendered)
			c.checkChoice(n, arg)
			return v
		}
	case catalog.Texts, catalog.TextOrSeq:
		return c.texts(n, arg, rendered)
	case catalog.Dict:
		if n.kind == mapNode {
			return c.plainMap(n, rendered)
		}
	case catalog.Arguments:
		if n.kind == mapNode {
			if arg.Name == "env" {
				c.checkEnv(n)
			}
			return c.plainMap(n, rendered)
		}
		if s.kind == isText && n.kind == scalarNode && hasJinja(n.text) {
			return c.value(n, rendered)
		}
	case catalog.Positions:
		if n.kind == listNode || s.kind == isText && n.kind == scalarNode && hasJinja(n.text) {
			return c.value(n, rendered)
		}
	case catalog.Seconds:
		if n.kind == scalarNode {
			return c.duration(n, s, arg)
		}
	case catalog.Date:
		if n.kind == scalarNode {
			return c.date(n, s, arg.Name)
		}
	case catalog.Function:
		if isCode(n) {
			return c.inlineCode(n)
		}
		if n.kind == scalarNode && s.kind == isText {
			return c.function(n)
		}
	case catalog.ClassName:
		if n.kind == scalarNode && s.kind == isText {
			return c.undefinedClass(n)
		}
	case catalog.Functions:
		return c.functions(n, s, arg)
	case catalog.Assets:
		return c.assets(n, arg)
	case catalog.Names:
		if n.kind == mapNode {
			return c.macros(n, arg)
		}
	case catalog.ExitCodes:
		return c.exitCodes(n, s, arg)
	case catalog.Deadlines:
		return c.deadlines(n, arg)
	case catalog.RetryRules:
		return c.retryPolicy(n, arg)
	case catalog.Never:
		c.diags.Errorf(n.span, diag.BadValue, "%s can only be given by Python code", arg.Name).WithHelp("remove it: %s", arg.Meaning)
		return nil
	}
	return c.wrongType(n, arg)
}

// wrongType reports a value of a type that the argument does not take.
func (c *compilation) wrongType(n *node, arg *catalog.Arg) ir.Value {
	d := c.diags.Errorf(n.span, diag.WrongType, "%s must be %s, not %s", arg.Name, arg.Type.Noun(), n.noun(c.mode))
	if n.kind == listNode && arg.Type == catalog.Text && len(n.items) == 1 && c.isTextNode(n.items[0]) {
		d.WithHelp("write it without brackets: %s", c.written(n.items[0])).WithFix(n.span, c.written(n.items[0]))
	}
	if n.kind == listNode && arg.Type == catalog.Text && len(n.items) != 1 {
		d.WithHelp("write one text; several lines stand below a |")
	}
	if n.kind != scalarNode {
		return nil
	}
	s := resolvePlain(n.text, c.mode)
	trimmed := strings.Trim(n.text, " ,")
	switch {
	case arg.Type == catalog.Bool || arg.Type == catalog.Backoff:
		truth, ok := yaml11Bool(trimmed)
		if fixed := resolvePlain(trimmed, core12); fixed.kind == isBool {
			truth, ok = fixed.bool, true
		}
		if ok {
			d.WithHelp("write %t", truth).WithFix(n.span, strconv.FormatBool(truth))
		}
	case arg.Type == catalog.Int && !n.plain && s.kind == isInt:
		d.WithHelp("write it without quotes: %s", n.text).WithFix(n.span, n.text)
	case arg.Type == catalog.Text && n.plain && n.text != "" && s.kind != isNull:
		d.WithHelp("write it in quotes: %q", n.text).WithFix(n.span, strconv.Quote(n.text))
	case (arg.Type == catalog.Texts || arg.Type == catalog.Positions) && s.kind != isNull:
		d.WithHelp("write a list: [%s]", c.written(n)).WithFix(n.span, "["+c.written(n)+"]")
	case n.text == "None":
		d.WithHelp("write null")
	}
	return nil
}

func (c *compilation) checkChoice(n *node, arg *catalog.Arg) {
	if arg.Choices == nil || hasJinja(n.text) {
		return
	}
	for _, choice := range arg.Choices {
		if choice == n.text {
			return
		}
	}
	if arg.Name == "weight_rule" && strings.Contains(n.text, ".") {
		return // a class of the user's own
	}
	d := c.diags.Errorf(n.span, diag.BadValue, "%s cannot be %s", arg.Name, quoted(n.text))
	suggest(d, n.span, n.text, arg.Choices, "Airflow takes")
}

func (c *compilation) texts(n *node, arg *catalog.Arg, rendered bool) ir.Value {
	if n.kind == scalarNode && arg.Type == catalog.TextOrSeq && resolve(n, c.mode).kind == isText {
		return c.text(n, rendered)
	}
	if n.kind != listNode {
		return c.wrongType(n, arg)
	}
	list := &ir.List{Span: n.span, Items: make([]ir.Value, 0, len(n.items))}
	for _, item := range n.items {
		if item.kind != scalarNode || resolve(item, c.mode).kind != isText {
			d := c.diags.Errorf(item.span, diag.WrongType, "each entry of %s must be text, not %s", arg.Name, item.noun(c.mode))
			if item.kind == scalarNode && item.text != "" {
				d.WithHelp("write it in quotes: %q", item.text).WithFix(item.span, strconv.Quote(item.text))
			}
			continue
		}
		c.warnYAML11(item)
		list.Items = append(list.Items, c.text(item, rendered))
	}
	return list
}

// checkEnv names values of env that are no text: they fail the task when it runs.
func (c *compilation) checkEnv(n *node) {
	for _, p := range n.pairs {
		if p.value.kind == scalarNode && resolve(p.value, c.mode).kind == isText || p.value.has("output") || p.value.has("mapped") ||
			p.value.has("__type__") {
			continue
		}
		d := c.diags.Warnf(p.value.span, diag.WrongType, "env.%s must be text, not %s: the task fails with it", p.key.text, p.value.noun(c.mode))
		if p.value.kind == scalarNode && p.value.text != "" {
			d.WithHelp("write it in quotes: %q", p.value.text).WithFix(p.value.span, strconv.Quote(p.value.text))
			if c.quoted == nil {
				c.quoted = map[*node]bool{}
			}
			c.quoted[p.value] = true
		}
	}
}

func (c *compilation) duration(n *node, s scalar, arg *catalog.Arg) ir.Value {
	switch s.kind {
	case isInt, isFloat:
		seconds := s.float
		if s.kind == isInt {
			seconds, _ = strconv.ParseFloat(s.int, 64)
		}
		micros, ok := secondsToMicros(seconds)
		if !ok {
			c.diags.Errorf(n.span, diag.BadDuration, "%s is too long", n.text)
			return nil
		}
		return &ir.Duration{Micros: micros, Span: n.span}
	case isText:
		micros, problem := parseDuration(n.text)
		if problem == "" {
			return &ir.Duration{Micros: micros, Span: n.span}
		}
		d := c.diags.Errorf(n.span, diag.BadDuration, "the duration %s %s", quoted(n.text), problem)
		if duration, ok := pythonDuration(n.text); ok {
			d.WithHelp("write %s", duration).WithFix(n.span, duration)
			return nil
		}
		d.WithHelp("write 30s, 5m, 1h30m, 2d, a number of seconds, or PT5M")
		if fixed, ok := nearDuration(n.text); ok {
			d.WithFix(n.span, fixed)
		}
		if trimmed := strings.Trim(n.text, " ,"); trimmed != n.text {
			if _, problem := parseDuration(trimmed); problem == "" {
				d.WithFix(n.span, trimmed)
			}
		}
		return nil
	}
	return c.wrongType(n, arg)
}

func (c *compilation) exitCodes(n *node, s scalar, arg *catalog.Arg) ir.Value {
	if s.kind == isInt {
		return &ir.Int{Text: s.int, Span: n.span}
	}
	if n.kind != listNode {
		return c.wrongType(n, arg)
	}
	list := &ir.List{Span: n.span}
	for _, item := range n.items {
		code := resolve(item, c.mode)
		if item.kind != scalarNode || code.kind != isInt {
			c.diags.Errorf(item.span, diag.WrongType, "each entry of %s must be a whole number, not %s", arg.Name, item.noun(c.mode))
			continue
		}
		list.Items = append(list.Items, &ir.Int{Text: code.int, Span: item.span})
	}
	return list
}

// date makes a *ir.Time, or a *ir.Ago in the keyed form.
func (c *compilation) date(n *node, s scalar, name string) ir.Value {
	switch s.kind {
	case isTime:
		return c.moment(n, s.time)
	case isText:
		if t, ok := parseDate(n.text); ok {
			return c.moment(n, t)
		}
		if back, ok := parseAgo(n.text); ok {
			return c.ago(n, back, name)
		}
	}
	if n.kind == scalarNode && s.kind != isText && s.kind != isInt {
		return c.wrongType(n, &catalog.Arg{Name: name, Type: catalog.Date})
	}
	if strings.Contains(n.text, "(") {
		d := c.diags.Errorf(n.span, diag.BadDate, "%s is Python, not a date", quoted(n.text))
		if date, ok := pythonDate(n.text); ok {
			d.WithHelp("write %s", date).WithFix(n.span, date)
		} else {
			d.WithHelp("write a date such as 2026-01-31")
		}
		return nil
	}
	d := c.diags.Errorf(n.span, diag.BadDate, "%s is not a date", quoted(n.text))
	if date, ok := foreignDate(n.text); ok {
		d.WithHelp("write year-month-day: %s", date).WithFix(n.span, date)
		return nil
	}
	d.WithHelp("write year-month-day, such as 2026-01-31, or with a time: 2026-01-31 06:30:00")
	return nil
}

func (c *compilation) moment(n *node, t ir.Time) ir.Value {
	t.Span = n.span
	if !validDate(&t) {
		d := c.diags.Errorf(n.span, diag.BadDate, "there is no such date as %s", n.text)
		if t.Month >= 1 && t.Month <= 12 && t.Day > 28 {
			month := time.Date(t.Year, time.Month(t.Month)+1, 0, 0, 0, 0, 0, time.UTC)
			d.WithHelp("the month ends on %s", month.Format(time.DateOnly))
		}
		return nil
	}
	if t.Zone == "" {
		t.Zone = c.timezone
	}
	t.DateOnly = false
	return &t
}

func (c *compilation) ago(n *node, back int64, name string) ir.Value {
	if c.mode == core12 {
		c.diags.Errorf(n.span, diag.MovingDate, "%s moves: %s is another moment each time Airflow reads the file", name, quoted(n.text)).
			WithHelp("write a date that stays, such as 2026-01-31")
		return nil
	}
	c.diags.Warnf(n.span, diag.MovingDate, "%s moves: %s is another moment each time Airflow reads the file, and a new DAG version each day", name, quoted(n.text)).
		WithHelp("write a date that stays, such as 2026-01-31")
	return &ir.Ago{Back: &ir.Duration{Micros: back, Span: n.span}, Zone: c.timezone, Text: n.text, Span: n.span}
}

// notYet reports what the language does not have yet; it is never dropped.
func (c *compilation) notYet(n *node, format string, args ...any) {
	c.diags.Errorf(n.span, diag.NotYet, format+" is not supported yet", args...)
}

// quoted is text in double quotes for a message, cut where it is long.
func quoted(text string) string {
	const long = 60
	if runes := []rune(text); len(runes) > long {
		text = string(runes[:long]) + "..."
	}
	return strconv.Quote(text)
}
