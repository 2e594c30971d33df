"""Callbacks of tasks and DAGs: each is called with the context; what it raises is shown, and changes nothing."""

import builtins
import datetime
import importlib
import sys

from . import shim, tracebacks, works
from .channel import from_wire
from .context import Enumerated
from .names import has_arguments

_STATES = {
    "on_execute_callback": "running",
    "on_success_callback": "success",
    "on_failure_callback": "failed",
    "on_retry_callback": "up_for_retry",
    "on_skipped_callback": "skipped",
}


def call(message, context, resolver, attempt):
    """The callbacks of one event, in a process of their own."""
    options = message["options"]
    if options["after"]:
        _add_arguments(context, message, resolver)
    if options["lost"]:
        if attempt.version < (3, 0):
            context["exception"] = _lost(context)
    elif options["event"] != "on_execute_callback":
        _tell(context, options["error"] and _exception(options["error"]), options["after"], options["event"])
    if options["reason"]:
        context["reason"] = options["reason"]
    lost = options["lost"] and attempt.version >= (3, 0)  # the process that calls them knows no state
    context["ti"].state = None
    first = None if lost else options["first"] or options["event"]
    run(options["event"], message["op_args"], attempt, resolver, first)
    return _kept(attempt, first)


def after(attempt, callbacks, end, error, resolver):
    """Tell dagexport how the try has ended, and call what it then says, in the process of the task: with its own exception."""
    answer = attempt.channel.ask({**end, "op": "ended", "end": ""})
    attempt.context["ti"].state = None
    for event in answer["events"]:
        if answer["error"] and (answer["error"] != end.get("error") or hasattr(error, "told")):
            error = _exception(answer["error"])  # what came after the end has failed
        elif isinstance(error, SystemExit) and attempt.version < (3, 0):
            error = f"Task failed due to SystemExit({error.code})"
        _tell(attempt.context, error if answer["error"] else None, True, event)
        run(event, callbacks.get(event) or (), attempt, resolver, answer["events"][0])
    return _kept(attempt, answer["events"][0]) if answer["events"] else {}


def _kept(attempt, event):
    """The state that callbacks have given their task instance, which Airflow 2 keeps; 3 has told of the end before it calls them."""
    state = attempt.context["ti"].state
    if event in (None, "on_execute_callback") or attempt.version >= (3, 0) or state in (None, _STATES[event]):
        return {}
    return {"state": str(getattr(state, "value", state))}


def run(event, values, attempt, resolver, first):
    """Call them in turn, with the state of the first event of the end, if any. SystemExit and the like end the process, as in Airflow."""
    context = attempt.context
    if event == first or not first or not context["ti"].state:
        context["ti"].state = Enumerated(_STATES[first], "TaskInstanceState", attempt.version) if first else None
    for value in values:
        try:
            function = from_wire(value, resolver)
            if attempt.version >= (3, 0):
                works.call(function, (context,), {}, attempt)
            else:
                function(context)
        except Exception as error:
            sys.stderr.write(f"{event} failed:\n{tracebacks.of(error)}")


def _tell(context, error, ended, event):
    if error:
        context["exception"] = error
    elif ended and context["ti"]._run.version >= (3, 0):
        context["exception"] = None
    if event != "on_skipped_callback":
        context["ti"].end_date = datetime.datetime.now(datetime.timezone.utc)


def _lost(context):
    """What the scheduler of Airflow 2 says of a task that runs no more: a text."""
    import socket

    ti = context["ti"]
    details = {"DAG Id": ti.dag_id, "Task Id": ti.task_id, "Run Id": ti.run_id}
    if ti.map_index != -1:
        details["Map Index"] = ti.map_index
    return str({**details, "Hostname": socket.getfqdn()})


def _add_arguments(context, message, resolver):
    """What the operator of a function has put into the context of its try."""
    if has_arguments(message["options"]["after"]):
        context.update(from_wire(message["op_kwargs"], resolver) or {})
        context["templates_dict"] = from_wire(message["templates_dict"], resolver)


def _exception(text):
    """An exception such as the one that ended the try, from its one line. It was raised in another process."""
    path, _, message = text.partition(": ")
    module, _, name = path.rpartition(".")
    made = getattr(builtins, name, None) or getattr(shim, name, None)
    if made is None and module.isidentifier() | ("." in module and " " not in module):
        try:
            made = getattr(importlib.import_module(module), name, None)
        except Exception:
            pass
    if isinstance(made, type) and issubclass(made, BaseException):
        try:
            return made(message)
        except TypeError:
            pass
    return shim.exception("AirflowException")(text)
