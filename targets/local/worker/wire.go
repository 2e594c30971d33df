package worker

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// taskInfo is what templates and callables can ask of a task.
type taskInfo struct {
	TaskID      string   `json:"task_id"`
	Owner       string   `json:"owner"`
	Retries     int      `json:"retries"`
	TriggerRule string   `json:"trigger_rule"`
	Class       string   `json:"class"`
	Upstream    []string `json:"upstream"`
	Downstream  []string `json:"downstream"`
	Pool        string   `json:"pool"`
	Weight      int      `json:"priority_weight"`
	Past        bool     `json:"depends_on_past"`
	RetryDelay  *int64   `json:"retry_delay"` // microseconds
	Timeout     *int64   `json:"execution_timeout"`

	Args   json.RawMessage `json:"args,omitempty"`   // texts, numbers and the like among the other arguments
	Beyond []string        `json:"beyond,omitempty"` // the names of those that are something else

	Inlets  json.RawMessage `json:"inlets,omitempty"` // both are there, or none
	Outlets json.RawMessage `json:"outlets,omitempty"`
}

type runInfo struct {
	DagID       string          `json:"dag_id"`
	Description *string         `json:"description"`
	Tags        []string        `json:"tags"`
	TaskIDs     []string        `json:"task_ids"`
	Owner       string          `json:"owner"`
	RunID       string          `json:"run_id"`
	LogicalDate string          `json:"logical_date"`
	Start       string          `json:"data_interval_start"`
	End         string          `json:"data_interval_end"`
	RunAfter    string          `json:"run_after"`
	RunType     string          `json:"run_type"`
	Triggering  []assetEvent    `json:"triggering"`
	Latest      []string        `json:"latest"`            // after and up to when the run counts as the latest; null: always
	LastSuccess []string        `json:"last_success"`      // the ends of the data interval, when it started, when it ended; null: none
	LastLogical *string         `json:"last_logical_date"` // of last_success
	Beside      []*string       `json:"beside"`            // the logical dates before and after that of a scheduled run; null: of none
	StartDate   string          `json:"start_date"`
	Conf        json.RawMessage `json:"conf"`

	DisplayName string          `json:"dag_display_name"`
	DocMD       *string         `json:"doc_md"`
	FileLoc     string          `json:"fileloc"`
	Timezone    string          `json:"timezone"`
	Catchup     bool            `json:"catchup"`
	ActiveTasks int             `json:"max_active_tasks"`
	ActiveRuns  int             `json:"max_active_runs"`
	Dates       json.RawMessage `json:"dates"` // start_date and end_date of the DAG, those that are known
	Args        json.RawMessage `json:"args"`  // other arguments of the DAG, those that are plain
	Beyond      []string        `json:"beyond"`
}

