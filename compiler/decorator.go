package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// decorated is what a task that a decorator makes has beside other tasks.
type decorated struct {
	decorator *ir.Decorator      // nil: the task is made by an operator
	takes     *catalog.Decorator // nil: what arguments the decorator takes is not known
	callable  ir.Value
	callArgs  []ir.Value
	callNamed []ir.Arg

	defaults    []ir.Arg // the default_args that reach the task: they are arguments of the call, too, where it has such a parameter
	sawCallable bool     // the function was written, though it may be wrong
}

// decoratorOf reads the decorator of a task.
func (c *compilation) decoratorOf(t *taskDecl, body *node, p *pair) {
	c.decoratorPath(t, p.value)
	for _, s := range shorthands {
		if q := body.pair(s.key); q != nil && s.key != "python" {
			c.twoOperators(t, q.key, p.key)
		}
	}
}

// decoratedFunction reads the function before all other keys: in dag-factory's form its parameters say what belongs to the call.
func (c *compilation) decoratedFunction(t *taskDecl, body *node) {
	if t.decorator == nil || t.bad {
		return
	}
	for _, q := range body.pairs {
		if t.isCallable(q.key.text) {
			c.decoratedCallable(t, body, q)
		}
	}
}

// decoratorPath reads the path of a decorator.
func (c *compilation) decoratorPath(t *taskDecl, n *node) {
	t.bad = true
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.argument(n, &catalog.Arg{Name: "decorator", Type: catalog.Text}, false)
		return
	}
	if !c.checkText(n) {
		return
	}
	path := strings.TrimPrefix(n.text, "@")
	if known := catalog.FindDecorator(path); known != nil {
		t.bad = !c.decoratedBy(t, known, n)
		return
	}
	name, isTask := catalog.CutTask(path)
	dot := strings.LastIndexByte(path, '.')
	problem := badDotted(path)
	switch last := path[dot+1:]; {
	case problem != "":
		c.diags.Errorf(n.span, diag.BadOperator, "%s is no import path of a decorator: %s", quoted(n.text), problem).
			WithHelp("write task, task.branch or the path of another one: module.name")
	case strings.HasPrefix(path, "airflow.") && (last == "setup" || last == "teardown" || last == "task_group" || last == "dag"):
		d := c.diags.Errorf(n.span, diag.BadOperator, "the decorator %s makes no task", last)
		switch last {
		case "setup", "teardown":
			d.WithHelp("write `decorator: task` and `%s: true`", last)
		case "task_group":
			d.WithHelp("declare the group under task_groups")
		}
	case isTask && (name == "task.skip_if" || name == "task.run_if"):
		c.diags.Errorf(n.span, diag.BadOperator, "%s decorates another decorator, which a pipeline file cannot write", name)
	case isTask:
		if near := diag.Near(name, catalog.DecoratorNames()); len(near) > 0 {
			c.diags.Errorf(n.span, diag.BadOperator, "Airflow has no decorator %s", name).
				WithHelp("did you mean %q?", near[0]).WithFix(n.span, near[0])
			return
		}
		// A provider may bring it.
		t.decorator, t.bad = &ir.Decorator{Name: name, Span: n.span}, false
	case dot < 0:
		d := c.diags.Errorf(n.span, diag.BadOperator, "the decorator %s needs its import path", quoted(path))
		if known := catalog.FindDecorator("task." + path); known != nil {
			d.WithHelp("did you mean %q?", known.Name).WithFix(n.span, known.Name)
			return
		}
		suggest(d, n.span, path, catalog.DecoratorNames(), "Airflow's are")
	default:
		ref := c.ref(path[:dot], path[dot+1:], n.span)
		t.decorator, t.bad = &ir.Decorator{Module: ref.Module, Name: ref.Name, User: ref.User, Span: n.span}, false
	}
}

// decoratedBy makes the task one of Airflow's own decorators; false where the version lacks it.
func (c *compilation) decoratedBy(t *taskDecl, known *catalog.Decorator, n *node) bool {
	t.takes = known
	t.decorator = &ir.Decorator{Name: known.Name, Span: n.span}
	if since := known.Since; since.Major != 0 && !c.version.AtLeast(since.Major, since.Minor) {
		c.diags.Errorf(n.span, diag.WrongVersion, "Airflow %s has no decorator %s", c.version, known.Name).WithHelp("it came with Airflow %s", since)
		return false
	}
	return true
}

