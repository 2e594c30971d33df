package compiler

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// dagDecl is a DAG on its way: the pipeline as far as it is known, and what is still to be looked up.
type dagDecl struct {
	p        *ir.Pipeline
	tasks    []*taskDecl
	room     []ir.Task    // for the next tasks
	groups   []*groupDecl // in the order of writing
	top      scope
	byID     map[string]member // full ids
	timezone *node
	local    map[string]namesakes // by local id, once asked for
	unknown  bool                 // something that could have been a task or group has no id; a name that is not found may be its
	broken   bool                 // a group has no place, so that names in it may not be found
	failed   bool                 // an error in names or edges: what needs the graph is left out
	failFast *node

	groupNames map[string][]*groupDecl // by local id, once asked for
	guesses    int                     // how many names were compared with all others
	noSchedule bool                    // the schedule was reported, or the start date: nothing is known of them
}

// newTask is a task of the IR; those of a DAG lie beside each other.
func (d *dagDecl) newTask() *ir.Task {
	if len(d.room) == 0 {
		d.room = make([]ir.Task, max(min(cap(d.tasks)-len(d.tasks), 256), 8))
	}
	t := &d.room[0]
	d.room = d.room[1:]
	return t
}

// scope is what a DAG or group holds: where names are looked up.
type scope struct {
	names map[string]member // local ids; of the DAG itself they are full ids, which it knows anyway
	inner bool              // a group's
}

// namesakes are the members of one local id, wherever they are.
type namesakes struct {
	first, second member
}

// call gives a member its local id.
func (s *scope) call(name string, m member) {
	if !s.inner {
		return
	}
	if s.names == nil {
		s.names = map[string]member{}
	}
	s.names[name] = m
}

// mayGuess tells whether a wrong name may still be compared with all others: a file of many wrong names must not take forever.
func (d *dagDecl) mayGuess() bool {
	const enough = 200
	d.guesses++
	return d.guesses <= enough
}

// member is a task or a group; exactly one is set.
type member struct {
	task  *taskDecl
	group *groupDecl
}

func (m member) found() bool { return m.task != nil || m.group != nil }

// dep is an entry of dependencies.
type dep struct {
	name  string
	span  ir.Span
	label string // of the edge
}

func (c *compilation) decodeSingle(root *node) *dagDecl {
	span := root.span
	id, idSpan := c.baseName(), ir.Span{File: span.File, Start: span.Start, End: span.Start}
	if len(root.pairs) > 0 {
		idSpan = root.pairs[0].key.span
	}
	if n := root.get("dag_id"); n != nil {
		idSpan = n.span
		id = ""
		if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
			c.argument(n, catalog.DAGArg("dag_id"), false)
		} else {
			id = n.text
			c.checkText(n)
			c.checkID(id, idSpan, "dag_id")
		}
	} else if !validID(id) {
		c.diags.Errorf(idSpan, diag.BadID, "the DAG needs a dag_id: the name of the file, %s, is no valid one", quoted(id)).
			WithHelp("add `dag_id:` with letters, digits, dashes, dots and underscores")
	}
	return c.decodeDAG(id, idSpan, root, span)
}

func (c *compilation) decodeKeyed(key, body *node) *dagDecl {
	known := c.checkText(key)
	if inner := body.get("dag_id"); inner != nil && inner.text != key.text {
		c.diags.Warnf(inner.span, diag.Dropped, "the id of the DAG is its key, %s; dag_id is dropped", quoted(key.text))
	}
	if known {
		c.checkID(key.text, key.span, "dag_id")
	}
	span := key.span
	if body.span.End.Offset > span.End.Offset {
		span.End = body.span.End
	}
	return c.decodeDAG(key.text, key.span, body, span)
}

// validID is Airflow's own check of an id.
func validID(id string) bool {
	return id != "" && utf8.RuneCountInString(id) <= 250 && badRune(id, true) < 0
}

// badRune is the offset of the first letter that an id cannot have; -1 where there is none. Python's \w, dashes, and dots where
// they are allowed.
func badRune(id string, dots bool) int {
	for i, r := range id {
		switch {
		case r == '_' || r == '-' || r == '.' && dots || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		case r >= utf8.RuneSelf && pythonWord(r):
		default:
			return i
		}
	}
	return -1
}

