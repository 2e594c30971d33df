package ir

// Call is a Python object that the DAG file makes by calling a class or function: `__type__` of a pipeline file, a notifier,
// a timetable.
type Call struct {
	Func    *PyRef  // the class or function; one of Airflow's own by the newest path known, whatever the spelling was
	Args    []Value // positional
	Kwargs  []Arg
	Partial bool // functools.partial(Func, ...): a function with some of its arguments, to be called later
	Span    Span
}

// Function is Python source that stands in the pipeline file: one whole `def` statement. It is written into the DAG file as it
// is, once, however many places use it.
type Function struct {
	Name string // the name that it defines: an identifier, not a keyword
	Text string // the statement, without decorators, not indented, ending in a newline; parsed, and nothing but that statement
	Span Span
}

// Lambda is Python source that stands in the pipeline file: one lambda expression, parsed, and nothing but that.
type Lambda struct {
	Text string // from `lambda` on, surrounding space removed, on one line
	Span Span
}

// EnvText is text with values of environment variables in it, which the DAG file looks up each time that it is read:
// `$HOME/data`. A variable that is not set there stops the import, with its name, unless it says what stands there then.
type EnvText struct {
	Parts []EnvPart // never empty; at least one is a variable; neighbouring texts are joined
	Span  Span
}

// EnvPart is a piece of an EnvText: the name of a variable, or else text.
type EnvPart struct {
	Var   string // [A-Za-z_][A-Za-z0-9_]*
	Unset string // what stands there where the variable is not set; "": that stops the import
	Text  string
}

// Output is what another task pushes to XCom: `+task`, `task.output`, `+task['key']`. Using one is an edge: the task is also among
// the Needs of the user, though not necessarily among its Dependencies.
type Output struct {
	TaskID string // full id of the task
	Key    string // "" for return_value
	Span   Span
}

// OutputMethod makes a new output of outputs, as the methods of Airflow's XComArg do: map, zip or concat.
type OutputMethod struct {
	Of     Value   // *Output or *OutputMethod
	Method string  // "map", "zip", "concat"
	Args   []Value // map: one *PyRef, *Function or *Lambda; zip and concat: one or more *Output or *OutputMethod
	Fill   Value   // zip: fillvalue; nil: none
	Span   Span
}

// MappedParam is a parameter of the mapped group around the task: what the group's Expand gives it, one item an instance.
type MappedParam struct {
	Group string // full id of the group
	Name  string // one of Group.MappedNames
	Span  Span
}

// Asset is an asset of Airflow 3, which Airflow 2 calls dataset and knows by its URI alone.
type Asset struct {
	Name  string // "" where it was not written
	URI   string // "" where it was not written; one of both is there
	Group string // "" where it was not written
	Extra *Map   // nil where it was not written
	Span  Span
}

// AssetAlias stands for assets that are known only when a task runs; since Airflow 2.10.
type AssetAlias struct {
	Name  string
	Group string // "" where it was not written; since Airflow 3.0
	Span  Span
}

// AssetSet is a condition over assets: all of them, or any.
type AssetSet struct {
	Any   bool        // |; false is &
	Items []AssetExpr // two or more, or one that was written as a list of one; a set in a set has the other Any
	Span  Span
}

// AssetExpr is what a schedule waits for: *Asset, *AssetAlias, *AssetSet, or a *Call for an asset of the user's own class or
// with arguments that Asset has no field for.
type AssetExpr interface {
	Value
	assetExpr()
}

// Pos implements Value.
func (v *Call) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Function) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Lambda) Pos() Span { return v.Span }

// Pos implements Value.
func (v *EnvText) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Output) Pos() Span { return v.Span }

// Pos implements Value.
func (v *OutputMethod) Pos() Span { return v.Span }

// Pos implements Value.
func (v *MappedParam) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Asset) Pos() Span { return v.Span }

// Pos implements Value.
func (v *AssetAlias) Pos() Span { return v.Span }

// Pos implements Value.
func (v *AssetSet) Pos() Span { return v.Span }

func (*Call) value()         {}
func (*Function) value()     {}
func (*Lambda) value()       {}
func (*EnvText) value()      {}
func (*Output) value()       {}
func (*OutputMethod) value() {}
func (*MappedParam) value()  {}
func (*Asset) value()        {}
func (*AssetAlias) value()   {}
func (*AssetSet) value()     {}

func (*Call) assetExpr()       {}
func (*Asset) assetExpr()      {}
func (*AssetAlias) assetExpr() {}
func (*AssetSet) assetExpr()   {}
