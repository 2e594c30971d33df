package compiler

import (
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// operatorOf finds the operator of a task. It is the key that spelled it; "" where there is none.
func (c *compilation) operatorOf(t *taskDecl, id, body *node) (spelled string) {
	if p := body.pair("operator"); p != nil {
		if q := body.pair("decorator"); q != nil {
			c.twoOperators(t, q.key, p.key)
			return "operator"
		}
		if p.value.kind != scalarNode || resolve(p.value, c.mode).kind != isText {
			c.argument(p.value, &catalog.Arg{Name: "operator", Type: catalog.Text}, false)
			t.bad = true
			return "operator"
		}
		c.operatorPath(t, p.value)
		for _, q := range body.pairs {
			if t.class != nil && t.class.KnowsArgs() && isShorthand(q.key.text) && t.class.OwnArgs().Find(q.key.text) == nil && q.key.text != "email" {
				c.twoOperators(t, q.key, p.key)
			}
		}
		return "operator"
	}
	if p := body.pair("decorator"); p != nil {
		c.decoratorOf(t, body, p)
		return "decorator"
	}
	var first *node
	for _, s := range shorthands {
		q := body.pair(s.key)
		if q == nil {
			continue
		}
		if first != nil {
			if q.key.span.Start.Offset < first.span.Start.Offset {
				c.twoOperators(t, first, q.key)
			} else {
				c.twoOperators(t, q.key, first)
			}
			continue
		}
		first, spelled = q.key, s.key
		t.class = catalog.FindClass(s.class)
		t.t.Class = ir.Class{Module: t.class.Module, Name: t.class.Name, Span: q.key.span}
	}
	if first != nil {
		return spelled
	}
	if spelled = c.otherMaker(t, body); spelled != "" {
		return spelled
	}
	c.missingOperator(id, body)
	t.bad = true
	return ""
}

func (c *compilation) twoOperators(t *taskDecl, second, first *node) {
	if t.bad {
		return
	}
	c.twoMakers(second, first)
	t.bad = true
}

func (c *compilation) missingOperator(id, body *node) {
	if body != nil {
		for _, p := range body.pairs {
			if near := diag.Near(p.key.text, makerKeys()); len(near) > 0 && len(p.key.text) > 2 {
				d := c.diags.Errorf(p.key.span, diag.UnknownKey, "a task has no key %s", quoted(p.key.text))
				d.WithHelp("did you mean %q?", near[0]).WithFix(p.key.span, near[0])
				return
			}
		}
		for _, key := range []string{"command", "cmd", "script", "shell", "run"} {
			if p := body.pair(key); p != nil {
				c.diags.Errorf(p.key.span, diag.MissingOperator, "the task %s has no operator", quoted(id.text)).
					WithHelp("for a shell command write `bash:` instead of %s", key).WithFix(p.key.span, "bash")
				return
			}
		}
		if p := body.pair("bash_command"); p != nil {
			c.diags.Errorf(p.key.span, diag.MissingOperator, "the task %s has no operator", quoted(id.text)).
				WithHelp("write `bash:` instead of bash_command").WithFix(p.key.span, "bash")
			return
		}
		if p := body.pair("python_callable"); p != nil {
			c.diags.Errorf(p.key.span, diag.MissingOperator, "the task %s has no operator", quoted(id.text)).
				WithHelp("write `python:` instead of python_callable").WithFix(p.key.span, "python")
			return
		}
	}
	c.diags.Errorf(id.span, diag.MissingOperator, "the task %s has no operator", quoted(id.text)).
		WithHelp("add `bash:`, `python:` or `empty:`, or `operator:` with the import path of any operator")
}

// operatorPath reads the import path of an operator.
func (c *compilation) operatorPath(t *taskDecl, n *node) {
	if !c.checkText(n) {
		t.bad = true
		return
	}
	if known := catalog.FindDecorator(n.text); known != nil && strings.HasPrefix(n.text, "airflow.") {
		t.bad = !c.decoratedBy(t, known, n)
		return
	}
	t.class = c.findClass(n.text)
	if t.class != nil {
		t.t.Class = ir.Class{Module: t.class.Module, Name: t.class.Name, Span: n.span}
		if since := t.class.Since; since.Major != 0 && !c.version.AtLeast(since.Major, since.Minor) {
			c.diags.Errorf(n.span, diag.WrongVersion, "Airflow %s has no operator %s", c.version, t.class.Name).WithHelp("it came with Airflow %s", since)
		}
		return
	}
	dot := strings.LastIndexByte(n.text, '.')
	problem := badDotted(n.text)
	switch {
	case problem == "" && dot < 0:
		d := c.diags.Errorf(n.span, diag.BadOperator, "the operator %s needs its import path", quoted(n.text))
		names := []string{"BashOperator", "PythonOperator", "EmptyOperator"}
		if near := diag.Near(n.text, names); len(near) > 0 {
			suggest(d, n.span, n.text, names, "")
		} else {
			d.WithHelp("write module.ClassName; only %s need none", strings.Join(names, ", "))
		}
		t.bad = true
	case problem != "":
		c.diags.Errorf(n.span, diag.BadOperator, "%s is no import path of an operator: %s", quoted(n.text), problem).
			WithHelp("write module.ClassName, such as airflow.providers.standard.operators.bash.BashOperator")
		t.bad = true
	default:
		module, name := n.text[:dot], n.text[dot+1:]
		t.t.Class = ir.Class{Module: module, Name: name, User: c.modules.has(module), Span: n.span}
		c.checkName(&ir.PyRef{Module: module, Name: name, User: t.t.Class.User, Span: n.span})
		for _, known := range []string{"BashOperator", "PythonOperator", "EmptyOperator"} {
			class := catalog.FindClass(known)
			if (module == class.Module || module == class.Core) && diag.Distance(name, known, 2) <= 2 {
				fix := module + "." + known
				c.diags.Errorf(n.span, diag.BadOperator, "the module %s has no operator %s", module, quoted(name)).
					WithHelp("did you mean %q?", fix).WithFix(n.span, fix)
				t.bad = true
			}
		}
	}
}

// findClass is catalog.FindClass with a memory, for files that name the same few operators many times.
func (c *compilation) findClass(path string) *catalog.Class {
	for i := range c.classes {
		if c.classes[i].path == path {
			return c.classes[i].class
		}
	}
	class := catalog.FindClass(path)
	if len(c.classes) < 16 {
		c.classes = append(c.classes, knownClass{path, class})
	}
	return class
}

type knownClass struct {
	path  string
	class *catalog.Class
}
