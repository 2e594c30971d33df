"""Runs of other DAGs on this machine, as ExternalTaskSensor looks at them."""

import inspect

from .shim import exception


def look(options, context):
    """Whether what the sensor waits for has come to an allowed state. Raises where it has come to a failed one, or one to skip on."""
    dag_id, group = options["external_dag_id"], options.get("external_task_group_id")
    tasks = options.get("external_task_ids") or None
    if options.get("external_task_id") is not None:
        tasks = [options["external_task_id"]]
    if tasks and len(tasks) > len(set(tasks)):
        raise ValueError("Duplicate task_ids passed in external_task_ids parameter")
    dates = _dates(options, context)
    print(f"Looking for {tasks or group or 'the DAG'} of {dag_id} on {','.join(date.isoformat() for date in dates)}")
    ti = context["ti"]
    answer = ti._channel.ask({"op": "runs", "dag_id": dag_id, "group": group or "", "dates": [date.isoformat() for date in dates]})
    old = ti._run.version < (3, 0)
    _exist(dag_id, tasks or [], group, answer, old, options.get("check_existence"))
    found = answer["runs"] if dates or not old else []  # Airflow 3 takes no dates for all

    def count(states):
        return _count(found, list(map(str, states)), tasks, _in(group, answer["members"]), len(dates), old)

    if tasks:
        what, ended = f"Some of the external tasks {tasks} in DAG {dag_id}", "failed"
    elif group:
        what, ended = f"The external task_group '{group}' in DAG '{dag_id}'", "failed"
    else:
        what, ended = f"The external DAG {dag_id}", "failed"
    if options.get("failed_states") and count(options["failed_states"]) > 0:
        if options.get("soft_fail"):
            raise exception("AirflowSkipException")(f"{what} {ended}. Skipping due to soft_fail.")
        raise exception("AirflowException")(f"{what} {ended}.")
    if options.get("skipped_states") and count(options["skipped_states"]) > 0:
        raise exception("AirflowSkipException")(f"{what} reached a state in our states-to-skip-on list. Skipping.")
    return count(options.get("allowed_states") or ["success"]) == len(dates)


def _exist(dag_id, tasks, group, answer, old, asked):
    """Raise where the DAG, its tasks or its group are not there: Airflow 3 looks at the group alone, and always."""
    if old and not asked:
        return
    if old and not answer["known"]:
        raise exception("AirflowException")(f"The external DAG {dag_id} does not exist: it has not run here.")
    if answer["tasks"] is None or not answer["known"]:
        return
    for task_id in tasks if old else ():
        if task_id not in answer["tasks"]:
            raise exception("AirflowException")(f"The external task {task_id} in DAG {dag_id} does not exist.")
    if group and not answer["members"]:
        raise exception("AirflowException")(f"The external task group '{group}' in DAG '{dag_id}' does not exist.")


def _in(group, members):
    """How to tell whether a task is in the group; where its DAG is not found, by the beginning of the task's id."""
    if not group:
        return None
    return members.__contains__ if members else lambda task_id: task_id.startswith(f"{group}.")


def _dates(options, context):
    logical = context["logical_date"]
    if options.get("execution_delta"):
        return [logical - options["execution_delta"]]
    function = options.get("execution_date_fn")
    if function is None:
        return [logical]
    known = {name: value for name, value in context.items() if name not in ("execution_date", "logical_date")}
    known["context"] = context
    parameters = inspect.signature(function).parameters.values()
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        known = {p.name: known[p.name] for p in list(parameters)[1:] if p.name in known}
    found = function(logical, **known)
    return found if isinstance(found, list) else [found]


def _count(runs, states, tasks, group, dates, old):
    """How many of the dates are in one of the states, by the count of the played version of Airflow."""
    if tasks:
        return sum(t["state"] in states for run in runs for t in run["tasks"] if t["task_id"] in tasks) / len(tasks)
    if not group:
        return sum(run["state"] in states for run in runs)
    inside = [[t["state"] for t in run["tasks"] if group(t["task_id"])] for run in runs]
    if not old:
        return sum(bool(one) and all(state in states for state in one) for one in inside)
    every = [state for one in inside for state in one]
    return sum(state in states for state in every) / len(every) if every else 0
