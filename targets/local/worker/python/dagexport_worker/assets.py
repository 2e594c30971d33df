"""The events of assets that a run answers, as each version of Airflow shows them."""

import collections
from collections.abc import Mapping

from . import moments


class Asset:
    """An asset as the key of its events: assets of the same name and URI are the same."""

    def __init__(self, name, uri):
        self.name, self.uri = name, uri

    def __eq__(self, other):
        return (self.name, self.uri) == (getattr(other, "name", None), getattr(other, "uri", None))

    def __hash__(self):
        return hash((self.name, self.uri))

    def __repr__(self):
        return f"Asset(name={self.name!r}, uri={self.uri!r})"


class Event:
    def __init__(self, info):
        self.asset = Asset(info["name"], info["uri"])
        self.dataset = self.asset
        self.uri = info["uri"]
        self.extra = {}
        self.source_dag_id, self.source_task_id = info["dag_id"], info["task_id"]
        self.source_run_id, self.source_map_index = info["run_id"], info["map_index"]
        self.timestamp = moments.parse(info["timestamp"])


class Triggering(Mapping):
    """triggering_asset_events of Airflow 3: lists of events by asset."""

    def __init__(self, infos):
        self._events = collections.defaultdict(list)
        for info in infos:
            event = Event(info)
            self._events[event.asset].append(event)

    def __getitem__(self, key):
        found = [events for asset, events in self._events.items() if asset == key]
        if not found:
            raise KeyError(key)
        return found[0]

    def __iter__(self):
        return iter(self._events)

    def __len__(self):
        return len(self._events)

    def for_asset(self, *, name=None, uri=None):
        for asset, events in self._events.items():
            if name in (None, asset.name) and uri in (None, asset.uri):
                return events
        raise KeyError(name or uri)


def add_events(context, infos, version):
    """Put the events that a run answers into its context, under the name and in the form of the played version."""
    if version >= (3, 0):
        context["triggering_asset_events"] = Triggering(infos)
        return
    events = context["triggering_dataset_events"] = collections.defaultdict(list)
    for info in infos:
        events[info["uri"]].append(Event(info))
