package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// signatureIn is what the operator of a task takes in a version of Airflow beside what every operator takes; nil where nobody knows.
func (t *taskDecl) signatureIn(v ir.Version) *catalog.Signature {
	switch {
	case t.takes != nil:
		return t.takes.Signature(v)
	case t.t.Class.User:
		return nil
	}
	return catalog.SignatureOf(t.t.Class.Path(), v)
}

// hasArg tells whether the operator of a task has an argument, as far as anybody knows.
func (t *taskDecl) hasArg(name string) bool {
	return t.signature == nil || t.signature.Has(name) || catalog.OperatorArg(name) != nil || isTaskWord(name) || t.signature.Has(factoryArg(name))
}

// operatorName is what the operator of a task is called in messages.
func (t *taskDecl) operatorName() string {
	if t.takes != nil {
		return t.takes.Name
	}
	return t.t.Class.Name
}

// renamedArgs are arguments of operators that have another name since Airflow 3.
var renamedArgs = map[string]string{
	"execution_date": "logical_date", "use_task_execution_day": "use_task_logical_date", "use_task_execution_date": "use_task_logical_date",
}

// otherVersionHas reports an argument that the operator has in another version of Airflow only; false where none has it.
func (c *compilation) otherVersionHas(t *taskDecl, key *node) bool {
	var first, last ir.Version
	for _, v := range ir.Versions {
		if s := t.signatureIn(v); s != nil && s.Has(key.text) {
			if first.Major == 0 {
				first = v
			}
			last = v
		}
	}
	if first.Major == 0 {
		return false
	}
	d := c.diags.Errorf(key.span, diag.WrongVersion, "%s of Airflow %s has no argument %s", t.operatorName(), c.version, quoted(key.text))
	switch now := renamedArgs[key.text]; {
	case now != "" && t.signature.Has(now):
		d.WithHelp("its name is %s now", now).WithFix(key.span, now)
	case !c.version.AtLeast(first.Major, first.Minor):
		d.WithHelp("it came with Airflow %s", first)
	default:
		d.WithHelp("Airflow %s was the last to have it: remove it", last)
	}
	return true
}

// requireArgs reports the arguments that an operator cannot do without.
func (c *compilation) requireArgs(d *dagDecl, t *taskDecl, body *node) {
	c.requireCallable(t)
	if t.bad || t.signature == nil {
		return
	}
	var missing []string
	for _, name := range t.signature.Needed() {
		if !c.isGiven(d, t, body, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		c.diags.Errorf(t.t.IDSpan, diag.MissingKey, "%s of the task %s needs %s", t.operatorName(), quoted(t.t.LocalID), wordList(missing, "and"))
	}
}

// isGiven tells whether an argument reaches the operator of a task from anywhere, or something was said about it already.
func (c *compilation) isGiven(d *dagDecl, t *taskDecl, body *node, name string) bool {
	if e := t.t.Expand; e != nil && (len(e.Args) == 0 || ir.Lookup(e.Args, name) != nil || !body.has("expand") || len(e.Args) < len(body.get("expand").pairs)) {
		return true // every instance has its own, or what was wrong with it was said
	}
	if body.has(name) || ir.Lookup(t.t.Args, name) != nil || ir.Lookup(d.p.DefaultArgs, name) != nil || ir.Lookup(t.defs, name) != nil {
		return true
	}
	for g := t.group; g != nil; g = g.parent {
		if ir.Lookup(g.g.DefaultArgs, name) != nil {
			return true
		}
	}
	limit := max(1, len(name)/3)
	for _, p := range body.pairs {
		key := p.key.text
		known := t.signature.Has(key) || catalog.OperatorArg(key) != nil
		slip := !known && (diag.Distance(key, name, limit) <= limit || synonyms[key] == name)
		if slip || strings.HasPrefix(key, "python_callable_") || key == "code" && name == "python_callable" || t.class != nil && t.class.KnowsArgs() && key == t.class.Kind {
			return true // what is wrong with it was said
		}
	}
	return false
}
