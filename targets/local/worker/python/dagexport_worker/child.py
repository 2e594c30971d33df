"""One try of one task, in a process of its own: call the function or render the templates, and tell dagexport the end."""

import contextlib
import functools
import logging
import os
import signal
import sys

from . import callbacks, operators, sensors, tracebacks, works, xcoms
from .call import keyword_arguments
from .channel import from_wire
from .context import Context, set_current
from .values import Resolver


class Terminated(BaseException):
    """dagexport asked the task to end: `finally` blocks run, `except Exception` does not catch it."""


def run_task(channel, run) -> None:
    message = channel.receive()
    _adopt_environment(message["environ"])
    signal.signal(signal.SIGTERM, _terminate)
    try:
        context = Context(run, message, channel)
        if message["kind"] == "render":
            from . import render

            channel.send(render.answer(message["texts"], context, run))
            return
        _log_to_stdout()
        with set_current(context):
            channel.send(_call(message, context, channel, run))
    except BaseException as error:
        end = _end_of(error)
        if end["outcome"] != "skipped":
            sys.stderr.write(tracebacks.of(error))
        else:
            print(f"Skipped: {error}")
        channel.send(end)


def _call(message, context, channel, run):
    resolver = Resolver(context["ti"])
    work = message["work"]
    outputs, chosen = message["multiple_outputs"], None
    if work == "callbacks":
        callbacks.call(message, context, resolver)
        return {"end": "result", "outcome": "success", "value": None}
    try:
        with _limit(message["timeout"]):
            if work == "operator":
                value, chosen = operators.execute(message, context, run, resolver)
            elif work in works.CHOOSERS:
                value = works.CHOOSERS[work](from_wire(message["options"], resolver), context)
            elif work.startswith("sense_"):
                value, outputs = _sensor(message, context, resolver).execute(), False
            else:
                function, arguments, keywords = _prepared(message, context, resolver)
                if message["infer_outputs"]:
                    outputs = works.has_outputs(function)
                value = works.call(function, arguments, keywords, run.version)
                if work != "bash_command":
                    print(f"Done. Returned value was: {value}" if message["log_return"] else "Done. Returned value not shown")
    except sensors.Again as again:
        print(f"Looks again in {again.seconds:g} s")
        return {"end": "result", "outcome": "again", "after": again.seconds, "value": None}
    end = {"end": "result", "outcome": "success", "value": None}
    if work == "bash_command":
        if not isinstance(value, str) or not value.strip():
            raise TypeError("The returned value from the TaskFlow callable must be a non-empty string.")
        return {**end, "value": [value]}
    if work == "branch" or work in works.CHOOSERS:
        value = works.settled(value)
        chosen = works.chosen(value)
    elif work == "short_circuit" and not value:
        end["ways"] = {"chosen": [], "ends": True}
    if chosen is not None:
        end["ways"] = {"chosen": chosen, "ends": False}
    if value is None or not message["do_xcom_push"]:
        return end
    if outputs:
        if not isinstance(value, dict):
            raise TypeError(f"Returned output was type {type(value)} expected dictionary for multiple_outputs")
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"Returned dictionary keys must be strings when using multiple_outputs, found {key} ({type(key)})")
        for key, item in value.items():
            channel.send(xcoms.push_message(key, item))
    return {**end, **xcoms.encode(value)}


@contextlib.contextmanager
def _limit(seconds):
    """execution_timeout, where the system has an alarm; elsewhere dagexport alone ends the process."""
    if seconds is None or not hasattr(signal, "SIGALRM"):
        yield
        return
    signal.signal(signal.SIGALRM, _time_out)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _sensor(message, context, resolver):
    options = from_wire(message["options"], resolver)
    if message["work"] == "sense_python":
        look = sensors.look_with(*_prepared(message, context, resolver))
    else:
        look = functools.partial(sensors.LOOKS[message["work"]], options, context)
    return sensors.Sensor(look, options, context, message)


def _prepared(message, context, resolver):
    """The function of a call, and its arguments."""
    function = from_wire(message["callable"], resolver)
    if not callable(function):
        name = ".".join(message["callable"]["~"][1]) if isinstance(message["callable"], dict) else "python_callable"
        raise TypeError(f"{name} is a {type(function).__name__}, not something that can be called")
    arguments = from_wire(message["op_args"], resolver) or []
    keywords = from_wire(message["op_kwargs"], resolver) or {}
    if message["defaults"]:
        keywords = {**works.defaults(function, keywords, from_wire(message["defaults"], resolver)), **keywords}
    context.update(keywords)
    context["templates_dict"] = from_wire(message["templates_dict"], resolver)
    return function, arguments, keyword_arguments(function, arguments, context)


def _end_of(error: BaseException):
    names = {c.__name__ for c in type(error).__mro__ if c.__module__.split(".")[0] == "airflow"}
    outcome = "failed"
    if "AirflowSkipException" in names:
        outcome = "skipped"
    elif names & {"AirflowFailException", "AirflowSensorTimeout"}:
        outcome = "failed_for_good"
    return {"end": "result", "outcome": outcome, "error": tracebacks.one_line(error), "value": None}


def _terminate(_number, _frame):
    raise Terminated("the task was told to end")


def _time_out(_number, _frame):
    from .shim import exception

    raise exception("AirflowTaskTimeout")("Timeout")


def _adopt_environment(environ) -> None:
    for name in list(os.environ):
        if name not in environ:
            del os.environ[name]
    for name, value in environ.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _log_to_stdout() -> None:
    """What the user's code logs, from INFO on, in the form that Airflow's task logs have."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("[%(asctime)s] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s"))
        root.addHandler(handler)
        root.setLevel(logging.INFO)