// startMessage readies an interpreter for a run.
func startMessage(run *task.Run, jinja bool) []byte {
	p := run.Pipeline
	info := runInfo{
		DagID: p.ID, Tags: []string{}, TaskIDs: []string{}, RunID: run.ID, LogicalDate: iso(run.LogicalDate),
		Start: iso(run.DataIntervalStart), End: iso(run.DataIntervalEnd), RunAfter: iso(run.RunAfter), StartDate: iso(run.StartDate), Conf: run.Conf,
	}
	info.RunType, info.Triggering = run.RunType, assetEvents(run.Triggering)
	if !run.LatestTo.IsZero() {
		info.Latest = []string{iso(run.LatestAfter), iso(run.LatestTo)}
		info.Beside = []*string{isoOrNull(run.Before), isoOrNull(run.After)}
	}
	if last := run.LastSuccess; last != nil {
		info.LastSuccess = []string{iso(last.IntervalStart), iso(last.IntervalEnd), iso(last.Started), iso(last.Ended)}
		logical := iso(last.LogicalDate)
		info.LastLogical = &logical
	}
	info.DisplayName, info.Timezone, info.Catchup = p.ID, p.Timezone, p.Catchup
	info.FileLoc = strings.TrimSuffix(run.File, filepath.Ext(run.File)) + ".py"
	info.ActiveTasks, info.ActiveRuns = cmp.Or(p.Settings.MaxActiveTasks, 16), cmp.Or(p.Settings.MaxActiveRuns, 16)
	info.Dates = dagDates(p)
	var args bytes.Buffer
	var plain []ir.Arg
	plain, info.Beyond = divided(p.Args)
	writeArgs(&args, plain)
	info.Args = args.Bytes()
	for _, arg := range p.Args {
		switch v := arg.Value.(type) {
		case *ir.String:
			switch arg.Name {
			case "description":
				info.Description = &v.V
			case "doc_md":
				info.DocMD = &v.V
			case "dag_display_name":
				info.DisplayName = v.V
			}
		case *ir.List:
			if arg.Name == "tags" {
				for _, item := range v.Items {
					if s, ok := item.(*ir.String); ok {
						info.Tags = append(info.Tags, s.V)
					}
				}
			}
		}
	}
	var owners []string
	for _, t := range p.Tasks {
		info.TaskIDs = append(info.TaskIDs, t.ID)
		if !slices.Contains(owners, t.Owner) {
			owners = append(owners, t.Owner)
		}
	}
	info.Owner = strings.Join(owners, ", ")
	modules, called := []string{}, [][2]string{}
	needed := code{functions: [][2]string{}}
	seen := map[[2]string]bool{}
	for _, t := range p.Tasks {
		call := task.CallOf(p, t)
		modules = needed.of(modules, call, run.Version)
		if ref := plainly(t, call); ref != nil && !seen[[2]string{ref.Module, ref.Name}] {
			seen[[2]string{ref.Module, ref.Name}] = true
			called = append(called, [2]string{ref.Module, ref.Name})
		}
		needed.written(t.Callbacks)
		for _, call := range task.Beside(p, t) {
			modules = needed.of(modules, call, run.Version)
		}
	}
	var macros, filters, options bytes.Buffer
	given := []*ir.Map{task.DagMap(p, "user_defined_macros"), task.DagMap(p, "user_defined_filters"), task.JinjaOptions(p)}
	for i, out := range []*bytes.Buffer{&macros, &filters, &options} {
		given := given[i]
		if given == nil {
			given = &ir.Map{}
		}
		modules = needed.of(modules, &task.Call{OpKwargs: given}, run.Version)
		writeValue(out, given)
	}
	needed.written(p.Settings.Callbacks)
	folders := []string{filepath.Dir(run.File)}
	folders = append(folders, p.Settings.TemplateSearch...)
	message := struct {
		Version   []int             `json:"version"`
		DagsRoot  string            `json:"dags_root"`
		Modules   []string          `json:"modules"`
		Functions [][2]string       `json:"functions"` // those written in the pipeline file
		Jinja     bool              `json:"jinja"`
		Native    bool              `json:"native"`
		Templates []string          `json:"template_folders"`
		Environ   map[string]string `json:"environ"`
		Parts     []string          `json:"parts"`    // modules of the worker that tasks will use
		Provided  [][]string        `json:"provided"` // operators that the real Airflow may run: work, distribution, module
		Run       runInfo           `json:"run"`
		Macros    json.RawMessage   `json:"macros"` // the user's own, as values
		Filters   json.RawMessage   `json:"filters"`
		Options   json.RawMessage   `json:"jinja_options"`
		Plain     [][2]string       `json:"plain"`  // functions of modules that tasks call with nothing
		Common    map[string]string `json:"common"` // variables of the environment that most tasks have
	}{
		[]int{run.Version.Major, run.Version.Minor}, run.DagsRoot, modules, needed.functions, jinja, p.Settings.NativeTemplates, folders, variables(run.Environ),
		parts(p, jinja), providedOperators(run), info, macros.Bytes(), filters.Bytes(), options.Bytes(), called, variables(run.Common),
	}
	data, err := json.Marshal(message)
	if err != nil {
		panic(err) // conf is valid JSON, all else is strings and numbers
	}
	return append(data, '\n')
}