// badCharacter says what an id consists of, and what this one could be.
func (c *compilation) badCharacter(d *diag.Diagnostic, span ir.Span, id string) {
	d.WithHelp("an id has letters, digits, dashes, dots and underscores")
	fixed := id
	for at := badRune(fixed, true); at >= 0; at = badRune(fixed, true) {
		_, size := utf8.DecodeRuneInString(fixed[at:])
		fixed = fixed[:at] + "_" + fixed[at+size:]
	}
	s := c.sourceOf(span)
	if s != nil && strings.ContainsAny(id, " /:&") && s.at(span) == id && strings.Trim(fixed, "_") != "" {
		d.WithHelp("write %s", fixed).WithFix(span, fixed)
	}
}

func (c *compilation) checkID(id string, span ir.Span, what string) bool {
	at := badRune(id, true)
	if name, _, _ := envVariable(id, 0); c.envSaid[name] {
		return false // it is not set, which was said
	}
	switch {
	case id == "":
		c.diags.Errorf(span, diag.BadID, "%s is empty", what)
	case at >= 0:
		r, _ := utf8.DecodeRuneInString(id[at:])
		c.badCharacter(c.diags.Errorf(span, diag.BadID, "%s %s has a character that Airflow does not take: %q", what, quoted(id), r), span, id)
	case utf8.RuneCountInString(id) > 250:
		c.diags.Errorf(span, diag.BadID, "%s has %d characters; Airflow takes 250", what, utf8.RuneCountInString(id))
	default:
		return true
	}
	return false
}

// decodeDAG declares a DAG of its keys.
func (c *compilation) decodeDAG(id string, idSpan ir.Span, body *node, span ir.Span) *dagDecl {
	d := &dagDecl{p: &ir.Pipeline{ID: id, IDSpan: idSpan, Span: span, Timezone: "UTC"}}
	hint := 0
	if tasks := body.get("tasks"); tasks != nil {
		hint = len(tasks.pairs) + len(tasks.items)
	}
	d.byID = make(map[string]member, hint)
	d.tasks = make([]*taskDecl, 0, hint)
	c.timezone = "UTC"
	if n := body.get("timezone"); n != nil {
		c.decodeTimezone(d, n)
	}
	c.timezone = d.p.Timezone
	c.body, c.taskNames, c.taskList = body, nil, nil
	for _, p := range body.pairs {
		c.decodeDAGKey(d, p, body)
	}
	if defaults := body.get("default_args"); defaults != nil && defaults.has("params") {
		d.p.Params = overParams(d.p.Params, c.params(defaults.get("params")))
	}
	if d.p.Schedule == nil {
		d.p.Schedule = &ir.Unscheduled{Span: idSpan}
	}
	// Groups first, so that tasks can name them wherever they are written.
	groups := c.declareGroups(d, body.get("task_groups"), nil)
	c.placeGroups(d)
	for _, p := range body.pairs {
		switch p.key.text {
		case "tasks":
			c.decodeTasks(d, p.value, nil)
		case "task_groups":
			c.decodeInnerTasks(d, groups)
		}
	}
	c.checkEmpty(d, body)
	return d
}

// checkEmpty names a DAG without tasks, which Airflow takes, and a schedule that dag-factory would add.
func (c *compilation) checkEmpty(d *dagDecl, body *node) {
	if c.mode == pyyaml && c.version.Major < 3 && !body.has("schedule") && !body.has("schedule_interval") && !body.has("timetable") {
		c.diags.Warnf(d.p.IDSpan, diag.MissingKey, "the DAG %s has no schedule, and is only run when it is triggered; dag-factory on Airflow 2 runs it daily", quoted(d.p.ID)).
			WithHelp("add `schedule: null` or `schedule: \"@daily\"`")
	}
	if len(d.tasks) > 0 || d.unknown {
		return
	}
	for _, p := range body.pairs {
		if nearKey(p.key.text, "tasks") && looksLikeTasks(p.value) || p.value.kind == mapNode && looksLikeTask(p.value) {
			return // reported as an unknown key
		}
	}
	c.diags.Warnf(d.p.IDSpan, diag.MissingKey, "the DAG %s has no tasks", quoted(d.p.ID))
}

// unknownZone reports a time zone that the world does not have.
func (c *compilation) unknownZone(n *node) {
	d := c.diags.Errorf(n.span, diag.BadTimezone, "there is no time zone %s", quoted(n.text))
	if zones := catalog.TimeZones(); len(diag.Near(n.text, zones)) > 0 {
		suggest(d, n.span, n.text, zones, "")
		return
	}
	d.WithHelp("write a name of the IANA database, such as UTC, Europe/Berlin or America/New_York")
}

