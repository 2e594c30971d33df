"""The few names of Airflow that callables import, for an interpreter without Airflow."""

import importlib.machinery
import json
import sys
import types

from . import assets, connections
from .context import current


class AirflowException(Exception):
    """Base of Airflow's exceptions."""


class AirflowFailException(AirflowException):
    """The task fails without another try."""


class AirflowSkipException(AirflowException):
    """The task is skipped."""


class AirflowNotFoundException(AirflowException):
    """Something was looked up that is not there."""


class TaskNotFound(AirflowNotFoundException):
    """Raised by dag.get_task() for an id that no task has."""


class AirflowSensorTimeout(AirflowException):
    """A sensor waited too long."""


class XComNotFound(AirflowException):
    """Another task has not pushed what is asked for."""


class TaskDeferralError(AirflowException):
    """What a deferred task waited for has failed, or is late."""


class AirflowTaskTimeout(BaseException):
    """execution_timeout has passed. `except Exception` does not catch it, as in Airflow."""


_EXCEPTIONS = [
    AirflowException, AirflowFailException, AirflowSkipException, AirflowNotFoundException, AirflowSensorTimeout, AirflowTaskTimeout,
    TaskDeferralError, XComNotFound, TaskNotFound,
]  # fmt: skip
for _one in _EXCEPTIONS:  # they are known as Airflow's, also where it is there and nothing has imported it
    _one.__module__ = "airflow.exceptions"


class Variable:
    """Variable.get from AIRFLOW_VAR_*."""

    @staticmethod
    def get(key, default=..., default_var=..., deserialize_json=False):
        text = connections.variable(key)
        if text is not None:
            return json.loads(text) if deserialize_json else text
        for given in (default, default_var):
            if given is not ...:
                return given
        raise KeyError(f"Variable {key} does not exist (a local run reads it from AIRFLOW_VAR_{key.upper()})")


class BaseHook:
    """BaseHook.get_connection from AIRFLOW_CONN_*."""

    @classmethod
    def get_connection(cls, conn_id):
        try:
            return connections.connection(conn_id)
        except KeyError as error:
            raise AirflowNotFoundException(error.args[0]) from None

    @classmethod
    def get_hook(cls, conn_id, hook_params=None):
        raise ImportError(_advice(f"the hook of connection {conn_id!r}"))


class PokeReturnValue:
    """What a function that a sensor calls may return: whether it is done, and what is pushed then."""

    def __init__(self, is_done, xcom_value=None):
        self.is_done = is_done
        self.xcom_value = xcom_value

    def __bool__(self):
        return self.is_done


def get_current_context():
    """The context of the task that runs."""
    return current()


_MODULES = {
    "airflow": [],
    "airflow.datasets": [assets.Dataset, assets.DatasetAlias, assets.DatasetAll, assets.DatasetAny],
    "airflow.datasets.metadata": [assets.Metadata],
    "airflow.exceptions": _EXCEPTIONS,
    "airflow.hooks": [],
    "airflow.hooks.base": [BaseHook],
    "airflow.models": [Variable, connections.Connection],
    "airflow.models.connection": [connections.Connection],
    "airflow.models.variable": [Variable],
    "airflow.operators": [],
    "airflow.operators.python": [get_current_context],
    "airflow.providers": [],
    "airflow.providers.standard": [],
    "airflow.providers.standard.operators": [],
    "airflow.providers.standard.operators.python": [get_current_context],
    "airflow.sensors": [],
    "airflow.sensors.base": [PokeReturnValue],
    "airflow.sdk": [
        Variable,
        connections.Connection,
        BaseHook,
        PokeReturnValue,
        get_current_context,
        assets.Asset,
        assets.AssetAlias,
        assets.AssetAll,
        assets.AssetAny,
        assets.Metadata,
    ],  # fmt: skip
    "airflow.sdk.definitions": [],
    "airflow.sdk.definitions.asset": [assets.Asset, assets.AssetAlias, assets.AssetAll, assets.AssetAny],
    "airflow.sdk.definitions.asset.metadata": [assets.Metadata],
    "airflow.sdk.bases": [],
    "airflow.sdk.bases.sensor": [PokeReturnValue],
    "airflow.sdk.bases.hook": [BaseHook],
    "airflow.sdk.exceptions": _EXCEPTIONS,
}

_version = (0, 0)


def install(version) -> None:
    """Let `import airflow...` find the names above."""
    global _version
    _version = version
    connections.Connection.__module__ = "airflow.models.connection"
    sys.meta_path.append(_Finder())


def exception(name):
    """An exception class of Airflow: the real one where the user's code has imported it."""
    return getattr(sys.modules.get("airflow.exceptions"), name, None) or globals()[name]


def _advice(what):
    release = ".".join(map(str, _version))
    return (
        f"{what} needs Airflow itself, and {sys.executable} has none. A local run without Airflow offers: "
        + ", ".join(sorted({thing.__name__ for things in _MODULES.values() for thing in things}))
        + f". Install it there (python -m pip install 'apache-airflow=={release}.*') or name an interpreter that has it with --python"
    )


class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[:2] == ["airflow", "sdk"] and _version < (3, 0):
            # Airflow 2 has none: code for both goes its other way.
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in _MODULES:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        if name.startswith("airflow."):
            raise ModuleNotFoundError(_advice(f"module {name}"), name=name)
        return None

    def create_module(self, spec):
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        for thing in _MODULES[module.__name__]:
            setattr(module, thing.__name__, thing)

        def missing(name):
            if name.startswith("__"):
                raise AttributeError(name)
            raise ImportError(_advice(f"{module.__name__}.{name}"))

        module.__getattr__ = missing
