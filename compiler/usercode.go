package compiler

import (
	"path/filepath"
	"sort"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// inFile is what a name in a file of the user's own refers to.
func (c *compilation) inFile(module string, name *node) *ir.PyRef {
	ref := &ir.PyRef{Module: module, Name: name.text, User: true, Span: name.span}
	c.checkName(ref)
	return ref
}

// checkName holds a reference to the user's own code against its source: a name that is not there stops the import in Airflow.
func (c *compilation) checkName(ref *ir.PyRef) {
	if !ref.User {
		c.checkModule(ref)
		return
	}
	m := c.modules.source(ref.Module)
	name, _, _ := strings.Cut(ref.Name, ".")
	if m == nil || m.Open || m.Lookup(name) != nil || strings.HasPrefix(name, "__") || !isASCII(name) || c.modules.has(ref.Module+"."+name) {
		return
	}
	d := c.diags.Errorf(ref.Span, diag.UnknownName, "%s defines no %s", c.moduleFile(ref.Module), quoted(name)).WithLabel("the import of the DAG file stops here")
	var names []string
	m.Names(func(b *pysource.Binding) {
		if b.Def != nil || b.Class || b.Sure() {
			names = append(names, b.Name)
		}
	})
	sort.Strings(names)
	c.suggestIn(d, ref.Span, name, names, "it defines")
}

// suggestIn is suggest for a word inside the text of a span, such as the function in module:function.
func (c *compilation) suggestIn(d *diag.Diagnostic, span ir.Span, word string, names []string, what string) {
	suggest(d, span, word, names, what)
	if d.Fix == nil {
		return
	}
	if inner, ok := c.lastIn(span, word); ok {
		d.Fix.Span = inner
		return
	}
	d.Fix = nil
}

// lastIn finds the last place of a word in the text of a span.
func (c *compilation) lastIn(span ir.Span, word string) (ir.Span, bool) {
	s := c.sourceOf(span)
	if s == nil {
		return span, false
	}
	at := strings.LastIndex(s.at(span), word)
	if at < 0 {
		return span, false
	}
	start := span.Start.Offset + int32(at)
	return s.span(start, start+int32(len(word))), true
}

func isASCII(text string) bool {
	for _, r := range text {
		if r > 126 {
			return false
		}
	}
	return true
}

// moduleFile is the file of a module, from the DAG root, with slashes.
func (c *compilation) moduleFile(module string) string {
	_, path, err := c.modules.file(module)
	if err != nil {
		return "the module " + module
	}
	if relative, err := filepath.Rel(c.modules.root, path); err == nil {
		path = relative
	}
	return filepath.ToSlash(path)
}

// checkModule reports a module that is not there in a package that is. An installed package of the same name is possible where
// the folder is no package itself; then only a near miss is told.
func (c *compilation) checkModule(ref *ir.PyRef) {
	parent := parentModule(ref.Module)
	if parent == "" || !c.modules.has(parent) || !c.modules.isFolder(parent) {
		return
	}
	name := ref.Module[len(parent)+1:]
	names := c.modules.siblings(parent)
	near := diag.Near(name, names)
	if len(near) == 0 && !c.modules.isPackage(parent) {
		return
	}
	if m := c.modules.source(parent); m != nil && (m.Open || m.Lookup(name) != nil) {
		return
	}
	d := c.diags.Errorf(ref.Span, diag.UnknownModule, "the package %s has no module %s", parent, quoted(name)).WithLabel("the import of the DAG file stops here")
	c.suggestIn(d, ref.Span, name, names, "it has")
}

// signature finds the plain `def` that a callable of the user's own is; nil where there is doubt. module is "" for one that stands in
// the pipeline file.
func (c *compilation) signature(callable ir.Value) (f *pysource.Function, name, module string) {
	switch v := callable.(type) {
	case *ir.PyRef:
		if !v.User {
			return nil, "", ""
		}
		m := c.modules.source(v.Module)
		if m == nil {
			return nil, "", ""
		}
		if b := m.Lookup(v.Name); b != nil && b.Def != nil {
			return b.Def, v.Name, v.Module
		}
	case *ir.Function:
		m, err := pysource.Read(v.Text)
		if err != nil {
			return nil, "", ""
		}
		if b := m.Lookup(v.Name); b != nil && b.Def != nil {
			return b.Def, v.Name, ""
		}
	}
	return nil, "", ""
}

// written is a function and its parameters as in Python.
func written(f *pysource.Function, name string) string {
	var out []string
	slash, star := false, false
	for i, p := range f.Params {
		if slash && p.Kind != pysource.PositionalOnly {
			out, slash = append(out, "/"), false
		}
		text := p.Name
		switch p.Kind {
		case pysource.PositionalOnly:
			slash = true
		case pysource.VarPositional:
			text, star = "*"+text, true
		case pysource.KeywordOnly:
			if !star {
				out, star = append(out, "*"), true
			}
		case pysource.VarKeyword:
			text = "**" + text
		}
		if p.Default {
			text += "=..."
		}
		out = append(out, text)
		if slash && i == len(f.Params)-1 {
			out = append(out, "/")
		}
	}
	return name + "(" + strings.Join(out, ", ") + ")"
}
