package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/sched"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// Selection says which tasks of a DAG a run executes. A name is that of a task, or of a task group for all tasks in it.
type Selection struct {
	Only []string `json:",omitempty"` // these and no others
	From []string `json:",omitempty"` // these and what is downstream of them
	To   []string `json:",omitempty"` // these and what is upstream of them
	Skip []string `json:",omitempty"` // not these

	// Stubs are tasks that succeed without being run, with the XComs that they are to have pushed.
	Stubs []Stub `json:",omitempty"`
}

// Stub is a task that counts as a success.
type Stub struct {
	TaskID string
	XComs  json.RawMessage `json:",omitempty"` // a JSON object: values by key; nil: none
}

// SelectionError says what is wrong with a Selection, in words for the user.
type SelectionError struct{ Text string }

// Error implements error.
func (e *SelectionError) Error() string { return e.Text }

func selectionErrorf(format string, args ...any) error {
	return &SelectionError{fmt.Sprintf(format, args...)}
}

func (s *Selection) empty() bool {
	return len(s.Only)+len(s.From)+len(s.To)+len(s.Skip)+len(s.Stubs) == 0
}

// Check says what is wrong with a selection of the tasks of a DAG.
func (s *Selection) Check(p *ir.Pipeline) error {
	if s.empty() {
		return nil
	}
	_, err := s.Select(p)
	return err
}

// Select lists the tasks that a run executes, by id.
func (s *Selection) Select(p *ir.Pipeline) (map[string]bool, error) {
	up, down := map[string][]string{}, map[string][]string{}
	chosen := map[string]bool{}
	for _, t := range p.Tasks {
		chosen[t.ID] = true
		for _, need := range t.Needs {
			up[t.ID] = append(up[t.ID], need.ID)
			down[need.ID] = append(down[need.ID], t.ID)
		}
	}
	keep := func(option string, names []string, next map[string][]string) error {
		if len(names) == 0 {
			return nil
		}
		kept := map[string]bool{}
		for _, name := range names {
			ids, err := named(p, option, name)
			if err != nil {
				return err
			}
			for len(ids) > 0 {
				id := ids[len(ids)-1]
				ids = ids[:len(ids)-1]
				if !kept[id] {
					kept[id] = true
					ids = append(ids, next[id]...)
				}
			}
		}
		for id := range chosen {
			chosen[id] = chosen[id] && kept[id]
		}
		return nil
	}
	if err := cmp.Or(keep("--only", s.Only, nil), keep("--from", s.From, down), keep("--to", s.To, up)); err != nil {
		return nil, err
	}
	for _, name := range s.Skip {
		ids, err := named(p, "--skip", name)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			chosen[id] = false
		}
	}
	for _, stub := range s.Stubs {
		if ids, err := named(p, "--stub", stub.TaskID); err != nil {
			return nil, err
		} else if len(ids) != 1 || ids[0] != stub.TaskID {
			return nil, selectionErrorf("--stub %s: that is a task group; name a task", stub.TaskID)
		}
		if _, err := members(stub.XComs); stub.XComs != nil && err != nil {
			return nil, selectionErrorf("--stub %s: it takes a JSON object of XComs, such as '{\"return_value\": 1}'", stub.TaskID)
		}
		chosen[stub.TaskID] = false
	}
	for id, runs := range chosen {
		if !runs {
			delete(chosen, id)
		}
	}
	if len(chosen) == 0 {
		return nil, selectionErrorf("no task of %q is left to run", p.ID)
	}
	return chosen, nil
}

// named are the tasks that a name stands for.
func named(p *ir.Pipeline, option, name string) ([]string, error) {
	var within []string
	for _, t := range p.Tasks {
		if t.ID == name {
			return []string{name}, nil
		}
		for g := t.Group; g != nil; g = g.Parent {
			if g.ID == name {
				within = append(within, t.ID)
			}
		}
	}
	if len(within) == 0 {
		return nil, selectionErrorf("%s %s: %q has no such task%s", option, name, p.ID, diag.Meant(name, taskIDs(p)))
	}
	return within, nil
}

func taskIDs(p *ir.Pipeline) []string {
	ids := make([]string, len(p.Tasks))
	for i, t := range p.Tasks {
		ids[i] = t.ID
	}
	return ids
}

