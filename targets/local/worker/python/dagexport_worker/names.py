"""Names of the context that say what a task reads and updates, and those that only Airflow itself can fill."""

import collections

from . import updates
from .channel import from_wire

# The works whose operators put op_kwargs and templates_dict into the context.
_WITH_ARGUMENTS = ("python", "branch", "short_circuit", "sense_python", "bash_command", "external_python", "virtualenv")


def has_arguments(work):
    return work in _WITH_ARGUMENTS or work is not None and work.endswith(_WITH_ARGUMENTS[-2:])


def add_to(context, version, info, channel):
    """Put into a context what its task reads and updates."""
    inlets, outlets = [], []
    if "inlets" in info:
        from .values import Resolver

        inlets, outlets = (from_wire(info[name], Resolver(version=version)) for name in ("inlets", "outlets"))
    context.update(
        inlets=inlets, outlets=outlets,
        inlet_events=updates.Inlets(version, inlets, channel), outlet_events=updates.Outlets(version, inlets + outlets),
    )  # fmt: skip
    if version >= (3, 3) and (inlets or outlets):
        context["asset_state_store"] = Missing("asset_state_store")


TaskInstanceKey = collections.namedtuple("TaskInstanceKey", "dag_id task_id run_id try_number map_index")


class Missing:
    """A part of the context that a local run has not: it says so when it is used."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotImplementedError(f"a local run has no {self._name}: what tasks keep there is kept by Airflow alone")

    def __getitem__(self, key):
        return self.get


class Configuration:
    """conf of Airflow 2: the configuration of the real Airflow, where there is one."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        from airflow.configuration import conf

        return getattr(conf, name)
