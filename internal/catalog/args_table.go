package catalog

import "github.com/dagexport/dagexport/ir"

// The tables below were read off the signatures of Airflow 2.9.3, 2.10.5, 2.11.2, 3.0.6, 3.1.8, 3.2.2 and 3.3.2.

var (
	v2_10 = ir.Version{Major: 2, Minor: 10}
	v2_11 = ir.Version{Major: 2, Minor: 11}
	v3_0  = ir.Version{Major: 3, Minor: 0}
	v3_1  = ir.Version{Major: 3, Minor: 1}
	v3_2  = ir.Version{Major: 3, Minor: 2}
	v3_3  = ir.Version{Major: 3, Minor: 3}
)

var dagArgs = Args{
	{Name: "dag_id", Type: Text, Meaning: "the id of the DAG; without it, the name of the file"},
	{Name: "description", Type: Text, Null: true, Meaning: "a line that Airflow shows beside the id"},
	{Name: "schedule", Type: Any, Null: true, Meaning: "when the DAG runs: a cron expression, a preset such as @daily, a duration, or null"},
	{Name: "start_date", Type: Date, Null: true, Meaning: "the moment from which the DAG is scheduled"},
	{Name: "end_date", Type: Date, Null: true, Meaning: "the moment after which the DAG is no longer scheduled"},
	{Name: "catchup", Type: Bool, Null: true, Meaning: "whether the runs between start_date and now are made up for"},
	{Name: "default_args", Type: Dict, Null: true, Meaning: "arguments that every task gets unless it has them itself"},
	{Name: "params", Type: Dict, Null: true, Meaning: "the values that a run can be given, with their defaults"},
	{Name: "tags", Type: Texts, Null: true, Meaning: "labels to filter DAGs by"},
	{Name: "doc_md", Type: Text, Null: true, Meaning: "documentation in Markdown"},
	{Name: "dag_display_name", Type: Text, Meaning: "the name that Airflow shows instead of the id"},
	{Name: "max_active_tasks", Type: Int, Null: true, Meaning: "how many tasks of the DAG may run at once"},
	{Name: "max_active_runs", Type: Int, Null: true, Meaning: "how many runs of the DAG may be under way at once"},
	{Name: "max_consecutive_failed_dag_runs", Type: Int, Meaning: "after how many failed runs in a row the DAG is paused"},
	{Name: "dagrun_timeout", Type: Seconds, Null: true, Meaning: "how long a run may take before it is failed"},
	{Name: "fail_fast", Type: Bool, Since: v3_0, Instead: "fail_stop", Meaning: "whether the first failed task ends the run"},
	{Name: "is_paused_upon_creation", Type: Bool, Null: true, Meaning: "whether the DAG is paused when Airflow first sees it"},
	{Name: "render_template_as_native_obj", Type: Bool, Meaning: "whether templates render to Python objects instead of text"},
	{Name: "template_searchpath", Type: TextOrSeq, Null: true, Meaning: "folders in which template files are looked for"},
	{Name: "jinja_environment_kwargs", Type: Dict, Null: true, Meaning: "options of the Jinja environment"},
	{Name: "owner_links", Type: Dict, Null: true, Meaning: "links for the owners that Airflow shows"},
	{Name: "access_control", Type: Dict, Null: true, Meaning: "which roles may do what with the DAG"},
	{Name: "auto_register", Type: Bool, Meaning: "whether a DAG used as a context manager is found by Airflow"},
	{Name: "on_success_callback", Type: Functions, Null: true, Meaning: "called when a run succeeded"},
	{Name: "on_failure_callback", Type: Functions, Null: true, Meaning: "called when a run failed"},
	{Name: "sla_miss_callback", Type: Functions, Null: true, Meaning: "called when a task missed its sla; Airflow 3 calls it no more"},
	{Name: "disable_bundle_versioning", Type: Bool, Since: v3_0, Meaning: "whether a run always uses the newest code"},
	{Name: "rerun_with_latest_version", Type: Bool, Null: true, Since: v3_3, Meaning: "whether a cleared run uses the newest code"},
	{Name: "allowed_run_types", Type: TextOrSeq, Null: true, Since: v3_2, Meaning: "which kinds of run the DAG may have"},
	{Name: "default_view", Type: Text, Until: v2_11, Choices: []string{"grid", "graph", "duration", "gantt", "landing_times"},
		Meaning: "the view that the web interface of Airflow 2 opens first"},
	{Name: "orientation", Type: Text, Until: v2_11, Choices: []string{"LR", "TB", "RL", "BT"}, Meaning: "the direction of the graph in the web interface of Airflow 2"},

	{Name: "schedule_interval", Type: Any, Null: true, Until: v2_11, Instead: "schedule", Meaning: "the old name of schedule"},
	{Name: "concurrency", Type: Int, Until: v2_11, Instead: "max_active_tasks", Meaning: "the old name of max_active_tasks"},
	{Name: "fail_stop", Type: Bool, Until: v2_11, Instead: "fail_fast", Meaning: "the name of fail_fast in Airflow 2"},

	{Name: "user_defined_macros", Type: Names, Null: true, Meaning: "further names for templates"},
	{Name: "user_defined_filters", Type: Names, Null: true, Meaning: "further filters for templates"},
	{Name: "deadline", Type: Deadlines, Null: true, Since: v3_1, Meaning: "by when a run should be done, and what to call if it is not"},
	{Name: "timetable", Type: Any, Until: v2_11, Meaning: "a timetable as the schedule"},
	{Name: "template_undefined", Type: ClassName, Meaning: "the Jinja class for undefined names, jinja2.StrictUndefined unless given"},
	{Name: "task_group", Type: Never, Since: v3_0, Meaning: "the root task group"},
	{Name: "full_filepath", Type: Never, Until: v2_11, Meaning: "the path of the DAG file"},
}