// chosenTasks is a pipeline with only the tasks that are executed, for looking at them; the pipeline itself where the
// selection is wrong, which the run says.
func (t *Target) chosenTasks(p *ir.Pipeline) *ir.Pipeline {
	if t.options.Select.empty() {
		return p
	}
	chosen, err := t.options.Select.Select(p)
	if err != nil {
		return p
	}
	own := *p
	own.Tasks = slices.DeleteFunc(slices.Clone(p.Tasks), func(task *ir.Task) bool { return !chosen[task.ID] })
	return &own
}

// omitted is what stands for the tasks that a run does not execute.
type omitted struct {
	known map[instance]sched.Known
	away  map[string]bool // tasks that have no part in the run: they keep no state
	xcoms []store.XCom
	sizes map[string]int // how many instances were recorded of tasks of a mapped group in which others run
}

// leaveOut prepares a pipeline for a selection. What the chosen tasks need directly counts as it ended in the newest run that
// has it, or as its stub says; what they do not need has no part. A run that goes on knows best how they had ended.
func (t *Target) leaveOut(ctx context.Context, p *ir.Pipeline, earlier *store.Entry) (*ir.Pipeline, *omitted, error) {
	chosen, err := t.options.Select.Select(p)
	if err != nil {
		return nil, nil, err
	}
	needed := map[string]string{} // by whom
	runs := map[*ir.Group]bool{}  // mapped groups of which some task is executed
	for _, task := range p.Tasks {
		if group := mappedGroup(task.Group); group != nil && chosen[task.ID] {
			runs[group] = true
			for _, id := range sched.Sources(group.Expand) { // which only the first tasks of the group name
				if !chosen[id] {
					needed[id] = task.ID
				}
			}
		}
		for _, need := range task.Needs {
			if chosen[task.ID] && !chosen[need.ID] {
				needed[need.ID] = task.ID
			}
		}
	}
	out := &omitted{known: map[instance]sched.Known{}, away: map[string]bool{}, sizes: map[string]int{}}
	wanted := map[string]bool{}
	for _, task := range p.Tasks {
		wanted[task.ID] = !chosen[task.ID]
	}
	for _, stub := range t.options.Select.Stubs {
		delete(wanted, stub.TaskID)
		out.known[instance{stub.TaskID, -1}] = sched.Known{Final: true, State: target.Success}
		values, _ := members(stub.XComs) // Select has looked
		for _, m := range values {
			value, err := wire.Quoted(m.value)
			if err != nil {
				return nil, nil, err
			}
			out.xcoms = append(out.xcoms, store.XCom{TaskID: stub.TaskID, MapIndex: -1, Key: m.key, Value: value})
		}
	}
	instances, err := t.recorded(ctx, p.ID, earlier, wanted, out)
	if err != nil {
		return nil, nil, err
	}
	own := *p
	own.Tasks = slices.Clone(p.Tasks)
	for i, task := range own.Tasks {
		if chosen[task.ID] {
			continue
		}
		_, stubbed := out.known[instance{task.ID, -1}]
		stubbed = stubbed && !wanted[task.ID]
		by, isNeeded := needed[task.ID]
		group := mappedGroup(task.Group)
		switch {
		case stubbed && (task.Expand != nil || group != nil):
			return nil, nil, selectionErrorf("--stub %s: a task with several instances takes no stub; run it, and leave it out of later runs with --skip %s", task.ID, task.ID)
		case isNeeded && !stubbed && len(instances[task.ID]) == 0:
			return nil, nil, selectionErrorf("task %q is left out, %q needs it, and no run here has it: give it a result with --stub %s, or run it first",
				task.ID, by, task.ID)
		}
		still := *task
		still.Op, still.Args, still.Local = &ir.Empty{}, nil, nil
		switch {
		case !isNeeded && !stubbed:
			out.away[task.ID] = true
		case group != nil && runs[group]:
			if of := sched.Sources(group.Expand); slices.ContainsFunc(of, func(id string) bool { return chosen[id] }) {
				return nil, nil, selectionErrorf("task %q is left out, %q needs it, and what the group %q is mapped over is made anew: run the whole group",
					task.ID, by, group.ID)
			}
			out.sizes[task.ID] = len(instances[task.ID])
		case group != nil:
			still.Group = mappedAs(task.Group, asRecorded(instances[task.ID]))
		case still.Expand != nil:
			still.Expand = asRecorded(instances[task.ID])
		}
		own.Tasks[i] = &still
	}
	return &own, out, nil
}

