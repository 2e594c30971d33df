package ir

// Task is one task of a pipeline.
type Task struct {
	ID      string // full
	LocalID string // as written
	Group   *Group // nil: directly in the DAG
	Span    Span
	IDSpan  Span

	Class Class // the operator's class; zero for Decorated
	Op    Op    // what it does, with defaults applied; of a mapped task: what is the same in every instance
	Args  []Arg // the constructor's (or decorator's) arguments as written; task_id, trigger_rule, params, default_args and dependencies are left out

	DefaultArgs []Arg // the task's own, as written

	Expand   *Expand   // nil: not mapped. Of a mapped task, Args (of a Decorated one: the arguments of the call) are the partial ones
	Setup    bool      // it is marked as a setup
	Teardown *Teardown // nil: it is no teardown

	TemplateFields []string // the operator's template_fields, where it is one that the catalogue knows
	TemplateExt    []string // and its template_ext

	Dependencies []Ref // as written
	Needs        []Ref // direct upstream tasks

	Trigger     TriggerRule
	TriggerSpan Span // zero unless trigger_rule was written at the task
	Retry       Retry
	Limits      Limits
	Params      []Param // of the task's own
	Owner       string
	DoXComPush  bool
	MultipleOut bool // multiple_outputs

	Local *Task // what a local run executes instead; nil: the task itself. It has no Local of its own

	DependsOnPast     bool
	WaitForDownstream bool
	Callbacks         []Callback
}

// Class names an operator class by its canonical import path: the newest one known, whatever the user's spelling was.
// A target writes it as its Airflow version spells it.
type Class struct {
	Module string
	Name   string
	User   bool // found under the DAG root: the user's own code
	Span   Span
}

// Path is module.Name.
func (c Class) Path() string { return c.Module + "." + c.Name }

// Retry says how often and when a failed try is repeated.
type Retry struct {
	Retries    int
	Delay      *Duration
	Multiplier float64   // 0: constant delay; 2 for retry_exponential_backoff: true
	MaxDelay   *Duration // nil: none
}

// Limits bound a task in time and in company.
type Limits struct {
	ExecutionTimeout  *Duration // nil: none
	Pool              string
	PoolSlots         int
	PriorityWeight    int
	WeightRule        string
	MaxActivePerDag   int // max_active_tis_per_dag; 0: no limit
	MaxActivePerDagRn int // max_active_tis_per_dagrun; 0: no limit
}

// Callback is what to call on an event of a task: "on_failure_callback" and the like.
type Callback struct {
	Event  string   // the argument's name
	Refs   []*PyRef // those of Values that are plain functions
	Values []Value  // all, in the order of writing: *PyRef, *Call (a notifier, or a partial function), *Function or *Lambda
}

// Expand makes one instance of a task, or of a group, per item. Exactly one of Args and Kwargs is there.
type Expand struct {
	Args   []Arg // expand: a *List, *Map, *Output, *OutputMethod or *MappedParam each; several are a cross product
	Kwargs Value // expand_kwargs: a *List of *Map, *Output, *OutputMethod or *MappedParam
	Span   Span
}

// Teardown says what a teardown task tears down.
type Teardown struct {
	Setups      []Ref // tasks; each is also among the task's Needs, and its Setup is true
	FailsDagrun bool  // on_failure_fail_dagrun
	Span        Span
}

// TriggerRule says which ends of the upstream tasks let a task run; the value is Airflow's name.
type TriggerRule string

// The trigger rules of Airflow 2.9 to 3.3.
const (
	AllSuccess              TriggerRule = "all_success"
	AllFailed               TriggerRule = "all_failed"
	AllDone                 TriggerRule = "all_done"
	AllDoneMinOneSuccess    TriggerRule = "all_done_min_one_success" // from 3.1
	AllDoneSetupSuccess     TriggerRule = "all_done_setup_success"
	AllSkipped              TriggerRule = "all_skipped"
	Always                  TriggerRule = "always"
	NoneFailed              TriggerRule = "none_failed"
	NoneFailedMinOneSuccess TriggerRule = "none_failed_min_one_success"
	NoneSkipped             TriggerRule = "none_skipped"
	OneDone                 TriggerRule = "one_done"
	OneFailed               TriggerRule = "one_failed"
	OneSuccess              TriggerRule = "one_success"
)

// TriggerRules lists the rules that a version of Airflow has, sorted by name.
func TriggerRules(v Version) []TriggerRule {
	rules := []TriggerRule{AllDone}
	if v.AtLeast(3, 1) {
		rules = append(rules, AllDoneMinOneSuccess)
	}
	return append(rules, AllDoneSetupSuccess, AllFailed, AllSkipped, AllSuccess, Always, NoneFailed,
		NoneFailedMinOneSuccess, NoneSkipped, OneDone, OneFailed, OneSuccess)
}

// Op is what a task does: *Bash, *Python, *Empty, *Decorated or *Generic.
type Op interface {
	// Kind is the name of the shorthand, or "operator" for Generic.
	Kind() string
	op()
}

// Bash runs a command with `bash -c`, as BashOperator does.
type Bash struct {
	Command      Value // *String, *Template
	Env          Value // *Map, *Template, or nil: none given. An empty map is an empty environment
	AppendEnv    bool
	Cwd          Value   // *String, *Template, or nil: a temporary folder
	SkipExitCode []int64 // skip_on_exit_code; 99 unless written
	Encoding     string  // output_encoding; "utf-8" unless written
}

// Python calls a function, as PythonOperator does.
type Python struct {
	Callable      *PyRef    // nil where Function is there, or where Expand gives it
	Function      *Function // written in the pipeline file; nil where Callable is there
	OpArgs        Value     // *List, *Template, or nil
	OpKwargs      Value     // *Map, *Template, or nil
	TemplatesDict Value     // *Map or nil
	TemplatesExts []string
	LogReturn     bool // show_return_value_in_logs; true unless written
}

// Decorated calls a function as a decorator of TaskFlow does.
type Decorated struct {
	Decorator Decorator
	Callable  Value   // *PyRef, *Function or *Lambda
	Args      []Value // positional arguments of the call
	Kwargs    []Arg   // keyword arguments of the call
}

// Decorator names what makes a task of a function: `task`, `task.branch`, or one by its import path.
type Decorator struct {
	Module string // "" for Airflow's own task and its attributes, which each version has elsewhere
	Name   string // dotted: "task", "task.virtualenv", "task.kubernetes"; with a Module the name in it
	User   bool   // the module was found under the DAG root
	Span   Span
}

// Empty does nothing, as EmptyOperator does.
type Empty struct{}

// Generic is any other operator; the task's Class and Args say all that is known.
type Generic struct{}

// Kind implements Op.
func (*Bash) Kind() string { return "bash" }

// Kind implements Op.
func (*Python) Kind() string { return "python" }

// Kind implements Op.
func (*Empty) Kind() string { return "empty" }

// Kind implements Op.
func (*Decorated) Kind() string { return "decorated" }

// Kind implements Op.
func (*Generic) Kind() string { return "operator" }

func (*Bash) op()      {}
func (*Python) op()    {}
func (*Empty) op()     {}
func (*Decorated) op() {}
func (*Generic) op()   {}
