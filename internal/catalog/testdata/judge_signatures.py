"""Asks the Airflow that runs this whether its operators take what the lines on standard input say, and prints where it differs.

A line is "exact" or "some", the import path, and the arguments, with a "!" those that are needed. "some" is for a provider: the line has
those of all its releases, of which one is installed here. The last line printed is the number of operators that were asked.
"""

import importlib
import inspect
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

try:
    from airflow.sdk import DAG, BaseOperator
    from airflow.sdk.bases.sensor import BaseSensorOperator
except ImportError:
    from airflow import DAG
    from airflow.models.baseoperator import BaseOperator
    from airflow.sensors.base import BaseSensorOperator  # noqa: F401

GIVEN = {"python_callable", "op_args", "op_kwargs", "kwargs_to_upstream"}  # what a decorator gives itself


def parameters(init) -> dict[str, inspect.Parameter]:
    while hasattr(init, "__wrapped__"):
        init = init.__wrapped__
    named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {n: p for n, p in inspect.signature(init).parameters.items() if n != "self" and p.kind in named}


def function() -> None:
    """What a decorated operator calls."""


class Asked:
    def __init__(self, cls: type, line: list[str]) -> None:
        self.cls, self.decorated = cls, "decorators" in cls.__module__
        self.names = {n.removesuffix("!") for n in line}
        self.needed = {n.removesuffix("!") for n in line if n.endswith("!")}

    def error(self, without: str = "", more: str = "") -> str:
        """What Airflow says to the operator with what it needs, one of it left out or one argument more; "" where it is built."""
        arguments = dict.fromkeys(self.needed - {without})
        if more:
            arguments[more] = True if more == "provide_context" else None
        if self.decorated:
            arguments |= {"python_callable": function, "op_args": [], "op_kwargs": {}}
        try:
            with DAG("d"):
                self.cls(task_id="t", **arguments)
        except Exception as err:
            return str(err) or type(err).__name__
        return ""

    def refuses(self, name: str) -> bool:
        """Whether Airflow stops at the name itself, not at a value that only this judge gives."""
        said = self.error(more=name)
        return name in said and any(words in said for words in ("unexpected", "Invalid arguments", "multiple values", "is not allowed"))

    def differences(self, exact: bool):
        own, base = {}, parameters(BaseOperator.__init__)
        for cls in self.cls.__mro__:
            if cls is BaseOperator:
                break
            if "__init__" in vars(cls):
                own = {**parameters(cls.__init__), **own}
        for name in sorted(own.keys() - base.keys() - self.names - (GIVEN if self.decorated else set())):
            if not self.refuses(name):
                yield f"takes {name}"
        for name in sorted(self.names - own.keys()) if exact else ():
            if self.refuses(name):
                yield f"has no {name}"
        for name in sorted(self.needed):
            said = self.error(without=name)
            if "missing" not in said or name not in said:
                yield f"does not need {name}: {said or 'it was built'}"
        if not self.error(more="no_such_argument"):
            yield "takes anything"


asked = 0
for text in sys.stdin:
    how, path, *line = text.split()
    module, _, name = path.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), name)
    except Exception:  # a provider stops the import in an Airflow that lacks what it needs
        if how == "exact":
            print(path, "is not there")
        continue
    asked += 1
    for difference in Asked(cls, line).differences(how == "exact"):
        print(path, difference)
print(asked)
