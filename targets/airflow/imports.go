package airflow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// imports collects what a file imports while its expressions are written, and knows the name that each thing has there.
type imports struct {
	variables map[string]bool   // the names of tasks and groups: imports give way to them
	bound     map[string]string // name bound by an import -> what it is
	lines     []importLine
	known     map[importKey]string // what to write for it
	err       error                // the first path that is no Python path
}

type importKey struct{ module, name string }

// importLine is one imported thing.
type importLine struct {
	module string
	name   string // "" imports the module
	alias  string // "" keeps the name
	user   bool
}

func newImports(variables map[string]bool) *imports {
	return &imports{variables: variables, bound: map[string]string{}, known: map[importKey]string{}}
}

// module imports a module and is the expression that names it.
func (m *imports) module(path string, user bool) string {
	key := importKey{module: path}
	if text, ok := m.known[key]; ok {
		return text
	}
	m.check(path)
	top, _, dotted := strings.Cut(path, ".")
	text, alias := path, ""
	if m.variables[top] || m.bound[top] != "" && m.bound[top] != "module "+top {
		alias = strings.ReplaceAll(path, ".", "_")
		if !dotted {
			alias += "_"
		}
		alias = m.free(alias)
		text = alias
		m.bound[alias] = "module " + path + " as " + alias
	} else {
		m.bound[top] = "module " + top
	}
	m.known[key] = text
	m.lines = append(m.lines, importLine{module: path, alias: alias, user: user})
	return text
}

// name imports a name from a module and is the name that it has in the file.
func (m *imports) name(module, name string, user bool) string {
	key := importKey{module, name}
	if text, ok := m.known[key]; ok {
		return text
	}
	m.check(module)
	m.check(name)
	text, alias := name, ""
	switch {
	case m.variables[name]:
		alias = m.free(name + "_")
	case m.bound[name] != "":
		alias = m.free(module[strings.LastIndexByte(module, '.')+1:] + "_" + name)
	}
	if alias != "" {
		text = alias
	}
	m.bound[text] = "name " + module + "." + name
	m.known[key] = text
	m.lines = append(m.lines, importLine{module: module, name: name, alias: alias, user: user})
	return text
}

func (m *imports) free(alias string) string {
	for m.variables[alias] || m.bound[alias] != "" || keywords[alias] {
		alias += "_"
	}
	return alias
}

// check keeps out what would be code rather than a name.
func (m *imports) check(path string) {
	if m.err == nil && !isPath(path) {
		m.err = fmt.Errorf("%q is not a Python path", path)
	}
}

// isPath tells whether text is identifiers with dots between them.
func isPath(text string) bool {
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || keywords[part] {
			return false
		}
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r) && !unicode.IsMark(r)) {
				return false
			}
		}
	}
	return true
}

// firstName is the name before the first dot.
func firstName(path string) string {
	name, _, _ := strings.Cut(path, ".")
	return name
}

// object imports the module of a Python object and is the expression that names the object.
func (m *imports) object(ref *ir.PyRef) string {
	m.check(ref.Name)
	return m.module(ref.Module, ref.User) + "." + ref.Name
}

// class imports a class and is its name in the file; a nested class is named through the outer one.
func (m *imports) class(module, name string, user bool) string {
	m.check(name)
	outer, inner, nested := strings.Cut(name, ".")
	if nested {
		return m.name(module, outer, user) + "." + inner
	}
	return m.name(module, name, user)
}

// sections are the import statements as isort and ruff's rule I sort them: the standard library, third parties, and the
// user's own modules last.
func (m *imports) sections() [][]pyExpr {
	var sorted [3][]importLine
	for _, line := range m.lines {
		top, _, _ := strings.Cut(line.module, ".")
		switch {
		case line.user:
			sorted[2] = append(sorted[2], line)
		case stdlibModules[top]:
			sorted[0] = append(sorted[0], line)
		default:
			sorted[1] = append(sorted[1], line)
		}
	}
	var sections [][]pyExpr
	for _, lines := range sorted {
		if len(lines) > 0 {
			sections = append(sections, statements(lines))
		}
	}
	return sections
}

// statements writes one section: imports of modules first, then one statement per module that names come from; a name with
// an alias has a statement of its own.
func statements(lines []importLine) []pyExpr {
	slices.SortFunc(lines, compareImports)
	var out []pyExpr
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case line.name == "":
			out = append(out, pyExpr("import "+line.module+aliased(line.alias)))
		case line.alias != "":
			out = append(out, fromStatement(line.module, []string{line.name + aliased(line.alias)}))
		default:
			names := []string{line.name}
			rest := lines[i+1:]
			for _, next := range rest {
				if next.module == line.module && next.alias == "" {
					names = append(names, next.name)
				}
			}
			out = append(out, fromStatement(line.module, names))
			lines = append(lines[:i+1], slices.DeleteFunc(rest, func(next importLine) bool {
				return next.module == line.module && next.alias == ""
			})...)
		}
	}
	return out
}

// modules are the modules that are imported or that names come from, in order of first use.
func (m *imports) modules() []string {
	out := make([]string, len(m.lines))
	for i, line := range m.lines {
		out[i] = line.module
	}
	return out
}

func aliased(alias string) string {
	if alias == "" {
		return ""
	}
	return " as " + alias
}

func fromStatement(module string, names []string) pyExpr {
	text := "from " + module + " import " + strings.Join(names, ", ")
	if widthAtMost(text) > lineWidth {
		text = "from " + module + " import (\n    " + strings.Join(names, ",\n    ") + ",\n)"
	}
	return pyExpr(text)
}

func compareImports(a, b importLine) int {
	return cmp.Or(
		cmp.Compare(bit(a.name != ""), bit(b.name != "")),
		compareNatural(a.module, b.module),
		cmp.Compare(memberKind(a.name), memberKind(b.name)),
		compareNatural(a.name, b.name),
		cmp.Compare(a.alias, b.alias),
	)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// memberKind puts CONSTANTS before Classes before functions.
func memberKind(name string) int {
	if len(name) > 1 && strings.ToUpper(name) == name && strings.ToLower(name) != name {
		return 0
	}
	if first, _ := utf8.DecodeRuneInString(name); unicode.IsUpper(first) {
		return 1
	}
	return 2
}

// compareNatural compares without regard to case and with numbers by their value, then by the bytes.
func compareNatural(a, b string) int {
	x, y := strings.ToLower(a), strings.ToLower(b)
	for x != "" && y != "" {
		dx, dy := digits(x), digits(y)
		if dx == "" || dy == "" {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		nx, ny := strings.TrimLeft(dx, "0"), strings.TrimLeft(dy, "0")
		if c := cmp.Or(cmp.Compare(len(nx), len(ny)), cmp.Compare(nx, ny)); c != 0 {
			return c
		}
		x, y = x[len(dx):], y[len(dy):]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

func digits(s string) string {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n]
}

func itoa(n int) string { return strconv.Itoa(n) }
