package airflow

import (
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// objects checks what the version of Airflow must have for the objects of a pipeline.
func (c checker) objects(p *ir.Pipeline) {
	c.schedule(p.Schedule)
	features := featuresOf(p)
	for _, t := range p.Tasks {
		if t.Expand != nil {
			if g := mappedAround(t.Group); g != nil {
				c.problems.Errorf(firstOf(t.Expand.Span, t.IDSpan, t.Span), diag.BadValue, "task %q is mapped inside the mapped group %q", t.ID, g.ID).
					WithHelp("Airflow expands no operator inside an expanded group: map the group or the task, not both")
			}
		}
		if op, ok := t.Op.(*ir.Decorated); ok {
			if path := op.Decorator.Name; !isPath(path) || op.Decorator.Module != "" && !isPath(op.Decorator.Module) {
				c.problems.Errorf(firstOf(op.Decorator.Span, t.Span), diag.BadOperator, "%q is not a path of Python", path)
			}
			c.value(op.Callable, 2)
			for _, v := range op.Args {
				c.value(v, 3)
			}
			c.args(op.Kwargs)
		}
		c.expand(t.Expand)
	}
	for _, g := range p.Groups {
		c.expand(g.Expand)
		if outer := mappedAround(g.Parent); g.Expand != nil && outer != nil {
			c.problems.Errorf(firstOf(g.Expand.Span, g.IDSpan, g.Span), diag.BadValue, "the mapped group %q stands inside the mapped group %q", g.ID, outer.ID).
				WithHelp("Airflow does not run mapped groups inside each other")
		}
	}
	if !features.outputs {
		return
	}
	root, blocks := layout(p)
	if o := orderBlocks(p, root, blocks, homes(p)); o != nil {
		c.problems.Errorf(o.Span, diag.Cycle, "the output of task %q cannot be used here: two groups use outputs of each other", o.TaskID).
			WithHelp("in a DAG file a group comes before the tasks that use its outputs; move one of the tasks out of its group")
	}
}

func (c checker) expand(e *ir.Expand) {
	if e == nil {
		return
	}
	c.args(e.Args)
	c.value(e.Kwargs, 2)
}

func (c checker) schedule(s ir.Schedule) {
	switch s := s.(type) {
	case *ir.RelativeDelta:
		c.value(s.Period, 2)
	case *ir.PinnedCron:
		if len(s.Exprs) > 1 {
			c.since(s.Span, "airflow.sdk.MultipleCronTriggerTimetable", "several cron expressions", "write one cron expression, or a DAG for each")
		}
	case *ir.PinnedDelta:
		if s.Interval == ir.MomentInterval {
			c.since(s.Span, "airflow.sdk.DeltaTriggerTimetable", "a period whose data interval is a moment", "write data_interval: previous, or a cron expression")
		}
		c.value(s.Period, 2)
	case *ir.Timetable:
		c.value(s.Call, 2)
	case *ir.Assets:
		c.value(s.Expr, 2)
	case *ir.AssetsOrTime:
		c.value(s.Assets, 3)
		c.schedule(s.Time)
	}
}

// object checks a value that is no literal.
func (c checker) object(v ir.Value, depth int) {
	switch v := v.(type) {
	case *ir.Call:
		if !c.fits(v.Span, depth) {
			return
		}
		c.value(v.Func, depth)
		for _, a := range v.Args {
			c.value(a, depth+1)
		}
		for _, a := range v.Kwargs {
			c.value(a.Value, depth+1)
		}
	case *ir.OutputMethod:
		if v.Method == "concat" && c.version == (ir.Version{Major: 2, Minor: 9}) {
			c.problems.Errorf(v.Span, diag.WrongVersion, "outputs cannot be joined by concat on Airflow %s", c.version).
				WithLabel("available since Airflow 2.10")
		}
		if !c.fits(v.Span, depth) {
			return
		}
		c.value(v.Of, depth)
		for _, a := range v.Args {
			c.value(a, depth+1)
		}
		c.value(v.Fill, depth+1)
	case *ir.Asset:
		if v.Group != "" && c.version.Major == 2 {
			c.problems.Warnf(v.Span, diag.WrongVersion, "Airflow %s has no groups of assets: the group %q is left out", c.version, v.Group).
				WithLabel("available since Airflow 3.0")
		}
		if v.Extra != nil {
			c.value(v.Extra, depth+1)
		}
	case *ir.AssetAlias:
		c.since(v.Span, "airflow.sdk.AssetAlias", "asset aliases", "name the assets themselves")
		if v.Group != "" && c.version.Major == 2 {
			c.problems.Warnf(v.Span, diag.WrongVersion, "Airflow %s has no groups of assets: the group %q is left out", c.version, v.Group).
				WithLabel("available since Airflow 3.0")
		}
	case *ir.AssetSet:
		if c.fits(v.Span, depth) {
			for _, item := range v.Items {
				c.value(item, depth+1)
			}
		}
	}
}

// pyRef checks a reference: that it is a path, and that the version has it if it is one of Airflow's own things.
func (c checker) pyRef(v *ir.PyRef) {
	if !isPath(v.Path()) {
		c.problems.Errorf(v.Span, diag.BadCallable, "%q is not a path of Python", v.Path())
		return
	}
	if !v.User {
		c.since(v.Span, v.Module+"."+firstName(v.Name), v.Name, "")
	}
}

// since reports a thing of Airflow that the version does not have.
func (c checker) since(span ir.Span, path, what, help string) {
	known := catalog.FindObject(path)
	if known == nil {
		return
	}
	if _, _, ok := known.For(c.version); ok {
		return
	}
	d := c.problems.Errorf(span, diag.WrongVersion, "Airflow %s does not have %s", c.version, what).
		WithLabel("available since Airflow %s", known.Since())
	if help != "" {
		d.WithHelp("%s", help)
	}
}
