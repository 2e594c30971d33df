package airflow

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
)

// object writes the values that are no literals: what is made by a call, what stands in the pipeline file as Python, what other
// tasks give, and assets.
func (w *writer) object(v ir.Value) {
	switch v := v.(type) {
	case *ir.Call:
		w.pyCall(v)
	case *ir.Function:
		w.raw(w.function(v))
	case *ir.Lambda:
		w.raw(v.Text)
	case *ir.EnvText:
		w.envText(v)
	case *ir.Output:
		w.raw(w.scope.output(v.TaskID))
		if v.Key != "" {
			w.raw("[")
			w.buf = appendString(w.buf, v.Key)
			w.raw("]")
		}
	case *ir.OutputMethod:
		w.outputMethod(v)
	case *ir.MappedParam:
		w.imports.check(v.Name)
		w.raw(v.Name)
	case *ir.Asset:
		w.asset(v)
	case *ir.AssetAlias:
		w.assetAlias(v)
	case *ir.AssetSet:
		w.assetSet(v)
	default: // nil
		w.raw("None")
	}
}

// pyRef is the expression that names a Python object. Airflow's own things are imported by name, from where the version has
// them; everything else is named through its module.
func (w *writer) pyRef(ref *ir.PyRef) string {
	if ref.User {
		return w.imports.object(ref)
	}
	if text, ok := w.ofAirflow(ref.Module, ref.Name); ok {
		return text
	}
	return w.imports.object(ref)
}

// ofAirflow imports something that the catalogue knows.
func (w *writer) ofAirflow(module, name string) (string, bool) {
	if !strings.HasPrefix(module, "airflow.") && module != "airflow" {
		return "", false
	}
	outer, inner, nested := strings.Cut(name, ".")
	if o := catalog.FindObject(module + "." + outer); o != nil {
		if m, n, ok := o.For(w.version); ok {
			module, outer = m, n
		}
	} else if c := catalog.FindClass(module + "." + outer); c != nil {
		module, outer = c.ModuleFor(w.version), c.Name
	} else {
		return "", false
	}
	w.imports.check(name)
	text := w.imports.name(module, outer, false)
	if nested {
		text += "." + inner
	}
	return text, true
}

// sdkName imports something of the catalogue by its canonical name.
func (w *writer) sdkName(name string) string {
	text, _ := w.ofAirflow("airflow.sdk", name)
	return text
}

// callee is what a Call calls: a class or function by its bare name, but for the user's own, which callables name by module.
func (w *writer) callee(ref *ir.PyRef) string {
	if ref.User {
		return w.imports.object(ref)
	}
	if text, ok := w.ofAirflow(ref.Module, ref.Name); ok {
		return text
	}
	if ref.Module == "builtins" && !w.imports.variables[ref.Name] && w.imports.bound[ref.Name] == "" {
		w.imports.check(ref.Name)
		return ref.Name
	}
	return w.imports.class(ref.Module, ref.Name, false)
}

func (w *writer) pyCall(c *ir.Call) {
	args := make([]argument, 0, len(c.Args)+len(c.Kwargs)+1)
	callee := w.callee(c.Func)
	if c.Partial {
		function := callee
		args = append(args, argument{write: func() { w.raw(function) }})
		callee = w.imports.name("functools", "partial", false)
	}
	for _, v := range c.Args {
		args = append(args, argument{value: v})
	}
	known := catalog.FindObject(c.Func.Path())
	for _, a := range c.Kwargs {
		name := a.Name
		if known != nil {
			name = known.Keyword(name, w.version)
		}
		args = append(args, argument{name: name, value: a.Value})
	}
	w.call(callee, args)
}

// function is the name of a function whose source stands in the pipeline file; it is written before the DAGs.
func (w *writer) function(f *ir.Function) string {
	if !w.written[f.Name] {
		w.imports.check(f.Name)
		if w.written == nil {
			w.written = map[string]bool{}
		}
		w.written[f.Name] = true
		w.functions = append(w.functions, pyExpr(strings.TrimRight(f.Text, "\n")))
	}
	return f.Name
}

