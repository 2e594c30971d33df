package compiler

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// factoryKeys are the keys of a task that dag-factory has for functions of sensors, each with the argument that it makes.
var factoryKeys = []struct{ key, arg string }{
	{"execution_date_fn", "execution_date_fn"},
	{"success_check", "success"},
	{"failure_check", "failure"},
	{"response_check", "response_check"},
}

// sensorArg reads execution_delta and the keys for functions of sensors, in any of dag-factory's forms. ok is false for a key
// that is none of them; arg.Value is nil after an error and for the second of two keys.
func (c *compilation) sensorArg(p pair, body *node) (arg ir.Arg, ok bool) {
	key := p.key.text
	if key == "execution_delta" {
		v := c.argument(p.value, &catalog.Arg{Name: key, Type: catalog.Seconds, Null: true}, false)
		if d, isDuration := v.(*ir.Duration); isDuration && body.has("execution_date_fn") {
			c.diags.Errorf(d.Span, diag.Conflict, "a sensor has one of execution_delta and execution_date_fn").
				WithPlace(body.pair("execution_date_fn").key.span, "the other one").WithHelp("remove one of them")
			return arg, true
		}
		return ir.Arg{Name: key, NameSpan: p.key.span, Value: v}, true
	}
	for _, f := range factoryKeys {
		rest, found := strings.CutPrefix(key, f.key)
		if !found {
			continue
		}
		arg = ir.Arg{Name: f.arg, NameSpan: p.key.span}
		switch rest {
		case "":
			if p.value.kind == scalarNode && isNullNode(p.value, c.mode) {
				return arg, true
			}
			arg.Value = c.argument(p.value, &catalog.Arg{Name: key, Type: catalog.Function}, false)
		case "_name", "_file":
			made, read := c.callbackByFile(p, body, f.key, rest)
			if read {
				arg.Value = made.Value
			}
		case "_lambda":
			arg.Value = c.lambda(p.value)
		default:
			return ir.Arg{}, false
		}
		return arg, true
	}
	return arg, false
}

// factoryArg is the argument that one of dag-factory's keys for functions of sensors makes; "" for any other key.
func factoryArg(key string) string {
	for _, f := range factoryKeys {
		switch rest, found := strings.CutPrefix(key, f.key); {
		case !found:
		case rest == "" || rest == "_name" || rest == "_file" || rest == "_lambda":
			return f.arg
		}
	}
	return ""
}

// lambda reads the text of a lambda expression; nil after an error.
func (c *compilation) lambda(n *node) ir.Value {
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.diags.Errorf(n.span, diag.WrongType, "a lambda is written as text, not as %s", n.noun(c.mode))
		return nil
	}
	text := strings.TrimSpace(n.text)
	if problem := pysource.OneLambda(text); problem != nil {
		c.diags.Errorf(n.span, diag.BadCallable, "%s is no lambda: %s", quoted(text), problem.Message).
			WithHelp("write one lambda expression and nothing else, such as `lambda rows: len(rows) > 0`")
		return nil
	}
	if strings.ContainsAny(text, "\n\r") {
		c.diags.Errorf(n.span, diag.BadCallable, "a lambda stands on one line").WithHelp("fold it with `>-`, or name a function of a module")
		return nil
	}
	return &ir.Lambda{Text: text, Span: n.span}
}

// docKey reads the documentation of a DAG from a file, or from a function that the DAG file calls. A function comes before a file,
// and a file before the text itself. ok is false for a key that is none of them, and for a text that nothing comes before.
func (c *compilation) docKey(d *dagDecl, p pair, body *node) (ok bool) {
	key := p.key.text
	switch key {
	case "doc_md", "doc_md_file_path":
		for _, before := range []string{"doc_md_python_callable_file", "doc_md_file_path"} {
			if n := body.get(before); n != nil && before != key && !isNullNode(n, c.mode) {
				c.diags.Warnf(p.key.span, diag.Dropped, "%s is dropped, as %s takes its place", key, before).WithHelp("remove one of them")
				return true
			}
		}
		if key == "doc_md" {
			return false
		}
	case "doc_md_python_callable_name", "doc_md_python_arguments":
		if body.has("doc_md_python_callable_file") {
			return true // read with the file
		}
		c.diags.Errorf(p.key.span, diag.MissingKey, "%s needs doc_md_python_callable_file beside it", key)
		return true
	case "doc_md_python_callable_file":
	default:
		return false
	}
	if isNullNode(p.value, c.mode) {
		return true
	}
	read := c.docFile
	if key != "doc_md_file_path" {
		read = func(n *node) ir.Value { return c.docCall(p, body) }
	}
	if v := read(p.value); v != nil {
		d.p.Args = append(d.p.Args, ir.Arg{Name: "doc_md", NameSpan: p.key.span, Value: v})
	}
	return true
}

