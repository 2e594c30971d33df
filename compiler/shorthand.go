package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
)

// longShorthand is a key that stands for an operator of which no more is known here than its path: what it says is the same
// as `operator:` with its main argument.
type longShorthand struct {
	key, operator string
	arg           string      // the main argument; "" for an operator without one
	parts         [][2]string // the value may be a mapping: its keys, and the arguments that they are; the others keep their names
	forms         []longShorthand
}

const standard = "airflow.providers.standard."

var externalTask = [][2]string{
	{"dag", "external_dag_id"}, {"task", "external_task_id"}, {"tasks", "external_task_ids"}, {"group", "external_task_group_id"},
}

// longShorthands are those beside bash, python and empty, sorted.
var longShorthands = []longShorthand{
	{key: "branch", operator: standard + "operators.python.BranchPythonOperator", arg: "python_callable"},
	{key: "docker", operator: "airflow.providers.docker.operators.docker.DockerOperator", arg: "image"},
	// On Airflow 3 it is the one of the SMTP provider.
	{key: "email", operator: "airflow.operators.email.EmailOperator", arg: "to"},
	{key: "external_python", operator: standard + "operators.python.ExternalPythonOperator", arg: "python_callable"},
	{key: "external_task", operator: standard + "sensors.external_task.ExternalTaskSensor", arg: "external_dag_id", parts: externalTask},
	{key: "http", operator: "airflow.providers.http.operators.http.HttpOperator", arg: "endpoint"},
	{key: "kubernetes", operator: "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator", arg: "image"},
	{key: "latest_only", operator: standard + "operators.latest_only.LatestOnlyOperator"},
	{key: "sensor", operator: standard + "sensors.python.PythonSensor", arg: "python_callable", forms: []longShorthand{
		{key: "bash", operator: standard + "sensors.bash.BashSensor", arg: "bash_command"},
		{key: "dag", operator: standard + "sensors.external_task.ExternalTaskSensor", arg: "external_dag_id", parts: externalTask},
		{key: "file", operator: standard + "sensors.filesystem.FileSensor", arg: "filepath"},
		{key: "http", operator: "airflow.providers.http.sensors.http.HttpSensor", arg: "endpoint"},
		{key: "python", operator: standard + "sensors.python.PythonSensor", arg: "python_callable"},
		{key: "sql", operator: "airflow.providers.common.sql.sensors.sql.SqlSensor", arg: "sql"},
		{key: "until", operator: standard + "sensors.date_time.DateTimeSensor", arg: "target_time"},
	}},
	{key: "short_circuit", operator: standard + "operators.python.ShortCircuitOperator", arg: "python_callable"},
	{key: "sql", operator: "airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator", arg: "sql"},
	{key: "trigger", operator: standard + "operators.trigger_dagrun.TriggerDagRunOperator", arg: "trigger_dag_id"},
	{key: "virtualenv", operator: standard + "operators.python.PythonVirtualenvOperator", arg: "python_callable"},
}

func findShorthand(list []longShorthand, key string) *longShorthand {
	for i := range list {
		if list[i].key == key {
			return &list[i]
		}
	}
	return nil
}

// spellOut writes a long shorthand as the operator that it stands for. A body without one is returned as it is; nil after an
// error.
func (c *compilation) spellOut(body *node) *node {
	var found *longShorthand
	var at pair
	for _, p := range body.pairs {
		if s := findShorthand(longShorthands, p.key.text); s != nil {
			if body.has("operator") || body.has("decorator") || s.key == "email" && hasMaker(body) {
				continue // an argument of that name
			}
			if found != nil {
				c.twoMakers(p.key, at.key)
				return nil
			}
			found, at = s, p
		}
	}
	if found == nil {
		return c.spellOutExpanded(body)
	}
	for _, s := range shorthands {
		if p := body.pair(s.key); p != nil && (found.key != "external_python" || s.key != "python") { // its argument for the interpreter
			c.twoMakers(p.key, at.key)
			return nil
		}
	}
	given := []pair{{at.key, at.value}}
	if at.value.kind == mapNode && !isCode(at.value) && (found.parts != nil || found.forms != nil) {
		if found, given = c.shorthandParts(found, at); found == nil {
			return nil
		}
	}
	out := *body
	out.pairs = make([]pair, 0, len(body.pairs)+len(given)+1)
	for _, p := range body.pairs {
		if p.key != at.key {
			out.pairs = append(out.pairs, p)
			continue
		}
		out.pairs = append(out.pairs, keyAt(at.key, "operator", &node{kind: scalarNode, text: found.operator, span: at.key.span, made: true}))
		if found.arg == "" && !c.isSwitch(at.value) {
			c.diags.Errorf(at.value.span, diag.WrongType, "%s takes no value", at.key.text).WithHelp("write `%s:` alone, or `%s: true`", at.key.text, at.key.text)
			return nil
		}
		for _, q := range given {
			name := found.argument(at.key.text, q.key.text)
			if name == "" {
				continue
			}
			if other := body.pair(name); other != nil && other.key != q.key {
				c.diags.Errorf(other.key.span, diag.Conflict, "%s and %s are the same argument", q.key.text, name).
					WithPlace(q.key.span, "the other one").WithHelp("remove %s", name)
				return nil
			}
			out.pairs = append(out.pairs, keyAt(q.key, name, q.value))
		}
	}
	return &out
}

