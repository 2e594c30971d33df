package ir

// File is one pipeline file, compiled.
type File struct {
	Path      string // as the user gave it, with slashes
	Form      Form
	Version   Version  // the Airflow version that it was compiled for
	With      []string // the options that changed what the file says, without their values where they may be long: "--env prod", "--set vars.region"
	Pipelines []*Pipeline
}

// Form tells how the file declares its DAGs.
type Form int

// The forms of a pipeline file.
const (
	FormSingle Form = iota // one DAG at the top level
	FormKeyed              // DAGs keyed by their ids, as in dag-factory
)

// Pipeline is one DAG.
type Pipeline struct {
	ID     string
	IDSpan Span // the key, the dag_id, or the file's first token when the id is the file's name
	Span   Span

	Schedule  Schedule // never nil
	StartDate Value    // *Time, *Ago, or nil; nil where only default_args has one; *Null: none, although default_args has one
	EndDate   Value    // *Time, *Ago, or nil
	Timezone  string   // IANA name; "UTC" unless written
	Catchup   bool     // false unless written

	DefaultArgs []Arg
	Params      []Param
	Args        []Arg // every other argument of DAG, by Airflow's name

	Settings Settings

	Groups []*Group
	Tasks  []*Task
}

// Settings are the arguments of a DAG that a run needs, with Airflow's defaults applied. Zero limits mean "Airflow's default".
type Settings struct {
	MaxActiveTasks    int
	MaxActiveRuns     int
	DagrunTimeout     *Duration // nil: none
	NativeTemplates   bool      // render_template_as_native_obj
	TemplateSearch    []string  // template_searchpath
	FailFast          bool      // fail_fast, fail_stop on 2.x
	DefaultArgsOwner  string    // the owner that tasks get unless they have one
	OnSuccessCallback []*PyRef
	OnFailureCallback []*PyRef

	// Callbacks are all callbacks of the DAG, those above included.
	Callbacks []Callback
}

// Param is one declared param of a DAG or a task.
type Param struct {
	Name     string
	NameSpan Span
	Default  Value // nil only for a typed param without a default
	Schema   []Arg // JSON Schema keywords of a typed Param in written order, without default; empty for a plain value
	Typed    bool  // written as a map with `type`: becomes a Param object
	Span     Span
}

// Group is a task group.
type Group struct {
	ID      string // full
	LocalID string // as written
	Parent  *Group // nil: the DAG itself
	Prefix  bool   // prefix_group_id
	Span    Span
	IDSpan  Span

	DefaultArgs  []Arg
	Args         []Arg // every other argument of TaskGroup, by Airflow's name
	Dependencies []Ref

	Expand      *Expand  // nil: not mapped
	MappedNames []string // the parameters that Expand gives values to, identifiers, in order of writing; empty unless mapped
}

// Ref is a reference to a task or group, resolved; it knows where it was written.
type Ref struct {
	ID    string // full id
	Group bool   // it names a group
	Label string // of the edge, for Airflow's user interface; "": none. Only in Dependencies
	Span  Span
}
