// Package irdiff compares what two sets of pipeline files mean: DAG by DAG and task by task, with defaults applied, so that where
// and in which order something was written does not count.
package irdiff

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// Kind says what became of a thing.
type Kind string

// The kinds of changes.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
	Unknown Kind = "unknown" // a DAG whose file did not compile before
)

// What says of which sort a changed thing is.
type What string

// The sorts of things that change.
const (
	DAG      What = "dag"
	Task     What = "task"
	Group    What = "group"
	Edge     What = "edge"
	Argument What = "argument"
	Schedule What = "schedule"
	Param    What = "param"
	File     What = "file" // that the DAG is in
)

// Change is one difference.
type Change struct {
	Kind     Kind
	What     What
	DAG      string   // its dag_id
	Owner    string   // full id of the task or group that an Argument or a Param is of; "" for the DAG's own
	Name     string   // of the argument or param; the id of the task or group; of an Edge the ids of both tasks, with " >> " between
	Old, New string   // as YAML would have it; "" where there was none
	OldAt    ir.Span  // where it was; zero where there was none
	NewAt    ir.Span  // where it is; zero where there is none
	Details  []string // of an added Task or Group, what it says: "name: value"
	Tasks    []string // of a default, the tasks that it changes

	inherited bool // the task has the value from elsewhere, on both sides
}

// Set is one side of a comparison.
type Set struct {
	Files  []*ir.File
	Broken []string // paths of files that do not compile
}

// Compare lists what is different in after, DAG by DAG in the order of after; DAGs that are gone follow in the order of before.
// It is empty where the meaning is the same. Neither set is changed.
func Compare(before, after Set) []Change {
	old, oldOrder := byID(before)
	now, nowOrder := byID(after)
	var all []Change
	for _, id := range nowOrder {
		n := now[id]
		o, there := old[id]
		switch {
		case there:
			all = append(all, compareDAG(o, n)...)
		case slices.Contains(before.Broken, n.file.Path):
			all = append(all, Change{Kind: Unknown, What: DAG, DAG: id, Name: id, NewAt: n.p.IDSpan})
		default:
			all = append(all, Change{Kind: Added, What: DAG, DAG: id, Name: id, NewAt: n.p.IDSpan, Details: dagDetails(n)})
		}
	}
	for _, id := range oldOrder {
		if _, there := now[id]; !there {
			all = append(all, Change{Kind: Removed, What: DAG, DAG: id, Name: id, OldAt: old[id].p.IDSpan})
		}
	}
	return all
}

// dag is a pipeline with the file that it is in.
type dag struct {
	file *ir.File
	p    *ir.Pipeline
}

func byID(s Set) (map[string]dag, []string) {
	dags := map[string]dag{}
	var order []string
	for _, f := range s.Files {
		for _, p := range f.Pipelines {
			if _, twice := dags[p.ID]; !twice {
				order = append(order, p.ID)
				dags[p.ID] = dag{f, p}
			}
		}
	}
	return dags, order
}

// comparison collects the changes of one DAG.
type comparison struct {
	id  string
	all []Change
}

func (c *comparison) add(change Change) {
	change.DAG = c.id
	c.all = append(c.all, change)
}

func compareDAG(o, n dag) []Change {
	c := &comparison{id: n.p.ID}
	c.fields("", dagFields(o), dagFields(n))
	c.defaults(o.p, n.p)
	c.params("", o.p.Params, n.p.Params)
	c.groups(o.p, n.p)
	tasks := &comparison{id: n.p.ID}
	tasks.tasks(o.p, n.p)
	c.fold(o.p, n.p, tasks.all)
	c.edges(o.p, n.p)
	return c.all
}

// fields compares two lists of what something says.
func (c *comparison) fields(owner string, old, now []field) {
	for i := range now {
		n := &now[i]
		change := Change{What: n.what, Owner: owner, Name: n.name, New: n.text, NewAt: n.at}
		if o := find(old, n.name); o != nil {
			if o.text == n.text {
				continue
			}
			change.Old, change.OldAt = o.text, o.at
			change.inherited = o.inherited && n.inherited
		} else if n.inherited {
			continue // a default of an operator that the task did not have
		}
		c.addKind(change)
	}
	for i := range old {
		if o := &old[i]; find(now, o.name) == nil && !o.inherited {
			c.addKind(Change{What: o.what, Owner: owner, Name: o.name, Old: o.text, OldAt: o.at})
		}
	}
}

// addKind adds a change whose kind follows from what is there. Nothing on either side is no change.
func (c *comparison) addKind(change Change) {
	switch {
	case change.Old == change.New:
		return
	case change.Old == "":
		change.Kind = Added
	case change.New == "":
		change.Kind = Removed
	default:
		change.Kind = Changed
	}
	c.add(change)
}
