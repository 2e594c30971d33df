package catalog

import (
	"sort"

	"github.com/dagexport/dagexport/ir"
)

// ContextName is a variable that Airflow gives to templates and callables.
type ContextName struct {
	Name  string
	Since ir.Version // zero: every supported version has it, up to Until
	Until ir.Version // the last version that has it; zero: it is still there
	Now   string     // what to write instead where it is gone; "": there is nothing
}

// last is the last Airflow 2.
var last = ir.Version{Major: 2, Minor: 11}

// contextNames are what a task of 2.9.3, 2.10.5, 2.11.2, 3.0.6, 3.1.8, 3.2.2 and 3.3.2 finds in its context, sorted.
// asset_state_store is there only beside assets.
var contextNames = []ContextName{
	{Name: "asset_state_store", Since: ir.Version{Major: 3, Minor: 3}},
	{Name: "conf", Until: last},
	{Name: "conn"},
	{Name: "dag"},
	{Name: "dag_run"},
	{Name: "data_interval_end"},
	{Name: "data_interval_start"},
	{Name: "ds"},
	{Name: "ds_nodash"},
	{Name: "execution_date", Until: last, Now: "logical_date"},
	{Name: "expanded_ti_count", Until: last},
	{Name: "inlet_events", Since: ir.Version{Major: 2, Minor: 10}},
	{Name: "inlets"},
	{Name: "logical_date"},
	{Name: "macros"},
	{Name: "map_index_template"},
	{Name: "next_ds", Until: last, Now: "data_interval_end | ds"},
	{Name: "next_ds_nodash", Until: last, Now: "data_interval_end | ds_nodash"},
	{Name: "next_execution_date", Until: last, Now: "data_interval_end"},
	{Name: "outlet_events", Since: ir.Version{Major: 2, Minor: 10}},
	{Name: "outlets"},
	{Name: "params"},
	{Name: "partition_date", Since: ir.Version{Major: 3, Minor: 3}},
	{Name: "partition_key", Since: ir.Version{Major: 3, Minor: 3}},
	{Name: "prev_data_interval_end_success"},
	{Name: "prev_data_interval_start_success"},
	{Name: "prev_ds", Until: last},
	{Name: "prev_ds_nodash", Until: last},
	{Name: "prev_end_date_success"},
	{Name: "prev_execution_date", Until: last},
	{Name: "prev_execution_date_success", Until: last, Now: "prev_data_interval_start_success"},
	{Name: "prev_start_date_success"},
	{Name: "run_id"},
	{Name: "task"},
	{Name: "task_instance"},
	{Name: "task_instance_key_str"},
	{Name: "task_reschedule_count", Since: ir.Version{Major: 3}},
	{Name: "task_state_store", Since: ir.Version{Major: 3, Minor: 3}},
	{Name: "test_mode", Until: last},
	{Name: "ti"},
	{Name: "tomorrow_ds", Until: last, Now: "macros.ds_add(ds, 1)"},
	{Name: "tomorrow_ds_nodash", Until: last, Now: "macros.ds_format(macros.ds_add(ds, 1), '%Y-%m-%d', '%Y%m%d')"},
	{Name: "triggering_asset_events", Since: ir.Version{Major: 3}},
	{Name: "triggering_dataset_events", Until: last, Now: "triggering_asset_events"},
	{Name: "ts"},
	{Name: "ts_nodash"},
	{Name: "ts_nodash_with_tz"},
	{Name: "var"},
	{Name: "yesterday_ds", Until: last, Now: "macros.ds_add(ds, -1)"},
	{Name: "yesterday_ds_nodash", Until: last, Now: "macros.ds_format(macros.ds_add(ds, -1), '%Y-%m-%d', '%Y%m%d')"},
}

// FindContextName finds a variable of any version's context; nil when there never was such a one.
func FindContextName(name string) *ContextName {
	i := sort.Search(len(contextNames), func(i int) bool { return contextNames[i].Name >= name })
	if i < len(contextNames) && contextNames[i].Name == name {
		return &contextNames[i]
	}
	return nil
}

// In tells whether a version has the variable.
func (n *ContextName) In(v ir.Version) bool {
	return v.AtLeast(n.Since.Major, n.Since.Minor) && (n.Until.Major == 0 || !v.AtLeast(n.Until.Major, n.Until.Minor+1))
}

// ContextNames lists the variables that a version's context has, sorted.
func ContextNames(v ir.Version) []string {
	var names []string
	for i := range contextNames {
		if contextNames[i].In(v) {
			names = append(names, contextNames[i].Name)
		}
	}
	return names
}

// JinjaFilters are the filters of jinja2 3.1 and Airflow's own, sorted.
var JinjaFilters = []string{
	"abs", "attr", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "ds", "ds_nodash", "e", "escape", "filesizeformat",
	"first", "float", "forceescape", "format", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max",
	"min", "pprint", "random", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort",
	"string", "striptags", "sum", "title", "tojson", "trim", "truncate", "ts", "ts_nodash", "ts_nodash_with_tz", "unique", "upper",
	"urlencode", "urlize", "wordcount", "wordwrap", "xmlattr",
}

// JinjaTests are the tests of jinja2 3.1 that have names of letters, sorted.
var JinjaTests = []string{
	"boolean", "callable", "defined", "divisibleby", "eq", "equalto", "escaped", "even", "false", "filter", "float", "ge", "greaterthan", "gt",
	"in", "integer", "iterable", "le", "lessthan", "lower", "lt", "mapping", "ne", "none", "number", "odd", "sameas", "sequence", "string",
	"test", "true", "undefined", "upper",
}

// JinjaGlobals are the functions that every template can call, sorted.
var JinjaGlobals = []string{"cycler", "dict", "joiner", "lipsum", "namespace", "range"}
