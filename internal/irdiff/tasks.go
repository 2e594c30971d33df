package irdiff

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// defaults compares the default_args of two DAGs that are not compared by what they change.
func (c *comparison) defaults(o, n *ir.Pipeline) {
	c.fields("", defaultFields(o.DefaultArgs), defaultFields(n.DefaultArgs))
}

func defaultFields(args []ir.Arg) []field {
	var fields []field
	for i := range args {
		if name := args[i].Name; !inheritable(name) && name != "start_date" && name != "end_date" {
			fields = append(fields, prefixed("default_args.", &args[i]))
		}
	}
	return fields
}

// params compares the params of a DAG or a task.
func (c *comparison) params(owner string, old, now []ir.Param) {
	c.fields(owner, paramFields(old), paramFields(now))
}

func paramFields(params []ir.Param) []field {
	fields := make([]field, len(params))
	for i := range params {
		fields[i] = field{what: Param, name: "params." + params[i].Name, text: param(&params[i]), at: params[i].NameSpan}
	}
	return fields
}

func (c *comparison) groups(o, n *ir.Pipeline) {
	for _, g := range n.Groups {
		before := group(o, g.ID)
		if before == nil {
			c.add(Change{Kind: Added, What: Group, Name: g.ID, NewAt: g.IDSpan})
			continue
		}
		c.fields(g.ID, groupFields(before), groupFields(g))
		c.fields(g.ID, defaultFields(before.DefaultArgs), defaultFields(g.DefaultArgs))
	}
	for _, g := range o.Groups {
		if group(n, g.ID) == nil {
			c.add(Change{Kind: Removed, What: Group, Name: g.ID, OldAt: g.IDSpan})
		}
	}
}