var groupArgs = Args{
	{Name: "group_id", Type: Text, Meaning: "the id of the group"},
	{Name: "group_display_name", Type: Text, Since: v3_0, Meaning: "the name that Airflow shows instead of the id"},
	{Name: "prefix_group_id", Type: Bool, Meaning: "whether the ids of the group's tasks begin with the group's id"},
	{Name: "default_args", Type: Dict, Null: true, Meaning: "arguments that every task of the group gets unless it has them itself"},
	{Name: "tooltip", Type: Text, Meaning: "what Airflow shows when the mouse is over the group"},
	{Name: "doc_md", Type: Text, Null: true, Since: v3_3, Meaning: "documentation in Markdown"},
	{Name: "ui_color", Type: Text, Meaning: "the colour of the group in the graph"},
	{Name: "ui_fgcolor", Type: Text, Meaning: "the colour of the group's text in the graph"},
	{Name: "add_suffix_on_collision", Type: Bool, Meaning: "whether an id that is taken gets a number instead of being refused"},
	{Name: "parent_group", Type: Never, Meaning: "the group around the group; written parent_group_name"},
	{Name: "dag", Type: Never, Meaning: "the DAG of the group"},
}

var operatorArgs = Args{
	{Name: "task_id", Type: Text, Meaning: "the id of the task"},
	{Name: "owner", Type: Text, Null: true, Meaning: "who looks after the task"},
	{Name: "email", Type: TextOrSeq, Null: true, Meaning: "whom to write to"},
	{Name: "email_on_retry", Type: Bool, Null: true, Meaning: "whether to write when the task is tried again"},
	{Name: "email_on_failure", Type: Bool, Null: true, Meaning: "whether to write when the task failed"},
	{Name: "retries", Type: Int, Null: true, Meaning: "how often a failed task is tried again"},
	{Name: "retry_delay", Type: Seconds, Meaning: "how long to wait before the next try"},
	{Name: "retry_exponential_backoff", Type: Backoff, Null: true, Meaning: "whether each wait is longer than the one before"},
	{Name: "max_retry_delay", Type: Seconds, Null: true, Meaning: "the longest wait between tries"},
	{Name: "start_date", Type: Date, Null: true, Meaning: "the moment from which the task is scheduled"},
	{Name: "end_date", Type: Date, Null: true, Meaning: "the moment after which the task is no longer scheduled"},
	{Name: "depends_on_past", Type: Bool, Null: true, Meaning: "whether the task waits for its own success in the run before"},
	{Name: "ignore_first_depends_on_past", Type: Bool, Null: true, Meaning: "whether the first run is free of depends_on_past"},
	{Name: "wait_for_past_depends_before_skipping", Type: Bool, Null: true, Meaning: "whether skipping waits for depends_on_past"},
	{Name: "wait_for_downstream", Type: Bool, Null: true, Meaning: "whether the task also waits for the tasks right after it in the run before"},
	{Name: "params", Type: Dict, Null: true, Meaning: "params of the task's own"},
	{Name: "default_args", Type: Dict, Null: true, Meaning: "further default arguments for this task"},
	{Name: "priority_weight", Type: Int, Meaning: "the higher, the earlier the task is started"},
	{Name: "weight_rule", Type: Text, Null: true, Choices: []string{"downstream", "upstream", "absolute"}, Meaning: "whose weights are added to the task's own"},
	{Name: "queue", Type: Text, Null: true, Meaning: "the queue of the executor that takes the task"},
	{Name: "pool", Type: Text, Null: true, Meaning: "the pool that the task takes a slot of"},
	{Name: "pool_slots", Type: Int, Meaning: "how many slots of the pool the task takes"},
	{Name: "sla", Type: Seconds, Null: true, Meaning: "by when the task should be done; Airflow 3 looks at it no more"},
	{Name: "execution_timeout", Type: Seconds, Null: true, Meaning: "how long a try may take before it is failed"},
	{Name: "on_execute_callback", Type: Functions, Null: true, Meaning: "called before a try"},
	{Name: "on_failure_callback", Type: Functions, Null: true, Meaning: "called when the task failed"},
	{Name: "on_success_callback", Type: Functions, Null: true, Meaning: "called when the task succeeded"},
	{Name: "on_retry_callback", Type: Functions, Null: true, Meaning: "called when the task is to be tried again"},
	{Name: "on_skipped_callback", Type: Functions, Null: true, Meaning: "called when the task skipped itself"},
	{Name: "pre_execute", Type: Function, Null: true, Meaning: "called right before the operator executes"},
	{Name: "post_execute", Type: Function, Null: true, Meaning: "called right after the operator executed"},
	{Name: "trigger_rule", Type: Text, Meaning: "which ends of the tasks before it let the task run"},
	{Name: "resources", Type: Dict, Null: true, Meaning: "the resources that the task asks for"},
	{Name: "run_as_user", Type: Text, Null: true, Meaning: "the Unix user that the task runs as"},
	{Name: "map_index_template", Type: Text, Null: true, Meaning: "a template for the name of each mapped instance"},
	{Name: "max_active_tis_per_dag", Type: Int, Null: true, Meaning: "how many instances of the task may run at once over all runs"},
	{Name: "max_active_tis_per_dagrun", Type: Int, Null: true, Meaning: "how many instances of the task may run at once in one run"},
	{Name: "executor", Type: Text, Null: true, Since: v2_10, Meaning: "the executor that runs the task"},
	{Name: "executor_config", Type: Dict, Null: true, Meaning: "options for the executor"},
	{Name: "do_xcom_push", Type: Bool, Null: true, Meaning: "whether what the task returns is kept as an XCom"},
	{Name: "multiple_outputs", Type: Bool, Null: true, Meaning: "whether each key of a returned mapping becomes an XCom of its own"},
	{Name: "doc", Type: Text, Null: true, Meaning: "documentation as plain text"},
	{Name: "doc_md", Type: Text, Null: true, Meaning: "documentation in Markdown"},
	{Name: "doc_json", Type: Text, Null: true, Meaning: "documentation in JSON"},
	{Name: "doc_yaml", Type: Text, Null: true, Meaning: "documentation in YAML"},
	{Name: "doc_rst", Type: Text, Null: true, Meaning: "documentation in reStructuredText"},
	{Name: "task_display_name", Type: Text, Null: true, Meaning: "the name that Airflow shows instead of the id"},
	{Name: "logger_name", Type: Text, Null: true, Meaning: "the logger that the task writes to"},
	{Name: "allow_nested_operators", Type: Bool, Null: true, Meaning: "whether another operator may be executed inside this one"},
	{Name: "render_template_as_native_obj", Type: Bool, Null: true, Since: v3_2, Meaning: "whether the task's templates render to Python objects instead of text"},

	{Name: "task_concurrency", Type: Int, Null: true, Until: v2_11, Instead: "max_active_tis_per_dag", Meaning: "the old name of max_active_tis_per_dag"},

	{Name: "inlets", Type: Assets, Null: true, Meaning: "the assets that the task reads"},
	{Name: "outlets", Type: Assets, Null: true, Meaning: "the assets that the task writes"},
	{Name: "retry_policy", Type: RetryRules, Null: true, Since: v3_3, Meaning: "rules for retrying by exception"},
	{Name: "dag", Type: Never, Meaning: "the DAG of the task"},
	{Name: "task_group", Type: Never, Meaning: "the group of the task; written task_group_name"},
}

