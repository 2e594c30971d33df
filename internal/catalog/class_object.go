package catalog

import (
	"sync"

	"github.com/dagexport/dagexport/ir"
)

// Object is something of Airflow's own that is no operator: a decorator, a timetable, an asset class. Its newest name is the
// canonical one.
type Object struct {
	Name      string // canonical
	Spellings []Spelling
	Renamed   []Rename // keyword arguments that have had another name
}

// Rename is a keyword argument with another name since a version.
type Rename struct {
	Since    ir.Version
	Old, New string
}

// Spelling is where the versions from Since on import an object from, until the next spelling.
type Spelling struct {
	Since  ir.Version
	Module string
	Name   string // "" for the canonical name
}

// For is the path of the object in a version of Airflow; false where the version has no such thing.
func (o *Object) For(v ir.Version) (module, name string, ok bool) {
	for _, s := range o.Spellings {
		if v.AtLeast(s.Since.Major, s.Since.Minor) {
			module, name, ok = s.Module, s.Name, true
		}
	}
	if name == "" {
		name = o.Name
	}
	return module, name, ok
}

// Canonical is the newest path of the object, which the IR uses.
func (o *Object) Canonical() (module, name string) {
	return o.Spellings[len(o.Spellings)-1].Module, o.Name
}

// Since is the first version that has the object.
func (o *Object) Since() ir.Version { return o.Spellings[0].Since }

// Keyword is the name that a version gives to a keyword argument of the object, which may be written in any version's way.
func (o *Object) Keyword(name string, v ir.Version) string {
	for _, r := range o.Renamed {
		switch {
		case name != r.Old && name != r.New:
		case v.AtLeast(r.Since.Major, r.Since.Minor):
			return r.New
		default:
			return r.Old
		}
	}
	return name
}

// FindObject finds an object by any of its import paths; nil when unknown. The result is shared: it must not be changed.
func FindObject(path string) *Object { return objectIndex()[path] }

// objectIndex is built at the first look-up.
var objectIndex = sync.OnceValue(func() map[string]*Object {
	index := make(map[string]*Object, 3*len(objects))
	for i := range objects {
		o := &objects[i]
		for _, s := range o.Spellings {
			name := s.Name
			if name == "" {
				name = o.Name
			}
			index[s.Module+"."+name] = o
			index[s.Module+"."+o.Name] = o
		}
	}
	for _, pair := range otherSpellings {
		index[pair[0]] = index[pair[1]]
	}
	return index
})

var (
	v29  = ir.Version{Major: 2, Minor: 9}
	v210 = ir.Version{Major: 2, Minor: 10}
	v211 = ir.Version{Major: 2, Minor: 11}
	v30  = ir.Version{Major: 3, Minor: 0}
	v31  = ir.Version{Major: 3, Minor: 1}
	v32  = ir.Version{Major: 3, Minor: 2}
	v33  = ir.Version{Major: 3, Minor: 3}
)

const sdk = "airflow.sdk"

