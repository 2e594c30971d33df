package local

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/dagexport/dagexport/targets/local/task"
)

// assetKey is what tells an asset from others: in Airflow 2 the URI alone.
type assetKey struct{ name, uri string }

// keyOfAsset is the key of an asset of which one name may stand for both.
func keyOfAsset(version ir.Version, name, uri string) assetKey {
	if uri == "" {
		uri = name
	}
	if name == "" || version.Major == 2 {
		name = uri
	}
	return assetKey{name, uri}
}

// outletsOf are the assets that a task updates when it succeeds. Aliases stand for assets that only the task's code knows.
func outletsOf(p *ir.Pipeline, t *ir.Task) []*ir.Asset {
	a := ir.Lookup(t.Args, "outlets")
	if a == nil {
		a = ir.Lookup(task.Defaults(p, t), "outlets")
	}
	if a == nil {
		return nil
	}
	var found []*ir.Asset
	ir.Walk(a.Value, func(v ir.Value) {
		if asset, ok := v.(*ir.Asset); ok {
			found = append(found, asset)
		}
	})
	return found
}

// produce records what a task instance that has succeeded has updated.
func (r *run) produce(ref target.TaskRef) {
	t := r.tasks[ref.ID]
	var seen []assetKey
	for _, asset := range outletsOf(r.pipeline, t) {
		key := keyOfAsset(r.shared.Version, asset.Name, asset.URI)
		if slices.Contains(seen, key) {
			continue
		}
		seen = append(seen, key)
		r.target.store.PutAssetEvent(r.id, store.AssetEvent{TaskID: ref.ID, MapIndex: ref.MapIndex, Name: key.name, URI: key.uri, At: time.Now()})
	}
}

// Due are the events that a run of a DAG would answer now: those of the assets of its schedule since its last such run, if they
// meet the schedule; none, if they do not. PreRun must have been called.
func (t *Target) Due(ctx context.Context, p *ir.Pipeline) ([]store.AssetEvent, error) {
	if t.store == nil {
		return nil, errors.New("PreRun has not been called")
	}
	var condition ir.AssetExpr
	switch s := p.Schedule.(type) {
	case *ir.Assets:
		condition = s.Expr
	case *ir.AssetsOrTime:
		condition = s.Assets
	default:
		return nil, nil
	}
	events, err := t.store.AssetEvents(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	version := t.version(t.file)
	updated := map[assetKey]bool{}
	for _, e := range events {
		updated[assetKey{e.Name, e.URI}] = true
	}
	if !meets(version, condition, updated) {
		return nil, nil
	}
	asked := map[assetKey]bool{}
	ir.Walk(condition, func(v ir.Value) {
		if asset, ok := v.(*ir.Asset); ok {
			asked[keyOfAsset(version, asset.Name, asset.URI)] = true
		}
	})
	return slices.DeleteFunc(events, func(e store.AssetEvent) bool { return !asked[assetKey{e.Name, e.URI}] }), nil
}

// meets tells whether a condition is met by updated assets. What is known only in Airflow, an alias or an asset of a class of the
// user's own, is never updated here.
func meets(version ir.Version, condition ir.AssetExpr, updated map[assetKey]bool) bool {
	switch c := condition.(type) {
	case *ir.Asset:
		return updated[keyOfAsset(version, c.Name, c.URI)]
	case *ir.AssetSet:
		one := func(item ir.AssetExpr) bool { return meets(version, item, updated) }
		if c.Any {
			return slices.ContainsFunc(c.Items, one)
		}
		return !slices.ContainsFunc(c.Items, func(item ir.AssetExpr) bool { return !one(item) })
	}
	return false
}

// Follow runs a DAG because of events that Due gave. The run has the moment of the last one as its logical date.
func (t *Target) Follow(ctx context.Context, p *ir.Pipeline, events []store.AssetEvent, options target.RunOptions) (*target.Record, error) {
	last := events[len(events)-1]
	if err := t.store.Answer(ctx, p.ID, last.ID); err != nil {
		return nil, err
	}
	t.events = events
	defer func() { t.events = nil }()
	options.LogicalDate = last.At
	return t.Run(ctx, p, options)
}

// answers makes a run one that answers the events that the target follows.
func (r *run) answers(events []store.AssetEvent) {
	if len(events) == 0 {
		return
	}
	r.shared.RunType = store.ByAssets
	if r.shared.Version.Major == 2 {
		r.shared.RunType = "dataset_triggered"
	}
	r.shared.RunAfter = r.shared.LogicalDate
	for _, e := range events {
		r.shared.Triggering = append(r.shared.Triggering, task.AssetEvent{
			Name: e.Name, URI: e.URI, DagID: e.DagID, RunID: e.RunID, TaskID: e.TaskID, MapIndex: e.MapIndex, At: e.At,
		})
	}
}