// asRecorded stands for what a task was mapped over whose instances are known; nil: it had come to its end before that was known.
func asRecorded(instances []store.Instance) *ir.Expand {
	if instances[0].MapIndex < 0 {
		return nil
	}
	return &ir.Expand{Args: []ir.Arg{{Value: &ir.List{Items: slices.Repeat([]ir.Value{&ir.Null{}}, len(instances))}}}}
}

// mappedAs is a group, with those around it, whose mapped one is mapped over something else.
func mappedAs(g *ir.Group, e *ir.Expand) *ir.Group {
	own := *g
	if g.Expand != nil {
		own.Expand = e
	} else {
		own.Parent = mappedAs(g.Parent, e)
	}
	return &own
}

// recorded looks up how tasks ended, each in the newest run that has its end, and what they had pushed there.
func (t *Target) recorded(ctx context.Context, dagID string, earlier *store.Entry, wanted map[string]bool, out *omitted) (map[string][]store.Instance, error) {
	runs, err := t.store.Runs(ctx, dagID)
	if err != nil {
		return nil, err
	}
	if earlier != nil {
		runs = append([]*store.Entry{earlier}, runs...)
	}
	found := map[string][]store.Instance{}
	missing := 0
	for _, want := range wanted {
		if want {
			missing++
		}
	}
	for _, run := range runs {
		if missing == 0 {
			break
		}
		if run.State == target.Running {
			continue
		}
		instances, err := t.store.Instances(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		here, open := map[string][]store.Instance{}, map[string]bool{}
		for _, i := range instances {
			if wanted[i.TaskID] && found[i.TaskID] == nil {
				here[i.TaskID] = append(here[i.TaskID], i)
				open[i.TaskID] = open[i.TaskID] || !i.Ended()
			}
		}
		for id, all := range here {
			if open[id] {
				delete(here, id)
				continue
			}
			missing--
			found[id] = all
			for _, i := range all {
				out.known[instance{id, i.MapIndex}] = sched.Known{Final: true, State: i.State, Tries: i.TryNumber}
			}
		}
		if len(here) == 0 {
			continue
		}
		pushed, err := t.store.XComs(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range pushed {
			if here[x.TaskID] != nil {
				out.xcoms = append(out.xcoms, x)
			}
		}
	}
	return found, nil
}

// fits tells whether what stands for the tasks that the run leaves out goes together with those that it executes.
func (r *run) fits(out *omitted) error {
	r.xcoms = newXComs(r.target.store, 0) // until the run has a number
	for _, x := range out.xcoms {
		r.xcoms.take(x)
	}
	for _, t := range r.pipeline.Tasks {
		if had, ok := out.sizes[t.ID]; ok && r.length(t) != had {
			return selectionErrorf("task %q is left out, had %d instances when it ran, and would have %d now: run the whole group", t.ID, had, r.length(t))
		}
	}
	return nil
}

// takeOver enters into the run what stands for the tasks that it leaves out.
func (r *run) takeOver(out *omitted) {
	for of, known := range out.known {
		if out.away[of.taskID] {
			continue
		}
		r.known[of] = known
		r.target.store.Put(r.id, store.TaskInstance{TaskID: of.taskID, MapIndex: of.mapIndex, State: known.State, TryNumber: known.Tries})
	}
	for _, x := range out.xcoms {
		r.xcoms.take(x)
		r.target.store.PutXCom(r.id, x)
	}
	var names []string
	for _, t := range r.pipeline.Tasks {
		if r.away[t.ID] {
			continue
		}
		if known, ok := out.known[instance{t.ID, -1}]; ok {
			names = append(names, fmt.Sprintf("%s (%s)", t.ID, known.State))
		} else if _, ok := out.known[instance{t.ID, 0}]; ok {
			names = append(names, t.ID+"[]")
		}
	}
	if len(names) > 0 {
		r.target.notes = append(r.target.notes, "not run, taken as they ended or as given: "+strings.Join(names, ", "))
	}
}
