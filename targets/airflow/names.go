package airflow

import (
	"strings"
	"unicode"

	"github.com/dagexport/dagexport/ir"
)

// keywords are the words that no Python variable can have.
var keywords = map[string]bool{
	"False": true, "None": true, "True": true, "and": true, "as": true, "assert": true, "async": true, "await": true,
	"break": true, "class": true, "continue": true, "def": true, "del": true, "elif": true, "else": true, "except": true,
	"finally": true, "for": true, "from": true, "global": true, "if": true, "import": true, "in": true, "is": true,
	"lambda": true, "nonlocal": true, "not": true, "or": true, "pass": true, "raise": true, "return": true, "try": true,
	"while": true, "with": true, "yield": true, "__debug__": true,
}

// variables are the names of the tasks and groups of one pipeline.
type variables struct {
	tasks  map[string]string // by full id
	groups map[string]string

	functions map[string]string // of mapped groups
}

// nameVariables names a variable per task and group. A task's variable is its id as written, wherever that can be: that is
// Airflow's convention, and ruff's AIR001 asks for it. Groups take what is left.
// Functions that stand in the pipeline file, and the parameters of mapped groups, keep their names.
func nameVariables(p *ir.Pipeline, f features) variables {
	vars := variables{tasks: make(map[string]string, len(p.Tasks)), groups: make(map[string]string, len(p.Groups))}
	taken := make(map[string]bool, len(p.Tasks)+len(p.Groups))
	for _, name := range f.functions {
		taken[name] = true
	}
	if f.mapped {
		for _, g := range p.Groups {
			for _, name := range g.MappedNames {
				taken[name] = true
			}
		}
	}
	for _, t := range p.Tasks {
		if isVariable(t.LocalID) && !taken[t.LocalID] {
			taken[t.LocalID] = true
			vars.tasks[t.ID] = t.LocalID
		}
	}
	for _, t := range p.Tasks {
		if vars.tasks[t.ID] == "" {
			vars.tasks[t.ID] = claim(taken, variable(t.LocalID, "task"), variable(t.ID, "task"))
		}
	}
	depth := groupDepths(p)
	for i, g := range p.Groups {
		limit := lineWidth - indentStep*depth[i] - len(") as :")
		if g.Expand != nil {
			limit = (limit - len(".expand_kwargs(") - len("_tasks")) / 2 // its name and that of its function share a line
		}
		short := abbreviate(variable(g.LocalID, "group"), limit-len("_group"))
		vars.groups[g.ID] = claim(taken, short, abbreviate(short+"_group", limit), abbreviate(variable(g.ID, "group"), limit-len("_99")))
		if g.Expand != nil {
			if vars.functions == nil {
				vars.functions = map[string]string{}
			}
			vars.functions[g.ID] = claim(taken, short+"_tasks", abbreviate(variable(g.ID, "group"), limit)+"_tasks")
		}
	}
	return vars
}

// groupDepths is how many blocks stand around each group, the DAG's included.
func groupDepths(p *ir.Pipeline) []int {
	depths := make([]int, len(p.Groups))
	for i, g := range p.Groups {
		depths[i] = 1
		for up := g.Parent; up != nil; up = up.Parent {
			depths[i]++
		}
	}
	return depths
}

// claim takes the first free name, else the last one with a number.
func claim(taken map[string]bool, names ...string) string {
	last := names[len(names)-1]
	name := ""
	for _, candidate := range names {
		if !taken[candidate] {
			name = candidate
			break
		}
	}
	for n := 2; name == ""; n++ {
		if candidate := last + "_" + itoa(n); !taken[candidate] {
			name = candidate
		}
	}
	taken[name] = true
	return name
}

// abbreviate cuts an ASCII or other name to a number of characters. The `as NAME:` of a group must fit on its line, for no
// formatter can break it.
func abbreviate(name string, limit int) string {
	limit = max(limit, 4)
	width := 0
	for i, r := range name {
		width += 1 + bit(r >= 0x80)
		if width > limit {
			return strings.TrimRight(name[:i], "_")
		}
	}
	return name
}

// variable makes a variable's name of an id; prefix comes before what no name can begin with.
func variable(id, prefix string) string {
	if isVariable(id) {
		return id
	}
	var b strings.Builder
	for _, r := range id {
		if isNameRune(r) {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	switch {
	case name == "":
		return prefix
	case keywords[name]:
		return name + "_"
	case !isVariable(name):
		return prefix + "_" + name
	}
	return name
}

// isVariable tells whether an id can be a variable's name as it is. Names that Python keeps for modules cannot, nor can those
// that Python would read as another name (it normalises identifiers to NFKC).
func isVariable(id string) bool {
	if id == "" || keywords[id] || strings.HasPrefix(id, "__") {
		return false
	}
	for i, r := range id {
		if !isNameRune(r) || i == 0 && r >= '0' && r <= '9' {
			return false
		}
	}
	return true
}

// isIdentifier tells whether a name can stand before the = of a keyword argument.
func isIdentifier(name string) bool {
	return isVariable(name) || strings.HasPrefix(name, "__") && name != "__debug__" && isVariable(strings.TrimLeft(name, "_"))
}

func isNameRune(r rune) bool {
	if r < 0x80 {
		return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.Is(nameLetters, r)
}

// nameLetters are letters that Python takes in a name and leaves as they are.
var nameLetters = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00c0, 0x00d6, 1}, {0x00d8, 0x00f6, 1}, {0x00f8, 0x0131, 1}, {0x0134, 0x013e, 1}, {0x0141, 0x0148, 1},
		{0x014a, 0x017e, 1}, {0x0386, 0x0386, 1}, {0x0388, 0x038a, 1}, {0x038c, 0x038c, 1}, {0x038e, 0x03a1, 1},
		{0x03a3, 0x03ce, 1}, {0x0400, 0x0481, 1}, {0x048a, 0x052f, 1}, {0x0561, 0x0586, 1}, {0x05d0, 0x05ea, 1},
		{0x0620, 0x063f, 1}, {0x0641, 0x064a, 1}, {0x0e01, 0x0e30, 1}, {0x3041, 0x3096, 1}, {0x30a1, 0x30fa, 1},
		{0x4e00, 0x9fff, 1}, {0xac00, 0xd7a3, 1},
	},
	LatinOffset: 3,
}
