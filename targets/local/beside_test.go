package local

import (
	"slices"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// labels keeps what map_index_template came to.
type labels struct {
	journal
	seen []string
}

func (l *labels) TryFinished(task target.TaskRef, end target.TryEnd) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, end.Label)
}

// TestLabels: what map_index_template came to is told with the end of each try.
func TestLabels(t *testing.T) {
	one := bash("a", "echo $X")
	one.Args = []ir.Arg{{Name: "map_index_template", Value: &ir.Template{V: "{{ ds }} of {{ ti.map_index }}"}}}
	item := func(x string) ir.Value {
		return &ir.Map{Entries: []ir.Entry{{Key: &ir.String{V: "X"}, Value: &ir.String{V: x}}}}
	}
	one.Expand = &ir.Expand{Args: []ir.Arg{{Name: "env", Value: &ir.List{Items: []ir.Value{item("1"), item("2")}}}}}
	runner := New(Options{Version: latest, StateDir: t.TempDir()})
	p := pipeline(one)
	file := &ir.File{Path: "p.yaml", Version: latest, Pipelines: []*ir.Pipeline{p}}
	if err := runner.PreRun(t.Context(), file, "p.yaml"); err != nil {
		t.Fatal(err)
	}
	events := &labels{}
	if _, err := runner.Run(t.Context(), p, target.RunOptions{LogicalDate: date, Events: events}); err != nil {
		t.Fatal(err)
	}
	if err := runner.PostRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(events.seen)
	if want := []string{"2026-01-02 of 0", "2026-01-02 of 1"}; !slices.Equal(events.seen, want) {
		t.Errorf("labels %q, want %q", events.seen, want)
	}
}
