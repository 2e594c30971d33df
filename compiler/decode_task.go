package compiler

import (
	"strings"
	"unicode"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// taskDecl is a task on its way.
type taskDecl struct {
	t     *ir.Task
	group *groupDecl
	class *catalog.Class // nil: not in the catalogue

	signature *catalog.Signature // what the operator or decorator takes; nil: nobody knows

	deps  []dep
	index int
	bad   bool // its operator or id was reported: nothing further is said about it
	given given
	decorated
	rule       *node
	teardown   *node              // the value of teardown, where it makes the task one
	setups     []dep              // the setups that a teardown names
	defs       []ir.Arg           // default_args of the task itself
	standIn    *taskDecl          // what a local run does instead
	ups, downs []*taskDecl        // direct neighbours
	needs      map[*taskDecl]bool // the same as ups, once they are many
	mark       uint8              // of the search for cycles
	visited    uint32             // of searches for upstream tasks
}

// shorthands are the keys that stand for an operator and its main argument.
var shorthands = []struct{ key, class, arg string }{
	{"bash", "BashOperator", "bash_command"},
	{"python", "PythonOperator", "python_callable"},
	{"empty", "EmptyOperator", ""},
}

func pythonWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func (c *compilation) decodeTasks(d *dagDecl, n *node, group *groupDecl) {
	entries := c.entries(d, n, "task", "task_id")
	for i, p := range entries {
		if n.kind == mapNode && i > 0 && isTaskKey(p.key.text) && p.value.kind != mapNode && isNullNode(entries[i-1].value, c.mode) {
			continue // reported with the task above
		}
		if n.kind == mapNode && i+1 < len(entries) && isNullNode(p.value, c.mode) && isTaskKey(entries[i+1].key.text) && entries[i+1].value.kind != mapNode {
			c.notBelow(d, p, entries[i+1], group)
			continue
		}
		c.decodeTask(d, p, group)
	}
}

func (c *compilation) decodeTask(d *dagDecl, p pair, group *groupDecl) {
	id, body := p.key, p.value
	t := &c.memory.tasks.take(1)[:1][0]
	t.group, t.index = group, len(d.tasks)
	t.t = d.newTask()
	t.t.LocalID, t.t.IDSpan, t.t.Span = id.text, id.span, c.whole(p)
	if body.kind != mapNode {
		if isNullNode(body, c.mode) {
			c.missingOperator(id, nil)
		} else {
			d := c.diags.Errorf(body.span, diag.WrongType, "a task is a mapping, not %s", body.noun(c.mode)).
				WithHelp("write its keys below its id, such as `bash: ...`")
			if key, value, colon := strings.Cut(body.text, ":"); colon && body.plain && value != "" && isTaskKey(key) {
				d.Message, d.Help = "a space is missing after the colon", nil
				at := c.within(body, len(key), len(key)+1)
				d.WithHelp("write `%s: %s`", key, value).WithFix(at, ": ")
			}
		}
		t.bad = true
		c.place(d, t)
		return
	}
	if name := body.get("task_group_name"); name != nil && !isNullNode(name, c.mode) {
		c.joinGroup(d, t, name)
	}
	if s := resolve(id, c.mode); s.kind != isText && id.text != "" {
		// 010 or yes as an id: text to us, something else to Python.
		c.diags.Errorf(id.span, diag.WrongType, "a task_id must be text, not %s", id.noun(c.mode)).
			WithHelp("write it in quotes: %q", id.text).WithFix(id.span, `"`+id.text+`"`)
		t.bad = true
	}
	c.place(d, t)
	spelled := ""
	if full := c.spellOut(body); full == nil {
		t.bad = true
	} else {
		body = full
		spelled = c.operatorOf(t, id, body)
	}
	t.signature = t.signatureIn(c.version)
	var fields []string
	if t.class != nil {
		fields = t.class.FieldsFor(c.version)
	}
	t.t.Args = make([]ir.Arg, 0, len(body.pairs))
	t.given.group = mappedAround(t.group)
	c.given = &t.given
	c.decoratedFunction(t, body)
	for _, q := range body.pairs {
		c.decodeTaskKey(d, t, id, body, q, spelled, fields)
	}
	c.variableArgs(t, body.get("variables_as_arguments"))
	c.jsonBody(t)
	c.given = nil
	c.requireArgs(d, t, body)
}

func (c *compilation) joinGroup(d *dagDecl, t *taskDecl, name *node) {
	if len(d.groups) == 0 && c.mode == pyyaml {
		c.diags.Warnf(name.span, diag.Dropped, "the DAG has no task groups, so that task_group_name is dropped")
		return
	}
	g, ok := c.groupNamed(d, name)
	switch {
	case !ok:
	case t.group != nil && t.group != g:
		c.diags.Errorf(name.span, diag.Conflict, "the task is written inside the group %s", quoted(t.group.g.ID)).WithHelp("remove task_group_name")
	default:
		t.group = g
	}
}

// place gives a task its full id and its place among the others.
func (c *compilation) place(d *dagDecl, t *taskDecl) {
	in := &d.top
	t.t.ID = t.t.LocalID
	if t.group != nil {
		t.t.Group, in = t.group.g, &t.group.inside
		if t.group.g.Prefix {
			t.t.ID = t.group.g.ID + "." + t.t.LocalID
		}
	}
	d.tasks = append(d.tasks, t)
	named := member{task: t}
	if c.checkID(t.t.ID, t.t.IDSpan, "task_id") {
		if !c.claim(d, t.t.ID, t.t.IDSpan, named) {
			return
		}
	} else if !d.byID[t.t.ID].found() {
		d.byID[t.t.ID] = named // a dependency on it is no further mistake
	}
	in.call(t.t.LocalID, named)
}

func (c *compilation) decodeTaskKey(d *dagDecl, t *taskDecl, id, body *node, p pair, spelled string, fields []string) {
	key := p.key.text
	switch key {
	case "operator", "task_group_name", "variables_as_arguments":
		return
	case "task_id":
		if p.value != id && p.value.text != id.text {
			if c.mode == pyyaml {
				c.diags.Warnf(p.value.span, diag.Dropped, "the id of the task is its key, %s; task_id is dropped", quoted(id.text))
			} else {
				c.diags.Errorf(p.value.span, diag.Conflict, "task_id differs from the task's key, %s", quoted(id.text)).WithHelp("remove task_id")
			}
		}
		return
	case "dependencies":
		t.deps = c.dependencies(p.value)
		return
	case "trigger_rule":
		t.rule = p.value
		return
	case "setup":
		c.decodeSetup(t, p)
		return
	case "teardown":
		c.decodeTeardown(t, p)
		return
	case "params":
		t.t.Params = c.params(p.value)
		return
	case "local":
		if !isNullNode(p.value, c.mode) {
			given := c.given
			c.given = nil // outputs of other tasks are Airflow's
			t.standIn = c.decodeStandIn(d, t, id, p)
			c.given = given
		}
		return
	case "default_args":
		t.defs = c.defaultArgs(p.value)
		t.t.DefaultArgs = t.defs
		return
	}
	if t.bad {
		if catalog.OperatorArg(key) != nil {
			c.taskArg(p, body, t.class, false)
		}
		return
	}
	if c.oneDAGOnly(p.key) {
		return
	}
	if t.decorator != nil {
		c.decoratedKey(t, body, p)
		return
	}
	switch key {
	case "expand", "expand_kwargs":
		c.expandOf(t, body, p, spelled, fields)
		return
	case "partial":
		for _, q := range c.partialKeys(body, p) {
			c.decodeTaskKey(d, t, id, body, q, spelled, fields)
		}
		return
	}
	for _, s := range shorthands {
		if key == s.key && spelled == s.key {
			c.shorthand(t, body, p, s.arg)
			return
		}
	}
	if key == "code" && takesCode(t) {
		c.codeOf(t, body, p)
		return
	}
	if key == "python_callable_name" || key == "python_callable_file" {
		c.callableByFile(t, body, p)
		return
	}
	if t.class == nil || !t.class.KnowsArgs() {
		if !t.hasArg(key) {
			c.unknownArg(t, p)
			return
		}
		c.genericArg(t, body, p, contains(fields, key))
		return
	}
	if catalog.OperatorArg(key) == nil && t.class.OwnArgs().Find(key) == nil && !isTaskWord(key) {
		c.unknownArg(t, p)
		return
	}
	if arg, ok := c.taskArg(p, body, t.class, contains(fields, key)); ok {
		t.t.Args = append(t.t.Args, arg)
	}
}

// shorthand reads `bash: ...`: the operator and its main argument in one.
func (c *compilation) shorthand(t *taskDecl, body *node, p pair, name string) {
	if name == "" {
		if !c.isSwitch(p.value) {
			c.diags.Errorf(p.value.span, diag.WrongType, "empty takes no value").WithHelp("write `empty:` alone, or `empty: true`")
		}
		return
	}
	if other := body.pair(name); other != nil {
		c.diags.Errorf(other.key.span, diag.Conflict, "%s and %s are the same argument", p.key.text, name).
			WithPlace(p.key.span, "the other one").WithHelp("remove %s", name)
		return
	}
	arg := *t.class.OwnArgs().Find(name)
	arg.Name = p.key.text
	if v := c.argument(p.value, &arg, true); v != nil {
		t.t.Args = append(t.t.Args, ir.Arg{Name: name, NameSpan: p.key.span, Value: v})
	}
}

// callableByFile reads dag-factory's python_callable_name and python_callable_file.
func (c *compilation) callableByFile(t *taskDecl, body *node, p pair) {
	name, file := body.get("python_callable_name"), body.get("python_callable_file")
	if other := body.pair("python_callable"); other != nil {
		c.diags.Errorf(p.key.span, diag.Conflict, "python_callable and %s are the same argument", p.key.text).
			WithPlace(other.key.span, "the other one").WithHelp("remove %s", p.key.text)
		return
	}
	if name == nil || file == nil {
		missing := "python_callable_name"
		if file == nil {
			missing = "python_callable_file"
		}
		c.diags.Errorf(p.key.span, diag.MissingKey, "%s needs %s beside it", p.key.text, missing).
			WithHelp("or write python_callable: module.function")
		t.bad = true
		return
	}
	if p.value != file {
		return // read with the file
	}
	for _, n := range []*node{name, file} {
		if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
			c.diags.Errorf(n.span, diag.WrongType, "%s must be text, not %s", "python_callable_name and python_callable_file", n.noun(c.mode))
			t.bad = true
			return
		}
	}
	if known := c.checkText(name); !c.checkText(file) || !known {
		t.bad = true
		return
	}
	if problem := badDotted(name.text); problem != "" {
		c.diags.Errorf(name.span, diag.BadCallable, "%s does not name a Python function: %s", quoted(name.text), problem)
		t.bad = true
		return
	}
	module, ok := c.fileModule(file, file.text)
	if !ok {
		t.bad = true
		return
	}
	t.t.Args = append(t.t.Args, ir.Arg{Name: "python_callable", NameSpan: p.key.span, Value: c.inFile(module, name)})
}

