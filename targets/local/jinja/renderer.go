package jinja

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// Python is the real Jinja.
type Python interface {
	// RenderTemplates renders texts with the context of a try and returns their values as JSON, in order.
	RenderTemplates(ctx context.Context, tc *task.Context, texts []string) ([]json.RawMessage, error)
}

// Renderer is a task.Renderer.
type Renderer struct{ python Python }

// New makes a Renderer that hands to python what it does not render itself.
func New(python Python) *Renderer { return &Renderer{python} }

var _ task.Renderer = (*Renderer)(nil)

// NeedsPython implements task.Renderer.
func (r *Renderer) NeedsPython(run *task.Run) bool {
	for _, t := range run.Pipeline.Tasks {
		how := way(run.Pipeline, t)
		if text := task.LabelOf(run.Pipeline, t); text != "" && !r.Here(run, text) {
			return true
		}
		for _, value := range templateFields(run.Pipeline, t) {
			needs := false
			visit(value, func(text string) {
				if isFile(t.TemplateExt, text) {
					content, err := readTemplate(run, text)
					if err != nil {
						return // the try fails and says so
					}
					text = content
				}
				needs = needs || how.parse(text) == nil
			})
			if needs {
				return true
			}
		}
	}
	return false
}

// Here implements task.Renderer.
func (r *Renderer) Here(run *task.Run, text string) bool {
	return way(run.Pipeline, nil).parse(text) != nil
}

// templateFields are the values of an operator that are rendered.
func templateFields(p *ir.Pipeline, t *ir.Task) []ir.Value {
	if op, ok := t.Op.(*ir.Bash); ok {
		return []ir.Value{op.Command, op.Env, op.Cwd}
	}
	call := task.CallOf(p, t)
	if call == nil {
		return nil
	}
	fields := []ir.Value{call.TemplatesDict, call.OpArgs, call.OpKwargs}
	for _, name := range call.Fields(t) {
		fields = append(fields, call.Option(name))
	}
	return fields
}

// visit calls f with every text of a value, keys of maps left out.
func visit(value ir.Value, f func(text string)) {
	switch v := value.(type) {
	case *ir.String:
		f(v.V)
	case *ir.Template:
		f(v.V)
	case *task.Tuple:
		visit(v.List, f)
	case *ir.List:
		for _, item := range v.Items {
			visit(item, f)
		}
	case *ir.Map:
		for _, e := range v.Entries {
			visit(e.Value, f)
		}
	}
}

func isFile(ext []string, text string) bool {
	return slices.ContainsFunc(ext, func(e string) bool { return strings.HasSuffix(text, e) })
}

// readTemplate reads a template file from the folder of the DAG file or from template_searchpath.
func readTemplate(run *task.Run, name string) (string, error) {
	local := filepath.FromSlash(strings.TrimLeft(name, "/"))
	if filepath.IsLocal(local) && !strings.Contains(name, "..") {
		for _, folder := range append([]string{filepath.Dir(run.File)}, run.Pipeline.Settings.TemplateSearch...) {
			if data, err := os.ReadFile(filepath.Join(folder, local)); err == nil {
				return string(data), nil
			}
		}
	}
	return "", fmt.Errorf("jinja2.exceptions.TemplateNotFound: %s: no such file beside the pipeline file or in template_searchpath", name)
}

// how says how templates are read.
type how struct {
	native     bool // to Python objects
	otherJinja bool // with options of the environment, or to texts in a DAG of objects: only the real Jinja follows
}

// way is how the templates of a task are read, and for nil those of the DAG.
func way(p *ir.Pipeline, t *ir.Task) how {
	options := task.JinjaOptions(p)
	h := how{native: p.Settings.NativeTemplates, otherJinja: options != nil && len(options.Entries) > 0}
	if t != nil {
		h.native = task.NativeTemplates(p, t)
		h.otherJinja = h.otherJinja || p.Settings.NativeTemplates && !h.native
	}
	return h
}

// parse is the parsed template of a text that is rendered here; nil for one that needs Python. Where a DAG renders to native
// objects, what the text comes to is read as a Python literal, if it is one: only text that surely is none stays here.
func (h how) parse(text string) *Template {
	if h.otherJinja {
		return nil
	}
	t := Parse(text)
	if t == nil || h.native && !surelyText(t) {
		return nil
	}
	return t
}

// surelyText tells whether a template begins with a word of three letters or more that begins no literal of Python.
func surelyText(t *Template) bool {
	if len(t.parts) == 0 || t.parts[0].expr != nil {
		return len(t.parts) == 0
	}
	text := t.parts[0].text
	n := 0
	for n < len(text) && (isLetter(text[n]) || n > 0 && isDigit(text[n])) {
		n++
	}
	return n >= 3 && n < len(text) && !slices.Contains([]string{"True", "False", "None", "set"}, text[:n])
}

