"""Operators of the real Airflow: made, rendered and executed here, without a scheduler and a database."""

import asyncio
import datetime
import importlib
import sys

from . import moments, works
from .channel import from_wire
from .values import Resolver

_OURS = ("on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback", "params")


def execute(message, context, run, resolver, rendered=False):
    """What the operator returns, and the ids of the ways that a branching one has chosen (None for any other)."""
    module, name = message["operator"]
    made = getattr(importlib.import_module(module), name)
    dag = _dag(run)
    given = {key: value for key, value in from_wire(message["options"], resolver).items() if key not in _OURS}
    defaults = {key: value for key, value in from_wire(message["defaults"], resolver).items() if key not in _OURS}
    operator = made(task_id=message["task_id"], dag=dag, default_args=defaults, **given)
    first = moments.parse(message["first_poke"])
    context["ti"].get_first_reschedule_date = lambda _context: first
    old = sys.modules.get("airflow.sensors.base")
    if old is not None and hasattr(old, "_orig_start_date"):
        old._orig_start_date = lambda **_: first  # Airflow 2 asks its database
    context["ti"].task = operator
    context["task"], context["dag"] = operator, dag
    if not rendered:
        operator.render_template_fields(context)
    try:
        if hasattr(operator, "choose_branch"):
            value = works.settled(operator.choose_branch(context))
            return value, works.chosen(value)
        return _run(operator, context), None
    except Exception as error:
        if type(error).__name__ == "AirflowRescheduleException":
            now = datetime.datetime.now(datetime.timezone.utc)
            raise works.Again(max(0.0, (error.reschedule_date - now).total_seconds())) from None
        raise
    except BaseException:
        operator.on_kill()
        raise


def _run(operator, context):
    method, arguments = operator.execute, {}
    while True:
        try:
            return method(context, **arguments)
        except BaseException as error:
            if type(error).__name__ != "TaskDeferred":
                raise
            print(f"Waits for {type(error.trigger).__name__}")
            event = asyncio.run(_first_event(error.trigger))
            method, arguments = getattr(operator, error.method_name), {**(error.kwargs or {}), "event": event.payload}


async def _first_event(trigger):
    async for event in trigger.run():
        return event
    raise RuntimeError(f"{type(trigger).__name__} ended without an event")


def _dag(run):
    try:
        from airflow.sdk import DAG
    except ImportError:
        from airflow import DAG
    info = run.info
    dag = DAG(
        info["dag_id"],
        schedule=None,
        start_date=datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc),
        template_searchpath=run.template_folders,
        render_template_as_native_obj=run.native,
        user_defined_macros=from_wire(run.macros, Resolver()) or None,
        user_defined_filters=from_wire(run.filters, Resolver()) or None,
    )
    dag.fileloc = info["fileloc"]
    return dag