func (c *compilation) decodeTimezone(d *dagDecl, n *node) {
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.argument(n, &catalog.Arg{Name: "timezone", Type: catalog.Text}, false)
		return
	}
	if !c.checkText(n) {
		return
	}
	if !validZone(n.text) {
		c.unknownZone(n)
		return
	}
	d.p.Timezone = n.text
	if n.text != "UTC" {
		d.timezone = n
	}
}

// decodeDAGKey reads one key of a DAG, tasks and groups left out.
func (c *compilation) decodeDAGKey(d *dagDecl, p pair, body *node) {
	key := p.key.text
	switch key {
	case "tasks", "task_groups", "timezone", "dag_id":
		return
	case "default_args":
		d.p.DefaultArgs = c.defaultArgs(p.value)
		return
	case "params":
		d.p.Params = c.params(p.value)
		return
	case "schedule":
		if body.has("timetable") && isNullNode(p.value, c.mode) {
			return
		}
		d.p.Schedule = c.schedule(p.value)
		d.noSchedule = d.noSchedule || d.p.Schedule == nil
		return
	case "timetable":
		if other := body.pair("schedule"); other != nil && !isNullNode(other.value, c.mode) {
			c.diags.Errorf(p.key.span, diag.Conflict, "a DAG has one of schedule and timetable").
				WithPlace(other.key.span, "the other one").WithHelp("remove one of them")
			d.noSchedule = true
			return
		}
		if s := c.timetable(p.value); s != nil {
			d.p.Schedule = s
		}
		d.noSchedule = d.noSchedule || d.p.Schedule == nil
		return
	case "schedule_interval":
		if c.translated(p.key, body, "schedule") {
			d.p.Schedule = c.schedule(p.value)
		}
		return
	}
	if strings.HasPrefix(key, "doc_md") && c.docKey(d, p, body) {
		return
	}
	if event, part := callbackPart(key); event != "" && catalog.DAGArg(event) != nil {
		if a, ok := c.callbackByFile(p, body, event, part); ok {
			if event == "sla_miss_callback" && c.version.Major >= 3 {
				c.droppedSLA(p.key)
				return
			}
			d.p.Args = append(d.p.Args, a)
		}
		return
	}
	arg := catalog.DAGArg(key)
	if arg == nil || arg.Type == catalog.Never && c.mode == pyyaml {
		c.unknownDAGKey(p, body)
		return
	}
	name := key
	if c.outdated(arg, catalog.DAGArg) {
		name = c.otherVersion(p, arg, catalog.DAGArg, body)
		if name == "" {
			return
		}
		arg = catalog.DAGArg(name)
	}
	if name == "sla_miss_callback" && c.version.Major >= 3 {
		c.droppedSLA(p.key)
		return
	}
	v := c.argument(p.value, arg, false)
	if v == nil {
		d.noSchedule = d.noSchedule || name == "start_date"
		return
	}
	c.checkDAGArg(name, v)
	switch name {
	case "start_date":
		d.p.StartDate = dateOrNil(v)
		if d.timezone != nil && d.p.StartDate != nil {
			d.p.StartDate = c.inZone(d.p.StartDate)
		}
	case "end_date":
		d.p.EndDate = dateOrNil(v)
	case "catchup":
		if b, ok := v.(*ir.Bool); ok {
			d.p.Catchup = b.V
		}
	default:
		if name == "fail_fast" || name == "fail_stop" {
			d.failFast = p.value
		}
		d.p.Args = append(d.p.Args, ir.Arg{Name: name, NameSpan: p.key.span, Value: v})
	}
}

// checkDAGArg reports values of the right type that Airflow refuses.
func (c *compilation) checkDAGArg(name string, v ir.Value) {
	switch v := v.(type) {
	case *ir.Int:
		if name == "max_consecutive_failed_dag_runs" && v.Text[0] == '-' {
			c.diags.Errorf(v.Span, diag.BadValue, "max_consecutive_failed_dag_runs cannot be less than 0")
		}
	case *ir.List:
		for _, item := range v.Items {
			if tag, ok := item.(*ir.String); ok && name == "tags" && utf8.RuneCountInString(tag.V) > 100 {
				c.diags.Errorf(tag.Span, diag.BadValue, "a tag has at most 100 characters, and this one %d", utf8.RuneCountInString(tag.V))
			}
		}
	}
}

func (c *compilation) droppedSLA(key *node) {
	c.diags.Warnf(key.span, diag.Dropped, "Airflow %s no longer calls sla_miss_callback", c.version).WithHelp("remove it")
}