// decoratedKey reads a key of a task that a decorator makes: an argument of the operator, the function, or an argument of the call.
func (c *compilation) decoratedKey(t *taskDecl, body *node, p pair) {
	switch key := p.key.text; key {
	case "decorator":
		return
	case "expand", "expand_kwargs":
		t.t.Expand = c.decodeExpand(t.t.Expand, body, p, func(q pair, certain bool) (expandArg, bool) {
			if certain && !c.onlyOnce(body, q, q.key.text) {
				return expandArg{}, false
			}
			return expandArg{name: q.key.text, rendered: true}, c.isParameter(q.key)
		})
		return
	case "partial":
		for _, q := range c.partialKeys(body, p) {
			c.callArg(t, q)
		}
		return
	}
	switch key := p.key.text; {
	case t.isCallable(key):
	case c.mode == pyyaml && c.hasParameter(t.callable, key):
		c.callArg(t, p)
	case t.takes != nil && t.takes.Takes(key) && !t.hasArg(key):
		c.unknownArg(t, p)
	case t.takes != nil && t.takes.Takes(key):
		if v := c.decoratorArg(t, p); v != nil {
			t.t.Args = append(t.t.Args, ir.Arg{Name: key, NameSpan: p.key.span, Value: v})
		}
	case catalog.OperatorArg(key) != nil || isTaskWord(key):
		if arg, ok := c.taskArg(p, body, genericClass, false); ok {
			t.t.Args = append(t.t.Args, arg)
		}
	default:
		c.callArg(t, p)
	}
}

// decoratorArg reads an argument of the decorator's own.
func (c *compilation) decoratorArg(t *taskDecl, p pair) ir.Value {
	key := p.key.text
	arg := catalog.FindClass("PythonOperator").OwnArgs().Find(key)
	switch {
	case arg != nil:
	case t.takes.Name == "task.bash":
		arg = catalog.FindClass("BashOperator").OwnArgs().Find(key)
	case (key == "timeout" || key == "poke_interval" || key == "max_wait") && c.isTextNode(p.value):
		arg = &catalog.Arg{Name: key, Type: catalog.Seconds}
	}
	if arg == nil {
		arg = &catalog.Arg{Name: key}
	}
	return c.argument(p.value, arg, true)
}

// isCallable tells whether a key names the function that is decorated.
func (d *decorated) isCallable(key string) bool {
	switch key {
	case "python":
		return d.takes == nil || !d.takes.Takes(key) // else it is the interpreter
	case "python_callable", "code", "python_callable_name", "python_callable_file":
		return true
	}
	return false
}

// hasParameter tells whether a function of the user's own is known to have a parameter of that name.
func (c *compilation) hasParameter(callable ir.Value, name string) bool {
	f, _, _ := c.signature(callable)
	if f == nil {
		return false
	}
	for _, p := range f.Params {
		if p.Name == name && p.Kind != pysource.VarPositional && p.Kind != pysource.VarKeyword {
			return true
		}
	}
	return false
}

// decoratedCallable reads the function that is decorated.
func (c *compilation) decoratedCallable(t *taskDecl, body *node, p pair) {
	if key := p.key.text; key == "python_callable_name" || key == "python_callable_file" {
		c.callableByFile(t, body, p)
		if a := ir.Lookup(t.t.Args, "python_callable"); a != nil {
			t.callable = a.Value
			t.t.Args = t.t.Args[:len(t.t.Args)-1]
		}
		return
	}
	for _, other := range []string{"python_callable", "python", "code"} {
		if other == "python" && t.takes != nil && t.takes.Takes(other) {
			continue
		}
		if q := body.pair(other); q != nil && q.key != p.key && q.key.span.Start.Offset < p.key.span.Start.Offset {
			c.diags.Errorf(p.key.span, diag.Conflict, "%s and %s are the same argument", other, p.key.text).
				WithPlace(q.key.span, "the other one").WithHelp("remove one of them")
			return
		}
	}
	t.sawCallable = true
	var v ir.Value
	switch {
	case p.key.text == "code":
		v = c.functionText(p.value)
	case isCode(p.value):
		v = c.inlineCode(p.value)
	default:
		arg := *catalog.FindClass("PythonOperator").OwnArgs().Find("python_callable")
		arg.Name = p.key.text
		v = c.argument(p.value, &arg, false)
	}
	if v != nil {
		t.callable = v
	}
}