// envText writes a look-up in the environment, or an f-string with such look-ups in it, in the quotes that ruff chooses.
func (w *writer) envText(v *ir.EnvText) {
	environ := w.imports.module("os", false) + ".environ"
	for _, p := range v.Parts {
		if p.Var != "" {
			w.imports.check(p.Var)
		}
	}
	if len(v.Parts) == 1 {
		w.raw(environ)
		if unset := v.Parts[0].Unset; unset != "" {
			w.raw(".get(")
			w.buf = appendString(w.buf, v.Parts[0].Var)
			w.raw(", ")
			w.buf = appendString(w.buf, unset)
			w.raw(")")
			return
		}
		w.raw("[")
		w.buf = appendString(w.buf, v.Parts[0].Var)
		w.raw("]")
		return
	}
	quote, inner := byte('"'), "'"
	double, single := 0, 0
	for _, p := range v.Parts {
		double += strings.Count(p.Text, `"`)
		single += strings.Count(p.Text, "'")
	}
	if double > single {
		quote, inner = '\'', `"`
	}
	w.raw("f")
	w.buf = append(w.buf, quote)
	for _, p := range v.Parts {
		if p.Var != "" {
			if p.Unset != "" {
				w.raw("{" + environ + ".get(" + inner + p.Var + inner + ", " + inner + p.Unset + inner + ")}")
			} else {
				w.raw("{" + environ + "[" + inner + p.Var + inner + "]}")
			}
			continue
		}
		mark := len(w.buf)
		w.buf = appendEscaped(w.buf, p.Text, quote)
		if braces := string(w.buf[mark:]); strings.ContainsAny(braces, "{}") {
			w.buf = append(w.buf[:mark], strings.NewReplacer("{", "{{", "}", "}}").Replace(braces)...)
		}
	}
	w.buf = append(w.buf, quote)
}

// outputMethod writes `.map(f)`, `.zip(x, fillvalue=0)` or `.concat(x)` after the output.
func (w *writer) outputMethod(v *ir.OutputMethod) {
	args := make([]argument, 0, len(v.Args)+1)
	for _, a := range v.Args {
		args = append(args, argument{value: a})
	}
	if v.Fill != nil {
		args = append(args, argument{name: "fillvalue", value: v.Fill})
	}
	w.value(v.Of)
	w.call("."+v.Method, args)
}

// asset writes an asset, or the dataset of Airflow 2, which is known by its URI alone: a name beside a URI says nothing there.
func (w *writer) asset(a *ir.Asset) {
	name, uri := a.Name, a.URI
	if w.version.Major == 2 && uri != "" {
		name = ""
	}
	args := make([]argument, 0, 4)
	switch {
	case name == "" || uri == "" || name == uri:
		if uri == "" {
			uri = name
		}
		args = append(args, argument{value: text(uri)})
	default:
		args = append(args, argument{name: "name", value: text(name)}, argument{name: "uri", value: text(uri)})
	}
	if a.Group != "" && w.version.Major != 2 {
		args = append(args, argument{name: "group", value: text(a.Group)})
	}
	if a.Extra != nil {
		args = append(args, argument{name: "extra", value: a.Extra})
	}
	w.call(w.sdkName("Asset"), args)
}

func (w *writer) assetAlias(a *ir.AssetAlias) {
	args := []argument{{value: text(a.Name)}}
	if a.Group != "" && w.version.Major != 2 {
		args = append(args, argument{name: "group", value: text(a.Group)})
	}
	w.call(w.sdkName("AssetAlias"), args)
}

// assetSet writes `a & (b | c)` where that fits on the line, and else AssetAll and AssetAny, which every line length leaves
// as they are.
func (w *writer) assetSet(s *ir.AssetSet) {
	if len(s.Items) == 1 {
		w.value(s.Items[0])
		return
	}
	if w.tryLine(func() { w.operators(s) }) {
		return
	}
	callee := "AssetAll"
	if s.Any {
		callee = "AssetAny"
	}
	w.sequence(w.sdkName(callee)+"(", ")", len(s.Items), false, func(i int) { w.value(s.Items[i]) })
}

func (w *writer) operators(s *ir.AssetSet) {
	sign := " & "
	if s.Any {
		sign = " | "
	}
	for i, item := range s.Items {
		if w.failed {
			return
		}
		if i > 0 {
			w.raw(sign)
		}
		if inner, ok := item.(*ir.AssetSet); ok && len(inner.Items) > 1 {
			w.raw("(")
			w.operators(inner)
			w.raw(")")
			continue
		}
		w.value(item)
	}
}