// parts are the modules of the worker that only some runs need.
func parts(p *ir.Pipeline, jinja bool) []string {
	var senses, operates, queries, fetches, contains bool
	calls := len(p.Settings.Callbacks) > 0
	for _, t := range p.Tasks {
		if call := task.CallOf(p, t); call != nil {
			senses = senses || call.Work.Senses()
			operates = operates || call.Work == task.RunOperator
			contains = contains || call.Work == task.RunContainer
			queries = queries || call.Work == task.QuerySQL
			fetches = fetches || call.Work == task.CallHTTP || call.Work == task.SenseHTTP
		}
		calls = calls || len(t.Callbacks) > 0
	}
	names := []string{}
	for _, one := range []struct {
		needed bool
		name   string
	}{{jinja, "render"}, {senses, "sensors"}, {operates, "operators"}, {calls, "callbacks"}, {queries, "sql"}, {fetches, "web"}, {contains, "containers"}} {
		if one.needed {
			names = append(names, one.name)
		}
	}
	return names
}

// variables is an environment by name; the last of two of a name counts.
func variables(environ []string) map[string]string {
	byName := make(map[string]string, len(environ))
	for _, v := range environ {
		if name, value, ok := strings.Cut(v, "="); ok {
			byName[name] = value
		}
	}
	return byName
}

func micros(d *ir.Duration) *int64 {
	if d == nil {
		return nil
	}
	return &d.Micros
}

