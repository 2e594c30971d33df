package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	schema "github.com/dagexport/dagexport/internal/params"
	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// newRun prepares a run, up to what needs the store.
func (t *Target) newRun(pipeline *ir.Pipeline, options target.RunOptions) (*run, error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	logical := options.LogicalDate.UTC().Truncate(time.Microsecond)
	if options.LogicalDate.IsZero() {
		logical = now
	}
	version := t.version(t.file)
	runAfter := now
	interval := dataInterval
	scheduled := t.options.Scheduled || t.options.Resume && isBackfill(options.RunName)
	if scheduled {
		interval = scheduledInterval
	}
	start, end, err := interval(version, pipeline, logical)
	if err != nil {
		return nil, err
	}
	runType := store.Manual
	if scheduled {
		runAfter, runType = end, store.Backfill
	}
	owner, err := t.store.Owner()
	if err != nil {
		return nil, err
	}
	environ := override(t.options.Environ, []string{process.Marker + "=" + owner})
	shared := &task.Run{
		Version:           version,
		Pipeline:          pipeline,
		File:              t.path,
		DagsRoot:          filepath.Dir(t.path),
		Python:            t.options.Python,
		LogicalDate:       logical,
		DataIntervalStart: start,
		DataIntervalEnd:   end,
		RunAfter:          runAfter,
		RunType:           runType,
		Others:            &others{store: t.store, find: t.options.Find},
		StartDate:         now,
		Conf:              json.RawMessage("{}"),
		Environ:           environ,
		TaskEnviron:       withoutContext(environ),
		Grace:             t.options.Grace,
	}
	if t.options.DagsRoot != "" {
		if shared.DagsRoot, err = filepath.Abs(t.options.DagsRoot); err != nil {
			return nil, err
		}
	}
	if options.Conf != nil {
		shared.Conf = options.Conf
	}
	r := &run{
		target:   t,
		pipeline: pipeline,
		shared:   shared,
		events:   &reporter{to: options.Events},
		known:    map[instance]sched.Known{},
		cut:      map[instance]cutTry{},
		over:     make(chan struct{}),

		tasks:       map[string]*ir.Task{},
		mappedOver:  mappedOver(pipeline, version),
		usesOutputs: usesOutputs(pipeline),
		reports:     make(chan report, 2*len(pipeline.Tasks)),
		faults:      make(chan error, 1),
		bash:        findBash(t.options.Environ),
		environ:     shared.TaskEnviron,
	}
	scheduling := sched.Options{Version: version, LogicalDate: logical, Jobs: t.options.Jobs, Idle: senses(pipeline), Pools: t.options.Pools}
	if scheduled {
		if shared.Before, shared.After, err = datesBeside(version, pipeline, logical); err != nil {
			return nil, err
		}
		if shared.LatestAfter, shared.LatestTo, err = latestWindow(version, pipeline, logical); err != nil {
			return nil, err
		}
	}
	r.answers(t.events)
	if err := r.findAbsent(); err != nil {
		return nil, err
	}
	scheduling.Held, scheduling.Absent = r.holds, r.isAbsent
	if t.options.Resume || !t.options.Select.empty() {
		scheduling.Known = r.recall
	}
	r.machine = sched.New(pipeline, scheduling)
	for _, one := range pipeline.Tasks {
		r.tasks[one.ID] = one
	}
	r.renderer, r.python = t.engines(t.options.StateDir, t.options.Sensors)
	r.params, err = mergeParams(pipeline, shared.Conf, overridesParams(environ))
	return r, err
}

// runName is how Airflow names a run: Airflow 2 after its logical date, Airflow 3 after the moment from which it may run.
func runName(version ir.Version, runType string, logical, runAfter time.Time) string {
	if version.Major == 2 {
		runAfter = logical
	}
	return runType + "__" + store.Date(runAfter)
}