// docFile is the text of a file of documentation.
func (c *compilation) docFile(n *node) ir.Value {
	text, ok := c.readBeside(n)
	if !ok {
		return nil
	}
	if !utf8.Valid(text) {
		c.diags.Errorf(n.span, diag.NotUTF8, "the file %s is not UTF-8", quoted(n.text))
		return nil
	}
	return &ir.String{V: string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))), Span: n.span}
}

// readBeside reads a file that the pipeline file names by a path, which is relative to the pipeline file.
func (c *compilation) readBeside(n *node) ([]byte, bool) {
	if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
		c.diags.Errorf(n.span, diag.WrongType, "the path of a file is text, not %s", n.noun(c.mode))
		return nil, false
	}
	if !c.checkText(n) {
		return nil, false
	}
	full := filepath.FromSlash(n.text)
	if !filepath.IsAbs(full) {
		full = filepath.Join(filepath.Dir(c.path), full)
	}
	info, err := os.Stat(full)
	if err == nil && !info.Mode().IsRegular() {
		c.diags.Errorf(n.span, diag.BadValue, "%s is no file", quoted(n.text))
		return nil, false
	}
	text, err := os.ReadFile(full)
	if err != nil {
		c.diags.Errorf(n.span, diag.BadValue, "there is no file %s", quoted(n.text)).WithHelp("a path is relative to the pipeline file")
		return nil, false
	}
	return text, true
}

// docCall is the call of a function whose result is the documentation.
func (c *compilation) docCall(p pair, body *node) ir.Value {
	name := body.get("doc_md_python_callable_name")
	if name == nil {
		c.diags.Errorf(p.key.span, diag.MissingKey, "%s needs doc_md_python_callable_name beside it", p.key.text)
		return nil
	}
	ref := c.functionInFile(name, p.value, "doc_md_python_callable_name", "doc_md_python_callable_file")
	if ref == nil {
		return nil
	}
	call := &ir.Call{Func: ref, Span: p.value.span}
	args := body.get("doc_md_python_arguments")
	switch {
	case args == nil || isNullNode(args, c.mode):
	case args.kind != mapNode:
		c.wrongType(args, &catalog.Arg{Name: "doc_md_python_arguments", Type: catalog.Dict})
		return nil
	default:
		for _, q := range args.pairs {
			arg, ok := c.keyword(q)
			if !ok {
				return nil
			}
			call.Kwargs = append(call.Kwargs, arg)
		}
	}
	return call
}

// functionInFile is a function whose name is under one key and whose file under another; nil after an error.
func (c *compilation) functionInFile(name, file *node, nameKey, fileKey string) *ir.PyRef {
	for i, n := range []*node{name, file} {
		if n.kind != scalarNode || resolve(n, c.mode).kind != isText {
			c.diags.Errorf(n.span, diag.WrongType, "%s must be text, not %s", []string{nameKey, fileKey}[i], n.noun(c.mode))
			return nil
		}
	}
	if known := c.checkText(name); !c.checkText(file) || !known {
		return nil
	}
	if problem := badDotted(name.text); problem != "" {
		c.diags.Errorf(name.span, diag.BadCallable, "%s does not name a Python function: %s", quoted(name.text), problem)
		return nil
	}
	module, ok := c.fileModule(file, file.text)
	if !ok {
		return nil
	}
	return c.inFile(module, name)
}

// variableArgs reads variables_as_arguments: arguments whose values are Airflow variables, read with the DAG file. What the task
// says itself of such an argument is for a variable that is not there.
func (c *compilation) variableArgs(t *taskDecl, n *node) {
	if n == nil || isNullNode(n, c.mode) || t.bad {
		return
	}
	if n.kind != listNode {
		c.diags.Errorf(n.span, diag.WrongType, "variables_as_arguments must be a list, not %s", n.noun(c.mode)).
			WithHelp("write [{variable: name, attribute: argument}]")
		return
	}
	for _, item := range n.items {
		name, arg := item.get("variable"), item.get("attribute")
		if item.kind != mapNode || name == nil || arg == nil {
			c.diags.Errorf(item.span, diag.MissingKey, "an entry of variables_as_arguments needs variable and attribute").
				WithHelp("write {variable: name, attribute: argument}")
			continue
		}
		known := c.argument(name, &catalog.Arg{Name: "variable", Type: catalog.Text}, false)
		if known == nil || c.argument(arg, &catalog.Arg{Name: "attribute", Type: catalog.Text}, false) == nil {
			continue
		}
		if !isIdentifier(arg.text) || !t.hasArg(arg.text) {
			c.unknownArg(t, pair{arg, name})
			continue
		}
		otherwise := "default"
		if c.version.Major == 2 {
			otherwise = "default_var"
		}
		call := &ir.Call{
			Func: &ir.PyRef{Module: "airflow.sdk", Name: "Variable.get", Span: name.span},
			Args: []ir.Value{known}, Kwargs: []ir.Arg{{Name: otherwise, NameSpan: name.span, Value: &ir.Null{Span: name.span}}}, Span: item.span,
		}
		if own := ir.Lookup(t.t.Args, arg.text); own != nil {
			call.Kwargs[0].Value, own.Value = own.Value, call
			continue
		}
		t.t.Args = append(t.t.Args, ir.Arg{Name: arg.text, NameSpan: arg.span, Value: call})
	}
}

