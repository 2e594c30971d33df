package local

import (
	"fmt"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// Step is what a run will do with a task, told before it runs.
type Step struct {
	ID    string
	How   string   // in a few words
	Notes []string // what is otherwise than in Airflow, or why it cannot run
}

// Plan tells what a run of a DAG will do: a step for the run, where there is anything to say of it, and one per task, upstream tasks first. Problems are what Check has said.
func (t *Target) Plan(p *ir.Pipeline, problems diag.List) ([]Step, error) {
	chosen, err := t.options.Select.Select(p)
	if err != nil {
		return nil, err
	}
	stubbed := map[string]bool{}
	for _, stub := range t.options.Select.Stubs {
		stubbed[stub.TaskID] = true
	}
	var steps []Step
	if whole := t.planRun(standIns(p), chosen); len(whole.Notes) > 0 {
		steps = append(steps, whole)
	}
	for _, one := range upstreamFirst(p.Tasks) {
		step := Step{ID: one.ID}
		switch {
		case stubbed[one.ID]:
			step.How = "not run: it counts as a success, with the XComs given"
		case !chosen[one.ID]:
			step.How = "not run"
		default:
			t.planTask(p, one, problems, &step)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func (t *Target) planTask(p *ir.Pipeline, one *ir.Task, problems diag.List, step *Step) {
	note := func(format string, args ...any) { step.Notes = append(step.Notes, fmt.Sprintf(format, args...)) }
	node := one
	if one.Local != nil {
		node = one.Local
		note("its local: stand-in runs instead of %s", className(one))
	}
	step.How = howRun(p, node)
	t.planProvided(p, node, step)
	if node.Expand != nil || mappedGroup(node.Group) != nil {
		step.How += ", mapped"
	}
	for _, d := range problems.All() {
		if d.Severity == diag.Error && (within(d.Span, one.Span) || within(d.Span, one.IDSpan)) {
			step.How = "cannot run here"
			note("%s", d.Message)
		}
	}
	if call := task.CallOf(p, node); call != nil && call.Work.Senses() {
		switch t.options.Sensors {
		case "once":
			note("the sensor looks once and fails where it would have to wait (--sensors once)")
		case "skip":
			note("the sensor succeeds without looking (--sensors skip)")
		}
		if call.Work == task.SenseRuns && t.checked != nil && t.version(t.checked).Major < 3 && truth(call.Option("deferrable")) {
			note("deferrable, it looks at allowed_states alone in Airflow 2, and has no end but that of execution_timeout")
		}
	}
	t.planOtherwise(p, node, note)
}

// howRun is how a task is executed, in a few words.
func howRun(p *ir.Pipeline, t *ir.Task) string {
	switch t.Op.(type) {
	case *ir.Bash:
		return "bash"
	case *ir.Empty:
		return "nothing to do"
	}
	call := task.CallOf(p, t)
	switch {
	case call == nil:
		return className(t)
	case call.Work == task.RunOperator:
		return className(t) + ", by the Airflow of the Python interpreter"
	case call.Work == task.BashCommand:
		return "a Python function, then bash"
	case call.Work.Elsewhere():
		return "a Python function (" + string(call.Work) + "), which gets no dag, task, dag_run, params and macros"
	case call.Work == task.CallFunction, call.Work == task.Branch, call.Work == task.ShortCircuit:
		return "a Python function (" + string(call.Work) + ")"
	}
	return className(t)
}

func className(t *ir.Task) string {
	if t.Class.Name != "" {
		return t.Class.Name
	}
	if op, ok := t.Op.(*ir.Decorated); ok {
		return "@" + op.Decorator.Name
	}
	return t.Op.Kind()
}

// within tells whether a span lies in another.
func within(inner, outer ir.Span) bool {
	if inner.IsZero() || outer.IsZero() || inner.File != outer.File {
		return false
	}
	after := func(a, b ir.Pos) bool { return a.Line > b.Line || a.Line == b.Line && a.Col >= b.Col }
	return after(inner.Start, outer.Start) && after(outer.End, inner.Start)
}

// upstreamFirst orders tasks so that each follows what it needs, otherwise as they are.
func upstreamFirst(tasks []*ir.Task) []*ir.Task {
	byID := make(map[string]*ir.Task, len(tasks))
	waits := make(map[string]int, len(tasks))
	below := map[string][]string{}
	for _, t := range tasks {
		byID[t.ID] = t
		waits[t.ID] = len(t.Needs)
		for _, need := range t.Needs {
			below[need.ID] = append(below[need.ID], t.ID)
		}
	}
	var order []*ir.Task
	for _, t := range tasks {
		if waits[t.ID] == 0 {
			order = append(order, t)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, id := range below[order[i].ID] {
			if waits[id]--; waits[id] == 0 {
				order = append(order, byID[id])
			}
		}
	}
	return order
}

// String is a step in one line and one for each note.
func (s Step) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s", s.ID, s.How)
	for _, text := range s.Notes {
		out.WriteString("\n    " + text)
	}
	return out.String()
}
