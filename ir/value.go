package ir

// Arg is one argument: a name, as Airflow has it, and its value.
type Arg struct {
	Name     string
	NameSpan Span
	Value    Value
}

// Lookup finds an argument by name; nil when it is not there.
func Lookup(args []Arg, name string) *Arg {
	for i := range args {
		if args[i].Name == name {
			return &args[i]
		}
	}
	return nil
}

// Value is the value of an argument: *Null, *Bool, *Int, *Float, *String, *Template, *List, *Map, *PyRef, *Duration,
// *Time or *Ago; a Python object: *Call, *Function, *Lambda, *EnvText; what another task or the group gives: *Output,
// *OutputMethod, *MappedParam; or assets: *Asset, *AssetAlias, *AssetSet.
type Value interface {
	Pos() Span
	value()
}

// Null is Python's None.
type Null struct{ Span Span }

// Bool is a truth value.
type Bool struct {
	V    bool
	Span Span
}

// Int is an integer of any size.
type Int struct {
	Text string // decimal digits, with a minus sign where it is negative
	Span Span
}

// Float is a floating-point number; infinities and NaN included.
type Float struct {
	V    float64
	Span Span
}

// String is text that nobody interprets.
type String struct {
	V    string
	Span Span
}

// Template is text with Jinja in it, in a field that the operator renders.
type Template struct {
	V    string
	Span Span
}

// List is a sequence.
type List struct {
	Items []Value
	Span  Span
}

// Map is a mapping whose order is kept.
type Map struct {
	Entries []Entry
	Span    Span
}

// Entry is a key of a Map and its value. The key is a *String, *Int, *Float, *Bool or *Null.
type Entry struct {
	Key   Value
	Value Value
}

// PyRef names a Python object: a module and a dotted path inside it.
type PyRef struct {
	Module string // dotted, from the DAG root for the user's own code
	Name   string // dotted when it is an attribute of a class
	User   bool   // the module was found under the DAG root
	Span   Span
}

// Path is module.name.
func (v *PyRef) Path() string { return v.Module + "." + v.Name }

// Duration is a length of time, as Python's timedelta.
type Duration struct {
	Micros int64 // microseconds
	Span   Span
}

// Seconds is the duration in seconds.
func (v *Duration) Seconds() float64 { return float64(v.Micros) / 1e6 }

// Time is a date, or a date and time.
type Time struct {
	Year, Month, Day                  int
	Hour, Minute, Second, Microsecond int
	DateOnly                          bool   // a Python date, without time and zone
	Zone                              string // IANA name, "UTC", an offset such as "+02:00", or "" for a naive time
	Span                              Span
}

// Ago is a moment relative to the day on which the DAG file is read, in dag-factory's form only: midnight of that day in
// Zone, minus Back.
type Ago struct {
	Back *Duration
	Zone string // IANA name
	Text string // as written, for messages
	Span Span
}

// Pos implements Value.
func (v *Null) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Bool) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Int) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Float) Pos() Span { return v.Span }

// Pos implements Value.
func (v *String) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Template) Pos() Span { return v.Span }

// Pos implements Value.
func (v *List) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Map) Pos() Span { return v.Span }

// Pos implements Value.
func (v *PyRef) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Duration) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Time) Pos() Span { return v.Span }

// Pos implements Value.
func (v *Ago) Pos() Span { return v.Span }

func (*Null) value()     {}
func (*Bool) value()     {}
func (*Int) value()      {}
func (*Float) value()    {}
func (*String) value()   {}
func (*Template) value() {}
func (*List) value()     {}
func (*Map) value()      {}
func (*PyRef) value()    {}
func (*Duration) value() {}
func (*Time) value()     {}
func (*Ago) value()      {}