// callArg reads an argument of the call, or all of them where they are written as op_args and op_kwargs.
func (c *compilation) callArg(t *taskDecl, p pair) {
	switch p.key.text {
	case "op_args":
		if isNullNode(p.value, c.mode) {
			return
		}
		if p.value.kind != listNode {
			c.notACall(p)
			return
		}
		for _, item := range p.value.items {
			t.callArgs = append(t.callArgs, c.value(item, true))
		}
	case "op_kwargs":
		switch {
		case isNullNode(p.value, c.mode):
		case p.value.kind != mapNode || p.value.has("__type__"):
			c.notACall(p)
		default:
			for _, q := range p.value.pairs {
				c.namedArg(t, q)
			}
		}
	default:
		c.namedArg(t, p)
	}
}

func (c *compilation) notACall(p pair) {
	c.diags.Errorf(p.value.span, diag.WrongType, "%s of a decorated function must be written out, not %s", p.key.text, objectNoun(p.value, c.mode)).
		WithHelp("write the arguments of the function beside decorator")
}

func (c *compilation) namedArg(t *taskDecl, p pair) {
	if !c.isParameter(p.key) {
		return
	}
	if before := ir.Lookup(t.callNamed, p.key.text); before != nil {
		c.diags.Errorf(p.key.span, diag.Conflict, "%s is given twice", p.key.text).WithPlace(before.NameSpan, "the other one").
			WithHelp("remove one of them")
		return
	}
	if v := c.value(p.value, true); v != nil {
		t.callNamed = append(t.callNamed, ir.Arg{Name: p.key.text, NameSpan: p.key.span, Value: v})
	}
}

// isParameter reports what cannot be the name of a parameter of a function.
func (c *compilation) isParameter(key *node) bool {
	if isIdentifier(key.text) && !pysource.IsKeyword(key.text) {
		return true
	}
	c.diags.Errorf(key.span, diag.UnknownKey, "%s is no argument of the decorator and cannot be one of a Python function", quoted(key.text))
	return false
}

// byDefault are the arguments of a call that default_args give to it.
func (d *decorated) byDefault(f *pysource.Function) (args []ir.Arg) {
	for i, p := range f.Params {
		if p.Kind != pysource.Ordinary && p.Kind != pysource.KeywordOnly || i < len(d.callArgs) || ir.Lookup(d.callNamed, p.Name) != nil {
			continue
		}
		if a := ir.Lookup(d.defaults, p.Name); a != nil {
			args = append(args, *a)
		}
	}
	return args
}

// namePositions turns the positional arguments of a mapped call into named ones: partial takes no others.
func (c *compilation) namePositions(t *taskDecl) {
	if t.t.Expand == nil || len(t.callArgs) == 0 {
		return
	}
	f, _, _ := c.signature(t.callable)
	var named []ir.Arg
	for i, v := range t.callArgs {
		if f == nil || i >= len(f.Params) || f.Params[i].Kind != pysource.Ordinary || ir.Lookup(t.callNamed, f.Params[i].Name) != nil {
			c.diags.Errorf(v.Pos(), diag.BadValue, "a mapped function gets what is the same in every instance by name, not by its place").
				WithHelp("write `parameter: value` beside decorator instead of op_args")
			t.bad = true
			return
		}
		if twice := ir.Lookup(t.t.Expand.Args, f.Params[i].Name); twice != nil {
			c.diags.Errorf(twice.NameSpan, diag.Conflict, "%s is expanded, so that it cannot also be the same in every instance", twice.Name).
				WithPlace(v.Pos(), "the other one").WithHelp("remove one of them")
			t.bad = true
			return
		}
		named = append(named, ir.Arg{Name: f.Params[i].Name, NameSpan: v.Pos(), Value: v})
	}
	t.callArgs, t.callNamed = nil, append(named, t.callNamed...)
}

// requireCallable reports a decorated task without a function.
func (c *compilation) requireCallable(t *taskDecl) {
	if !t.bad && t.decorator != nil && t.callable != nil {
		c.namePositions(t)
		return
	}
	if t.bad || t.decorator == nil || t.callable != nil || t.sawCallable {
		return
	}
	c.diags.Errorf(t.t.IDSpan, diag.MissingKey, "the task %s has a decorator and no function", quoted(t.t.LocalID)).
		WithHelp("add `python_callable: module.function` or `code: |`")
}
