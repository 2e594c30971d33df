package catalog

import "github.com/dagexport/dagexport/ir"

// mappable are the arguments of BaseOperator that expand() takes, with the versions that take them. Airflow fills in all others for
// every instance itself and refuses them. Read off Airflow 2.9.3 to 3.3.2, each argument tried on each.
var mappable = Args{
	{Name: "do_xcom_push"},
	{Name: "multiple_outputs"},
	{Name: "params"},
	{Name: "default_args"},
	{Name: "pre_execute"},
	{Name: "post_execute"},
	{Name: "email_on_retry", Until: v3_0},
	{Name: "email_on_failure", Until: v3_0},
	{Name: "email", Since: v3_0},
	{Name: "start_date", Since: v3_0},
	{Name: "end_date", Since: v3_0},
	{Name: "pool", Since: v3_0},
	{Name: "sla", Since: v3_0},
	{Name: "resources", Since: v3_0},
	{Name: "run_as_user", Since: v3_0},
	{Name: "max_active_tis_per_dag", Since: v3_0},
	{Name: "max_active_tis_per_dagrun", Since: v3_0},
	{Name: "executor", Since: v3_0},
	{Name: "doc", Since: v3_0},
	{Name: "doc_md", Since: v3_0},
	{Name: "doc_json", Since: v3_0},
	{Name: "doc_yaml", Since: v3_0},
	{Name: "doc_rst", Since: v3_0},
	{Name: "task_display_name", Since: v3_0},
	{Name: "logger_name", Since: v3_0},
	{Name: "render_template_as_native_obj", Since: v3_2},
}

// Mappable tells whether a version of Airflow takes an argument of BaseOperator under expand.
func Mappable(name string, v ir.Version) bool {
	arg := mappable.Find(name)
	return arg != nil && arg.In(v)
}
