package compiler

import (
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// check looks for what is wrong with a DAG as a whole.
func (c *compilation) check(d *dagDecl) {
	if !d.failed {
		c.checkCycles(d)
	}
	c.checkMappedGroups(d)
	c.checkDefaultArgs(d)
	c.checkStart(d)
	c.checkContinuous(d)
	c.checkZone(d)
	c.checkParams(d)
}

// checkZone names a timezone that has nothing to apply to: Airflow takes the zone of a DAG from its start date.
func (c *compilation) checkZone(d *dagDecl) {
	if d.timezone == nil || d.p.StartDate != nil || d.p.EndDate != nil || d.noSchedule || c.mode == core12 && ir.Lookup(d.p.DefaultArgs, "start_date") != nil {
		return
	}
	c.diags.Warnf(d.timezone.span, diag.Dropped, "timezone has no effect without a start_date: Airflow takes the zone of a DAG from there").
		WithHelp("add a start_date, such as 2026-01-01")
}

// The marks of the search for cycles.
const (
	unseen uint8 = iota
	onPath
	done
)

// checkCycles reports each cycle once, from its first task in the order of writing.
func (c *compilation) checkCycles(d *dagDecl) {
	type frame struct {
		t    *taskDecl
		next int
	}
	var path []frame
	for _, start := range d.tasks {
		if start.mark != unseen {
			continue
		}
		start.mark = onPath
		path = append(path[:0], frame{t: start})
		for len(path) > 0 {
			top := &path[len(path)-1]
			if top.next == len(top.t.downs) {
				top.t.mark = done
				path = path[:len(path)-1]
				continue
			}
			down := top.t.downs[top.next]
			top.next++
			switch down.mark {
			case unseen:
				down.mark = onPath
				path = append(path, frame{t: down})
			case onPath:
				var cycle []*taskDecl
				for i := len(path) - 1; ; i-- {
					cycle = append([]*taskDecl{path[i].t}, cycle...)
					if path[i].t == down {
						break
					}
				}
				c.reportCycle(cycle)
				return // further cycles are often the same mistake
			}
		}
	}
}

// reportCycle prints a cycle, each task waited for by the next.
func (c *compilation) reportCycle(cycle []*taskDecl) {
	first := 0
	for i, t := range cycle {
		if t.index < cycle[first].index {
			first = i
		}
	}
	cycle = append(cycle[first:len(cycle):len(cycle)], cycle[:first]...)
	const long = 12
	var names []string
	for i, t := range cycle {
		if len(cycle) > long && i == long-1 {
			names = append(names, "...")
			break
		}
		names = append(names, t.t.ID)
	}
	names = append(names, cycle[0].t.ID)
	edgeOf := func(from, to *taskDecl) ir.Span {
		for _, ref := range to.t.Needs {
			if ref.ID == from.t.ID {
				return ref.Span
			}
		}
		return to.t.IDSpan
	}
	last := cycle[len(cycle)-1]
	dg := c.diags.Errorf(edgeOf(last, cycle[0]), diag.Cycle, "the tasks wait for each other: %s", strings.Join(names, " -> ")).
		WithLabel("%s waits for %s", cycle[0].t.ID, last.t.ID)
	for i := 1; i < len(cycle) && i < long; i++ {
		dg.WithPlace(edgeOf(cycle[i-1], cycle[i]), "%s waits for %s", cycle[i].t.ID, cycle[i-1].t.ID)
	}
	dg.WithHelp("remove one of these dependencies")
}

// checkDefaultArgs names the keys of default_args that no operator of the DAG takes: Airflow drops them in silence.
func (c *compilation) checkDefaultArgs(d *dagDecl) {
	var used []*catalog.Signature
	for _, t := range d.tasks {
		if t.bad && t.class == nil {
			continue // what it is, nobody knows until that is put right
		}
		if t.signature == nil || t.decorator != nil {
			// An operator whose arguments nobody knows may take any key, and so may a function; only what is the DAG's own is surely lost.
			c.checkDAGKeys(d.p.DefaultArgs)
			for _, g := range d.groups {
				c.checkDAGKeys(g.g.DefaultArgs)
			}
			return
		}
		if !slices.Contains(used, t.signature) {
			used = append(used, t.signature)
		}
	}
	c.droppedArgs(d.p.DefaultArgs, used)
	for _, g := range d.groups {
		c.droppedArgs(g.g.DefaultArgs, used)
	}
}

// checkDAGKeys names arguments of DAG in default_args that no operator is likely to have.
func (c *compilation) checkDAGKeys(args []ir.Arg) {
	for _, a := range args {
		if isDAGOnly(a.Name) {
			c.dagKeyInDefaults(a)
		}
	}
}

func isDAGOnly(name string) bool {
	switch name {
	case "schedule", "schedule_interval", "catchup", "max_active_runs", "max_active_tasks", "dagrun_timeout", "tags", "default_view", "orientation", "timezone":
		return true
	}
	return false
}

func (c *compilation) dagKeyInDefaults(a ir.Arg) {
	c.diags.Warnf(a.NameSpan, diag.Dropped, "%s in default_args has no effect: it is an argument of the DAG, and Airflow drops it in silence", a.Name).
		WithHelp("move it out of default_args, to the keys of the DAG")
}

func (c *compilation) droppedArgs(args []ir.Arg, used []*catalog.Signature) {
	for _, a := range args {
		if catalog.OperatorArg(a.Name) != nil {
			continue
		}
		taken := false
		for _, s := range used {
			taken = taken || s.Has(a.Name)
		}
		if taken {
			continue
		}
		if catalog.DAGArg(a.Name) != nil || a.Name == "timezone" {
			c.dagKeyInDefaults(a)
			continue
		}
		var names []string
		for _, s := range used {
			names = append(names, s.Names()...)
		}
		for _, arg := range catalog.OperatorArgs() {
			names = append(names, arg.Name)
		}
		near := len(diag.Near(a.Name, names)) > 0
		if !near && a.NameSpan.File != c.src.file {
			continue // shared defaults are for the operators of other DAGs too
		}
		dg := c.diags.Warnf(a.NameSpan, diag.Dropped, "%s in default_args has no effect: no operator of the DAG has such an argument, and Airflow drops it in silence", quoted(a.Name))
		if near {
			suggest(dg, a.NameSpan, a.Name, names, "")
		} else {
			dg.WithHelp("remove it")
		}
	}
}

// checkStart reports a DAG that Airflow 2 refuses because no date says when it starts.
func (c *compilation) checkStart(d *dagDecl) {
	if c.version.Major >= 3 || d.p.StartDate != nil || ir.Lookup(d.p.DefaultArgs, "start_date") != nil || d.noSchedule {
		return
	}
	if _, never := d.p.Schedule.(*ir.Unscheduled); never {
		return
	}
	c.diags.Errorf(d.p.IDSpan, diag.MissingKey, "the DAG %s has a schedule and no start_date, which Airflow %s does not take", quoted(d.p.ID), c.version).
		WithHelp("add a start_date, such as 2026-01-01")
}

// checkContinuous reports a @continuous DAG that may have more than one run at once.
func (c *compilation) checkContinuous(d *dagDecl) {
	preset, ok := d.p.Schedule.(*ir.Preset)
	if !ok || preset.Name != "@continuous" {
		return
	}
	if runs := ir.Lookup(d.p.Args, "max_active_runs"); runs != nil {
		if n, ok := runs.Value.(*ir.Int); ok && (n.Text == "1" || n.Text == "0") {
			return
		}
		c.diags.Errorf(runs.Value.Pos(), diag.Conflict, "a @continuous DAG has at most one run at a time").
			WithPlace(preset.Span, "the schedule").WithHelp("write max_active_runs: 1").WithFix(runs.Value.Pos(), "1")
		return
	}
	c.diags.Errorf(preset.Span, diag.MissingKey, "a @continuous DAG needs max_active_runs: 1").WithHelp("add `max_active_runs: 1`")
}
