package task

import (
	"encoding/json"

	"github.com/dagexport/dagexport/ir"
)

// Object is a Python object that JSON has not, in the form of package wire, such as a tuple or a date that a task has pushed.
type Object struct {
	*ir.Null // what a Value must be
	Wire     json.RawMessage
	Span     ir.Span
}

// Pos implements ir.Value.
func (v *Object) Pos() ir.Span { return v.Span }

// Tuple is a list that is a tuple in Python.
type Tuple struct{ *ir.List }

// Lazy is what the instances of a mapped task have pushed: no list in Python, but a sequence of the class that the version of Airflow has.
type Lazy struct {
	*ir.List
	Class string
}

// Jinja is a template that the PythonRunner renders in the process of the task: what it comes to may be any object.
type Jinja struct {
	*ir.Null // what a Value must be
	Text     string
	Span     ir.Span
}

// Pos implements ir.Value.
func (v *Jinja) Pos() ir.Span { return v.Span }