// enter gives the run its name in the store, which nobody else has.
func (r *run) enter(ctx context.Context, name string) error {
	wanted := name
	selection := ""
	if !r.target.options.Select.empty() {
		data, err := json.Marshal(r.target.options.Select)
		if err != nil {
			return err
		}
		selection = string(data)
	}
	for n := 2; ; n++ {
		if name == "" {
			wanted = runName(r.shared.Version, r.shared.RunType, r.shared.LogicalDate, r.shared.RunAfter)
			if n > 2 {
				wanted += "__" + strconv.Itoa(n-1)
			}
		}
		id, err := r.target.store.Begin(ctx, store.Run{
			DagID:          r.pipeline.ID,
			RunID:          wanted,
			File:           r.shared.File,
			AirflowVersion: r.shared.Version.String(),
			LogicalDate:    r.shared.LogicalDate,
			Conf:           r.shared.Conf,
			Started:        r.shared.StartDate,
			RunType:        r.shared.RunType,
			IntervalStart:  r.shared.DataIntervalStart,
			IntervalEnd:    r.shared.DataIntervalEnd,
			Partial:        len(r.away) > 0,
			Selection:      selection,
		})
		if name == "" && errors.Is(err, target.ErrDuplicateRun) {
			continue
		}
		r.identify(wanted, id)
		return err
	}
}

// identify tells the run its name, and its number in the store.
func (r *run) identify(name string, id int64) {
	r.shared.ID, r.id = name, id
	r.logDir = r.target.store.LogDir(r.pipeline.ID, name)
	r.xcoms = newXComs(r.target.store, id)
}

// contextVars are the AIRFLOW_CTX_* variables of a try; Airflow leaves out what is empty.
func contextVars(run *task.Run, t *ir.Task, try int) []string {
	date := "AIRFLOW_CTX_LOGICAL_DATE"
	if run.Version.Major == 2 {
		date = "AIRFLOW_CTX_EXECUTION_DATE"
	}
	vars := make([]string, 0, 7)
	for _, v := range [...][2]string{
		{"AIRFLOW_CTX_DAG_EMAIL", email(run.Pipeline, t)},
		{"AIRFLOW_CTX_DAG_OWNER", t.Owner},
		{"AIRFLOW_CTX_DAG_ID", run.Pipeline.ID},
		{"AIRFLOW_CTX_TASK_ID", t.ID},
		{date, store.Date(run.LogicalDate)},
		{"AIRFLOW_CTX_TRY_NUMBER", strconv.Itoa(try)},
		{"AIRFLOW_CTX_DAG_RUN_ID", run.ID},
	} {
		if v[1] != "" {
			vars = append(vars, v[0]+"="+v[1])
		}
	}
	return vars
}

// commonVars are the variables of contextVars that most tasks of the run have.
func commonVars(run *task.Run) []string {
	if len(run.Pipeline.Tasks) == 0 {
		return nil
	}
	return slices.DeleteFunc(contextVars(run, run.Pipeline.Tasks[0], 1), func(v string) bool {
		return strings.HasPrefix(v, "AIRFLOW_CTX_TASK_ID=")
	})
}

// withoutContext is an environment without the AIRFLOW_CTX_* variables that contextVars sets.
func withoutContext(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		switch strings.TrimPrefix(name, "AIRFLOW_CTX_") {
		case "DAG_EMAIL", "DAG_OWNER", "DAG_ID", "TASK_ID", "LOGICAL_DATE", "EXECUTION_DATE", "TRY_NUMBER", "DAG_RUN_ID":
			return strings.HasPrefix(name, "AIRFLOW_CTX_")
		}
		return false
	})
}

// email is the operator argument of that name, wherever it was given.
func email(p *ir.Pipeline, t *ir.Task) string {
	arg := ir.Lookup(t.Args, "email")
	for g := t.Group; arg == nil && g != nil; g = g.Parent {
		arg = ir.Lookup(g.DefaultArgs, "email")
	}
	if arg == nil {
		if arg = ir.Lookup(p.DefaultArgs, "email"); arg == nil {
			return ""
		}
	}
	switch v := arg.Value.(type) {
	case *ir.String:
		return v.V
	case *ir.List:
		var all []string
		for _, item := range v.Items {
			if s, ok := item.(*ir.String); ok {
				all = append(all, s.V)
			}
		}
		return strings.Join(all, ",")
	}
	return ""
}

