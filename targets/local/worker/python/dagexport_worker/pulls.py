"""ti.xcom_pull, by the rules of each version of Airflow."""

from collections.abc import Iterable

from . import xcoms
from .sequences import LazyXComSelectSequence

_UNSET = object()


class _Entry:
    """An XCom that is there; its value is asked for when it is used."""

    def __init__(self, ti, task_id, map_index, key, answer=None):
        self.task_id, self.map_index = task_id, map_index
        self._ti, self._key, self._answer = ti, key, answer

    @property
    def value(self):
        if self._answer is not None:
            return xcoms.decode(self._answer)
        return self._ti._ask(self.task_id, self.map_index, self._key)[1]


def _entries(ti, task_ids, key, dag_id, run_id, prior):
    """The XComs that are meant, the latest first; of one run and one task by map_index."""
    if task_ids is not None and key is not None and not prior and dag_id == ti.dag_id and run_id == ti.run_id:
        indexes = [(one, ti._channel.ask({"op": "indexes", "task_id": one, "key": key})) for one in task_ids]
        return [_Entry(ti, one, index, key) for one, found in indexes for index in found]
    asked = {"op": "select", "task_ids": task_ids, "key": key or "", "any_key": not key, "dag_id": dag_id, "run_id": run_id, "prior": prior}
    return [_Entry(ti, one["task_id"], one["map_index"], key, one) for one in ti._channel.ask(asked)]


def pull(ti, task_ids=None, dag_id=None, key="return_value", include_prior_dates=False, *, map_indexes=_UNSET, default=None, run_id=None):
    """Airflow 3: a list of all instances where there is more than one, and None for what was not pushed."""
    one = task_ids is None or isinstance(task_ids, str)
    names = [ti.task_id if task_ids is None else task_ids] if one else list(task_ids)
    dag_id, run_id = dag_id or ti.dag_id, run_id or ti.run_id
    if not isinstance(key, str) or not key:
        raise ValueError(f"XCom key must be a non-empty string. Received: {key!r}")
    found = {name: _entries(ti, [name], key, dag_id, run_id, include_prior_dates) for name in names}
    if map_indexes is _UNSET:
        pulled = []
        for name in names:  # those of earlier runs come before
            pulled += [entry.value for entry in sorted(reversed(found[name]), key=_by_index)] or [None]
        return pulled[0] if one and len(pulled) == 1 else pulled
    one_index = map_indexes is None or isinstance(map_indexes, int)
    if not one_index and not isinstance(map_indexes, Iterable):
        raise TypeError(f"Invalid type for map_indexes: expected int, iterable of ints, or None, got {type(map_indexes)}")
    indexes = [map_indexes] if one_index else list(map_indexes)
    pulled = [_first(found[name], index) for name in names for index in indexes]
    values = [default if value is None else value for value in pulled]
    return values[0] if one and one_index else values


def _first(entries, map_index):
    for entry in entries:
        if entry.map_index == (-1 if map_index is None else map_index):
            return entry.value
    return None


def pull_in_2(
    ti, task_ids=None, dag_id=None, key="return_value", include_prior_dates=False, session=None, *, map_indexes=None, default=None
):
    """Airflow 2: nothing for what was not pushed, and a sequence for any mapped task."""
    one = task_ids is None or isinstance(task_ids, str)
    names = None if task_ids is None else [task_ids] if one else list(task_ids)
    one_index = map_indexes is None or isinstance(map_indexes, int)
    entries = _entries(ti, names, key, dag_id or ti.dag_id, ti.run_id, include_prior_dates)
    order = []  # of the indexes; those of an iterator are used up when it comes to the order
    if map_indexes is not None:
        wanted = [map_indexes] if one_index else list(map_indexes)
        order = [] if one_index or iter(map_indexes) is map_indexes else wanted
        entries = [entry for entry in entries if entry.map_index in wanted]
    if one and one_index:
        if not entries:
            return default
        if map_indexes is not None or entries[0].map_index < 0:
            return entries[0].value
        return LazyXComSelectSequence([entry.value for entry in sorted(reversed(entries), key=_by_index)])

    def place(entry):
        at = order.index(entry.map_index) if order else entry.map_index
        return (names.index(entry.task_id) if names and not one else 0, at)

    return LazyXComSelectSequence([entry.value for entry in sorted(reversed(entries), key=place)])


def _by_index(entry):
    return entry.map_index
