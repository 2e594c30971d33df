package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// given is what is known of a place where outputs of tasks may stand: the arguments of a task, or what a group is mapped over.
type given struct {
	outputs bool       // outputs were written there, which are edges
	params  bool       // parameters of the mapped group around were
	group   *groupDecl // the mapped group around; nil: none
}

// outputText reads a text that begins with a plus sign: the output of a task, if there is one of that name. Else it is nil, and
// the text stays what it is.
func (c *compilation) outputText(n *node) ir.Value {
	name, key, ok := splitOutput(n.text[1:])
	if !ok || c.body == nil {
		return nil
	}
	exists := c.isTaskName(name)
	switch {
	case exists && c.given != nil:
		c.given.outputs = true
		return &ir.Output{TaskID: name, Key: key, Span: n.span}
	case exists:
		c.diags.Warnf(n.span, diag.Dropped, "%s stays a text here: only the arguments of a task can be the output of another one", n.text)
	case c.given != nil:
		d := c.diags.Warnf(n.span, diag.UnknownDependency, "there is no task %s, so that %s stays a text", quoted(name), n.text)
		if near := diag.Near(name, c.namesOfTasks()); len(near) > 0 {
			d.WithHelp("did you mean %q?", "+"+near[0])
		}
	}
	return nil
}

// splitOutput reads what follows the plus sign: name or name['key'].
func splitOutput(text string) (name, key string, ok bool) {
	name = text
	if bracket := strings.IndexByte(text, '['); bracket >= 0 {
		name = text[:bracket]
		inner := text[bracket+1:]
		if len(inner) < 4 || inner[len(inner)-1] != ']' {
			return "", "", false
		}
		quote := inner[0]
		key = inner[1 : len(inner)-2]
		if quote != '\'' && quote != '"' || inner[len(inner)-2] != quote || strings.IndexByte(key, quote) >= 0 {
			return "", "", false
		}
	}
	if name == "" || isDigit(name[0]) || badRune(name, true) >= 0 {
		return "", "", false
	}
	return name, key, true
}

// outputMap reads `{output: task, key: k}` and `{mapped: parameter}`; nil for any other map.
func (c *compilation) outputMap(n *node) ir.Value {
	if c.given == nil || len(n.pairs) == 0 || len(n.pairs) > 2 || c.mode == pyyaml {
		return nil
	}
	switch n.pairs[0].key.text {
	case "output", "key":
		return c.writtenOutput(n)
	case "mapped":
		return c.mappedParam(n)
	}
	return nil
}

func (c *compilation) writtenOutput(n *node) ir.Value {
	name, key := n.get("output"), n.get("key")
	if name == nil || len(n.pairs) == 2 && key == nil || !c.isTextNode(name) || key != nil && !c.isTextNode(key) || !c.isTaskName(name.text) {
		return nil
	}
	c.given.outputs = true
	out := &ir.Output{TaskID: name.text, Span: n.span}
	if key != nil && key.text != "return_value" {
		out.Key = key.text
	}
	return out
}

func (c *compilation) isTextNode(n *node) bool {
	return n.kind == scalarNode && n.text != "" && resolve(n, c.mode).kind == isText
}

// mappedParam reads `{mapped: parameter}` inside a mapped group.
func (c *compilation) mappedParam(n *node) ir.Value {
	name := n.pairs[0].value
	g := c.given.group
	if g == nil || len(n.pairs) != 1 || !c.isTextNode(name) {
		return nil
	}
	if !contains(g.g.MappedNames, name.text) {
		switch {
		case !g.anyNames:
			d := c.diags.Errorf(name.span, diag.UnknownKey, "the group %s is not mapped over %s", quoted(g.g.ID), quoted(name.text))
			suggest(d, name.span, name.text, g.g.MappedNames, "it is mapped over")
			return &ir.Null{Span: n.span}
		case !isIdentifier(name.text) || pysource.IsKeyword(name.text):
			c.diags.Errorf(name.span, diag.UnknownKey, "%s is no name of a Python parameter", quoted(name.text))
			return &ir.Null{Span: n.span}
		}
		g.g.MappedNames = append(g.g.MappedNames, name.text)
	}
	c.given.params = true
	return &ir.MappedParam{Group: g.g.ID, Name: name.text, Span: n.span}
}

