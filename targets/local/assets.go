package local

import (
	"bytes"
	"context"
	"encoding/json"
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
	if name == "" {
		name = uri
	}
	uri = normalURI(uri)
	if version.Major == 2 {
		name = uri
	}
	return assetKey{name, uri}
}

// produce records what a task instance that has succeeded has updated: the assets among its outlets, with what the task has said of
// them, and those that it has named for the aliases among them. Assets of classes of the user's own are left out.
func (r *run) produce(ref target.TaskRef, said []task.Update) {
	version := r.shared.Version
	var direct []assetKey
	var aliases []string
	for _, outlet := range task.Listed(r.pipeline, r.tasks[ref.ID], "outlets") {
		switch o := outlet.(type) {
		case *ir.Asset:
			if key := keyOfAsset(version, o.Name, o.URI); version.Major == 2 || !slices.Contains(direct, key) {
				direct = append(direct, key)
			}
		case *ir.AssetAlias:
			aliases = append(aliases, o.Name)
		}
	}
	put := func(key assetKey, extra json.RawMessage, aliases []string) {
		r.target.store.PutAssetEvent(r.id, store.AssetEvent{
			TaskID: ref.ID, MapIndex: ref.MapIndex, Name: key.name, URI: key.uri, At: time.Now(), Extra: extra, Aliases: aliases,
		})
	}
	for _, key := range direct {
		i := slices.IndexFunc(said, func(u task.Update) bool { return u.Alias == "" && keyOfAsset(version, u.Name, u.URI) == key })
		if i < 0 {
			put(key, nil, nil)
		} else {
			put(key, said[i].Extra, nil)
		}
	}
	// One event for each asset and extra, whatever number of aliases stands for it.
	type named struct {
		key   assetKey
		extra string
	}
	var order []named
	by := map[named][]string{}
	for _, u := range said {
		if u.Alias == "" || !slices.Contains(aliases, u.Alias) {
			continue
		}
		one := named{keyOfAsset(version, u.Name, u.URI), canonical(u.Extra)}
		if by[one] == nil {
			order = append(order, one)
		}
		if !slices.Contains(by[one], u.Alias) {
			by[one] = append(by[one], u.Alias)
		}
	}
	for _, one := range order {
		put(one.key, json.RawMessage(one.extra), by[one])
	}
}

// canonical is a JSON text with the keys of its objects in order.
func canonical(text json.RawMessage) string {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var value any
	if in.Decode(&value) != nil {
		return string(text)
	}
	data, err := json.Marshal(value)
	if err != nil {
		return string(text)
	}
	return string(data)
}

// conditionOf is what a schedule says of assets; nil: nothing.
func conditionOf(schedule ir.Schedule) ir.AssetExpr {
	switch s := schedule.(type) {
	case *ir.Assets:
		return s.Expr
	case *ir.AssetsOrTime:
		return s.Assets
	}
	return nil
}

// Due are the events that a run of a DAG would answer now: those of the assets of its schedule since its last such run, if they
// meet the schedule; none, if they do not. PreRun must have been called.
func (t *Target) Due(ctx context.Context, p *ir.Pipeline) ([]store.AssetEvent, error) {
	if t.store == nil {
		return nil, errors.New("PreRun has not been called")
	}
	condition := conditionOf(p.Schedule)
	if condition == nil {
		return nil, nil
	}
	events, err := t.store.AssetEvents(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	version := t.version(t.file)
	if !meets(version, condition, events) {
		return nil, nil
	}
	return slices.DeleteFunc(events, func(e store.AssetEvent) bool {
		asked := false
		ir.Walk(condition, func(v ir.Value) { asked = asked || concerns(version, v, e) })
		return !asked
	}), nil
}

// concerns tells whether an event is one of an asset, or of an alias.
func concerns(version ir.Version, v ir.Value, e store.AssetEvent) bool {
	switch v := v.(type) {
	case *ir.Asset:
		return keyOfAsset(version, v.Name, v.URI) == assetKey{e.Name, e.URI}
	case *ir.AssetAlias:
		return slices.Contains(e.Aliases, v.Name)
	}
	return false
}

// meets tells whether a condition is met by events. An asset of a class of the user's own is known only in Airflow, and is never
// updated here.
func meets(version ir.Version, condition ir.AssetExpr, events []store.AssetEvent) bool {
	if c, ok := condition.(*ir.AssetSet); ok {
		one := func(item ir.AssetExpr) bool { return meets(version, item, events) }
		if c.Any {
			return slices.ContainsFunc(c.Items, one)
		}
		return !slices.ContainsFunc(c.Items, func(item ir.AssetExpr) bool { return !one(item) })
	}
	return slices.ContainsFunc(events, func(e store.AssetEvent) bool { return concerns(version, condition, e) })
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
		r.shared.Triggering = append(r.shared.Triggering, eventOf(e))
	}
}

// eventOf is an event of the store as a task sees it.
func eventOf(e store.AssetEvent) task.AssetEvent {
	return task.AssetEvent{
		Name: e.Name, URI: e.URI, Extra: e.Extra, Aliases: e.Aliases, DagID: e.DagID, RunID: e.RunID, TaskID: e.TaskID, MapIndex: e.MapIndex, At: e.At,
	}
}
