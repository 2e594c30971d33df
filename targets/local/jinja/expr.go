package jinja

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// expr is an expression of the set.
type expr interface {
	eval(s *scope) (any, error)
}

// scope is what expressions are evaluated in.
type scope struct {
	tc  *task.Context
	how how
}

// errNeedsPython says that an XCom is more than its JSON, such as a tuple, which only Python prints rightly.
var errNeedsPython = fmt.Errorf("the value of an XCom is no plain JSON")

// undefined is the error of StrictUndefined.
func undefined(format string, args ...any) error {
	return fmt.Errorf("jinja2.exceptions.UndefinedError: "+format, args...)
}

type literal struct{ value any }

func (l literal) eval(*scope) (any, error) { return l.value, nil }

// name is a name of the context with a plain value.
type name string

func (n name) eval(s *scope) (any, error) {
	run := s.tc.Run
	switch n {
	case "ds":
		return stampDS.of(run.LogicalDate), nil
	case "ds_nodash":
		return stampDSNodash.of(run.LogicalDate), nil
	case "ts":
		return stampTS.of(run.LogicalDate), nil
	case "ts_nodash":
		return stampTSNodash.of(run.LogicalDate), nil
	case "ts_nodash_with_tz":
		return stampTSNodashTZ.of(run.LogicalDate), nil
	case "run_id":
		return run.ID, nil
	case "dag_id":
		return run.Pipeline.ID, nil
	case "task_id":
		return s.tc.Task.ID, nil
	case "try_number":
		return number(fmt.Sprint(s.tc.Try)), nil
	case "map_index":
		return number(fmt.Sprint(s.tc.MapIndex)), nil
	case "task_instance_key_str":
		return run.Pipeline.ID + "__" + s.tc.Task.ID + "__" + stampDSNodash.of(run.LogicalDate), nil
	case "owner":
		return s.tc.Task.Owner, nil
	case "pool":
		return s.tc.Task.Limits.Pool, nil
	case "retries":
		return number(fmt.Sprint(s.tc.Task.Retry.Retries)), nil
	case "params":
		return parseJSON(s.tc.Params)
	case "conf":
		return parseJSON(run.Conf)
	}
	return nil, undefined("'%s' is undefined", string(n))
}

// moment is a date of the context.
type moment string

func (m moment) eval(s *scope) (any, error) {
	switch m {
	case "data_interval_start":
		return s.tc.Run.DataIntervalStart, nil
	case "data_interval_end":
		return s.tc.Run.DataIntervalEnd, nil
	}
	return s.tc.Run.LogicalDate, nil
}

// isMoment tells whether an expression is a date whenever it is evaluated.
func isMoment(e expr) bool {
	switch e.(type) {
	case moment, moved:
		return true
	}
	return false
}

// object is a thing of the context that has attributes and methods; of its own value, at most a text is known here.
type object string

func (o object) eval(s *scope) (any, error) {
	class := s.tc.Task.Class.Name
	switch {
	case o == "dag":
		return "<DAG: " + s.tc.Run.Pipeline.ID + ">", nil
	case o == "task" && class != "":
		return "<Task(" + class + "): " + s.tc.Task.ID + ">", nil
	}
	return nil, errNeedsPython // a decorated function's, which has Python at hand
}

// rootOf is the expression of a bare name; nil where the set has no such name.
func rootOf(text string) expr {
	switch text {
	case "ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "run_id", "params", "task_instance_key_str":
		return name(text)
	case "logical_date", "data_interval_start", "data_interval_end":
		return moment(text)
	case "ti", "task_instance":
		return object("ti")
	case "dag", "task", "dag_run", "var", "macros":
		return object(text)
	}
	return nil
}

// attribute is e.text.
func attribute(e expr, text string) expr {
	switch e := e.(type) {
	case object:
		return member(e, text)
	case name, item, pulled, variable:
		if isPlain(e) || slices.Contains(dictNames, text) {
			return nil
		}
		return item{of: e, key: text, attribute: true}
	case moment, moved:
		if unit, ok := fields[text]; ok {
			return field{e, unit}
		}
	}
	return nil
}

// dictNames are the attributes of a Python dict, which Jinja finds before its keys; those of str, list and int are in the
// list too, as a value may be any of them.
var dictNames = strings.Fields(`append as_integer_ratio bit_count bit_length capitalize casefold center clear conjugate copy
	count denominator encode endswith expandtabs extend find format format_map from_bytes fromhex fromkeys get hex imag index insert
	is_integer isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper items
	join keys ljust lower lstrip maketrans numerator partition pop popitem real remove removeprefix removesuffix replace reverse
	rfind rindex rjust rpartition rsplit rstrip setdefault sort split splitlines startswith strip swapcase title to_bytes translate
	update upper values zfill`)