// jsonBody does what dag-factory does with the data of an HttpOperator whose headers say that it is JSON: it is sent as such.
func (c *compilation) jsonBody(t *taskDecl) {
	if c.mode != pyyaml || t.class == nil || t.class.Name != "HttpOperator" {
		return
	}
	data, headers := ir.Lookup(t.t.Args, "data"), ir.Lookup(t.t.Args, "headers")
	if data == nil || headers == nil {
		return
	}
	m, ok := headers.Value.(*ir.Map)
	if !ok {
		return
	}
	isJSON := false
	for _, e := range m.Entries {
		isJSON = isJSON || text(e.Key, "") == "Content-Type" && strings.Contains(strings.ToLower(text(e.Value, "")), "application/json")
	}
	switch v := data.Value.(type) {
	case *ir.String:
		if isJSON && !json.Valid([]byte(v.V)) {
			c.diags.Errorf(v.Span, diag.BadValue, "data is no JSON, and the Content-Type of the headers says that it is")
		}
	case *ir.Map, *ir.List:
		if isJSON {
			data.Value = &ir.Call{Func: &ir.PyRef{Module: "json", Name: "dumps", Span: v.Pos()}, Args: []ir.Value{v}, Span: v.Pos()}
		}
	}
}

// joinTexts makes one text of each __join__ in the document, as dag-factory does before it looks at anything.
func (c *compilation) joinTexts(root *node) {
	if bytes.Contains(c.src.text, []byte("__join__")) {
		c.joinIn(root, map[*node]bool{})
	}
}

func (c *compilation) joinIn(n *node, seen map[*node]bool) {
	if n.kind == scalarNode || seen[n] {
		return
	}
	seen[n] = true
	for _, p := range n.pairs {
		c.joinIn(p.value, seen)
	}
	for _, item := range n.items {
		c.joinIn(item, seen)
	}
	p := n.pair("__join__")
	if n.kind != mapNode || p == nil {
		return
	}
	joined := node{kind: scalarNode, made: true, span: n.span}
	if p.value.kind != listNode {
		c.diags.Errorf(p.value.span, diag.WrongType, "__join__ must be a list of texts, not %s", p.value.noun(c.mode))
	}
	for _, item := range p.value.items {
		if item.kind != scalarNode {
			c.diags.Errorf(item.span, diag.WrongType, "each entry of __join__ must be text, not %s", item.noun(c.mode))
			continue
		}
		joined.text += c.pythonText(item)
	}
	for _, other := range n.pairs {
		if other.key != p.key {
			c.diags.Warnf(other.key.span, diag.Dropped, "__join__ stands alone in its mapping; %s is dropped", quoted(other.key.text)).WithHelp("remove it")
		}
	}
	*n = joined
}

// pythonText is what str() makes of a scalar.
func (c *compilation) pythonText(n *node) string {
	switch s := resolve(n, c.mode); s.kind {
	case isNull:
		return "None"
	case isBool:
		if s.bool {
			return "True"
		}
		return "False"
	case isInt:
		return s.int
	}
	return n.text
}

// startLikeFactory keeps the start dates of tasks as dag-factory has them. It passes None for a DAG that has none itself, where
// Airflow 3 would take the one of default_args and lift a task's own earlier date to it.
func (c *compilation) startLikeFactory(d *dagDecl) {
	if c.mode != pyyaml || c.version.Major < 3 || d.p.StartDate != nil {
		return
	}
	start := ir.Lookup(d.p.DefaultArgs, "start_date")
	own := false
	for _, t := range d.tasks {
		own = own || ir.Lookup(t.t.Args, "start_date") != nil
		for g := t.group; g != nil && !own; g = g.parent {
			own = ir.Lookup(g.g.DefaultArgs, "start_date") != nil
		}
	}
	if start != nil && own {
		d.p.StartDate = &ir.Null{Span: start.NameSpan}
	}
}
