// Package jinja parses Jinja templates as Airflow's environment does: the standard delimiters and the `do` tag. It renders
// nothing.
package jinja

// Template is a parsed text.
type Template struct {
	Parts    []Node
	Assigned map[string]bool // names that the template itself gives values to: set, for, macro, import and the like; nil: none
}

// Node is *Data, *Output or *Statement.
type Node interface{ node() }

// Data is literal text.
type Data struct{ Text string }

// Output is {{ expression }}.
type Output struct {
	Expr Expr
	Trim bool // its braces have a sign that keeps or removes white space
}

// Statement is {% tag ... %}, with all up to its end tag.
type Statement struct {
	Tag   string
	Exprs []Expr
	Body  []Node // of all its branches
}

func (*Data) node()      {}
func (*Output) node()    {}
func (*Statement) node() {}

// At is a stretch of the template, in bytes.
type At struct{ Start, End int }

// Place is the stretch that an expression covers.
func (a At) Place() At { return a }

// Expr is *Name, *Const, *Getattr, *Getitem, *Call, *Filter, *Test, *List or *Op.
type Expr interface {
	Place() At
	parts(f func(Expr))
}

// Name is a variable.
type Name struct {
	At
	Text string
}

// Const is a literal.
type Const struct {
	At
	Kind  ConstKind
	Text  string // of a string its value, of anything else as written
	Plain bool   // one string without escapes, or anything but a string
}

// ConstKind is the type of a literal.
type ConstKind uint8

// The types of literals.
const (
	Text ConstKind = iota
	Int
	Float
	Bool
	None
)

// Getattr is of.attr.
type Getattr struct {
	At
	Of     Expr
	Attr   string
	AttrAt At
}

// Getitem is of[key].
type Getitem struct {
	At
	Of, Key Expr
}

// Call is of(args).
type Call struct {
	At
	Of Expr
	Arguments
}

// Arguments are those of a call, filter or test.
type Arguments struct {
	Args   []Expr
	Kwargs []Keyword
	Stars  []Expr // *args and **kwargs
}

// Keyword is name=value.
type Keyword struct {
	Name  string
	Value Expr
}

// Filter is of|name(args).
type Filter struct {
	At
	Of     Expr // nil in {% filter %} and {% set x | f %}
	Name   string
	NameAt At
	Arguments
}

// Test is `of is name(args)`, or `of is not ...`.
type Test struct {
	At
	Of     Expr
	Name   string
	NameAt At
	Arguments
}

// List is a list, or a tuple.
type List struct {
	At
	Tuple bool
	Items []Expr
}

// Op is an operator with its operands, a conditional expression ("if"), a dict ("{}") or a slice (":").
type Op struct {
	At
	Op    string
	Items []Expr
}

func (*Name) parts(func(Expr))        {}
func (*Const) parts(func(Expr))       {}
func (e *Getattr) parts(f func(Expr)) { f(e.Of) }
func (e *Getitem) parts(f func(Expr)) { f(e.Of); f(e.Key) }
func (e *Call) parts(f func(Expr))    { f(e.Of); e.each(f) }
func (e *Filter) parts(f func(Expr)) {
	if e.Of != nil {
		f(e.Of)
	}
	e.each(f)
}
func (e *Test) parts(f func(Expr)) { f(e.Of); e.each(f) }
func (e *List) parts(f func(Expr)) { each(e.Items, f) }
func (e *Op) parts(f func(Expr))   { each(e.Items, f) }

func (a *Arguments) each(f func(Expr)) {
	each(a.Args, f)
	for _, k := range a.Kwargs {
		f(k.Value)
	}
	each(a.Stars, f)
}

func each(exprs []Expr, f func(Expr)) {
	for _, e := range exprs {
		f(e)
	}
}

// Walk calls f for every expression of the template, outer ones first.
func (t *Template) Walk(f func(Expr)) { walkNodes(t.Parts, f) }

func walkNodes(nodes []Node, f func(Expr)) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *Output:
			walk(n.Expr, f)
		case *Statement:
			for _, e := range n.Exprs {
				walk(e, f)
			}
			walkNodes(n.Body, f)
		}
	}
}

func walk(e Expr, f func(Expr)) {
	f(e)
	e.parts(func(inner Expr) { walk(inner, f) })
}
