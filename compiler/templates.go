package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/jinja"
	"github.com/dagexport/dagexport/ir"
)

// templates checks the templates of a DAG: what is told here fails a task when Airflow renders it.
type templates struct {
	c *compilation
	d *dagDecl

	dialect   bool // the DAG changes Jinja itself: extensions, delimiters
	undefined bool // unknown names are no errors, or more are known than is written here
	filtered  bool // more filters are known than is written here
	macros    map[string]bool
	filters   map[string]bool
	folders   []string // where template files are looked for; nil: not known

	generation uint32 // of marks on tasks
	steps      int    // of searches through the graph
}

func (c *compilation) newTemplates(d *dagDecl) *templates {
	ts := &templates{c: c, d: d, folders: c.templateFolders(d)}
	for i := range d.p.Args {
		switch a := &d.p.Args[i]; a.Name {
		case "jinja_environment_kwargs":
			ts.dialect, ts.undefined, ts.filtered = true, true, true
		case "template_undefined":
			ts.undefined = true
		case "user_defined_macros":
			ts.macros, ts.undefined = keysOf(a.Value, ts.undefined)
		case "user_defined_filters":
			ts.filters, ts.filtered = keysOf(a.Value, ts.filtered)
		}
	}
	return ts
}

// keysOf are the keys of a map; more is true where there may be others.
func keysOf(v ir.Value, open bool) (keys map[string]bool, more bool) {
	m, ok := v.(*ir.Map)
	if !ok {
		_, null := v.(*ir.Null)
		return nil, open || !null
	}
	keys = make(map[string]bool, len(m.Entries))
	for _, e := range m.Entries {
		key, ok := e.Key.(*ir.String)
		if !ok {
			return keys, true
		}
		keys[key.V] = true
	}
	return keys, open
}

// checkTask looks at every text of the task that Airflow renders.
func (ts *templates) checkTask(t *taskDecl) {
	if t.bad {
		return
	}
	if t.decorator != nil {
		for _, v := range t.callArgs {
			ts.value(t, v)
		}
		for i := range t.callNamed {
			ts.value(t, t.callNamed[i].Value)
		}
		return
	}
	fields := t.t.TemplateFields
	if len(fields) == 0 {
		return
	}
	for i := range t.t.Args {
		if a := &t.t.Args[i]; contains(fields, a.Name) {
			ts.value(t, a.Value)
		}
	}
	if e := t.t.Expand; e != nil {
		for i := range e.Args {
			if a := &e.Args[i]; contains(fields, a.Name) {
				ts.value(t, a.Value)
			}
		}
	}
	defaults := ts.d.p.DefaultArgs
	if t.group != nil {
		defaults = t.group.merged
	}
	for _, some := range [][]ir.Arg{defaults, t.defs} {
		for i := range some {
			if a := &some[i]; contains(fields, a.Name) && ir.Lookup(t.t.Args, a.Name) == nil {
				ts.value(t, a.Value)
			}
		}
	}
}

// value looks at the texts in a value.
func (ts *templates) value(t *taskDecl, v ir.Value) {
	switch v := v.(type) {
	case *ir.String:
		if len(t.t.TemplateExt) > 0 && ts.file(t, v.V, v.Span) {
			return
		}
		if hasJinja(v.V) {
			ts.text(t, v.V, v.Span) // of default_args, where it is not known yet who renders it
		}
	case *ir.Template:
		if len(t.t.TemplateExt) > 0 && ts.file(t, v.V, v.Span) {
			return
		}
		ts.text(t, v.V, v.Span)
	case *ir.List:
		for _, item := range v.Items {
			ts.value(t, item)
		}
	case *ir.Map:
		for i := range v.Entries {
			ts.value(t, v.Entries[i].Value)
		}
	}
}

// text looks at one template.
func (ts *templates) text(t *taskDecl, text string, span ir.Span) {
	if ts.dialect {
		return
	}
	plain := jinja.Plain(text, func(name, attr string) bool {
		known := catalog.FindContextName(name)
		return known != nil && known.In(ts.c.version) && (name != "params" || attr == "" || ts.declared(t, attr))
	})
	if plain {
		return
	}
	parsed, err := jinja.Parse(text)
	if err != nil {
		if !err.Doubt {
			ts.broken(text, span, err)
		}
		return
	}
	s := templateScan{ts: ts, t: t, text: text, span: span, parsed: parsed}
	parsed.Walk(s.guard)
	parsed.Walk(s.look)
}

// place is the stretch of the file that a stretch of a scalar's text came from.
func (ts *templates) place(text string, span ir.Span, at jinja.At) ir.Span {
	s := ts.c.sourceOf(span)
	if s == nil || int(span.Start.Offset) >= len(s.text) {
		return span
	}
	n := node{kind: scalarNode, text: text, span: span}
	switch s.text[span.Start.Offset] {
	case '|', '>':
		n.block = true
	case '"', '\'':
	default:
		n.plain = true
	}
	return ts.c.within(&n, at.Start, min(at.End, len(text)))
}

