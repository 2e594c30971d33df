"""What a task says of its own arguments: those that it was given, and else what its operator has by itself."""

import copy

from .channel import from_wire
from .values import Resolver

_EVERY = {
    "allow_nested_operators": True, "depends_on_past": False, "do_xcom_push": True, "doc": None, "doc_json": None, "doc_md": None,
    "doc_rst": None, "doc_yaml": None, "email": None, "email_on_failure": True, "email_on_retry": True, "end_date": None,
    "execution_timeout": None, "executor": None, "executor_config": {}, "inherits_from_empty_operator": False, "inlets": [],
    "is_setup": False, "is_teardown": False, "map_index_template": None, "max_active_tis_per_dag": None,
    "max_active_tis_per_dagrun": None, "max_retry_delay": None, "multiple_outputs": False, "on_failure_fail_dagrun": False,
    "operator_extra_links": (), "outlets": [], "params": {}, "pool_slots": 1, "resources": None, "run_as_user": None,
    "shallow_copy_attrs": (), "start_from_trigger": False, "start_trigger_args": None, "template_ext": (), "template_fields": (),
    "template_fields_renderers": {}, "ui_color": "#fff", "ui_fgcolor": "#000", "wait_for_downstream": False,
    "wait_for_past_depends_before_skipping": False,
}  # fmt: skip
_EVERY_2 = {
    "ignore_first_depends_on_past": True, "on_execute_callback": None, "on_failure_callback": None, "on_retry_callback": None,
    "on_skipped_callback": None, "on_success_callback": None, "retry_exponential_backoff": False, "sla": None, "subdag": None,
}  # fmt: skip
_EVERY_3 = {
    "is_mapped": False, "ignore_first_depends_on_past": False, "logger_name": None, "on_execute_callback": [], "on_failure_callback": [],
    "on_retry_callback": [], "on_skipped_callback": [], "on_success_callback": [], "render_template_as_native_obj": None,
    "retry_exponential_backoff": 0,
}  # fmt: skip

_BASH = {
    "append_env": False, "cwd": None, "env": None, "output_encoding": "utf-8", "skip_on_exit_code": [99],
    "template_ext": (".sh", ".bash"), "template_fields": ("bash_command", "env", "cwd"),
    "template_fields_renderers": {"bash_command": "bash", "env": "json"}, "ui_color": "#f0ede4",
}  # fmt: skip
_PYTHON = {
    "op_args": (), "op_kwargs": {}, "shallow_copy_attrs": ("python_callable", "op_kwargs"), "show_return_value_in_logs": True,
    "template_fields": ("templates_dict", "op_args", "op_kwargs"), "templates_dict": None, "ui_color": "#ffefeb",
    "template_fields_renderers": {"templates_dict": "json", "op_args": "py", "op_kwargs": "py"},
}  # fmt: skip
_SENSOR = {
    "exponential_backoff": False, "max_wait": None, "mode": "poke", "never_fail": False, "poke_interval": 60.0, "reschedule": False,
    "silent_fail": False, "soft_fail": False, "timeout": 604800.0, "ui_color": "#e6f1f2", "valid_modes": ["poke", "reschedule"],
}  # fmt: skip

