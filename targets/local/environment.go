package local

import (
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// withEnvironment is a DAG with the values of environment variables in its texts, as the DAG file looks them up. A variable that
// is not set is a target.Refusal.
func withEnvironment(p *ir.Pipeline, environ []string) (*ir.Pipeline, error) {
	e := environment{values: map[string]string{}}
	for _, v := range environ {
		if name, value, ok := strings.Cut(v, "="); ok {
			e.values[name] = value
		}
	}
	own := *p
	own.Args, own.DefaultArgs, own.Params = e.args(p.Args), e.args(p.DefaultArgs), e.params(p.Params)
	own.Tasks = slices.Clone(p.Tasks)
	groups := map[*ir.Group]*ir.Group{}
	own.Groups = slices.Clone(p.Groups)
	for i, g := range p.Groups { // an outer one comes first
		one := *g
		one.DefaultArgs, one.Parent, one.Expand = e.args(g.DefaultArgs), groups[g.Parent], e.expand(g.Expand)
		groups[g], own.Groups[i] = &one, &one
	}
	for i, t := range p.Tasks {
		one := *t
		if t.Group != nil {
			one.Group = groups[t.Group]
		}
		one.Args, one.DefaultArgs, one.Params, one.Expand = e.args(t.Args), e.args(t.DefaultArgs), e.params(t.Params), e.expand(t.Expand)
		switch op := t.Op.(type) {
		case *ir.Bash:
			next := *op
			next.Command, next.Env, next.Cwd = e.value(op.Command), e.value(op.Env), e.value(op.Cwd)
			one.Op = &next
		case *ir.Python:
			next := *op
			next.OpArgs, next.OpKwargs, next.TemplatesDict = e.value(op.OpArgs), e.value(op.OpKwargs), e.value(op.TemplatesDict)
			one.Op = &next
		case *ir.Decorated:
			next := *op
			next.Args, next.Kwargs = e.list(op.Args), e.args(op.Kwargs)
			one.Op = &next
		}
		own.Tasks[i] = &one
	}
	if !e.found {
		return p, nil
	}
	if e.unset.HasErrors() {
		return nil, &target.Refusal{Diags: e.unset}
	}
	return &own, nil
}

// environment replaces texts.
type environment struct {
	values map[string]string
	found  bool
	unset  diag.List
}

func (e *environment) value(v ir.Value) ir.Value {
	switch v := v.(type) {
	case *ir.EnvText:
		return e.text(v)
	case *ir.List:
		return &ir.List{Items: e.list(v.Items), Span: v.Span}
	case *ir.Map:
		entries := slices.Clone(v.Entries)
		for i := range entries {
			entries[i].Value = e.value(entries[i].Value)
		}
		return &ir.Map{Entries: entries, Span: v.Span}
	case *ir.Call:
		one := *v
		one.Args, one.Kwargs = e.list(v.Args), e.args(v.Kwargs)
		return &one
	}
	return v
}

func (e *environment) text(v *ir.EnvText) ir.Value {
	e.found = true
	var out strings.Builder
	for _, part := range v.Parts {
		value, set := e.values[part.Var]
		switch {
		case part.Var == "":
			out.WriteString(part.Text)
		case set:
			out.WriteString(value)
		case part.Unset != "":
			out.WriteString(part.Unset)
		default:
			e.unset.Errorf(v.Span, diag.BadValue, "the environment variable %s is not set", part.Var).
				WithHelp("set it for this run, as it is set where Airflow reads the DAG file")
		}
	}
	text := out.String()
	if strings.Contains(text, "{{") || strings.Contains(text, "{%") {
		return &ir.Template{V: text, Span: v.Span}
	}
	return &ir.String{V: text, Span: v.Span}
}

func (e *environment) list(values []ir.Value) []ir.Value {
	own := slices.Clone(values)
	for i := range own {
		own[i] = e.value(own[i])
	}
	return own
}

func (e *environment) args(args []ir.Arg) []ir.Arg {
	own := slices.Clone(args)
	for i := range own {
		own[i].Value = e.value(own[i].Value)
	}
	return own
}

func (e *environment) params(params []ir.Param) []ir.Param {
	own := slices.Clone(params)
	for i := range own {
		own[i].Default = e.value(own[i].Default)
	}
	return own
}

func (e *environment) expand(x *ir.Expand) *ir.Expand {
	if x == nil {
		return nil
	}
	return &ir.Expand{Args: e.args(x.Args), Kwargs: e.value(x.Kwargs), Span: x.Span}
}