func (ts *templates) broken(text string, span ir.Span, err *jinja.Error) {
	d := ts.c.diags.Warnf(ts.place(text, span, jinja.At{Start: err.Start, End: err.End}), diag.BrokenJinja, "broken template: %s", err.Message)
	opening := ""
	if err.Start+2 <= len(text) {
		opening = text[err.Start : err.Start+2]
	}
	switch {
	case opening == "{#" && err.Start > 0 && text[err.Start-1] == '$':
		d.WithHelp("{# begins a comment in Jinja; for bash's ${#name} write ${{ '{' }}#name}")
	case strings.Contains(text, "{{.") || strings.Contains(text, "{{ ."):
		d.WithHelp("Airflow reads {{ }} as its own: write {%% raw %%}...{%% endraw %%} around what is meant for another program")
	default:
		if err.Start < len(text) && text[err.Start] == '}' && err.End == err.Start+1 {
			if _, again := jinja.Parse(text[:err.Start] + "}" + text[err.Start:]); again == nil {
				if s := ts.c.sourceOf(d.Span); s != nil && s.at(d.Span) == "}" {
					d.WithHelp("write }}").WithFix(d.Span, "}}")
					return
				}
			}
		}
		d.WithHelp("Airflow fails the task when it renders this")
	}
}

// templateScan walks over the expressions of a template.
type templateScan struct {
	ts       *templates
	t        *taskDecl
	text     string
	span     ir.Span
	parsed   *jinja.Template
	guarded  map[string]bool // names, and params as "params.x", that the template itself asks about
	noParams bool            // it asks what params there are
	attached map[*jinja.Name]jinja.Expr
}

// guard notes what a template tests before it uses it, or gives a default to.
func (s *templateScan) guard(e jinja.Expr) {
	switch e := e.(type) {
	case *jinja.Filter:
		if (e.Name == "default" || e.Name == "d") && e.Of != nil {
			s.guardChain(e.Of)
		}
	case *jinja.Test:
		s.guardChain(e.Of)
	case *jinja.Op:
		if (e.Op == "in" || e.Op == "not in") && isNamed(e.Items[1], "params") {
			s.noParams = true
		}
	}
}

func (s *templateScan) guardChain(e jinja.Expr) {
	if s.guarded == nil {
		s.guarded = map[string]bool{}
	}
	for {
		if name, key, _ := itemOf(e); name == "params" {
			s.guarded["params."+key] = true
		}
		switch of := e.(type) {
		case *jinja.Getattr:
			e = of.Of
		case *jinja.Getitem:
			e = of.Of
		case *jinja.Call:
			e = of.Of
		case *jinja.Filter:
			if of.Of == nil {
				return
			}
			e = of.Of
		case *jinja.Name:
			s.guarded[of.Text] = true
			return
		default:
			return
		}
	}
}

// itemOf reads name.key and name['key'].
func itemOf(e jinja.Expr) (name, key string, at jinja.At) {
	switch e := e.(type) {
	case *jinja.Getattr:
		if n, ok := e.Of.(*jinja.Name); ok {
			return n.Text, e.Attr, e.AttrAt
		}
	case *jinja.Getitem:
		n, ok := e.Of.(*jinja.Name)
		k, isText := e.Key.(*jinja.Const)
		if ok && isText && k.Kind == jinja.Text && k.Plain {
			return n.Text, k.Text, k.At
		}
	}
	return "", "", jinja.At{}
}

func isNamed(e jinja.Expr, name string) bool {
	n, ok := e.(*jinja.Name)
	return ok && n.Text == name
}

// look reports what an expression asks for and Airflow does not have.
func (s *templateScan) look(e jinja.Expr) {
	switch e := e.(type) {
	case *jinja.Name:
		s.name(e)
	case *jinja.Getattr:
		s.param(e)
		s.attach(e.Of, e)
	case *jinja.Getitem:
		s.param(e)
		s.attach(e.Of, e)
	case *jinja.Call:
		s.pull(e)
		s.attach(e.Of, e)
	case *jinja.Filter:
		if !s.ts.filtered && !s.ts.filters[e.Name] && !contains(catalog.JinjaFilters, e.Name) {
			d := s.warn(e.NameAt, diag.UnknownFilter, "templates have no filter %s", quoted(e.Name))
			s.suggest(d, e.NameAt, e.Name, catalog.JinjaFilters, "the filters are")
		}
	case *jinja.Test:
		if !s.ts.filtered && !contains(catalog.JinjaTests, e.Name) {
			d := s.warn(e.NameAt, diag.UnknownFilter, "templates have no test %s", quoted(e.Name))
			s.suggest(d, e.NameAt, e.Name, catalog.JinjaTests, "the tests are")
		}
	}
}

