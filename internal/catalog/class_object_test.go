package catalog

import (
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func TestObjectSpellings(t *testing.T) {
	for _, test := range []struct {
		path    string
		version ir.Version
		want    string // "": the version lacks it
	}{
		{"airflow.sdk.Asset", v211, "airflow.datasets.Dataset"},
		{"airflow.datasets.Dataset", v33, "airflow.sdk.Asset"},
		{"airflow.Dataset", v30, "airflow.sdk.Asset"},
		{"airflow.sdk.AssetAlias", v29, ""},
		{"airflow.timetables.datasets.DatasetOrTimeSchedule", v31, "airflow.timetables.assets.AssetOrTimeSchedule"},
		{"airflow.timetables.trigger.CronTriggerTimetable", v32, "airflow.sdk.CronTriggerTimetable"},
		{"airflow.timetables.trigger.MultipleCronTriggerTimetable", v211, ""},
		{"airflow.sdk.DeadlineAlert", v30, ""},
		{"airflow.sdk.DeadlineAlert", v31, "airflow.sdk.definitions.deadline.DeadlineAlert"},
	} {
		o := FindObject(test.path)
		if o == nil {
			t.Errorf("%s is unknown", test.path)
			continue
		}
		module, name, ok := o.For(test.version)
		if ok != (test.want != "") || ok && module+"."+name != test.want {
			t.Errorf("%s on %v: %s.%s %v, want %q", test.path, test.version, module, name, ok, test.want)
		}
	}
	if FindObject("airflow.sdk.Nothing") != nil || FindObject("Asset") != nil {
		t.Error("what is no path was found")
	}
	o := FindObject("airflow.sdk.AssetOrTimeSchedule")
	if o.Keyword("assets", v211) != "datasets" || o.Keyword("assets", v30) != "assets" || o.Keyword("datasets", v33) != "assets" || o.Keyword("timetable", v29) != "timetable" {
		t.Error("wrong keyword")
	}
	o = FindObject("airflow.timetables.trigger.CronTriggerTimetable")
	if o.Keyword("cron", v31) != "cron" || o.Keyword("expression", v31) != "cron" || o.Keyword("cron", v32) != "expression" {
		t.Error("wrong keyword of a timetable")
	}
}

func TestObjectTable(t *testing.T) {
	seen := map[string]bool{}
	for i := range objects {
		o := &objects[i]
		if module, name := o.Canonical(); FindObject(module+"."+name) != o || seen[module+"."+name] {
			t.Errorf("%s.%s is there twice", module, name)
		} else {
			seen[module+"."+name] = true
		}
		for j, s := range o.Spellings[1:] {
			if before := o.Spellings[j].Since; before == s.Since || !s.Since.AtLeast(before.Major, before.Minor) {
				t.Errorf("%s: spellings are out of order", o.Name)
			}
		}
	}
	for _, pair := range otherSpellings {
		if FindObject(pair[1]) == nil {
			t.Errorf("%s stands for the unknown %s", pair[0], pair[1])
		}
	}
}
