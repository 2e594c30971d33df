"""Runs of other DAGs on this machine, as ExternalTaskSensor looks at them."""

import inspect

from .shim import exception


def look(options, context):
    """Whether what the sensor waits for has come to an allowed state. Raises where it has come to a failed one, or one to skip on."""
    dag_id, tasks, group = _asked_for(options)
    if tasks and len(tasks) > len(set(tasks)):
        raise ValueError("Duplicate task_ids passed in external_task_ids parameter")
    dates, count = _counted(options, context, options.get("check_existence"))
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


def event(options, context):
    """What the trigger of a deferrable sensor tells it, if anything: that of Airflow 2 is told of allowed_states alone."""
    _, tasks, _ = _asked_for(options)
    old = context["ti"]._run.version < (3, 0)
    dates, counted = _counted(options, context, False)

    def count(states):
        return counted(states) if old or not tasks or context["ti"]._run.version < (3, 1) else int(counted(states))  # some are none to it

    if not old:
        for status in ("failed", "skipped"):
            states = options.get(f"{status}_states")
            if states and count(states) > 0:
                return status
    return "success" if count(options.get("allowed_states") or ["success"]) == len(dates) else None


def _asked_for(options):
    """The DAG, and the tasks or the group in it."""
    tasks = options.get("external_task_ids") or None
    if options.get("external_task_id") is not None:
        tasks = [options["external_task_id"]]
    return options["external_dag_id"], tasks, options.get("external_task_group_id")


def _counted(options, context, check):
    """The dates that a sensor looks at, and how to count those in one of some states."""
    dag_id, tasks, group = _asked_for(options)
    dates = _dates(options, context)
    print(f"Looking for {tasks or group or 'the DAG'} of {dag_id} on {','.join(date.isoformat() for date in dates)}")
    ti = context["ti"]
    answer = ti._channel.ask({"op": "runs", "dag_id": dag_id, "group": group or "", "dates": [date.isoformat() for date in dates]})
    old = ti._run.version < (3, 0)
    _exist(dag_id, tasks or [], group, answer, old, check)
    found = answer["runs"] if dates or not old else []  # Airflow 3 takes no dates for all

    def count(states):
        return _count(found, list(map(str, states)), tasks, _in(group, answer["members"]), len(dates), old)

    return dates, count


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
