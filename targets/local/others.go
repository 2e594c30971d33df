package local

import (
	"context"
	"slices"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// others are the runs in the store, as the tasks of a run see them.
type others struct {
	store *store.Store
	find  FindFunc // nil: no DAG can be found
}

// MembersOf implements task.Others.
func (o *others) MembersOf(dagID, groupID string) []string {
	if o.find == nil {
		return nil
	}
	found, err := o.find(dagID)
	if err != nil || found == nil {
		return nil
	}
	var members []string
	for _, t := range found.Pipeline.Tasks {
		if groupID == "" {
			members = append(members, t.ID)
		}
		for g := t.Group; g != nil; g = g.Parent {
			if g.ID == groupID {
				members = append(members, t.ID)
			}
		}
	}
	return members
}

// RunsOf implements task.Others.
func (o *others) RunsOf(ctx context.Context, dagID string, dates []time.Time) (runs []task.OtherRun, known bool, err error) {
	newest, err := o.store.Find(ctx, dagID, "")
	if err != nil || newest == nil {
		return nil, false, err
	}
	var entries []*store.Entry
	if len(dates) == 0 {
		if entries, err = o.store.Runs(ctx, dagID); err != nil {
			return nil, true, err
		}
	}
	for _, date := range dates {
		e, err := o.store.At(ctx, dagID, date)
		if err != nil {
			return nil, true, err
		}
		if e != nil {
			entries = append(entries, e)
		}
	}
	for _, e := range entries {
		instances, err := o.store.Instances(ctx, e.ID)
		if err != nil {
			return nil, true, err
		}
		one := task.OtherRun{State: e.State}
		for _, i := range instances {
			one.Tasks = append(one.Tasks, target.TaskRecord{TaskID: i.TaskID, MapIndex: i.MapIndex, State: i.State, TryNumber: i.TryNumber})
		}
		runs = append(runs, one)
	}
	return runs, true, nil
}

// XComsOf implements task.Others.
func (o *others) XComsOf(ctx context.Context, run *task.Run, dagID, runID string, prior bool) ([]task.Pushed, error) {
	own := dagID == run.Pipeline.ID && runID == run.ID
	var runs []*store.Entry
	until := run.LogicalDate
	if !own {
		meant, err := o.store.Find(ctx, dagID, runID)
		if err == nil && meant == nil && run.Version.Major < 3 && runID == run.ID { // which names runs after their dates
			meant, err = o.store.At(ctx, dagID, run.LogicalDate)
		}
		switch {
		case err != nil:
			return nil, err
		case meant != nil:
			runs, until = append(runs, meant), meant.LogicalDate
		case run.Version.Major >= 3:
			return nil, nil
		}
	}
	if prior {
		earlier, err := o.store.Earlier(ctx, dagID, until)
		if err != nil {
			return nil, err
		}
		runs = append(runs, earlier...)
	}
	var all []task.Pushed
	for _, one := range runs {
		xcoms, err := o.store.XComs(ctx, one.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range xcoms {
			all = append(all, task.Pushed{TaskID: x.TaskID, MapIndex: x.MapIndex, Key: x.Key, Value: x.Value})
		}
	}
	return all, nil
}

// EventsOf implements task.Others.
func (o *others) EventsOf(ctx context.Context, name, uri, alias string) ([]task.AssetEvent, error) {
	kept, err := o.store.AllAssetEvents(ctx)
	if err != nil {
		return nil, err
	}
	var found []task.AssetEvent
	for _, e := range kept {
		if alias != "" && slices.Contains(e.Aliases, alias) || alias == "" && (name == "" || name == e.Name) && uri == e.URI {
			found = append(found, eventOf(e))
		}
	}
	return found, nil
}