// dagDates are start_date and end_date of the DAG. One that moves, or that only default_args has, is left out: what it is for
// the DAG depends on more than the pipeline.
func dagDates(p *ir.Pipeline) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for _, one := range []struct {
		name  string
		value ir.Value
	}{{"start_date", p.StartDate}, {"end_date", p.EndDate}} {
		_, moves := one.value.(*ir.Ago)
		if moves || one.value == nil && ir.Lookup(p.DefaultArgs, one.name) != nil {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		writeString(&out, one.name)
		out.WriteByte(':')
		writeValue(&out, one.value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// infos are what can be asked of each task, as JSON. A message has that of its own task: an interpreter that knew all of them
// would be slower to fork.
func infos(p *ir.Pipeline) map[string]string {
	downstream := map[string][]string{}
	for _, t := range p.Tasks {
		for _, need := range t.Needs {
			downstream[need.ID] = append(downstream[need.ID], t.ID)
		}
	}
	all := make(map[string]string, len(p.Tasks))
	for _, t := range p.Tasks {
		one := taskInfo{
			TaskID: t.ID, Owner: t.Owner, Retries: t.Retry.Retries, TriggerRule: string(t.Trigger), Class: t.Class.Name,
			Upstream: []string{}, Downstream: append([]string{}, downstream[t.ID]...), Pool: t.Limits.Pool,
			Weight: t.Limits.PriorityWeight, Past: t.DependsOnPast, RetryDelay: micros(t.Retry.Delay), Timeout: micros(t.Limits.ExecutionTimeout),
		}
		for _, need := range t.Needs {
			one.Upstream = append(one.Upstream, need.ID)
		}
		one.Args, one.Beyond = plainArgs(p, t)
		one.Inlets, one.Outlets = assetsOf(p, t)
		data, err := json.Marshal(one)
		if err != nil {
			panic(err) // strings and numbers
		}
		all[t.ID] = string(data)
	}
	return all
}

// plainArgs are the arguments of a task, its own and those of default_args, that are texts, numbers and the like, but for template fields,
// which are rendered first, and the names of the others; nil: there are none.
func plainArgs(p *ir.Pipeline, t *ir.Task) (json.RawMessage, []string) {
	given := slices.DeleteFunc(slices.Concat(t.Args, task.Defaults(p, t)), func(a ir.Arg) bool { return slices.Contains(t.TemplateFields, a.Name) })
	plain, beyond := divided(given)
	if plain == nil {
		return nil, beyond
	}
	var out bytes.Buffer
	writeArgs(&out, plain)
	return out.Bytes(), beyond
}

// divided are the arguments that are plain, the first of each name, and the names of the others.
func divided(args []ir.Arg) (plain []ir.Arg, beyond []string) {
	for _, a := range args {
		switch {
		case ir.Lookup(plain, a.Name) != nil || slices.Contains(beyond, a.Name) || isNull(a.Value):
		case isPlain(a.Value) && a.Name != "params":
			plain = append(plain, a)
		default:
			beyond = append(beyond, a.Name)
		}
	}
	return plain, beyond
}

func isNull(value ir.Value) bool {
	_, null := value.(*ir.Null)
	return value == nil || null
}

// isPlain tells whether a value is the same whoever looks at it.
func isPlain(value ir.Value) bool {
	switch v := value.(type) {
	case *ir.Bool, *ir.Int, *ir.Float, *ir.String, *ir.Template, *ir.Duration:
		return true
	case *ir.List:
		return !slices.ContainsFunc(v.Items, func(item ir.Value) bool { return !isPlain(item) })
	case *ir.Map:
		return !slices.ContainsFunc(v.Entries, func(e ir.Entry) bool { return !isPlain(e.Key) || !isPlain(e.Value) })
	}
	return false
}

// described is what can be asked of another task than its own, as a line: with its template fields as they are written.
func (w *Worker) described(taskID string) []byte {
	var out bytes.Buffer
	out.WriteString(strings.TrimSuffix(w.infos[taskID], "}"))
	out.WriteString(`,"fields":`)
	at := slices.IndexFunc(w.run.Pipeline.Tasks, func(t *ir.Task) bool { return t.ID == taskID })
	var fields []ir.Arg
	if t := w.run.Pipeline.Tasks[at]; t.Expand == nil {
		for _, a := range t.Args {
			if isPlain(a.Value) && slices.Contains(t.TemplateFields, a.Name) {
				fields = append(fields, a)
			}
		}
	}
	writeArgs(&out, fields)
	out.WriteString("}\n")
	return out.Bytes()
}

// request is all that a process needs to know of one try.
type request struct {
	brief   []byte // the plain function to call, "" for none; whether to log what is returned; changes of the environment; divided by NUL
	message []byte // JSON without NUL
}

// whole is a request in one piece: the message after another NUL.
func (r *request) whole() []byte { return slices.Concat(r.brief, []byte{0}, r.message) }

// request is that of a try; ref is a function to call without looking at the message.
func (w *Worker) request(tc *task.Context, ref *ir.PyRef, logReturn bool, message []byte) *request {
	var brief bytes.Buffer
	if ref != nil {
		brief.WriteString(ref.Module + ":" + ref.Name)
	}
	brief.WriteByte(0)
	if logReturn {
		brief.WriteByte('1')
	}
	for _, change := range w.environ.changes(tc.Environ) {
		brief.WriteByte(0)
		brief.WriteString(change)
	}
	return &request{brief.Bytes(), message}
}

// environment is that of an interpreter that is ready for tasks.
type environment struct {
	all   map[string]string
	fixed []string          // what the environment of each task begins with
	rest  map[string]string // what all has beside fixed
}

func environmentOf(run *task.Run) environment {
	e := environment{all: variables(run.Environ), fixed: run.TaskEnviron, rest: map[string]string{}}
	maps.Copy(e.all, variables(run.Common))
	fixed := variables(e.fixed)
	for name, value := range e.all {
		if _, ok := fixed[name]; !ok {
			e.rest[name] = value
		}
	}
	return e
}

// changes make of it that of a task: NAME=VALUE for each variable that is otherwise there, NAME for each that is missing.
func (e *environment) changes(environ []string) []string {
	from := e.all
	if n := len(e.fixed); len(environ) >= n && slices.Equal(environ[:n], e.fixed) {
		from, environ = e.rest, environ[n:]
	}
	to := variables(environ)
	var changes []string
	for name, value := range to {
		if old, ok := from[name]; !ok || old != value {
			changes = append(changes, name+"="+value)
		}
	}
	for name := range from {
		if _, ok := to[name]; !ok {
			changes = append(changes, name)
		}
	}
	slices.Sort(changes)
	return changes
}

// plainly is the function of a call that is given nothing and has nothing to say of what comes back; nil for any other call.
func plainly(t *ir.Task, call *task.Call) *ir.PyRef {
	if call == nil || call.Work != task.CallFunction || call.InferOutputs || call.Label != "" || t.MultipleOut || t.Limits.ExecutionTimeout != nil {
		return nil
	}
	ref, ok := call.Callable.(*ir.PyRef)
	if !ok || call.OpArgs != nil || call.OpKwargs != nil || call.TemplatesDict != nil || len(call.Defaults) > 0 {
		return nil
	}
	return ref
}

// head begins a message about one try, without its closing brace. The info is that of its task.
func head(out *bytes.Buffer, kind, info string, tc *task.Context) {
	params := tc.Params
	if params == nil {
		params = json.RawMessage("{}")
	}
	var said []task.Update
	if tc.Said != nil {
		said = tc.Said.Updates
	}
	data, err := json.Marshal(struct {
		Kind      string          `json:"kind"`
		TaskID    string          `json:"task_id"`
		Task      string          `json:"task"` // JSON in a string: it is decoded if somebody asks
		MapIndex  int             `json:"map_index"`
		TryNumber int             `json:"try_number"`
		StartDate string          `json:"start_date"`
		Native    bool            `json:"native"`
		Log       string          `json:"log"`
		LastEnd   *string         `json:"last_end"`
		Said      []task.Update   `json:"said,omitempty"`
		Params    json.RawMessage `json:"params"`
	}{kind, tc.Task.ID, info, tc.MapIndex, tc.Try, iso(tc.StartDate), task.NativeTemplates(tc.Run.Pipeline, tc.Task), tc.LogFile, isoOrNull(tc.LastEnd), said, params})
	if err != nil {
		panic(err) // params is valid JSON
	}
	out.Write(data[:len(data)-1])
}

func isoOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := iso(t)
	return &text
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }

// writeValue writes a value as channel.py reads it; a nil Value is null.
func writeValue(out *bytes.Buffer, value ir.Value) {
	switch v := value.(type) {
	case nil, *ir.Null:
		out.WriteString("null")
	case *ir.Bool:
		out.WriteString(strconv.FormatBool(v.V))
	case *ir.Int:
		out.WriteString(v.Text)
	case *ir.Float:
		writeFloat(out, v.V)
	case *ir.String:
		writeString(out, v.V)
	case *ir.Template:
		writeString(out, v.V)
	case *ir.List:
		out.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				out.WriteByte(',')
			}
			writeValue(out, item)
		}
		out.WriteByte(']')
	case *ir.Map:
		out.WriteString(`{"~":["map",[`)
		for i, e := range v.Entries {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteByte('[')
			writeValue(out, e.Key)
			out.WriteByte(',')
			writeValue(out, e.Value)
			out.WriteByte(']')
		}
		out.WriteString("]]}")
	case *ir.PyRef:
		out.WriteString(`{"~":["ref",`)
		writeStrings(out, []string{v.Module, v.Name})
		out.WriteString("]}")
	case *ir.Duration:
		out.WriteString(`{"~":["timedelta",` + strconv.FormatInt(v.Micros, 10) + "]}")
	case *ir.Time:
		writeTime(out, v)
	case *ir.Ago:
		writeString(out, v.Text)
	case *task.Tuple:
		out.WriteString(`{"~":["tuple",`)
		writeValue(out, v.List)
		out.WriteString("]}")
	case *task.Lazy:
		out.WriteString(`{"~":["` + v.Class + `",`)
		writeValue(out, v.List)
		out.WriteString("]}")
	case *task.Object:
		out.Write(v.Wire)
	case *task.Jinja:
		out.WriteString(`{"~":["template",`)
		writeString(out, v.Text)
		out.WriteString("]}")
	default:
		writeObject(out, v)
	}
}

func writeFloat(out *bytes.Buffer, f float64) {
	text := task.FloatText(f)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		text = `{"~":["float","` + text + `"]}`
	}
	out.WriteString(text)
}

func writeTime(out *bytes.Buffer, t *ir.Time) {
	numbers := []int{t.Year, t.Month, t.Day}
	kind := "date"
	if !t.DateOnly {
		kind = "datetime"
		numbers = append(numbers, t.Hour, t.Minute, t.Second, t.Microsecond)
	}
	out.WriteString(`{"~":["` + kind + `",[`)
	for i, n := range numbers {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(strconv.Itoa(n))
	}
	if !t.DateOnly {
		out.WriteByte(',')
		writeString(out, t.Zone)
	}
	out.WriteString("]]}")
}

func writeStrings(out *bytes.Buffer, texts []string) {
	out.WriteByte('[')
	for i, text := range texts {
		if i > 0 {
			out.WriteByte(',')
		}
		writeString(out, text)
	}
	out.WriteByte(']')
}

func writeString(out *bytes.Buffer, text string) {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	out.Write(data)
}