// params are the params of a run, as JSON objects: those of the DAG with conf, and those of tasks that have their own.
type params struct {
	dag  json.RawMessage
	task map[*ir.Task]json.RawMessage
}

func (p *params) of(t *ir.Task) json.RawMessage {
	if own, ok := p.task[t]; ok {
		return own
	}
	return p.dag
}

// overridesParams is Airflow's setting dag_run_conf_overrides_params, as far as the environment has it.
func overridesParams(environ []string) bool {
	for _, v := range slices.Backward(environ) {
		if text, ok := strings.CutPrefix(v, "AIRFLOW__CORE__DAG_RUN_CONF_OVERRIDES_PARAMS="); ok {
			return !slices.Contains([]string{"f", "false", "0"}, strings.ToLower(text))
		}
	}
	return true
}

// with are the params of the DAG, overridden by some of a task instance and these by conf.
func (p *params) with(own, conf json.RawMessage) (json.RawMessage, error) {
	var all object
	for _, data := range []json.RawMessage{p.dag, own, conf} {
		given, err := members(data)
		if err != nil {
			return nil, fmt.Errorf("params must be a dict: %w", err)
		}
		for _, m := range given {
			all.set(m.key, m.value)
		}
	}
	return all.encode(), nil
}

// mergeParams overrides the params of the DAG by those of each task, and both by conf. A param that is left without a value
// is a target.Refusal.
func mergeParams(p *ir.Pipeline, conf json.RawMessage, overrides bool) (*params, error) {
	given, err := members(conf)
	if err != nil {
		return nil, fmt.Errorf("conf is not a JSON object: %w", err)
	}
	if !overrides {
		given = nil
	}
	merge := func(own []ir.Param) (json.RawMessage, error) {
		var all object
		var refused diag.List
		at := map[string]ir.Span{}
		typed := map[string]ir.Param{}
		for _, list := range [][]ir.Param{p.Params, own} {
			for _, param := range list {
				at[param.Name] = param.NameSpan
				typed[param.Name] = param // one of a task replaces that of the DAG, schema and all
				if param.Default == nil {
					all.set(param.Name, nil)
					continue
				}
				value, err := jsonOf(param.Default)
				if err != nil {
					refused.Errorf(param.Span, diag.BadValue, "param %q: %v", param.Name, err)
					value = json.RawMessage("null")
				}
				all.set(param.Name, value)
			}
		}
		for _, m := range given {
			all.set(m.key, m.value)
		}
		for _, m := range all {
			if m.value == nil {
				refused.Errorf(at[m.key], diag.BadValue, "param %q has no default, and the run does not give it a value", m.key).
					WithHelp("give it with --conf '{%s: ...}'", jsonString(m.key))
				continue
			}
			if param := typed[m.key]; param.Typed {
				checkParam(&refused, param, m.value)
			}
		}
		if refused.HasErrors() {
			return nil, &target.Refusal{Diags: refused}
		}
		return all.encode(), nil
	}
	merged := &params{task: map[*ir.Task]json.RawMessage{}}
	if merged.dag, err = merge(nil); err != nil {
		return nil, err
	}
	for _, t := range p.Tasks {
		if len(t.Params) > 0 {
			if merged.task[t], err = merge(t.Params); err != nil {
				return nil, err
			}
		}
	}
	return merged, nil
}

// checkParam holds the value of a typed param against its schema, as Airflow does when a run begins.
func checkParam(refused *diag.List, param ir.Param, value json.RawMessage) {
	in := json.NewDecoder(bytes.NewReader(value))
	in.UseNumber()
	var v any
	if in.Decode(&v) != nil {
		return
	}
	problem := schema.Check(param.Schema, v)
	if problem == nil {
		return
	}
	text := problem.Message
	if len(problem.Path) > 0 && !problem.Schema {
		text += " (at " + strings.Join(problem.Path, ".") + ")"
	}
	what := "the value of the param %q does not fit its schema: %s"
	if problem.Schema {
		what = "the schema of the param %q is not valid: %s"
	}
	refused.Errorf(param.NameSpan, diag.BadParam, what, param.Name, text).
		WithHelp("Airflow refuses such a run; give another value with --conf '{%s: ...}'", jsonString(param.Name))
}
