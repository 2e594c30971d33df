package task

import (
	"slices"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// Work is what is made of the call of a function, or what an operator does without one.
type Work string

// The works that a PythonRunner knows; the names are what it is told.
const (
	CallFunction Work = "python"
	Branch       Work = "branch"
	ShortCircuit Work = "short_circuit"
	DayOfWeek    Work = "day_of_week"
	DateTime     Work = "date_time"
	LatestOnly   Work = "latest_only"
	Trigger      Work = "trigger"      // a run of another DAG; no PythonRunner does it
	BashCommand  Work = "bash_command" // the function gives the command that bash runs
	External     Work = "external_python"
	Virtualenv   Work = "virtualenv"
	Callbacks    Work = "callbacks" // the functions in OpArgs, each with the context
	RunOperator  Work = "operator"  // the real operator, in the Airflow of the interpreter
)

// The works of sensors: what is looked at until it is there.
const (
	SensePython    Work = "sense_python"
	SenseBash      Work = "sense_bash"
	SenseFile      Work = "sense_file"
	SenseDelta     Work = "sense_delta"
	SenseDateTime  Work = "sense_date_time"
	SenseTime      Work = "sense_time"
	SenseDayOfWeek Work = "sense_day_of_week"
	SenseRuns      Work = "sense_runs" // runs of other DAGs
)

// Elsewhere tells whether the function runs in another Python.
func (w Work) Elsewhere() bool {
	return strings.HasSuffix(string(w), string(External)) || strings.HasSuffix(string(w), string(Virtualenv))
}

// Senses tells whether the work is that of a sensor.
func (w Work) Senses() bool { return strings.HasPrefix(string(w), "sense_") }

// Call is what a task has the PythonRunner do: call a function and make something of what it returns.
type Call struct {
	Work Work

	Callable      ir.Value // nil where the work needs none
	OpArgs        ir.Value // *List, *Template, or nil
	OpKwargs      ir.Value // *Map, *Template, or nil
	TemplatesDict ir.Value // *Map or nil

	// Module and Class name the operator of RunOperator, and of works that the real operator may do, by the newest path of it.
	Module, Class string

	// Options are the arguments of the operator's own: those of the task, else those of default_args around it.
	Options []ir.Arg

	// Defaults are the default_args around the task: for what a real operator may do, and for a decorated function that is not mapped, whose
	// parameters take them.
	Defaults []ir.Arg

	Container *Container // where a RunContainer runs; nil: nowhere yet

	Label        string // the map_index_template that is rendered once the function has returned; "": none
	LogReturn    bool
	Bound        bool // arguments that the function does not have are an error, as in TaskFlow
	InferOutputs bool // multiple_outputs depends on what the function says that it returns
}

// Option is the value of an argument of the operator; nil when it is not given.
func (c *Call) Option(name string) ir.Value {
	if a := ir.Lookup(c.Options, name); a != nil {
		return a.Value
	}
	return nil
}

// Fields are the names of the Options that are rendered; the arguments of the function are rendered too.
func (c *Call) Fields(t *ir.Task) []string {
	if c.Work == BashCommand || c.Work == RunOperator {
		return nil // by the executor of bash, and by Airflow
	}
	return slices.DeleteFunc(slices.Clone(t.TemplateFields), func(name string) bool {
		return name == "templates_dict" || name == "op_args" || name == "op_kwargs"
	})
}

// SetOption gives an argument of the operator a value.
func (c *Call) SetOption(name string, value ir.Value) {
	if a := ir.Lookup(c.Options, name); a != nil {
		a.Value = value
		return
	}
	c.Options = append(c.Options, ir.Arg{Name: name, Value: value})
}

// works are the operators that calls stand for, by the path of their class.
var works = map[string]Work{
	"airflow.providers.standard.operators.python.PythonOperator":                 CallFunction,
	"airflow.providers.standard.operators.python.BranchPythonOperator":           Branch,
	"airflow.providers.standard.operators.python.ShortCircuitOperator":           ShortCircuit,
	"airflow.providers.standard.operators.python.ExternalPythonOperator":         External,
	"airflow.providers.standard.operators.python.PythonVirtualenvOperator":       Virtualenv,
	"airflow.providers.standard.operators.python.BranchExternalPythonOperator":   "branch_" + External,
	"airflow.providers.standard.operators.python.BranchPythonVirtualenvOperator": "branch_" + Virtualenv,
	"airflow.providers.standard.operators.weekday.BranchDayOfWeekOperator":       DayOfWeek,
	"airflow.providers.standard.operators.datetime.BranchDateTimeOperator":       DateTime,
	"airflow.providers.standard.operators.latest_only.LatestOnlyOperator":        LatestOnly,
	"airflow.providers.standard.operators.trigger_dagrun.TriggerDagRunOperator":  Trigger,
	"airflow.providers.standard.sensors.python.PythonSensor":                     SensePython,
	"airflow.providers.standard.sensors.bash.BashSensor":                         SenseBash,
	"airflow.providers.standard.sensors.filesystem.FileSensor":                   SenseFile,
	"airflow.providers.standard.sensors.time_delta.TimeDeltaSensor":              SenseDelta,
	"airflow.providers.standard.sensors.date_time.DateTimeSensor":                SenseDateTime,
	"airflow.providers.standard.sensors.time.TimeSensor":                         SenseTime,
	"airflow.providers.standard.sensors.weekday.DayOfWeekSensor":                 SenseDayOfWeek,
	"airflow.providers.standard.sensors.external_task.ExternalTaskSensor":        SenseRuns,
}

// decorators are the decorators of TaskFlow that calls stand for.
var decorators = map[string]Work{
	"task":                        CallFunction,
	"task.python":                 CallFunction,
	"task.branch":                 Branch,
	"task.short_circuit":          ShortCircuit,
	"task.bash":                   BashCommand,
	"task.sensor":                 SensePython,
	"task.external_python":        External,
	"task.virtualenv":             Virtualenv,
	"task.branch_external_python": "branch_" + External,
	"task.branch_virtualenv":      "branch_" + Virtualenv,
	"task.docker":                 RunContainer,
}

// CallOf is what a task has the PythonRunner do; nil when it does nothing there.
func CallOf(p *ir.Pipeline, t *ir.Task) *Call {
	switch op := t.Op.(type) {
	case *ir.Python:
		c := &Call{Work: CallFunction, OpArgs: op.OpArgs, OpKwargs: op.OpKwargs, TemplatesDict: op.TemplatesDict, LogReturn: op.LogReturn}
		switch {
		case op.Callable != nil:
			c.Callable = op.Callable
		case op.Function != nil:
			c.Callable = op.Function
		}
		return c
	case *ir.Decorated:
		work := decorators[op.Decorator.Name]
		if work == "" || op.Decorator.Module != "" {
			return nil
		}
		c := &Call{Work: work, Callable: op.Callable, Options: options(p, t), LogReturn: true, Bound: true}
		if t.Expand == nil {
			c.Defaults = Defaults(p, t)
		}
		c.InferOutputs = work != BashCommand && work != SensePython && c.Option("multiple_outputs") == nil
		if len(op.Args) > 0 {
			c.OpArgs = &ir.List{Items: op.Args, Span: t.Span}
		}
		if len(op.Kwargs) > 0 {
			kwargs := &ir.Map{Span: t.Span}
			for _, a := range op.Kwargs {
				kwargs.Entries = append(kwargs.Entries, ir.Entry{Key: &ir.String{V: a.Name, Span: a.NameSpan}, Value: a.Value})
			}
			c.OpKwargs = kwargs
		}
		c.TemplatesDict = c.Option("templates_dict")
		if work == RunContainer {
			plainContainer(c)
		}
		return c
	case *ir.Generic:
		if o := ProvidedOf(t); o != nil {
			return o.call(p, t)
		}
		work := works[t.Class.Path()]
		if work == "" {
			return &Call{Work: RunOperator, Module: t.Class.Module, Class: t.Class.Name, Options: slices.Clone(t.Args), Defaults: Defaults(p, t)}
		}
		c := &Call{Work: work, Options: options(p, t), LogReturn: true}
		c.Callable, c.OpArgs, c.OpKwargs = c.Option("python_callable"), c.Option("op_args"), c.Option("op_kwargs")
		c.TemplatesDict = c.Option("templates_dict")
		if shown, ok := c.Option("show_return_value_in_logs").(*ir.Bool); ok {
			c.LogReturn = shown.V
		}
		return c
	}
	return nil
}

// options are the arguments of a task with those of default_args that it does not give itself, the nearest first.
func options(p *ir.Pipeline, t *ir.Task) []ir.Arg {
	all := slices.Clone(t.Args)
	for _, a := range Defaults(p, t) {
		if ir.Lookup(all, a.Name) == nil {
			all = append(all, a)
		}
	}
	return all
}

// Defaults are the default_args of a task, of the groups around it and of the DAG; of several of a name, the nearest.
func Defaults(p *ir.Pipeline, t *ir.Task) []ir.Arg {
	var all []ir.Arg
	add := func(args []ir.Arg) {
		for _, a := range args {
			if ir.Lookup(all, a.Name) == nil {
				all = append(all, a)
			}
		}
	}
	add(t.DefaultArgs)
	for g := t.Group; g != nil; g = g.Parent {
		add(g.DefaultArgs)
	}
	add(p.DefaultArgs)
	return all
}
