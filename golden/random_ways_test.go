package golden

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
)

// branch writes a branch and its ways: tasks, mapped ones, groups and what follows them.
func (g *generator) branch(name string, needs []string) {
	var ids, inner []string // what may be chosen; and what is further down
	above := []string{name}
	for i := range 2 + g.IntN(3) {
		way := fmt.Sprintf("%s_%d", name, i)
		ups := []string{name}
		if len(above) > 1 && g.IntN(4) == 0 {
			ups = append(ups, above[len(above)-1]) // a way that is downstream of another
		}
		if g.IntN(4) == 0 {
			ups = append(ups, g.needs()...)
		}
		switch g.IntN(6) {
		case 0:
			g.group(way, ups, "", 1)
			inner = append(inner, way+".t1")
		case 1:
			commands, retries := g.commands(way, 1+g.IntN(2))
			g.task(&g.tasks, "  ", way, way, "expand: {bash: ["+strings.Join(commands, ", ")+"]}"+retries, ups, g.ruleOfWay(), "")
		default:
			g.task(&g.tasks, "  ", way, way, g.bash(way, 1), ups, g.ruleOfWay(), "")
		}
		ids = append(ids, way)
		above = append(above, way)
		g.nodes = append(g.nodes, way)
	}
	chosen := g.some(ids, inner)
	g.dag.ways[name] = ways{chosen: [][]string{chosen}}
	text := "[" + strings.Join(chosen, ", ") + "]"
	switch {
	case len(chosen) == 1 && g.IntN(2) == 0:
		text = chosen[0]
	case len(chosen) == 0 && g.IntN(2) == 0:
		text = "null"
	}
	g.task(&g.tasks, "  ", name, name, "branch: fn:choose, op_args: ["+text+"]", needs, g.rule(), "")
}

// some is what a branch chooses: one way mostly, several, none, or something that is not directly downstream.
func (g *generator) some(ids, inner []string) []string {
	if g.fails && g.IntN(3) > 0 {
		return ids // see newRandomDAG
	}
	switch n := g.IntN(12); {
	case n == 0:
		return nil
	case n == 1 && len(inner) > 0:
		return inner[:1]
	case n < 5:
		var several []string
		for _, id := range ids {
			if g.IntN(3) > 0 {
				several = append(several, id)
			}
		}
		return several
	}
	return []string{ids[g.IntN(len(ids))]}
}

// shortCircuit writes a task that goes on or skips what follows.
func (g *generator) shortCircuit(name string, needs []string) {
	w := ways{ends: g.IntN(2) == 0 && (!g.fails || g.IntN(3) == 0), all: g.IntN(2) == 0}
	g.dag.ways[name] = w
	value := "yes it is"
	if w.ends {
		value = "''"
	}
	g.task(&g.tasks, "  ", name, name, fmt.Sprintf("short_circuit: fn:choose, op_args: [%s], ignore_downstream_trigger_rules: %t", value, w.all), needs, g.rule(), "")
}

// branchInGroup writes a group with a branch in it, mapped over what it chooses or not.
func (g *generator) branchInGroup(name string, needs []string) {
	items, ids := 1+g.IntN(3), []string{name + ".t1", name + ".t2"}
	var w ways
	var lists []string
	for range items {
		chosen := g.some(ids, nil)
		w.chosen = append(w.chosen, chosen)
		lists = append(lists, "["+strings.Join(chosen, ", ")+"]")
	}
	g.dag.ways[name+".t0"] = w
	fmt.Fprintf(&g.groups, "  %s:\n    dependencies: [%s]\n", name, strings.Join(needs, ", "))
	args := "{mapped: c}"
	if g.IntN(3) == 0 {
		w.chosen, items, args = w.chosen[:1], 1, lists[0]
		g.dag.ways[name+".t0"] = w
	} else {
		fmt.Fprintf(&g.groups, "    expand: {c: [%s]}\n", strings.Join(lists, ", "))
	}
	g.groups.WriteString("    tasks:\n")
	g.task(&g.groups, "      ", "t0", name+".t0", "branch: fn:choose, op_args: ["+args+"]", nil, "", "")
	for _, local := range []string{"t1", "t2"} {
		g.task(&g.groups, "      ", local, name+"."+local, g.bash(name+"."+local, items), []string{"t0"}, g.ruleOfWay(), "")
	}
	g.task(&g.groups, "      ", "t3", name+".t3", g.bash(name+".t3", items), []string{"t1", "t2"}, g.ruleOfWay(), "")
}

// ruleOfWay is a rule that Airflow takes in a mapped group, too. What does not wait for a branch may end before it is skipped.
func (g *generator) ruleOfWay() string {
	if rule := g.rule(); rule != string(ir.Always) {
		return rule
	}
	return string(ir.AllDone)
}

// skipping is what an instance of a task skips.
func (w ways) skipping(t testing.TB, p *ir.Pipeline, id string, index int) sched.Skipping {
	if w.chosen == nil {
		s := sched.Skipping{Short: true}
		if w.ends {
			s.Tasks = sched.ShortCircuit(p, id, w.all)
		}
		return s
	}
	tasks, err := sched.Branch(p, id, w.chosen[max(index, 0)])
	if err != nil {
		t.Fatal(err)
	}
	return sched.Skipping{Tasks: tasks}
}
