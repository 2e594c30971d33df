"""outlet_events and inlet_events: what a task says of the assets that it updates, and what was said of those that it reads."""

import json
from collections.abc import Mapping, Sequence

from . import moments
from .assets import Asset, AssetAlias, Event, is_alias, normal
from .sequences import LazyXComSelectSequence

_REFERENCES = ("AssetNameRef", "AssetUriRef")


class Outlet:
    """What is said of one asset, or which assets an alias stands for."""

    def __init__(self, key, alias, version):
        self.key = self.raw_key = key
        self.extra = {}
        self._alias, self._version = alias, version
        self.asset_alias_events = self.dataset_alias_events = []

    def add(self, asset, extra=None):
        """Have the alias stand for an asset. For an asset itself it does nothing, as in Airflow."""
        if self._alias is None:
            return
        name, uri = _key(asset, self._version)
        self.asset_alias_events.append({"alias": self._alias, "name": name, "uri": uri, "extra": extra or {}})

    def __repr__(self):
        return f"OutletEventAccessor(key={self.key!r}, extra={self.extra!r}, asset_alias_events={self.asset_alias_events!r})"


class _ByAsset(Mapping):
    def for_asset(self, *, name=None, uri=None):
        if name is None and uri is None:
            raise ValueError("name and uri cannot both be None")
        return self[Asset(name, uri) if name and uri else Asset.ref(name=name, uri=uri)]

    def for_asset_alias(self, *, name):
        return self[AssetAlias(name)]


class Outlets(_ByAsset):
    """outlet_events. Airflow 2 knows assets by their URI, and takes a string for it."""

    def __init__(self, version, known):
        self._version, self._known, self._outlets = version, known, {}

    def __getitem__(self, key):
        old = self._version < (3, 0)
        if isinstance(key, str) and old:
            own = normal(key)
            return self._outlets.setdefault(own, Outlet(key, key, self._version))
        if is_alias(key):
            own = key.name if old else (key.name,)
            return self._outlets.setdefault(own, Outlet(key, key.name, self._version))
        if type(key).__name__ in _REFERENCES:
            key = _referred(key, self._known)
        elif not hasattr(key, "uri"):
            raise TypeError(f"Key should be either an asset or an asset alias, not {type(key)}")
        own = key.uri if old else (key.name, key.uri)
        return self._outlets.setdefault(own, Outlet(key, None, self._version))

    def __iter__(self):
        return iter(self._outlets if self._version < (3, 0) else [outlet.key for outlet in self._outlets.values()])

    def __len__(self):
        return len(self._outlets)

    def __repr__(self):
        return f"OutletEventAccessors(_dict={self._outlets})"

    def take(self, metadata):
        """What a task yields."""
        if type(metadata).__name__ != "Metadata":
            print(f"Ignoring unknown data of {type(metadata)!r} received from task")
            return
        asset = getattr(metadata, "asset", None) or metadata.uri
        alias = getattr(metadata, "alias", None) or getattr(metadata, "alias_name", None)
        self[asset].extra.update(metadata.extra)
        if alias:
            self[alias].add(asset, extra=metadata.extra)

    def hear(self, said):
        """Take over what other processes of the try have said."""
        for one in said:
            if one["alias"]:
                self[AssetAlias(one["alias"])].asset_alias_events.append(one)
            else:
                self[one["uri"] if self._version < (3, 0) else Asset(one["name"], one["uri"])].extra = one["extra"]

    def said(self):
        """All of it, for dagexport. Raises TypeError for what is no JSON."""
        every = []
        for outlet in self._outlets.values():
            if not is_alias(outlet.key):
                name, uri = _key(outlet.key, self._version)
                every.append({"alias": "", "name": name, "uri": uri, "extra": outlet.extra})
            every += outlet.asset_alias_events
        json.dumps(every)
        return every


class Inlets(_ByAsset):
    """inlet_events: the events of the assets among the inlets of the task."""

    def __init__(self, version, inlets, channel):
        self._version, self._inlets, self._channel = version, inlets, channel

    def __getitem__(self, key):
        old = self._version < (3, 0)
        if isinstance(key, int):
            key = self._inlets[key]
        if is_alias(key):
            if not any(is_alias(one) and one.name == key.name for one in self._inlets):
                raise KeyError(key.name if old else key)
            return self._found({"alias": key.name, "name": "", "uri": ""})
        if isinstance(key, str) and old:
            key = Asset(uri=key)
        name, uri = getattr(key, "name", None), getattr(key, "uri", None)
        if name is None and uri is None:
            raise TypeError(f"`key` is of unknown type ({type(key).__name__})")
        for one in self._inlets:
            if not hasattr(one, "uri") or uri not in (None, one.uri) or not old and name not in (None, one.name):
                continue
            return self._found({"alias": "", "name": "" if old else one.name, "uri": one.uri})
        raise KeyError(uri if old else key)

    def _found(self, what):
        found = Inlet(self._channel, what)
        return found if self._version >= (3, 0) else LazyXComSelectSequence(list(found))

    def __iter__(self):
        return iter(self._inlets)

    def __len__(self):
        return len(self._inlets)


class Inlet(Sequence):
    """The events of one asset, the oldest first."""

    def __init__(self, channel, what):
        self._channel, self._what, self._events = channel, what, None
        self._after = self._before = self._limit = None
        self._ascending = True

    def after(self, after):
        self._after = after
        return self

    def before(self, before):
        self._before = before
        return self

    def ascending(self, ascending=True):
        self._ascending = ascending
        return self

    def limit(self, limit):
        self._limit = limit
        return self

    def _chosen(self):
        if self._events is None:
            self._events = [Event(info) for info in self._channel.ask({"op": "events", **self._what})]
        after, before = _moment(self._after), _moment(self._before)
        events = [e for e in self._events if (after is None or e.timestamp >= after) and (before is None or e.timestamp <= before)]
        if not self._ascending:
            events.reverse()
        return events if self._limit is None else events[: self._limit]

    def __getitem__(self, key):
        return self._chosen()[key]

    def __iter__(self):
        return iter(self._chosen())

    def __len__(self):
        return len(self._chosen())


def _moment(at):
    return moments.read(at) if isinstance(at, str) else at


def _key(asset, version):
    """Name and URI of an asset; in Airflow 2, which has no names, the URI twice."""
    if isinstance(asset, str):
        return normal(asset), normal(asset)
    return (asset.uri if version < (3, 0) else asset.name), asset.uri


def _parts(reference):
    return [(name, getattr(reference, name)) for name in ("name", "uri") if hasattr(reference, name)]


def _referred(reference, known):
    for asset in known:
        if hasattr(asset, "uri") and all(getattr(asset, name) == value for name, value in _parts(reference)):
            return asset
    raise KeyError(f"among the inlets and outlets of the task, where a local run looks, is no asset with {_parts(reference)}")