// genericArg reads an argument of an operator that the catalogue does not know: any will do.
func (c *compilation) genericArg(t *taskDecl, body *node, p pair, rendered bool) {
	key := p.key.text
	if takesFunction(t.t.Class.Name, key) && !t.otherValue(key, p.value, c.mode) {
		arg := &catalog.Arg{Name: key, Type: catalog.Function, Null: key != "python_callable"}
		if v := c.argument(p.value, arg, false); v != nil {
			t.t.Args = append(t.t.Args, ir.Arg{Name: key, NameSpan: p.key.span, Value: v})
		}
		return
	}
	if catalog.OperatorArg(key) == nil && c.isLength(t, key, p.value) {
		if v := c.argument(p.value, &catalog.Arg{Name: key, Type: catalog.Seconds}, false); v != nil {
			t.t.Args = append(t.t.Args, ir.Arg{Name: key, NameSpan: p.key.span, Value: v})
		}
		return
	}
	if catalog.OperatorArg(key) == nil && !isTaskWord(key) {
		if arg, ok := c.sensorArg(p, body); ok {
			if arg.Value != nil {
				t.t.Args = append(t.t.Args, arg)
			}
			return
		}
		arg := ir.Arg{Name: key, NameSpan: p.key.span}
		if isScript(key) && p.value.kind == scalarNode && resolve(p.value, c.mode).kind == isText {
			arg.Value = c.script(p.value, rendered)
		} else {
			arg.Value = c.value(p.value, rendered)
		}
		t.t.Args = append(t.t.Args, arg)
		return
	}
	if arg, ok := c.taskArg(p, body, genericClass, rendered); ok {
		t.t.Args = append(t.t.Args, arg)
	}
}

