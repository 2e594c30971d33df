"""Callbacks of tasks and DAGs: each is called with the context; what it raises is shown, and changes nothing."""

import builtins
import sys

from . import shim, tracebacks
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


def call(message, context, resolver):
    options = message["options"]
    context["ti"].state = Enumerated(_STATES[options["event"]], "TaskInstanceState", context["ti"]._run.version)
    if options["after"]:
        _add_arguments(context, message, resolver)
    if options["error"]:
        context["exception"] = _exception(options["error"])
    elif options["after"] and context["ti"]._run.version >= (3, 0):
        context["exception"] = None
    if options["reason"]:
        context["reason"] = options["reason"]
    for value in message["op_args"]:
        try:
            from_wire(value, resolver)(context)
        except Exception as error:
            sys.stderr.write(f"{options['event']} failed:\n{tracebacks.of(error)}")


def _add_arguments(context, message, resolver):
    """What the operator of a function has put into the context of its try."""
    if has_arguments(message["options"]["after"]):
        context.update(from_wire(message["op_kwargs"], resolver) or {})
        context["templates_dict"] = from_wire(message["templates_dict"], resolver)


def _exception(text):
    """An exception such as the one that ended the try, from its one line. It was raised in another process."""
    name, _, message = text.partition(": ")
    name = name.rsplit(".", 1)[-1]
    made = getattr(builtins, name, None) or getattr(shim, name, None)
    if isinstance(made, type) and issubclass(made, Exception):
        try:
            return made(message)
        except TypeError:
            pass
    return shim.exception("AirflowException")(text)