// attach notes that something follows a name: a filter put in its place needs parentheses.
func (s *templateScan) attach(of, by jinja.Expr) {
	if n, ok := of.(*jinja.Name); ok && catalog.FindContextName(n.Text) != nil {
		if s.attached == nil {
			s.attached = map[*jinja.Name]jinja.Expr{}
		}
		s.attached[n] = by
	}
}

func (s *templateScan) warn(at jinja.At, code diag.Code, format string, args ...any) *diag.Diagnostic {
	return s.ts.c.diags.Warnf(s.ts.place(s.text, s.span, at), code, format, args...)
}

// suggest is suggest for a stretch of the template; what cannot be replaced there has no fix.
func (s *templateScan) suggest(d *diag.Diagnostic, at jinja.At, word string, names []string, what string) {
	suggest(d, d.Span, word, names, what)
	s.only(d, at)
}

// only takes a fix back whose span is not the very text that it is meant to replace.
func (s *templateScan) only(d *diag.Diagnostic, at jinja.At) {
	source := s.ts.c.sourceOf(d.Span)
	if d.Fix != nil && (source == nil || source.at(d.Fix.Span) != s.text[at.Start:at.End]) {
		d.Fix = nil
	}
}

// name looks at a variable.
func (s *templateScan) name(n *jinja.Name) {
	ts, c := s.ts, s.ts.c
	if ts.undefined || s.parsed.Assigned[n.Text] || s.guarded[n.Text] || ts.macros[n.Text] || contains(catalog.JinjaGlobals, n.Text) {
		return
	}
	known := catalog.FindContextName(n.Text)
	if known != nil && known.In(c.version) {
		return
	}
	if known != nil {
		d := s.warn(n.At, diag.WrongVersion, "templates of Airflow %s have no variable %s", c.version, n.Text)
		switch {
		case known.Until.Major == 0 || !c.version.AtLeast(known.Until.Major, known.Until.Minor):
			d.WithHelp("it came with Airflow %s", known.Since)
		case known.Now != "":
			fix := known.Now
			if s.attached[n] != nil && strings.Contains(fix, "|") {
				fix = "(" + fix + ")"
			}
			d.WithHelp("write %s", fix).WithFix(d.Span, fix)
			s.only(d, n.At)
		case n.Text == "conf":
			d.WithHelp("for the conf of a run write dag_run.conf").WithFix(d.Span, "dag_run.conf")
			s.only(d, n.At)
		default:
			d.WithHelp("it was taken away in Airflow 3")
		}
		return
	}
	d := s.warn(n.At, diag.UnknownContext, "templates have no variable %s", quoted(n.Text))
	switch {
	case s.ts.declared(s.t, n.Text):
		d.WithHelp("for the param write params.%s", n.Text).WithFix(d.Span, "params."+n.Text)
		s.only(d, n.At)
	case ts.filters[n.Text] || contains(catalog.JinjaFilters, n.Text) && len(diag.Near(n.Text, catalog.ContextNames(c.version))) == 0:
		d.WithHelp("%s is a filter: write value | %s", n.Text, n.Text)
	default:
		names := append(catalog.ContextNames(c.version), catalog.JinjaGlobals...)
		if len(diag.Near(n.Text, names)) > 0 {
			s.suggest(d, n.At, n.Text, names, "")
		} else {
			d.WithHelp("Airflow fails the task; for text write it in quotes: '%s'", n.Text)
		}
	}
}

// declared tells whether the DAG or the task declares a param.
func (ts *templates) declared(t *taskDecl, name string) bool {
	for _, params := range [...][]ir.Param{ts.d.p.Params, t.t.Params} {
		for i := range params {
			if params[i].Name == name {
				return true
			}
		}
	}
	return false
}

// dictMethods are the attributes of params that are no params.
var dictMethods = strings.Fields("clear copy dump fromkeys get get_param items keys pop popitem setdefault update validate values")

// param looks at params.x.
func (s *templateScan) param(e jinja.Expr) {
	name, key, at := itemOf(e)
	if name != "params" || s.ts.undefined || s.noParams || s.parsed.Assigned[name] || s.ts.macros[name] || s.guarded["params."+key] || s.ts.declared(s.t, key) {
		return
	}
	if _, attribute := e.(*jinja.Getattr); attribute && contains(dictMethods, key) {
		return
	}
	if _, item := e.(*jinja.Getitem); item {
		at.Start, at.End = at.Start+1, at.End-1
	}
	d := s.warn(at, diag.UnknownParam, "neither the DAG nor the task has a param %s", quoted(key))
	var names []string
	for _, params := range [][]ir.Param{s.ts.d.p.Params, s.t.t.Params} {
		for i := range params {
			names = append(names, params[i].Name)
		}
	}
	if len(names) > 0 {
		s.suggest(d, at, key, names, "the params are")
		return
	}
	d.WithHelp("add it: `params: {%s: ...}`; a run whose conf does not have it fails", key)
}