// hasMaker tells whether a body says what it does otherwise than by email, which is an argument of every task too.
func hasMaker(body *node) bool {
	for _, p := range body.pairs {
		if p.key.text != "email" && (p.key.text == "code" || isShorthand(p.key.text)) {
			return true
		}
	}
	if expand := body.get("expand"); expand != nil {
		for _, p := range expand.pairs {
			if isShorthand(p.key.text) {
				return true
			}
		}
	}
	return false
}

// argument is the argument that a key of a shorthand means; "" for none.
func (s *longShorthand) argument(shorthand, key string) string {
	if key == shorthand || key == s.key {
		return s.arg
	}
	for _, part := range s.parts {
		if part[0] == key {
			return part[1]
		}
	}
	return key
}

// shorthandParts reads a shorthand whose value is a mapping: what it stands for, and its arguments; nil after an error.
func (c *compilation) shorthandParts(s *longShorthand, at pair) (*longShorthand, []pair) {
	if s.forms == nil {
		if !at.value.has("dag") {
			c.diags.Errorf(at.value.span, diag.MissingKey, "%s needs the DAG that it waits for", at.key.text).WithHelp("add `dag: its_id`")
			return nil, nil
		}
		return s, at.value.pairs
	}
	var form *longShorthand
	for _, p := range at.value.pairs {
		if f := findShorthand(s.forms, p.key.text); f != nil {
			if form != nil {
				c.twoMakers(p.key, at.value.pair(form.key).key)
				return nil, nil
			}
			form = f
		}
	}
	if form == nil {
		var keys []string
		for _, f := range s.forms {
			keys = append(keys, f.key)
		}
		d := c.diags.Errorf(at.value.span, diag.MissingKey, "the sensor does not say what it waits for")
		for _, p := range at.value.pairs {
			if len(diag.Near(p.key.text, keys)) > 0 {
				d.Span = p.key.span
				suggest(d, p.key.span, p.key.text, keys, "")
				return nil, nil
			}
		}
		d.WithHelp("write one of %s, or a function: `sensor: module.function`", strings.Join(keys, ", "))
		return nil, nil
	}
	return form, at.value.pairs
}

// spellOutExpanded does the same for a shorthand under expand.
func (c *compilation) spellOutExpanded(body *node) *node {
	expand := body.pair("expand")
	if expand == nil || expand.value.kind != mapNode || body.has("operator") || body.has("decorator") {
		return body
	}
	for _, s := range shorthands {
		if body.has(s.key) {
			return body
		}
	}
	for i, p := range expand.value.pairs {
		s := findShorthand(longShorthands, p.key.text)
		if s == nil || s.arg == "" {
			continue
		}
		inner := *expand.value
		inner.pairs = append([]pair(nil), inner.pairs...)
		inner.pairs[i] = keyAt(p.key, s.arg, p.value)
		out := *body
		out.pairs = []pair{keyAt(p.key, "operator", &node{kind: scalarNode, text: s.operator, span: p.key.span, made: true})}
		for _, q := range body.pairs {
			if q.key == expand.key {
				q.value = &inner
			}
			out.pairs = append(out.pairs, q)
		}
		return &out
	}
	return body
}

// keyAt is an entry whose key stands where another one was written.
func keyAt(written *node, key string, value *node) pair {
	own := *written
	own.text, own.made = key, true
	return pair{&own, value}
}

// isSwitch tells whether a value only says that the key is there.
func (c *compilation) isSwitch(n *node) bool {
	s := resolve(n, c.mode)
	return n.kind == scalarNode && (s.kind == isNull || s.kind == isBool && s.bool) || n.kind == mapNode && len(n.pairs) == 0
}

func (c *compilation) twoMakers(second, first *node) {
	if second.span.Start.Offset < first.span.Start.Offset {
		second, first = first, second
	}
	c.diags.Errorf(second.span, diag.Conflict, "the task has two operators: %s and %s", first.text, second.text).
		WithPlace(first.span, "the other one").WithHelp("make it two tasks")
}

// isShorthand tells whether a key of a task stands for an operator.
func isShorthand(key string) bool {
	for _, s := range shorthands {
		if s.key == key {
			return true
		}
	}
	return findShorthand(longShorthands, key) != nil
}

// makerKeys are the keys that say what a task does.
func makerKeys() []string {
	keys := []string{"operator", "decorator", "code"}
	for _, s := range shorthands {
		keys = append(keys, s.key)
	}
	for _, s := range longShorthands {
		keys = append(keys, s.key)
	}
	return keys
}
