package diag

// Code names a kind of problem; it is printed in brackets after the message and never changes its meaning.
type Code string

// The codes. Each has a case under golden/testdata/err.
const (
	// The file as text and as YAML.
	Unreadable    Code = "unreadable-file"
	NotUTF8       Code = "not-utf8"
	EmptyFile     Code = "empty-file"
	Syntax        Code = "yaml-syntax"
	DuplicateKey  Code = "duplicate-key"
	TooDeep       Code = "too-deep"
	TooManyAlias  Code = "alias-expansion"
	ScalarYAML11  Code = "yaml-1.1-scalar"
	ManyDocuments Code = "many-documents"

	// Keys and values.
	UnknownKey   Code = "unknown-key"
	MissingKey   Code = "missing-key"
	WrongType    Code = "wrong-type"
	BadValue     Code = "bad-value"
	Conflict     Code = "conflicting-keys"
	NotYet       Code = "not-supported-yet"
	WrongVersion Code = "airflow-version"
	Deprecated   Code = "deprecated-key"
	Dropped      Code = "dropped-key"

	// The environment, in dag-factory's form.
	EnvVariable   Code = "environment-variable"
	UnsetVariable Code = "unset-variable"

	// What is filled in while compiling.
	BadTemplate     Code = "compile-time-template"
	UnknownVariable Code = "unknown-variable"
	Loop            Code = "for-each"
	BadInclude      Code = "include"
	UnknownBase     Code = "extends"

	// Names and references.
	BadID             Code = "bad-id"
	DuplicateID       Code = "duplicate-id"
	UnknownDependency Code = "unknown-dependency"
	AmbiguousName     Code = "ambiguous-name"
	UnknownGroup      Code = "unknown-group"
	Cycle             Code = "cycle"

	// Times.
	BadCron     Code = "bad-cron"
	BadDuration Code = "bad-duration"
	BadDate     Code = "bad-date"
	BadTimezone Code = "bad-timezone"
	MovingDate  Code = "moving-start-date"

	// Params.
	BadParam Code = "invalid-param"

	// What versions of Airflow read differently.
	DataInterval Code = "data-interval"

	// Tasks.
	MissingOperator Code = "missing-operator"
	BadOperator     Code = "bad-operator"
	BadCallable     Code = "bad-callable"
	BadCode         Code = "bad-code"
	BadTriggerRule  Code = "bad-trigger-rule"

	// The user's own Python code, read and never run.
	UnknownName   Code = "unknown-name"
	UnknownModule Code = "unknown-module"
	BadArguments  Code = "callable-arguments"

	// Templates.
	BrokenJinja     Code = "bad-template"
	UnknownContext  Code = "unknown-context-name"
	UnknownParam    Code = "unknown-param"
	UnknownFilter   Code = "unknown-filter"
	UnknownXCom     Code = "unknown-xcom-task"
	NotUpstream     Code = "not-upstream"
	MissingTemplate Code = "missing-template-file"

	// The project around the file.
	Project     Code = "project-file"
	HidesModule Code = "hides-module"
	HandWritten Code = "hand-written-file"

	// What a running Airflow says of an exported file.
	EditedFile   Code = "edited-dag-file"
	NotRead      Code = "dag-not-read"
	ImportFailed Code = "import-failed"
	Paused       Code = "dag-paused"

	// What a target cannot do.
	NotHere Code = "not-in-local-runs"
)
