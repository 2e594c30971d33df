"""Operators of the real Airflow: made, rendered and executed here, without a scheduler and a database."""

import asyncio
import datetime
import importlib
import json
import sys
import traceback

from . import limits, moments, works
from .channel import from_wire
from .shim import exception
from .values import Resolver

_OURS = ("on_execute_callback", "on_success_callback", "on_failure_callback", "on_retry_callback", "on_skipped_callback", "params")


def execute(message, context, run, resolver, rendered=False):
    """What the operator returns, and the ids of the ways that a branching one has chosen (None for any other)."""
    task = _Task(message, context, run, resolver, rendered)
    try:
        operator = task.made()
        if hasattr(operator, "choose_branch"):
            value = works.settled(operator.choose_branch(context))
            return value, works.chosen(value)
        return task.run(), None
    except Exception as error:
        if type(error).__name__ == "AirflowRescheduleException":
            now = datetime.datetime.now(datetime.timezone.utc)
            raise works.Again(max(0.0, (error.reschedule_date - now).total_seconds())) from None
        raise
    except BaseException:
        if task.operator is not None:
            task.operator.on_kill()
        raise


class _Task:
    """A task whose operator is made anew for each of its methods that is called, as each has a process of its own in Airflow."""

    def __init__(self, message, context, run, resolver, rendered):
        self._message, self._context, self._resolver, self._rendered = message, context, resolver, rendered
        self._class = getattr(importlib.import_module(message["operator"][0]), message["operator"][1])
        self._dag, self._version, self.operator = _dag(run), run.version, None
        first = moments.parse(message["first_poke"])
        context["ti"].get_first_reschedule_date = lambda _context: first
        old = sys.modules.get("airflow.sensors.base")
        if old is not None and hasattr(old, "_orig_start_date"):
            old._orig_start_date = lambda **_: first  # Airflow 2 asks its database

    def made(self):
        """A new operator, rendered."""
        context, message = self._context, self._message
        given, defaults = (
            {key: value for key, value in from_wire(message[name], self._resolver).items() if key not in _OURS}
            for name in ("options", "defaults")
        )
        if self.operator is not None:
            self._dag.task_dict.pop(message["task_id"], None)
            self._dag.task_group.children.pop(message["task_id"], None)
            self._dag.task_group.used_group_ids.discard(message["task_id"])
        self.operator = self._class(task_id=message["task_id"], dag=self._dag, default_args=defaults, **given)
        context["ti"].task = context["task"] = self.operator
        context["dag"] = self._dag
        if not self._rendered:
            self.operator.render_template_fields(context)
        return self.operator

    def run(self):
        """What the operator returns once no trigger is left to wait for."""
        waits = _started(self.operator, self._version)
        if waits is None:
            waits, value = self._call(lambda: self.operator.execute(self._context))
        while waits is not None:
            trigger, method, arguments, timeout = waits
            print(f"Waits for {type(trigger).__name__}", flush=True)
            with limits.deferred():
                event, problem = _fired(trigger, timeout)
            if event is not None and hasattr(event, "task_instance_state"):
                return self._ended(event)
            arguments = {"error": problem} if event is None else {**(arguments or {}), "event": event.payload}
            method = "__fail__" if event is None else method
            operator = self.made()
            waits, value = self._call(lambda: operator.resume_execution(method, arguments, self._context))  # noqa: B023
        return value

    def _call(self, method):
        """What the operator waits for, or else what it has returned."""
        try:
            return None, method()
        except BaseException as error:
            if type(error).__name__ != "TaskDeferred":
                raise
            return (error.trigger, error.method_name, error.kwargs, error.timeout), None

    def _ended(self, event):
        """What comes of an event that ends the task without its operator."""
        for key, value in (event.xcoms or {}).items():
            # The triggerer of Airflow 3 stores the JSON of a value, as a text.
            self._context["ti"].xcom_push(key=key, value=json.dumps(value) if self._version >= (3, 0) else value)
        state = str(getattr(event.task_instance_state, "value", event.task_instance_state))
        if state == "skipped":
            raise exception("AirflowSkipException")("the trigger has ended the task as skipped")
        if state != "success":
            kind = "AirflowException" if self._version >= (3, 0) else "AirflowFailException"  # Airflow 2 tries it no more
            raise exception(kind)(f"the trigger has ended the task as {state}")


def _started(operator, version):
    """What a task waits for that starts from its trigger."""
    given = getattr(operator, "start_trigger_args", None)
    if not getattr(operator, "start_from_trigger", False) or given is None:
        return None
    module, _, name = given.trigger_cls.rpartition(".")
    trigger = getattr(importlib.import_module(module), name)(**(given.trigger_kwargs or {}))
    timeout = given.timeout
    if version >= (3, 0):
        seconds = limits.longest(None if timeout is None else timeout.total_seconds())
        timeout = None if seconds is None else datetime.timedelta(seconds=seconds)
    return trigger, given.next_method, given.next_kwargs, timeout


def _fired(trigger, timeout):
    """The first event of a trigger; where there is none, why."""
    seconds = None if timeout is None else timeout.total_seconds()
    try:
        return asyncio.run(asyncio.wait_for(_first_event(trigger), seconds)), None
    except asyncio.TimeoutError:
        return None, "Trigger timeout"
    except Exception:
        sys.stderr.write(traceback.format_exc())
        return None, "Trigger failure"


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
        jinja_environment_kwargs=from_wire(run.jinja_options, Resolver()) or None,
        user_defined_macros=from_wire(run.macros, Resolver()) or None,
        user_defined_filters=from_wire(run.filters, Resolver()) or None,
    )
    dag.fileloc = info["fileloc"]
    return dag