// givenArgument reads an argument that is the output of a task, or a parameter of the mapped group around. done is false for any
// other value. What is the same in every run cannot be one.
func (c *compilation) givenArgument(n *node, arg *catalog.Arg, rendered bool) (v ir.Value, done bool) {
	if c.given == nil {
		return nil, false
	}
	switch {
	case n.kind == scalarNode:
		if len(n.text) < 2 || n.text[0] != '+' || resolve(n, c.mode).kind != isText {
			return nil, false
		}
		v = c.outputText(n)
	case n.kind == mapNode && arg.Type != catalog.Arguments && arg.Type != catalog.Dict:
		v = c.outputMap(n)
	}
	if v == nil {
		return nil, false
	}
	what := "the output of a task"
	if _, param := v.(*ir.MappedParam); param {
		what = "a parameter of the group"
	}
	switch {
	case catalog.OperatorArg(arg.Name) != nil:
		c.diags.Errorf(n.span, diag.WrongType, "%s must be %s, not %s", arg.Name, arg.Type.Noun(), what).
			WithHelp("Airflow knows outputs only when the task runs, and %s before", arg.Name)
		return nil, true
	case arg.Type == catalog.Function:
		c.diags.Errorf(n.span, diag.WrongType, "%s must be %s, not %s", arg.Name, arg.Type.Noun(), what)
		return nil, true
	case arg.Name == "bash_command" || arg.Name == "bash":
		if c.version == (ir.Version{Major: 2, Minor: 10}) || c.version == (ir.Version{Major: 2, Minor: 11}) {
			d := c.diags.Warnf(n.span, diag.WrongVersion, "BashOperator of Airflow %s fails with a command that is %s", c.version, what)
			if o, ok := v.(*ir.Output); ok && o.Key == "" {
				d.WithHelp("write \"{{ ti.xcom_pull(task_ids='%s') }}\" and name the task in dependencies", o.TaskID)
			} else {
				d.WithHelp("put it into env and use the variable")
			}
		}
	case !rendered:
		c.diags.Warnf(n.span, diag.Dropped, "Airflow does not look up %s in %s, which is no template field: the task gets an object instead", what, arg.Name)
	}
	return v, true
}

// lookUpOutputs finds the tasks whose outputs the arguments of a task use. Each is an edge.
func (c *compilation) lookUpOutputs(d *dagDecl, t *taskDecl, edges []edge) []edge {
	var groups []*groupDecl
	visit := func(v ir.Value) {
		switch v := v.(type) {
		case *ir.Output:
			edges = c.lookUpOutput(d, member{task: t}, v, edges)
		case *ir.MappedParam:
			if g := t.given.group; len(groups) == 0 {
				groups = append(groups, g)
			}
		}
	}
	ir.WalkArgs(t.t.Args, visit)
	ir.WalkExpand(t.t.Expand, visit)
	ir.WalkAll(t.callArgs, visit)
	ir.WalkArgs(t.callNamed, visit)
	for _, g := range groups {
		ir.WalkExpand(g.g.Expand, func(v ir.Value) {
			if o, ok := v.(*ir.Output); ok {
				if from := d.byID[o.TaskID]; from.task != nil && from.task != t {
					edges = append(edges, edge{from: from, to: member{task: t}, span: o.Span, depth: commonDepth(from, member{task: t})})
				}
			}
		})
	}
	return edges
}

// lookUpOutput finds the task whose output is used, and draws the edge.
func (c *compilation) lookUpOutput(d *dagDecl, of member, o *ir.Output, edges []edge) []edge {
	dep := dep{name: o.TaskID, span: o.Span}
	to, ok := c.lookUp(d, of, dep)
	switch {
	case !ok:
		d.failed = true
		return edges
	case to.group != nil:
		c.diags.Errorf(o.Span, diag.WrongType, "%s is a task group, and only tasks have outputs", quoted(o.TaskID))
	case of == to:
		c.diags.Errorf(o.Span, diag.Cycle, "the task %s uses its own output", quoted(o.TaskID))
	case of.group != nil && isInside(to, of.group):
		c.diags.Errorf(o.Span, diag.Cycle, "%s is inside the group that is mapped over its output", quoted(o.TaskID))
	default:
		o.TaskID = to.task.t.ID
		return append(edges, edge{from: to, to: of, span: o.Span, depth: commonDepth(to, of)})
	}
	d.failed = true
	return edges
}

// isTaskName tells whether the DAG at hand has a task of that id, local or full.
func (c *compilation) isTaskName(name string) bool {
	if c.taskNames == nil {
		c.taskNames = map[string]bool{}
		if c.body != nil {
			c.collectNames(c.body, "")
		}
	}
	return c.taskNames[name]
}

// namesOfTasks are the ids of the tasks of the DAG at hand, to guess from; none once many names were guessed.
func (c *compilation) namesOfTasks() []string {
	const enough = 200
	if c.guesses++; c.guesses > enough {
		return nil
	}
	return c.taskList
}

func (c *compilation) collectNames(n *node, prefix string) {
	add := func(id, body *node) {
		if !c.taskNames[id.text] {
			c.taskList = append(c.taskList, id.text)
		}
		c.taskNames[id.text], c.taskNames[prefix+id.text] = true, true
		if group := body.get("task_group_name"); group != nil {
			c.taskNames[group.text+"."+id.text] = true
		}
	}
	if tasks := n.get("tasks"); tasks != nil {
		for _, p := range tasks.pairs {
			add(p.key, p.value)
		}
		for _, item := range tasks.items {
			if id := item.get("task_id"); id != nil {
				add(id, item)
			}
		}
	}
	if groups := n.get("task_groups"); groups != nil {
		for _, p := range groups.pairs {
			c.collectNames(p.value, prefix+p.key.text+".")
		}
		for _, item := range groups.items {
			name := item.get("group_name")
			if name == nil {
				name = item.get("group_id")
			}
			if name != nil {
				c.collectNames(item, prefix+name.text+".")
			}
		}
	}
}