// otherValue tells whether a value that would be a function may be something else: anything for an operator of the user's own, and
// an object that can be called for what is no python_callable.
func (t *taskDecl) otherValue(key string, n *node, mode schema) bool {
	isText := n.kind == scalarNode && resolve(n, mode).kind == isText
	return t.t.Class.User && !isText && !isCode(n) || key != "python_callable" && n.has("__type__")
}

// isTaskWord tells whether a key is the language's own and stands for arguments of any operator.
func isTaskWord(key string) bool {
	event, _ := callbackPart(key)
	return event != ""
}

// genericClass stands for any operator that the catalogue does not know.
var genericClass = &catalog.Class{Kind: "operator"}

func (c *compilation) unknownArg(t *taskDecl, p pair) {
	key := p.key.text
	if key != "provide_context" && c.otherVersionHas(t, p.key) {
		return
	}
	keys := []string{"dependencies", "task_group_name", "setup", "teardown"}
	if t.class == nil || !t.class.KnowsArgs() {
		keys = append(keys, t.signature.Names()...)
	} else {
		for _, a := range t.class.OwnArgs() {
			if a.In(c.version) {
				keys = append(keys, a.Name)
			}
		}
	}
	for _, a := range catalog.OperatorArgs() {
		if a.Type != catalog.Never && a.In(c.version) {
			keys = append(keys, a.Name)
		}
	}
	d := c.diags.Errorf(p.key.span, diag.UnknownKey, "%s has no argument %s", t.operatorName(), quoted(key))
	if key == "provide_context" {
		d.WithHelp("remove it: since Airflow 2 every function gets the context values that it has parameters for")
		c.removable(d, p)
		return
	}
	if meant := synonyms[key]; (t.class == nil || !t.class.KnowsArgs()) && len(diag.Near(key, keys)) == 0 && !contains(keys, meant) {
		if keys = t.signature.Names(); len(keys) == 0 {
			d.WithHelp("it has none of its own, only those of every operator")
			return
		}
		suggest(d, p.key.span, key, keys, "its own arguments are")
		return
	}
	suggest(d, p.key.span, key, keys, "its arguments are")
}

