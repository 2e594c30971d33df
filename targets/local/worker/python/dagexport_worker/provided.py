"""Operators of providers that run here with and without an Airflow: the real ones where the interpreter has them."""

import importlib
import importlib.metadata

from . import connections
from .channel import from_wire
from .shim import exception


def prepare(run, listed):
    """Import the real operators of a run that are here, before anything is forked; returns the works that they do."""
    if not listed or not run.airflow.startswith("{}.{}.".format(*run.version)):
        return set()
    works = set()
    for work, package, module in listed:
        if has(package) and _imports(module):
            works.add(work)
    return works


def _imports(module):
    """Whether the module can be imported; what a provider needs itself may be missing."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def has(package):
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def execute(message, context, run, resolver):
    """What the operator returns."""
    work = message["work"]
    ours = importlib.import_module({"sql": ".sql", "http": ".web", "docker": ".containers"}[work], __package__)
    options = from_wire(message["options"], resolver)
    if work == "docker":
        real = not message["container"]["command"]
        if real:
            labels = options.get("labels") or {}
            labels = labels if isinstance(labels, dict) else dict.fromkeys(labels, "")
            message["options"]["labels"] = {**labels, **message["container"]["labels"]}
    else:
        real = work in run.provided and (work != "sql" or ours.has_hook(options))
    if real:
        from . import operators

        return operators.execute(message, context, run, resolver, rendered=True)[0]
    return ours.execute(options, context, message)


def connection(conn_id):
    """A connection by its id, missing as it would be in Airflow."""
    try:
        return connections.connection(conn_id)
    except KeyError as error:
        raise exception("AirflowNotFoundException")(error.args[0]) from None