func dateOrNil(v ir.Value) ir.Value {
	if _, null := v.(*ir.Null); null {
		return nil
	}
	return v
}

// outdated tells whether the target version lacks an argument, or has it under a newer name as well.
func (c *compilation) outdated(arg *catalog.Arg, find func(string) *catalog.Arg) bool {
	if arg.Instead == "" {
		return !arg.In(c.version)
	}
	instead := find(arg.Instead)
	return !arg.In(c.version) || instead != nil && instead.In(c.version)
}

// otherVersion handles an argument that is outdated: it is the argument's name there, or "" after an error.
func (c *compilation) otherVersion(p pair, arg *catalog.Arg, find func(string) *catalog.Arg, body *node) string {
	if instead := find(arg.Instead); arg.Instead != "" && instead != nil && instead.In(c.version) {
		if body.has(arg.Instead) {
			c.diags.Errorf(p.key.span, diag.Conflict, "%s and %s are the same argument", arg.Name, arg.Instead).
				WithPlace(body.pair(arg.Instead).key.span, "the other one").WithHelp("remove %s", arg.Name)
			return ""
		}
		if arg.Until.Major != 0 && arg.Name != "fail_stop" {
			c.deprecated(p.key, arg.Instead)
		}
		return arg.Instead
	}
	d := c.diags.Errorf(p.key.span, diag.WrongVersion, "Airflow %s has no argument %s", c.version, arg.Name)
	switch {
	case arg.Since.Major != 0 && !c.version.AtLeast(arg.Since.Major, arg.Since.Minor):
		d.WithHelp("it came with Airflow %s", arg.Since)
	case arg.Until.Major != 0:
		d.WithHelp("Airflow %s was the last to have it: remove it", arg.Until)
	}
	return ""
}

// translated says that an old name is read as its new one; false where both are there.
func (c *compilation) translated(key *node, body *node, instead string) bool {
	if body.has(instead) {
		c.diags.Errorf(key.span, diag.Conflict, "%s and %s are the same argument", key.text, instead).
			WithPlace(body.pair(instead).key.span, "the other one").WithHelp("remove %s", key.text)
		return false
	}
	c.deprecated(key, instead)
	return true
}

func (c *compilation) deprecated(key *node, instead string) {
	c.diags.Warnf(key.span, diag.Deprecated, "%s is the old name of %s", key.text, instead).
		WithHelp("write %s", instead).WithFix(key.span, instead)
}

func (c *compilation) unknownDAGKey(p pair, body *node) {
	key := p.key.text
	if c.oneDAGOnly(p.key) {
		return
	}
	if strings.HasPrefix(key, "x-") {
		return // a place for anchors, as in other YAML languages
	}
	known := dagKeys()
	if c.mode == pyyaml {
		d := c.diags.Warnf(p.key.span, diag.Dropped, "a DAG has no key %s; dag-factory drops it in silence", quoted(key))
		if near := diag.Near(key, known); len(near) > 0 {
			suggest(d, p.key.span, key, known, "")
		}
		return
	}
	d := c.diags.Errorf(p.key.span, diag.UnknownKey, "a DAG has no key %s", quoted(key))
	if catalog.OperatorArg(key) != nil {
		d.WithHelp("%s is an argument of tasks: put it under default_args to give it to all of them", key)
		return
	}
	if nearKey(key, "tasks") && !body.has("tasks") && looksLikeTasks(p.value) {
		d.WithHelp("did you mean %q?", "tasks").WithFix(p.key.span, "tasks")
		return
	}
	if tasks := body.get("tasks"); tasks != nil && isNullNode(tasks, c.mode) && p.value.kind == mapNode && looksLikeTask(p.value) {
		d.Message = fmt.Sprintf("the task %s is not below tasks", quoted(key))
		d.Label = "it stands in the column of tasks"
		whole := p.key.span
		whole.End = p.value.span.End
		if s := c.sourceOf(whole); s != nil {
			d.WithHelp("indent it and the lines below by two spaces").
				WithFix(whole, "  "+strings.ReplaceAll(strings.TrimRight(s.at(whole), " "), "\n", "\n  "))
		}
		return
	}
	suggest(d, p.key.span, key, known, "its keys are")
}

// dagKeys lists the keys of a DAG.
func dagKeys() []string {
	keys := []string{"tasks", "task_groups", "timezone"}
	for _, a := range catalog.DAGArgs() {
		if a.Type != catalog.Never {
			keys = append(keys, a.Name)
		}
	}
	return keys
}