// Render implements task.Renderer.
func (r *Renderer) Render(ctx context.Context, tc *task.Context, value ir.Value) (ir.Value, error) {
	return r.render(ctx, tc, value, false)
}

// Prepare implements task.Renderer.
func (r *Renderer) Prepare(ctx context.Context, tc *task.Context, value ir.Value) (ir.Value, error) {
	return r.render(ctx, tc, value, task.NativeTemplates(tc.Run.Pipeline, tc.Task))
}

func (r *Renderer) render(ctx context.Context, tc *task.Context, value ir.Value, later bool) (ir.Value, error) {
	var rendered []ir.Value // of each text, in the order of visit; nil while Python has to render it
	var texts []string      // what it has to
	var failed error
	s := scope{tc: tc, how: way(tc.Run.Pipeline, tc.Task)}
	visit(value, func(text string) {
		if failed != nil {
			return
		}
		var here ir.Value
		if here, text, failed = s.render(text); here == nil && failed == nil {
			if later {
				here = &task.Jinja{Text: text, Span: value.Pos()}
			} else {
				texts = append(texts, text)
			}
		}
		rendered = append(rendered, here)
	})
	if failed != nil || len(rendered) == 0 {
		return value, failed
	}
	if len(texts) > 0 {
		values, err := r.python.RenderTemplates(ctx, tc, texts)
		if err != nil {
			return nil, err
		}
		for i := range rendered {
			if rendered[i] == nil {
				if wire.Marked(values[0]) {
					rendered[i], values = &task.Object{Wire: values[0], Span: value.Pos()}, values[1:]
					continue
				}
				v, err := parseJSON(values[0])
				if err != nil {
					return nil, err
				}
				rendered[i], values = toIR(v, value.Pos()), values[1:]
			}
		}
	}
	return replace(value, &rendered), nil
}

// render renders a text here. Where that is not possible, the value is nil and the text is what Python has to render.
func (s *scope) render(text string) (ir.Value, string, error) {
	if isFile(s.tc.Task.TemplateExt, text) {
		content, err := readTemplate(s.tc.Run, text)
		if err != nil {
			return nil, "", err
		}
		text = content
	}
	t := s.how.parse(text)
	if t == nil {
		return nil, text, nil
	}
	var out strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			out.WriteString(p.text)
			continue
		}
		v, err := p.expr.eval(s)
		if errors.Is(err, errNeedsPython) {
			return nil, text, nil
		}
		if err != nil {
			return nil, "", err
		}
		out.WriteString(str(v))
	}
	return &ir.String{V: out.String()}, text, nil
}

// replace is the value with its texts, in the order of visit, replaced by what is in rendered.
func replace(value ir.Value, rendered *[]ir.Value) ir.Value {
	switch v := value.(type) {
	case *ir.String, *ir.Template:
		next := (*rendered)[0]
		*rendered = (*rendered)[1:]
		return next
	case *task.Tuple:
		return &task.Tuple{List: replace(v.List, rendered).(*ir.List)}
	case *ir.List:
		out := &ir.List{Items: make([]ir.Value, len(v.Items)), Span: v.Span}
		for i, item := range v.Items {
			out.Items[i] = replace(item, rendered)
		}
		return out
	case *ir.Map:
		out := &ir.Map{Entries: make([]ir.Entry, len(v.Entries)), Span: v.Span}
		for i, e := range v.Entries {
			out.Entries[i] = ir.Entry{Key: e.Key, Value: replace(e.Value, rendered)}
		}
		return out
	}
	return value
}

// toIR is a rendered value as the IR has it.
func toIR(v any, span ir.Span) ir.Value {
	switch v := v.(type) {
	case bool:
		return &ir.Bool{V: v, Span: span}
	case number:
		return &ir.Int{Text: string(v), Span: span}
	case float64:
		return &ir.Float{V: v, Span: span}
	case string:
		return &ir.String{V: v, Span: span}
	case []any:
		list := &ir.List{Span: span}
		for _, item := range v {
			list.Items = append(list.Items, toIR(item, span))
		}
		return list
	case dict:
		m := &ir.Map{Span: span}
		for _, p := range v {
			m.Entries = append(m.Entries, ir.Entry{Key: &ir.String{V: p.key, Span: span}, Value: toIR(p.value, span)})
		}
		return m
	}
	return &ir.Null{Span: span}
}
