"""What values of the pipeline file name: objects of modules, functions written in the file, outputs of other tasks."""

import functools
import sys
import types

from .preload import resolve

_NAME = "dagexport_pipeline"


def define(functions) -> None:
    """Define the functions that stand in the pipeline file, all in one module, as the DAG file has them."""
    module = sys.modules.get(_NAME)
    if module is None:
        module = sys.modules[_NAME] = types.ModuleType(_NAME)
    for name, text in functions:
        exec(_compiled(f"<function {name}>", text, "exec"), module.__dict__)


def _compiled(file, text, mode):
    import linecache

    linecache.cache[file] = (len(text), None, text.splitlines(True), file)  # tracebacks show its lines
    return compile(text, file, mode)


class ArgNotSet:
    """What Airflow has where an argument was not given."""


NOTSET = ArgNotSet()


def not_set():
    """The mark itself: of the real Airflow, where the user's code has imported it."""
    for name in ("airflow.sdk.definitions._internal.types", "airflow.utils.types"):
        if hasattr(sys.modules.get(name), "NOTSET"):
            return sys.modules[name].NOTSET
    return NOTSET


class Resolver:
    """What from_wire asks. Outputs need the try that uses them."""

    def __init__(self, attempt=None, version=None, renders=False):
        self._try, self._version = attempt, version or attempt and attempt.version
        self._renders = renders  # whether what calls make stands in template fields

    def __call__(self, module, name):
        return resolve(module, name)

    def function(self, name):
        return getattr(sys.modules[_NAME], name)

    def lambda_(self, text):
        define([])
        return eval(_compiled("<lambda>", text, "eval"), sys.modules[_NAME].__dict__)

    def asset(self, kind, arguments):
        from . import assets

        return assets.made(kind, self._version, *arguments)

    def output(self, task_id, key):
        return self._try.context["ti"].output(task_id, key)

    def call(self, function, partial, args, kwargs):
        if partial:
            return functools.partial(function, *args, **kwargs)
        made = function(*args, **kwargs)
        if self._renders and hasattr(made, "template_fields"):
            from . import render

            render.fields_of(made, self._try)
        return made

    def template(self, number):
        return number if isinstance(number, str) else self._try.rendered[number]  # a text is one that is yet to be rendered