// objects are what the real Airflows of all supported versions import, each from the place that its documentation names.
var objects = []Object{
	{Name: "Asset", Spellings: []Spelling{{v29, "airflow.datasets", "Dataset"}, {v30, sdk, ""}}},
	{Name: "AssetAlias", Spellings: []Spelling{{v210, "airflow.datasets", "DatasetAlias"}, {v30, sdk, ""}}},
	{Name: "AssetAll", Spellings: []Spelling{{v29, "airflow.datasets", "DatasetAll"}, {v30, sdk, ""}}},
	{Name: "AssetAny", Spellings: []Spelling{{v29, "airflow.datasets", "DatasetAny"}, {v30, sdk, ""}}},
	{Name: "AssetWatcher", Spellings: []Spelling{{v30, sdk, ""}}},
	{Name: "Metadata", Spellings: []Spelling{{v210, "airflow.datasets.metadata", ""}, {v30, sdk, ""}}},

	{Name: "Label", Spellings: []Spelling{{v29, "airflow.utils.edgemodifier", ""}, {v30, sdk, ""}}},
	{Name: "task", Spellings: []Spelling{{v29, "airflow.decorators", ""}, {v30, sdk, ""}}},
	{Name: "task_group", Spellings: []Spelling{{v29, "airflow.decorators", ""}, {v30, sdk, ""}}},
	{Name: "DAG", Spellings: []Spelling{{v29, "airflow", ""}, {v30, sdk, ""}}},
	{Name: "TaskGroup", Spellings: []Spelling{{v29, "airflow.utils.task_group", ""}, {v30, sdk, ""}}},
	{Name: "Param", Spellings: []Spelling{{v29, "airflow.models.param", ""}, {v30, sdk, ""}}},
	{Name: "XComArg", Spellings: []Spelling{{v29, "airflow.models.xcom_arg", ""}, {v30, sdk, ""}}},
	{Name: "Variable", Spellings: []Spelling{{v29, "airflow.models", ""}, {v30, sdk, ""}}},
	{Name: "Connection", Spellings: []Spelling{{v29, "airflow.models", ""}, {v30, sdk, ""}}},
	{Name: "ObjectStoragePath", Spellings: []Spelling{{v29, "airflow.io.path", ""}, {v30, sdk, ""}}},
	{Name: "PokeReturnValue", Spellings: []Spelling{{v29, "airflow.sensors.base", ""}, {v30, sdk, ""}}},
	{Name: "BaseNotifier", Spellings: []Spelling{{v29, "airflow.notifications.basenotifier", ""}, {v30, sdk, ""}}},
	{Name: "TriggerRule", Spellings: []Spelling{{v29, "airflow.utils.trigger_rule", ""}, {v31, sdk, ""}}},
	{Name: "WeightRule", Spellings: []Spelling{{v29, "airflow.utils.weight_rule", ""}, {v31, sdk, ""}}},
	{Name: "literal", Spellings: []Spelling{{v29, "airflow.utils.template", ""}, {v30, "airflow.sdk.definitions.template", ""}, {v31, sdk, ""}}},
	{Name: "SmtpNotifier", Spellings: []Spelling{{v29, "airflow.providers.smtp.notifications.smtp", ""}}},

	{
		Name:      "CronDataIntervalTimetable",
		Spellings: []Spelling{{v29, "airflow.timetables.interval", ""}, {v32, sdk, ""}},
		Renamed:   []Rename{{v32, "cron", "expression"}},
	},
	{Name: "DeltaDataIntervalTimetable", Spellings: []Spelling{{v29, "airflow.timetables.interval", ""}, {v32, sdk, ""}}},
	{
		Name:      "CronTriggerTimetable",
		Spellings: []Spelling{{v29, "airflow.timetables.trigger", ""}, {v32, sdk, ""}},
		Renamed:   []Rename{{v32, "cron", "expression"}},
	},
	{Name: "DeltaTriggerTimetable", Spellings: []Spelling{{v211, "airflow.timetables.trigger", ""}, {v32, sdk, ""}}},
	{Name: "MultipleCronTriggerTimetable", Spellings: []Spelling{{v30, "airflow.timetables.trigger", ""}, {v32, sdk, ""}}},
	// Airflow 3.3.2 cannot serialise the one of airflow.sdk.
	{Name: "EventsTimetable", Spellings: []Spelling{{v29, "airflow.timetables.events", ""}}},
	{
		Name:      "AssetOrTimeSchedule",
		Spellings: []Spelling{{v29, "airflow.timetables.datasets", "DatasetOrTimeSchedule"}, {v30, "airflow.timetables.assets", ""}, {v32, sdk, ""}},
		Renamed:   []Rename{{v30, "datasets", "assets"}},
	},
	{Name: "PartitionedAssetTimetable", Spellings: []Spelling{{v32, sdk, ""}}},
	{Name: "CronPartitionTimetable", Spellings: []Spelling{{v32, sdk, ""}}},

	{Name: "DeadlineAlert", Spellings: []Spelling{{v31, "airflow.sdk.definitions.deadline", ""}, {v32, sdk, ""}}},
	{Name: "DeadlineReference", Spellings: []Spelling{{v31, "airflow.sdk.definitions.deadline", ""}, {v32, sdk, ""}}},
	{Name: "AsyncCallback", Spellings: []Spelling{{v31, "airflow.sdk.definitions.deadline", ""}, {v32, sdk, ""}}},
	{Name: "SyncCallback", Spellings: []Spelling{{v32, sdk, ""}}},
	{Name: "ExceptionRetryPolicy", Spellings: []Spelling{{v33, sdk, ""}}},
	{Name: "RetryPolicy", Spellings: []Spelling{{v33, sdk, ""}}},
	{Name: "RetryRule", Spellings: []Spelling{{v33, sdk, ""}}},
	{Name: "RetryAction", Spellings: []Spelling{{v33, sdk, ""}}},
}

// otherSpellings are further paths that some version accepts for an object.
var otherSpellings = [][2]string{
	{"airflow.Dataset", "airflow.sdk.Asset"},
	{"airflow.sdk.EventsTimetable", "airflow.timetables.events.EventsTimetable"},
	{"airflow.sdk.definitions.asset.Asset", "airflow.sdk.Asset"},
	{"airflow.sdk.definitions.asset.AssetAlias", "airflow.sdk.AssetAlias"},
	{"airflow.sdk.definitions.asset.AssetAll", "airflow.sdk.AssetAll"},
	{"airflow.sdk.definitions.asset.AssetAny", "airflow.sdk.AssetAny"},
	{"airflow.assets.Asset", "airflow.sdk.Asset"},
	{"airflow.models.Param", "airflow.sdk.Param"},
	{"airflow.models.dag.DAG", "airflow.sdk.DAG"},
	{"airflow.models.DAG", "airflow.sdk.DAG"},
	{"airflow.models.variable.Variable", "airflow.sdk.Variable"},
	{"airflow.models.connection.Connection", "airflow.sdk.Connection"},
	{"airflow.models.XComArg", "airflow.sdk.XComArg"},
	{"airflow.sdk.bases.notifier.BaseNotifier", "airflow.sdk.BaseNotifier"},
	{"airflow.sdk.definitions.deadline.SyncCallback", "airflow.sdk.SyncCallback"},
	{"airflow.sdk.definitions.callback.AsyncCallback", "airflow.sdk.AsyncCallback"},
	{"airflow.sdk.definitions.callback.SyncCallback", "airflow.sdk.SyncCallback"},
	{"airflow.sdk.definitions.param.Param", "airflow.sdk.Param"},
	{"airflow.sdk.definitions.xcom_arg.XComArg", "airflow.sdk.XComArg"},
	{"airflow.sdk.definitions.edges.Label", "airflow.sdk.Label"},
	{"airflow.sdk.definitions.decorators.task", "airflow.sdk.task"},
	{"airflow.sdk.definitions.decorators.task_group", "airflow.sdk.task_group"},
}
