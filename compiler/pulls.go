package compiler

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/jinja"
)

// pull looks at ti.xcom_pull(task_ids=...): the tasks must be there, and must have run by then.
func (s *templateScan) pull(e *jinja.Call) {
	if name, method, _ := itemOf(e.Of); method != "xcom_pull" || name != "ti" && name != "task_instance" || len(e.Stars) > 0 {
		return
	}
	if len(e.Args) > 1 || s.ts.d.unknown || s.ts.d.broken {
		return
	}
	var ids jinja.Expr
	if len(e.Args) > 0 {
		ids = e.Args[0]
	}
	prior := false
	for _, k := range e.Kwargs {
		switch k.Name {
		case "task_ids":
			ids = k.Value
		case "dag_id":
			if c, ok := k.Value.(*jinja.Const); !ok || c.Text != s.ts.d.p.ID {
				return
			}
		case "include_prior_dates", "run_id":
			prior = true
		}
	}
	switch ids := ids.(type) {
	case *jinja.Const:
		s.pulled(ids, prior)
	case *jinja.List:
		for _, item := range ids.Items {
			if c, ok := item.(*jinja.Const); ok {
				s.pulled(c, prior)
			}
		}
	}
}

func (s *templateScan) pulled(id *jinja.Const, prior bool) {
	if id.Kind != jinja.Text || !id.Plain || id.Text == s.t.t.ID {
		return
	}
	at := id.At
	if at.End-at.Start == len(id.Text)+2 {
		at.Start, at.End = at.Start+1, at.End-1
	}
	m := s.ts.d.byID[id.Text]
	switch {
	case m.task != nil:
		if !prior && !s.ts.d.failed && !s.ts.isUpstream(m.task, s.t) {
			s.warn(at, diag.NotUpstream, "%s does not wait for %s, so that its XCom may not be there yet", quoted(s.t.t.ID), quoted(id.Text)).
				WithHelp("add %s to the dependencies of %s", id.Text, s.t.t.LocalID)
		}
	case m.group != nil:
		s.warn(at, diag.UnknownXCom, "%s is a group, which pushes no XCom", quoted(id.Text)).WithHelp("name a task in it: %s.task", id.Text)
	default:
		d := s.warn(at, diag.UnknownXCom, "there is no task %s whose XCom could be pulled", quoted(id.Text))
		var full []string
		for _, t := range s.ts.d.tasks {
			if t.t.LocalID == id.Text {
				full = append(full, t.t.ID)
			}
		}
		switch {
		case len(full) == 1:
			d.WithHelp("a template needs the full id: %s", full[0]).WithFix(d.Span, full[0])
			s.only(d, at)
		case s.ts.d.mayGuess():
			var names []string
			for _, t := range s.ts.d.tasks {
				names = append(names, t.t.ID)
			}
			s.suggest(d, at, id.Text, names, "the tasks are")
		}
	}
}

// enough bounds the search for upstream tasks in one DAG; what is not found by then counts as found.
const enough = 5_000_000

// isUpstream tells whether of waits for up, directly or through others.
func (ts *templates) isUpstream(up, of *taskDecl) bool {
	for _, t := range of.ups {
		if t == up {
			return true
		}
	}
	ts.generation++
	queue := append(make([]*taskDecl, 0, 16), of)
	of.visited = ts.generation
	for len(queue) > 0 {
		t := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, next := range t.ups {
			if ts.steps++; next == up || ts.steps > enough {
				return true
			}
			if next.visited != ts.generation {
				next.visited = ts.generation
				queue = append(queue, next)
			}
		}
	}
	return false
}
