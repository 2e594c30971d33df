package airflow

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

const (
	// maxBlocks is how many `with` blocks Python nests: 20, of which the DAG's is one.
	maxGroups = 19
	// maxBrackets is how deep Python nests brackets (200), less those around an argument.
	maxBrackets = 190
)

// Check says what Airflow of this version cannot express. It is silent for nearly every pipeline.
func (e *Exporter) Check(file *ir.File) diag.List {
	var problems diag.List
	c := checker{problems: &problems, version: e.options.Version}
	if c.version == (ir.Version{}) {
		c.version = file.Version
	}
	for _, p := range file.Pipelines {
		c.pipeline(p)
	}
	return problems
}

type checker struct {
	problems *diag.List
	version  ir.Version
}

func (c checker) pipeline(p *ir.Pipeline) {
	c.args(p.Args)
	c.args(p.DefaultArgs)
	c.params(p.Params)
	depths := groupDepths(p)
	for i, g := range p.Groups {
		if depths[i] == maxGroups+1 {
			c.problems.Errorf(firstOf(g.IDSpan, g.Span), diag.TooDeep, "task groups are nested more than %d deep", maxGroups).
				WithHelp("Python allows 20 nested blocks, and the DAG is the first of them")
		}
		c.args(g.Args)
		c.args(g.DefaultArgs)
	}
	for _, t := range p.Tasks {
		if _, decorated := t.Op.(*ir.Decorated); !decorated && !isPath(t.Class.Path()) {
			c.problems.Errorf(firstOf(t.Class.Span, t.Span), diag.BadOperator, "%q is not an import path of Python", t.Class.Path())
		}
		c.args(t.Args)
		c.args(t.DefaultArgs)
		c.params(t.Params)
	}
	c.objects(p)
}

func (c checker) params(params []ir.Param) {
	for _, p := range params {
		c.args(p.Schema)
		c.value(p.Default, 2)
	}
}

func (c checker) args(args []ir.Arg) {
	for _, a := range args {
		c.value(a.Value, 2)
	}
}

func (c checker) value(v ir.Value, depth int) {
	switch v := v.(type) {
	case *ir.List:
		if c.fits(v.Span, depth) {
			for _, item := range v.Items {
				c.value(item, depth+1)
			}
		}
	case *ir.Map:
		if c.fits(v.Span, depth) {
			for _, entry := range v.Entries {
				c.value(entry.Value, depth+1)
			}
		}
	case *ir.PyRef:
		c.pyRef(v)
	default:
		c.object(v, depth)
	}
}

func (c checker) fits(span ir.Span, depth int) bool {
	if depth == maxBrackets {
		c.problems.Errorf(span, diag.TooDeep, "values are nested more than %d deep", maxBrackets-2).
			WithHelp("Python does not read deeper ones")
	}
	return depth < maxBrackets
}

func firstOf(spans ...ir.Span) ir.Span {
	for _, span := range spans {
		if !span.IsZero() {
			return span
		}
	}
	return ir.Span{}
}
