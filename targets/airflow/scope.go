package airflow

import (
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// scope is what names mean at the place that is being written.
type scope struct {
	vars   variables
	home   map[string]*ir.Group
	mapped *ir.Group // the group whose function is being written; nil: outside of any

	// Set only for pipelines that have such things.
	tasks  map[string]*ir.Task  // by full id
	groups map[string]*ir.Group // by full id
	used   map[string]bool      // what is named inside the function that it stands in
	inline map[string]bool      // teardowns that name their setups
	marked map[string]bool      // setups that a teardown names
}

// name is the expression for a task or group. What stands inside a mapped group is local to that group's function, so that from
// outside it is reached through the group.
func (s *scope) name(id string, group bool) string {
	m := mappedAround(s.home[id])
	if m == nil || m == s.mapped {
		if group {
			return s.vars.groups[id]
		}
		return s.vars.tasks[id]
	}
	local := ""
	if t := s.tasks[id]; t != nil {
		local = t.LocalID
	} else {
		local = s.groups[id].LocalID
	}
	path := label(local)
	for g := s.home[id]; g != m; g = g.Parent {
		path = label(g.LocalID) + path
	}
	return s.vars.groups[m.ID] + path
}

func label(id string) string {
	return ".get_child_by_label(" + string(appendString(nil, id)) + ")"
}

// output is the expression for what a task pushes.
func (s *scope) output(id string) string {
	name := s.name(id, false)
	if t := s.tasks[id]; t != nil {
		if _, ok := t.Op.(*ir.Decorated); ok && !strings.ContainsRune(name, '.') {
			return name
		}
	}
	return name + ".output"
}

// note fills in what pipelines with features need.
func (s *scope) note(p *ir.Pipeline, f features) {
	s.tasks = make(map[string]*ir.Task, len(p.Tasks))
	for _, t := range p.Tasks {
		s.tasks[t.ID] = t
	}
	if !f.mapped {
		return
	}
	s.groups = make(map[string]*ir.Group, len(p.Groups))
	for _, g := range p.Groups {
		s.groups[g.ID] = g
	}
	s.used = map[string]bool{}
	use := func(user, id string) {
		if m := mappedAround(s.home[id]); m != nil && m == mappedAround(s.home[user]) {
			s.used[id] = true
		}
	}
	both := func(user string, needs []ir.Ref) {
		for _, need := range needs {
			use(user, need.ID)
			use(need.ID, user)
		}
	}
	for _, t := range p.Tasks {
		both(t.ID, t.Dependencies)
		outputs, _ := outputsOf(t)
		for _, o := range outputs {
			use(t.ID, o.TaskID)
		}
		if t.Teardown != nil {
			both(t.ID, t.Teardown.Setups)
		}
		if t.Expand != nil && (t.Setup || t.Teardown != nil) {
			s.used[t.ID] = true
		}
	}
	for _, g := range p.Groups {
		both(g.ID, g.Dependencies)
	}
}

// assigned is the variable of a task or group, or "" where nothing names it: inside a function Python's linters take a variable
// that nobody uses for a mistake.
func (s *scope) assigned(id, name string) string {
	if s.mapped != nil && !s.used[id] {
		return ""
	}
	return name
}
