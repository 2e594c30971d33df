package irdiff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// inheritable tells whether the IR has the final value of an argument for every task, so that a default counts by what it
// changes. Of other defaults it is not known here which tasks take them.
func inheritable(name string) bool {
	return find(settled(&ir.Task{}), name) != nil
}

// outer is an argument that a task inherits.
type outer struct {
	arg   *ir.Arg
	ofDAG bool // from the DAG's default_args
}

type outers []outer

// outerArgs are what a task inherits, nearest last.
func outerArgs(p *ir.Pipeline, t *ir.Task) outers {
	var chain []*ir.Group
	for g := t.Group; g != nil; g = g.Parent {
		chain = append(chain, g)
	}
	var all outers
	add := func(args []ir.Arg, ofDAG bool) {
		for i := range args {
			all = append(all, outer{&args[i], ofDAG})
		}
	}
	add(p.DefaultArgs, true)
	for _, g := range slices.Backward(chain) {
		add(g.DefaultArgs, false)
	}
	add(t.DefaultArgs, false)
	return all
}

func (o outers) lookup(name string) *outer {
	for i := range slices.Backward(o) {
		if o[i].arg.Name == name {
			return &o[i]
		}
	}
	return nil
}

func operator(t *ir.Task) string {
	op, ok := t.Op.(*ir.Decorated)
	switch {
	case !ok:
		return t.Class.Path()
	case op.Decorator.Module == "":
		return "@" + op.Decorator.Name
	}
	return "@" + op.Decorator.Module + ":" + op.Decorator.Name
}

// isPlain tells whether the IR has the final value in a field of its own, where it has one for the argument.
func isPlain(v ir.Value) bool {
	switch v.(type) {
	case *ir.Null, *ir.Bool, *ir.Int, *ir.Float, *ir.String, *ir.Duration:
		return true
	}
	return false
}

func isNull(v ir.Value) bool {
	_, null := v.(*ir.Null)
	return null
}

// noneByDefault tells whether null is what every argument is anyway that has no settled value.
func noneByDefault(t *ir.Task) bool {
	switch t.Op.(type) {
	case *ir.Bash, *ir.Python, *ir.Empty:
		return true
	}
	return false
}

func optional(d *ir.Duration) string {
	if d == nil {
		return ""
	}
	return duration(d.Micros)
}

func limit(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func backoff(multiplier float64) string {
	switch multiplier {
	case 0:
		return "false"
	case 2:
		return "true"
	}
	return float(multiplier)
}

func mark(on bool) string {
	if on {
		return "true"
	}
	return ""
}

func callbacks(all []ir.Callback, event string) string {
	var texts []string
	for i := range all {
		if all[i].Event == event {
			texts = append(texts, renderAll(all[i].Values, false)...)
		}
	}
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func teardown(t *ir.Teardown) string {
	switch {
	case t == nil:
		return ""
	case len(t.Setups) == 0 && !t.FailsDagrun:
		return "true"
	}
	var parts []string
	if len(t.Setups) > 0 {
		ids := make([]string, len(t.Setups))
		for i := range t.Setups {
			ids[i] = quote(t.Setups[i].ID)
		}
		slices.Sort(ids)
		parts = append(parts, "setups: ["+strings.Join(ids, ", ")+"]")
	}
	if t.FailsDagrun {
		parts = append(parts, "on_failure_fail_dagrun: true")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// trimmed is text without the space that does not show: around it, and at the ends of its lines.
func trimmed(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Join(lines, "\n")
}

func tags(v *ir.List) string {
	texts := renderAll(v.Items, false)
	slices.Sort(texts)
	return "[" + strings.Join(slices.Compact(texts), ", ") + "]"
}

// param is the value of a param as text.
func param(p *ir.Param) string {
	if !p.Typed {
		return render(p.Default, false)
	}
	texts := make([]string, 0, len(p.Schema)+1)
	for i := range p.Schema {
		texts = append(texts, p.Schema[i].Name+": "+render(p.Schema[i].Value, false))
	}
	slices.Sort(texts)
	if p.Default != nil {
		texts = append(texts, "default: "+render(p.Default, false))
	}
	return "{" + strings.Join(texts, ", ") + "}"
}
