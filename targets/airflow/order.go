package airflow

import "github.com/dagexport/dagexport/ir"

// id is the full id of what a child is.
func (c child) id() string {
	if c.task != nil {
		return c.task.ID
	}
	return c.inner.group.ID
}

// orderBlocks moves what uses an output behind the task that gives it, for a Python name must exist before it is used; all
// else keeps the order of declaration. It gives back an output that no order of the blocks provides, or nil: two groups that
// use outputs of each other.
func orderBlocks(p *ir.Pipeline, root *block, blocks map[*ir.Group]*block, home map[string]*ir.Group) *ir.Output {
	type need struct {
		id     string // a child of the same block
		output *ir.Output
	}
	needs := map[string][]need{}
	add := func(id string, outputs []*ir.Output) {
		for _, o := range outputs {
			around := commonGroup(home[id], home[o.TaskID])
			user, giver := childIn(around, id, home), childIn(around, o.TaskID, home)
			if user != giver {
				needs[user] = append(needs[user], need{giver, o})
			}
		}
	}
	for _, t := range p.Tasks {
		outputs, _ := outputsOf(t)
		add(t.ID, outputs)
	}
	for _, g := range p.Groups {
		add(g.ID, outputsOfGroup(g))
	}
	var cyclic *ir.Output
	var order func(b *block)
	order = func(b *block) {
		byID := make(map[string]child, len(b.children))
		for _, c := range b.children {
			byID[c.id()] = c
		}
		state := make(map[string]int, len(b.children)) // 1 on the way, 2 placed
		sorted := make([]child, 0, len(b.children))
		var place func(c child)
		place = func(c child) {
			state[c.id()] = 1
			for _, n := range needs[c.id()] {
				switch state[n.id] {
				case 0:
					place(byID[n.id])
				case 1:
					if cyclic == nil {
						cyclic = n.output
					}
				}
			}
			state[c.id()] = 2
			sorted = append(sorted, c)
		}
		for _, c := range b.children {
			if state[c.id()] == 0 {
				place(c)
			}
			if c.inner != nil {
				order(c.inner)
			}
		}
		b.children = sorted
	}
	order(root)
	return cyclic
}

// childIn is the child of a group in which an id is found: itself, or a group around it.
func childIn(around *ir.Group, id string, home map[string]*ir.Group) string {
	for g := home[id]; g != around; g = g.Parent {
		id = g.ID
	}
	return id
}

// homes are the groups directly around each task and group, by full id.
func homes(p *ir.Pipeline) map[string]*ir.Group {
	home := make(map[string]*ir.Group, len(p.Tasks)+len(p.Groups))
	for _, t := range p.Tasks {
		home[t.ID] = t.Group
	}
	for _, g := range p.Groups {
		home[g.ID] = g.Parent
	}
	return home
}

// mappedAround is the mapped group that something stands in; nil: none.
func mappedAround(g *ir.Group) *ir.Group {
	for ; g != nil; g = g.Parent {
		if g.Expand != nil {
			return g
		}
	}
	return nil
}

// attachSetups finds the teardowns whose setups stand before them, so that they can name them: `.as_teardown(setups=x)`, which
// marks the setups and draws the edges. inline holds those teardowns, marked their setups.
func attachSetups(root *block) (inline, marked map[string]bool) {
	inline, marked = map[string]bool{}, map[string]bool{}
	seen := map[string]*ir.Task{}
	var walk func(b *block)
	walk = func(b *block) {
		for _, c := range b.children {
			if c.inner != nil {
				walk(c.inner)
				continue
			}
			seen[c.task.ID] = c.task
			if c.task.Teardown == nil || len(c.task.Teardown.Setups) == 0 {
				continue
			}
			all := true
			for _, ref := range c.task.Teardown.Setups {
				s := seen[ref.ID]
				all = all && s != nil && mappedAround(s.Group) == mappedAround(c.task.Group)
			}
			if !all {
				continue
			}
			inline[c.task.ID] = true
			for _, ref := range c.task.Teardown.Setups {
				marked[ref.ID] = true
			}
		}
	}
	walk(root)
	return inline, marked
}