_OPERATORS = {
    "BashOperator": _BASH,
    "PythonOperator": _PYTHON,
    "BranchPythonOperator": _PYTHON,
    "ShortCircuitOperator": {**_PYTHON, "ignore_downstream_trigger_rules": True},
    "EmptyOperator": {"inherits_from_empty_operator": True, "ui_color": "#e8f7e4"},
    "PythonSensor": {
        **_SENSOR, "op_args": [], "op_kwargs": {}, "template_fields": ("templates_dict", "op_args", "op_kwargs"), "templates_dict": None,
    },
    "BashSensor": {
        **_SENSOR, "env": None, "output_encoding": "utf-8", "retry_exit_code": None, "template_fields": ("bash_command", "env"),
    },
    "FileSensor": {**_SENSOR, "deferrable": False, "fs_conn_id": "fs_default", "recursive": False, "ui_color": "#91818a"},
    "TimeDeltaSensor": _SENSOR,
    "DateTimeSensor": {**_SENSOR, "template_fields": ("target_time",)},
    "ExternalTaskSensor": {
        **_SENSOR, "allowed_states": ["success"], "check_existence": False, "deferrable": False, "execution_date_fn": None,
        "execution_delta": None, "external_task_group_id": None, "external_task_id": None, "external_task_ids": None,
        "failed_states": [], "skipped_states": [], "ui_color": "#4db7db",
    },
    "TriggerDagRunOperator": {
        "conf": None, "poke_interval": 60, "reset_dag_run": False, "skip_when_already_exists": False,
        "template_fields_renderers": {"conf": "py"}, "trigger_run_id": None, "ui_color": "#ffefeb", "wait_for_completion": False,
    },
    "SQLExecuteQueryOperator": {
        "autocommit": False, "conn_id": None, "conn_id_field": "conn_id", "database": None, "hook_params": {}, "parameters": None,
        "requires_result_fetch": False, "retry_on_failure": True, "return_last": True, "show_return_value_in_logs": False,
        "split_statements": None, "template_ext": (".sql", ".json"),
        "template_fields": ("sql", "parameters", "conn_id", "database", "hook_params"),
        "template_fields_renderers": {"sql": "sql", "parameters": "json"}, "ui_color": "#cdaaed",
    },
    "HttpOperator": {
        "data": {}, "deferrable": False, "endpoint": None, "extra_options": {}, "headers": {}, "http_conn_id": "http_default",
        "log_response": False, "method": "POST", "pagination_function": None, "response_check": None, "response_filter": None,
        "ui_color": "#f4a460",
    },
}  # fmt: skip

_DAG = {
    "access_control": None, "auto_register": True, "dagrun_timeout": None, "default_args": {}, "has_on_failure_callback": False,
    "has_on_success_callback": False, "is_paused_upon_creation": None, "jinja_environment_kwargs": None,
    "max_consecutive_failed_dag_runs": 0, "on_failure_callback": None, "on_success_callback": None, "owner_links": {},
    "render_template_as_native_obj": False, "sla_miss_callback": None, "template_searchpath": None, "user_defined_filters": None,
    "user_defined_macros": None,
}  # fmt: skip
_DAG_2 = {"default_view": "grid", "fail_stop": False, "orientation": "LR"}
_DAG_3 = {"disable_bundle_versioning": False, "fail_fast": False}

_SECONDS = ("poke_interval", "timeout")  # of sensors: whatever they were given


def of_dag(dag, name):
    """An argument of the DAG, or a property that follows from them. KeyError: there is none."""
    if name in ("task_count", "concurrency") and dag._version < (3, 0):
        return len(dag.task_ids) if name == "task_count" else dag.max_active_tasks
    defaults = _DAG_2 if dag._version < (3, 0) else _DAG_3
    if name in dag._beyond or name not in defaults and name not in _DAG:
        raise KeyError(name)
    if name.startswith("has_on_"):
        return name.removeprefix("has_") in dag._beyond
    if name in dag._args:
        return from_wire(dag._args[name], Resolver(version=dag._version))
    return copy.copy(defaults[name] if name in defaults else _DAG[name])


def of(task, name):
    """The value of an argument. KeyError: there is none."""
    if name in ("node_id", "task_display_name"):
        return task.task_id
    if name == "label":
        return task.task_id.rpartition(".")[2]
    try:
        if task._fields is None:
            return shaped(task, name, task._try.argument(name))
        return shaped(task, name, from_wire(task._fields[name], Resolver(version=task._version)))
    except KeyError:
        pass
    if name in task._beyond:
        raise KeyError(name)  # it is there, and what it is, is not known here
    own, every = _own(task), _EVERY_2 if task._version < (3, 0) else _EVERY_3
    value = own[name] if name in own else every[name] if name in every else _EVERY[name]
    return copy.copy(value)


def _own(task):
    return _OPERATORS.get(task.task_type, {}) if task.task_type else _PYTHON  # that of a decorated function has no name here


def shaped(task, name, value):
    """An argument that was given, as the operator keeps it."""
    if name in _SECONDS and "mode" in _own(task):
        value = value.total_seconds() if hasattr(value, "total_seconds") else float(value)
    elif name == "skip_on_exit_code":
        value = [] if value is None else [value] if isinstance(value, int) else value
    return value