var bashArgs = Args{
	{Name: "bash_command", Type: Text, Meaning: "the command, or the path of a .sh file that holds it"},
	{Name: "env", Type: Arguments, Null: true, Meaning: "the whole environment of the command; without it, the worker's"},
	{Name: "append_env", Type: Bool, Meaning: "whether env is added to the worker's environment"},
	{Name: "output_encoding", Type: Text, Meaning: "the encoding of the command's output"},
	{Name: "skip_on_exit_code", Type: ExitCodes, Null: true, Meaning: "the exit codes that mean skipped"},
	{Name: "cwd", Type: Text, Null: true, Meaning: "the folder that the command runs in; without it, a new temporary one"},
	{Name: "output_processor", Type: Function, Since: v2_10, Meaning: "a function that the last line goes through before it is kept"},
	{Name: "skip_exit_code", Type: Int, Null: true, Until: v2_11, Instead: "skip_on_exit_code", Meaning: "the old name of skip_on_exit_code"},
}

var pythonArgs = Args{
	{Name: "python_callable", Type: Function, Meaning: "the function: module.function, module:function or path/file.py:function"},
	{Name: "op_args", Type: Positions, Null: true, Meaning: "the positional arguments of the call"},
	{Name: "op_kwargs", Type: Arguments, Null: true, Meaning: "the keyword arguments of the call"},
	{Name: "templates_dict", Type: Dict, Null: true, Meaning: "templates that the function gets rendered"},
	{Name: "templates_exts", Type: Texts, Null: true, Meaning: "endings of files that templates_dict may name"},
	{Name: "show_return_value_in_logs", Type: Bool, Meaning: "whether the returned value is logged"},
}

var emptyArgs = Args{}