// member is an attribute of an object of the context.
func member(o object, text string) expr {
	switch string(o) + "." + text {
	case "ti.task_id", "task.task_id":
		return name("task_id")
	case "ti.dag_id", "dag.dag_id", "dag_run.dag_id", "task.dag_id":
		return name("dag_id")
	case "ti.run_id", "dag_run.run_id":
		return name("run_id")
	case "ti.try_number":
		return name("try_number")
	case "task.owner":
		return name("owner")
	case "task.pool":
		return name("pool")
	case "task.retries", "ti.max_tries":
		return name("retries")
	case "ti.map_index":
		return name("map_index")
	case "dag_run.conf":
		return name("conf")
	case "dag_run.logical_date":
		return moment("logical_date")
	case "dag_run.data_interval_start", "dag_run.data_interval_end":
		return moment(text)
	case "var.value", "var.json":
		return object("var." + text)
	}
	if o == "var.value" || o == "var.json" {
		if strings.HasPrefix(text, "__") || text == "get" {
			return nil
		}
		return variable{key: text, json: o == "var.json"}
	}
	return nil
}

// subscript is e[key].
func subscript(e expr, key any) expr {
	switch e.(type) {
	case name, item, pulled, variable:
		if isPlain(e) {
			return nil
		}
		return item{of: e, key: key}
	}
	return nil
}

// isPlain tells expressions whose values have no parts in the set.
func isPlain(e expr) bool {
	switch e := e.(type) {
	case name:
		return e != "params" && e != "conf"
	case variable:
		return !e.json
	}
	return false
}

// item is a part of a dict or list.
type item struct {
	of        expr
	key       any
	attribute bool // written as .key
}

func (i item) eval(s *scope) (any, error) {
	of, err := i.of.eval(s)
	if err != nil {
		return nil, err
	}
	switch of := of.(type) {
	case dict:
		if key, ok := i.key.(string); ok {
			if v, ok := of.get(key); ok {
				return v, nil
			}
		}
	case []any:
		if n, ok := i.key.(number); ok && len(n) < 9 {
			var index int
			if _, err := fmt.Sscan(string(n), &index); err == nil && index < len(of) {
				return of[index], nil
			}
		}
	case string:
		if n, ok := i.key.(number); ok && len(n) < 9 {
			var index int
			if _, err := fmt.Sscan(string(n), &index); err == nil && index < len([]rune(of)) {
				return string([]rune(of)[index]), nil
			}
		}
	}
	if i.attribute || isText(i.key) {
		return nil, undefined("%s has no attribute %s", typeName(of), repr(i.key))
	}
	return nil, undefined("%s has no element %s", strings.Trim(typeName(of), "'"), repr(i.key))
}

func isText(v any) bool { _, ok := v.(string); return ok }

// variable is an Airflow Variable.
type variable struct {
	key  string
	json bool
}

func (v variable) eval(s *scope) (any, error) {
	prefix := "AIRFLOW_VAR_" + strings.ToUpper(v.key) + "="
	for _, entry := range slices.Backward(s.tc.Environ) {
		text, ok := strings.CutPrefix(entry, prefix)
		switch {
		case !ok:
			continue
		case !v.json:
			return text, nil
		}
		value, err := parseJSON(json.RawMessage(text))
		if err != nil {
			return nil, fmt.Errorf("the Variable %s is not JSON: %w", v.key, err)
		}
		return value, nil
	}
	return nil, fmt.Errorf("the Variable %s does not exist; a local run reads it from %s", v.key, strings.TrimSuffix(prefix, "="))
}

// pulled is an XCom.
type pulled struct{ task, key string }

func (x pulled) eval(s *scope) (any, error) {
	raw, ok := s.tc.XComs.Pull(x.task, -1, x.key)
	if !ok && len(s.tc.XComs.MapIndexes(x.task, x.key)) > 0 {
		return nil, errNeedsPython
	}
	if !ok {
		return nil, nil
	}
	if wire.Marked(raw) {
		return nil, errNeedsPython
	}
	return parseJSON(raw)
}

// call is e.method(args).
func call(e expr, method string, args []argument) expr {
	switch {
	case e == object("ti") && method == "xcom_pull":
		return pull(args)
	case e == object("macros") && method == "ds_add":
		return dsAdd(args)
	case e == object("macros") && method == "ds_format":
		return dsFormat(args)
	case isMoment(e):
		return momentCall(e, method, args)
	}
	return nil
}

func pull(args []argument) expr {
	x := pulled{key: "return_value"}
	for i, a := range args {
		l, ok := a.value.(literal)
		if !ok {
			return nil
		}
		text, ok := l.value.(string)
		switch {
		case !ok:
			return nil
		case a.name == "task_ids", a.name == "" && i == 0:
			x.task = text
		case a.name == "key":
			x.key = text
		default:
			return nil
		}
	}
	if x.task == "" {
		return nil
	}
	return x
}

// day is the value of an argument that is a date: the name ds, or a string in its form.
func day(a argument) bool {
	switch v := a.value.(type) {
	case name:
		return true
	case literal:
		text, ok := v.value.(string)
		_, err := time.Parse(time.DateOnly, text)
		return ok && err == nil
	}
	return false
}
