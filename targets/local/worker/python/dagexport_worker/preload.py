"""Getting ready: the module search path, the shim for a missing Airflow, and the import of the user's modules."""

import importlib
import importlib.util
import os
import sys

from . import assets, context, logs, tracebacks
from .call import is_bare


class Run:
    """What dagexport said of the run when it began."""

    def __init__(self, message):
        self.version = assets.played = tuple(message["version"])
        self.info = message["run"]
        self.native = message["native"]
        self.jinja_options = message["jinja_options"]  # jinja_environment_kwargs, as values
        self.template_folders = message["template_folders"]
        self.macros, self.filters = message["macros"], message["filters"]  # the user's own, not yet looked up
        self.plain = {}  # functions of modules that take nothing, by MODULE:NAME
        self.names = {}  # what the contexts of all tasks have in common
        self.provided = set()  # the works that real operators do
        self.airflow = ""  # the version of the real Airflow; "" where the shim stands in for it


def prepare(message):
    """Import the modules that a start message names; returns the Run and, on failure, what to answer."""
    for name in ("PYTHONPATH", "LD_BIND_NOW"):
        os.environ.pop(name, None)  # ours; the user's own are in the message
    os.environ.update(message["environ"])
    root = message["dags_root"]
    sys.path[:] = [root] + [p for p in sys.path if p not in (root, "")]
    run = Run(message)
    if importlib.util.find_spec("airflow") is None:
        from . import shim

        shim.install(run.version)
    else:
        run.airflow = _installed_airflow()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    if message["jinja"] and importlib.util.find_spec("jinja2") is None:
        return run, {"ok": False, "missing": "jinja2"}
    from . import values

    values.define(message["functions"])
    for name in message["modules"]:
        try:
            importlib.import_module(name)
        except BaseException as error:
            return run, {
                "ok": False,
                "module": name,
                "error": tracebacks.one_line(error),
                "traceback": tracebacks.of(error),
            }
    logs.to_stdout()
    context.share_current()
    run.names = context.Names(run.info, run.version)
    for name in message["parts"]:
        importlib.import_module("." + name, __package__)
    if not run.airflow:  # its own stack of contexts asks for that of each task
        run.plain = _plain(message["plain"])
    os.environ.update(message["common"])
    if message["provided"]:
        from . import provided

        run.provided = provided.prepare(run, message["provided"])
    return run, None


def _plain(references):
    """The functions among these references that can be called without a thought."""
    functions = {}
    for reference in references:
        try:
            function = resolve(*reference)
        except Exception:
            continue  # the task that calls it says why
        if is_bare(function):
            functions[":".join(reference).encode()] = function
    return functions


def resolve(module: str, name: str):
    """The object that a reference names."""
    target = sys.modules.get(module) or importlib.import_module(module)
    for part in name.split("."):
        try:
            target = getattr(target, part)
        except AttributeError:
            where = getattr(sys.modules[module], "__file__", None)
            raise AttributeError(f"module {module!r} has no {name!r}" + (f" ({os.path.relpath(where)})" if where else "")) from None
    return target


def _installed_airflow() -> str:
    import importlib.metadata

    for name in ("apache-airflow-core", "apache-airflow"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return ""
