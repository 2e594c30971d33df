package compiler

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/pysource"
	"github.com/dagexport/dagexport/ir"
)

// function reads the ways to name a Python function: module.function, module:function and path/file.py:function.
// It is a nil interface after an error.
func (c *compilation) function(n *node) ir.Value {
	if !c.checkText(n) {
		return nil
	}
	if name, call := strings.CutSuffix(n.text, "()"); call {
		c.diags.Errorf(n.span, diag.BadCallable, "%s is a call, not a function", quoted(n.text)).
			WithHelp("name it without parentheses: %s", name).WithFix(n.span, name)
		return nil
	}
	module, name, ok := "", "", false
	if before, after, colon := strings.Cut(n.text, ":"); colon {
		name = after
		if strings.HasSuffix(before, ".py") || strings.ContainsAny(before, `/\`) {
			if module, ok = c.fileModule(n, before); !ok {
				return nil
			}
		} else {
			module = before
		}
	} else if dot := strings.LastIndexByte(n.text, '.'); dot > 0 {
		module, name = n.text[:dot], n.text[dot+1:]
		if strings.HasSuffix(n.text, ".py") {
			c.diags.Errorf(n.span, diag.BadCallable, "%s is a file, not a function", quoted(n.text)).
				WithHelp("name the function in it: %s:function", n.text)
			return nil
		}
	}
	if problem := badDotted(module); problem != "" && module != "" {
		c.diags.Errorf(n.span, diag.BadCallable, "%s does not name a Python function: %s", quoted(n.text), problem).
			WithHelp("write module.function, module:function or path/file.py:function")
		return nil
	}
	if problem := badDotted(name); module == "" || problem != "" {
		if module == "" {
			problem = "it needs the module that the function is in"
		}
		c.diags.Errorf(n.span, diag.BadCallable, "%s does not name a Python function: %s", quoted(n.text), problem).
			WithHelp("write module.function, module:function or path/file.py:function")
		return nil
	}
	return c.ref(module, name, n.span)
}

func (c *compilation) ref(module, name string, span ir.Span) *ir.PyRef {
	user := c.modules.has(module)
	if !user && c.modules.has(parentModule(module)) && !c.modules.isFolder(parentModule(module)) {
		// A method: module.Class.method of the user's own module.
		dot := strings.LastIndexByte(module, '.')
		module, name, user = module[:dot], module[dot+1:]+"."+name, true
	}
	ref := &ir.PyRef{Module: module, Name: name, User: user, Span: span}
	c.checkName(ref)
	return ref
}

func parentModule(module string) string {
	if dot := strings.LastIndexByte(module, '.'); dot > 0 {
		return module[:dot]
	}
	return ""
}

// badDotted says why text is no dotted Python name.
func badDotted(text string) string {
	for _, part := range strings.Split(text, ".") {
		switch {
		case part == "":
			return "a name is missing beside a dot"
		case pysource.IsKeyword(part):
			return quoted(part) + " is a word of Python's own"
		case !isIdentifier(part):
			return quoted(part) + " is no Python name"
		}
	}
	return ""
}

func isIdentifier(text string) bool {
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)) {
			return false
		}
	}
	return text != ""
}

// fileModule makes the dotted name of a file, as it is from the DAG root.
func (c *compilation) fileModule(n *node, path string) (string, bool) {
	full := filepath.FromSlash(path)
	if !filepath.IsAbs(full) {
		full = filepath.Join(filepath.Dir(c.path), full)
	}
	if !strings.HasSuffix(path, ".py") {
		c.diags.Errorf(n.span, diag.BadCallable, "%s is not a Python file", quoted(path)).WithHelp("the name of the file must end in .py")
		return "", false
	}
	if info, err := os.Stat(full); err != nil || info.IsDir() {
		c.diags.Errorf(n.span, diag.BadCallable, "there is no file %s", quoted(path)).WithHelp("a path is relative to the pipeline file")
		return "", false
	}
	absolute, err1 := filepath.Abs(full)
	root, err2 := filepath.Abs(c.root)
	relative, err3 := filepath.Rel(root, absolute)
	if err1 != nil || err2 != nil || err3 != nil || relative == ".." || strings.HasPrefix(relative, ".."+string(filepath.Separator)) {
		c.diags.Errorf(n.span, diag.BadCallable, "the file %s is outside the DAG root, so that Airflow cannot import it", quoted(path)).
			WithHelp("move it below the DAG root, or set dags_root in dagexport.yaml")
		return "", false
	}
	module := strings.ReplaceAll(strings.TrimSuffix(filepath.ToSlash(relative), ".py"), "/", ".")
	module = strings.TrimSuffix(module, ".__init__")
	if problem := badDotted(module); problem != "" {
		c.diags.Errorf(n.span, diag.BadCallable, "the file %s cannot be imported: %s", quoted(path), problem).
			WithHelp("rename the file or folder")
		return "", false
	}
	return module, true
}

// functionArgs are the arguments of some operators that are functions: a text is never of use to them.
var functionArgs = map[string][]string{
	"HttpOperator":            {"response_filter", "pagination_function"},
	"SQLExecuteQueryOperator": {"handler"},
	"SqlSensor":               {"selector"},
}

// takesFunction tells whether an argument of an operator that the catalogue does not know in full is a function.
func takesFunction(class, key string) bool {
	return key == "python_callable" || slices.Contains(functionArgs[class], key)
}
