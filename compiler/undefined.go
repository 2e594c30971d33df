package compiler

import (
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// undefinedClasses are what jinja2 has for names that a template does not know.
var undefinedClasses = []string{"ChainableUndefined", "DebugUndefined", "StrictUndefined", "Undefined"}

// undefinedClass reads template_undefined: the dotted name of a class. It is a nil interface after an error.
func (c *compilation) undefinedClass(n *node) ir.Value {
	if slices.Contains(undefinedClasses, n.text) {
		full := "jinja2." + n.text
		c.diags.Errorf(n.span, diag.BadCallable, "%s needs the module that the class is in", quoted(n.text)).WithHelp("write %s", full).WithFix(n.span, full)
		return nil
	}
	v := c.function(n)
	ref, ok := v.(*ir.PyRef)
	if !ok || ref.Module != "jinja2" || slices.Contains(undefinedClasses, ref.Name) {
		return v
	}
	d := c.diags.Errorf(n.span, diag.UnknownName, "jinja2 has no class %s for undefined names", quoted(ref.Name))
	if near := diag.Near(ref.Name, undefinedClasses); len(near) == 1 {
		d.WithHelp("did you mean jinja2.%s?", near[0]).WithFix(n.span, "jinja2."+near[0])
	} else {
		d.WithHelp("it has: %s", strings.Join(undefinedClasses, ", "))
	}
	return nil
}
