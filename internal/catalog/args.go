package catalog

import "github.com/dagexport/dagexport/ir"

// Type is the type of an argument: what may be written for it and what it becomes in the IR.
type Type int

// The types of arguments.
const (
	Any        Type = iota // any value
	Bool                   // true or false
	Int                    // a whole number
	Number                 // a number; whether it is whole does not matter
	Text                   // a string
	Texts                  // a list of strings
	TextOrSeq              // a string or a list of strings
	Dict                   // a mapping
	Seconds                // a duration; a plain number is seconds
	Date                   // a date, or a date and time
	Function               // a dotted name of a Python function
	Functions              // a dotted name of a Python function, or a list of them
	Backoff                // true or false, and a number from Airflow 3.2 on
	ExitCodes              // a whole number, a list of them, or null
	Arguments              // a mapping or a string with Jinja that renders to one
	Positions              // a list or a string with Jinja that renders to one
	Assets                 // a list of assets
	Names                  // a mapping of names to values or to functions by their dotted names
	Deadlines              // a deadline or a list of them
	RetryRules             // rules for retrying by exception
	ClassName              // a dotted name of a Python class
	Never                  // only Python code can give it
)

// Noun is the type in the words of a message: "true or false", "a whole number".
func (t Type) Noun() string {
	return typeNouns[t]
}

var typeNouns = [...]string{
	Any: "a value", Bool: "true or false", Int: "a whole number", Number: "a number", Text: "text", Texts: "a list of texts",
	TextOrSeq: "text or a list of texts", Dict: "a mapping", Seconds: "a duration such as 5m or a number of seconds",
	Date: "a date such as 2026-01-31", Function: "the dotted name of a function, module.function",
	Functions: "the dotted name of a function, module.function, or a list of them", Backoff: "true or false, or a number from Airflow 3.2 on",
	ExitCodes: "a whole number, a list of them, or null", Arguments: "a mapping", Positions: "a list", Assets: "a list of assets", Names: "a mapping", Deadlines: "a deadline, {reference, interval, callback}, or a list of them",
	RetryRules: "a list of rules, {exception, action}", ClassName: "the dotted name of a class, module.Class", Never: "a value",
}

// Arg describes one argument of a class of Airflow.
type Arg struct {
	Name    string
	Type    Type
	Meaning string     // one line
	Since   ir.Version // zero: from the oldest supported version on
	Until   ir.Version // the last version that has it; zero: it is still there
	Instead string     // the argument that took its place; "" where none did
	Choices []string   // the values that Airflow takes, where it takes only some
	Null    bool       // null may be written for it
}

// In tells whether a version of Airflow has the argument.
func (a *Arg) In(v ir.Version) bool {
	if a.Since.Major != 0 && !v.AtLeast(a.Since.Major, a.Since.Minor) {
		return false
	}
	return a.Until.Major == 0 || a.Until.AtLeast(v.Major, v.Minor)
}

// Args is the list of a class's arguments, in the order in which Airflow documents them.
type Args []Arg

// Find finds an argument by name; nil when the class has none such in any version.
func (a Args) Find(name string) *Arg {
	for i := range a {
		if a[i].Name == name {
			return &a[i]
		}
	}
	return nil
}

// DAGArg finds an argument of DAG by name; nil when there is none.
func DAGArg(name string) *Arg { return dagIndex[name] }

// TaskGroupArg finds an argument of TaskGroup by name; nil when there is none.
func TaskGroupArg(name string) *Arg { return groupIndex[name] }

// OperatorArg finds an argument of BaseOperator by name; nil when there is none.
func OperatorArg(name string) *Arg { return operatorIndex[name] }

// DAGArgs lists the arguments of DAG.
func DAGArgs() Args { return dagArgs }

// TaskGroupArgs lists the arguments of TaskGroup.
func TaskGroupArgs() Args { return groupArgs }

// OperatorArgs lists the arguments of BaseOperator, which every operator takes.
func OperatorArgs() Args { return operatorArgs }

// OwnArgs lists the arguments that the class has beside those of BaseOperator; nil where the catalogue does not know them.
func (c *Class) OwnArgs() Args {
	switch c.Kind {
	case "bash":
		return bashArgs
	case "python":
		return pythonArgs
	case "empty":
		return emptyArgs
	}
	return nil
}

// KnowsArgs tells whether the catalogue knows every argument of the class.
func (c *Class) KnowsArgs() bool { return c.OwnArgs() != nil }

var (
	dagIndex      = index(dagArgs)
	groupIndex    = index(groupArgs)
	operatorIndex = index(operatorArgs)
)

func index(args Args) map[string]*Arg {
	m := make(map[string]*Arg, len(args))
	for i := range args {
		m[args[i].Name] = &args[i]
	}
	return m
}