func group(p *ir.Pipeline, id string) *ir.Group {
	for _, g := range p.Groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

func tasksByID(p *ir.Pipeline) map[string]*ir.Task {
	tasks := make(map[string]*ir.Task, len(p.Tasks))
	for _, t := range p.Tasks {
		tasks[t.ID] = t
	}
	return tasks
}

func (c *comparison) tasks(o, n *ir.Pipeline) {
	old, now := tasksByID(o), tasksByID(n)
	for _, t := range n.Tasks {
		before := old[t.ID]
		if before == nil {
			c.add(Change{Kind: Added, What: Task, Name: t.ID, NewAt: t.IDSpan, Details: taskDetails(n, t)})
			continue
		}
		c.task(o, n, before, t)
	}
	for _, t := range o.Tasks {
		if now[t.ID] == nil {
			c.add(Change{Kind: Removed, What: Task, Name: t.ID, OldAt: t.IDSpan})
		}
	}
}

func (c *comparison) task(o, n *ir.Pipeline, before, t *ir.Task) {
	old, now := taskFields(o, before), taskFields(n, t)
	inherit(&old, now, outerArgs(o, before))
	inherit(&now, old, outerArgs(n, t))
	c.fields(t.ID, without(old, o), without(now, n))
	c.fields(t.ID, defaultFields(before.DefaultArgs), defaultFields(t.DefaultArgs))
	c.params(t.ID, before.Params, t.Params)
}

// inherit gives one side what it has from a default where the other side has it of its own.
func inherit(fields *[]field, other []field, from outers) {
	for i := range other {
		name := other[i].name
		if find(*fields, name) != nil {
			continue
		}
		if o := from.lookup(name); o != nil {
			*fields = append(*fields, written(o.arg))
		}
	}
}

// without is the fields of a task without the dates that are the DAG's anyway.
func without(fields []field, p *ir.Pipeline) []field {
	return slices.DeleteFunc(fields, func(f field) bool {
		switch f.name {
		case "start_date":
			return f.text == bound(p, f.name, p.StartDate).text
		case "end_date":
			return f.text == bound(p, f.name, p.EndDate).text
		}
		return false
	})
}

// fold adds the changes of tasks, and puts together those that come from one default of the DAG's.
func (c *comparison) fold(o, n *ir.Pipeline, changes []Change) {
	var order []string
	folded := map[string]*Change{}
	kept := changes[:0:0]
	for _, change := range changes {
		before, now := ir.Lookup(o.DefaultArgs, change.Name), ir.Lookup(n.DefaultArgs, change.Name)
		if !change.inherited || before == nil && now == nil {
			kept = append(kept, change)
			continue
		}
		key := change.Name + "\x00" + change.Old + "\x00" + change.New
		one := folded[key]
		if one == nil {
			first := change
			first.Owner, first.Name = "", "default_args."+change.Name
			one = &first
			folded[key] = one
			order = append(order, key)
		}
		one.Tasks = append(one.Tasks, change.Owner)
	}
	for _, key := range order {
		c.add(*folded[key])
	}
	c.all = append(c.all, kept...)
}

// edges compares who waits for whom. Those of a task that is new are told with it.
func (c *comparison) edges(o, n *ir.Pipeline) {
	old, now := tasksByID(o), tasksByID(n)
	for _, t := range n.Tasks {
		before := old[t.ID]
		if before == nil {
			continue
		}
		for _, ref := range t.Needs {
			if !needs(before, ref.ID) {
				c.add(Change{Kind: Added, What: Edge, Name: ref.ID + " >> " + t.ID, NewAt: ref.Span})
			}
		}
		for _, ref := range before.Needs {
			if !needs(t, ref.ID) && now[ref.ID] != nil { // the edges of a removed task go with it
				c.add(Change{Kind: Removed, What: Edge, Name: ref.ID + " >> " + t.ID, OldAt: ref.Span})
			}
		}
		c.labels(t.ID, before.Dependencies, t.Dependencies)
	}
	for _, g := range n.Groups {
		if before := group(o, g.ID); before != nil {
			c.labels(g.ID, before.Dependencies, g.Dependencies)
		}
	}
}

func needs(t *ir.Task, id string) bool {
	return slices.ContainsFunc(t.Needs, func(ref ir.Ref) bool { return ref.ID == id })
}

// labels compares what edges are called in Airflow's user interface.
func (c *comparison) labels(id string, old, now []ir.Ref) {
	c.fields("", labelFields(id, old, now), labelFields(id, now, old))
}

// labelFields are the labels of edges that are on the other side, too.
func labelFields(id string, refs, other []ir.Ref) []field {
	var fields []field
	for i := range refs {
		if slices.ContainsFunc(other, func(ref ir.Ref) bool { return ref.ID == refs[i].ID }) {
			text := ""
			if refs[i].Label != "" {
				text = quote(refs[i].Label)
			}
			fields = append(fields, field{what: Edge, name: "label of " + refs[i].ID + " >> " + id, text: text, at: refs[i].Span})
		}
	}
	return fields
}

// taskDetails are what a new task says itself.
func taskDetails(p *ir.Pipeline, t *ir.Task) []string {
	var details []string
	for _, f := range taskFields(p, t) {
		if f.text != "" && !f.inherited && f.name != "task_group" {
			details = append(details, f.name+": "+f.text)
		}
	}
	if len(t.Needs) > 0 {
		ids := make([]ir.Value, len(t.Needs))
		for i := range t.Needs {
			ids[i] = &ir.String{V: t.Needs[i].ID}
		}
		details = append(details, "dependencies: "+render(&ir.List{Items: ids}, true))
	}
	return details
}

// dagDetails are what a new DAG says in short.
func dagDetails(d dag) []string {
	ids := make([]ir.Value, len(d.p.Tasks))
	for i, t := range d.p.Tasks {
		ids[i] = &ir.String{V: t.ID}
	}
	return []string{"file: " + quote(d.file.Path), "schedule: " + schedule(d.p.Schedule), "tasks: " + render(&ir.List{Items: ids}, true)}
}