// dependencies reads the names that a task or group depends on.
func (c *compilation) dependencies(n *node) []dep {
	if isNullNode(n, c.mode) {
		return nil
	}
	if n.kind != listNode {
		d := c.diags.Errorf(n.span, diag.WrongType, "dependencies must be a list of names, not %s", n.noun(c.mode))
		if n.kind == scalarNode {
			names := c.written(n)
			if n.plain && strings.HasPrefix(names, "(") && strings.HasSuffix(names, ")") {
				names = strings.Trim(names, "(), ") // a tuple
			}
			d.WithHelp("write [%s]", names).WithFix(n.span, "["+names+"]")
		}
		return nil
	}
	deps := make([]dep, 0, len(n.items))
	for _, item := range n.items {
		if item.kind == mapNode && item.has("task") {
			if labelled, ok := c.labelled(item); ok {
				deps = append(deps, labelled)
			}
			continue
		}
		if item.kind != scalarNode || resolve(item, c.mode).kind != isText {
			d := c.diags.Errorf(item.span, diag.WrongType, "a dependency is the name of a task or group, not %s", item.noun(c.mode))
			if item.kind == scalarNode && item.text != "" {
				d.WithHelp("write it in quotes: %q", item.text).WithFix(item.span, `"`+item.text+`"`)
			}
			continue
		}
		if !c.checkText(item) {
			continue
		}
		deps = append(deps, dep{name: item.text, span: item.span})
	}
	return deps
}
