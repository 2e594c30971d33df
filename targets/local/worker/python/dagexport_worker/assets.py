"""Assets (Airflow 2: datasets) as callables name them, and the events that a run answers as each version of Airflow shows them."""

import collections
import datetime
import sys
from collections.abc import Mapping

# Where the real classes are, once the user's code has imported them: of Airflow 3, of Airflow 2.
_REAL = {
    "asset": (("airflow.sdk.definitions.asset", "Asset"), ("airflow.datasets", "Dataset")),
    "alias": (("airflow.sdk.definitions.asset", "AssetAlias"), ("airflow.datasets", "DatasetAlias")),
    "any": (("airflow.sdk.definitions.asset", "AssetAny"), ("airflow.datasets", "DatasetAny")),
    "all": (("airflow.sdk.definitions.asset", "AssetAll"), ("airflow.datasets", "DatasetAll")),
}


# What an Asset of Airflow 3.3 shows of an argument that local runs do not follow.
_MORE = ", access_control=AssetAccessControl(producer_teams=[], consumer_teams=None, allow_global=True)"

played = (0, 0)  # the version of Airflow; set once it is known


class Asset:
    """An asset as the key of its events: assets of the same name and URI are the same."""

    def __init__(self, name=None, uri=None, *, group="asset", extra=None, watchers=None):
        if name is None and uri is None:
            raise TypeError("Asset() requires either 'name' or 'uri'")
        self.name = uri if name is None else name
        self.uri = normal(self.name if uri is None else uri)
        self.group, self.extra, self.watchers = group, extra or {}, watchers or []

    @staticmethod
    def ref(*, name=None, uri=None):
        if (name is None) == (uri is None):
            raise TypeError("Asset reference expects keyword argument 'name' or 'uri', but not both")
        return AssetNameRef(name) if uri is None else AssetUriRef(uri)

    def __eq__(self, other):
        return (self.name, self.uri) == (getattr(other, "name", None), getattr(other, "uri", None))

    def __hash__(self):
        return hash((self.name, self.uri))

    def __repr__(self):
        shown = f"name={self.name!r}, uri={self.uri!r}, group={self.group!r}, extra={self.extra!r}, watchers={self.watchers!r}"
        return f"Asset({shown}{_MORE if played >= (3, 3) else ''})"


class Dataset(Asset):
    """What Airflow 2 has instead: its URI alone tells it from others."""

    def __init__(self, uri, extra=None):
        super().__init__(uri=normal(uri))
        self.extra = extra

    def __repr__(self):
        return f"Dataset(uri={self.uri!r}, extra={self.extra!r})"


class AssetAlias:
    """What stands for assets that only the code of a task knows."""

    def __init__(self, name, group="asset"):
        self.name, self.group = name, group

    def __eq__(self, other):
        return is_alias(other) and self.name == other.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f"AssetAlias(name={self.name!r}, group={self.group!r})"


class DatasetAlias(AssetAlias):
    def __init__(self, name):
        super().__init__(name)

    def __repr__(self):
        return f"DatasetAlias(name={self.name!r})"


class _Set:
    """A condition over assets."""

    def __init__(self, *objects):
        self.objects = objects

    def __eq__(self, other):
        return type(other) is type(self) and list(self.objects) == list(other.objects)

    def __hash__(self):
        return hash(tuple(self.objects))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(str, self.objects))})"


class AssetAny(_Set):
    pass


class AssetAll(_Set):
    pass


class _OldSet(_Set):
    """That of Airflow 2 keeps a list, and has no equality of its own."""

    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(self, *objects):
        super().__init__(*objects)
        self.objects = list(objects)


class DatasetAny(_OldSet):
    pass


class DatasetAll(_OldSet):
    pass


class AssetNameRef:
    def __init__(self, name):
        self.name = name


class AssetUriRef:
    def __init__(self, uri):
        self.uri = uri


class Metadata:
    """What a task yields of an asset. Airflow 2 calls the first argument target."""

    def __init__(self, asset=None, extra=None, alias=None, *, target=None):
        self.asset = asset if target is None else target
        self.extra, self.alias = extra or {}, alias


def is_alias(thing):
    return hasattr(thing, "name") and not hasattr(thing, "uri") and type(thing).__name__ != "AssetNameRef"


def normal(uri):
    """A URI as Airflow keeps it."""
    import urllib.parse

    parsed = urllib.parse.urlsplit(uri)
    scheme = parsed.scheme.lower()
    if not scheme or scheme.startswith("x-"):
        return uri
    query = urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(parsed.query))) if parsed.query else ""
    host = parsed.netloc.rpartition("@")[2]
    path = parsed.path.rstrip("/") or "/"
    return urllib.parse.urlunsplit(parsed._replace(scheme=scheme, netloc=host, path=path, query=query, fragment=""))


def made(kind, version, name, uri=None, group=None, extra=None):
    """An asset or alias of the pipeline file, or a set of those in name: of the real class where the user's code has imported it."""
    old = version < (3, 0)
    module, real = _REAL[kind][old]
    make = getattr(sys.modules.get(module), real, globals()[real])
    if kind in ("any", "all"):
        return make(*name)
    if kind == "alias":
        return make(name)
    if old:
        return make(uri or name, extra)
    given = {"name": name or None, "uri": uri or None, "group": group or None, "extra": extra}
    return make(**{key: value for key, value in given.items() if value is not None})


class Event:
    """An event of an asset that is kept here."""

    def __init__(self, info):
        self.asset = Asset(info["name"], info["uri"])
        self.dataset = self.asset
        self.uri = info["uri"]
        self.extra = info["extra"]
        self.source_aliases = [AssetAlias(name) for name in info["aliases"]]
        self.source_dag_id, self.source_task_id = info["dag_id"], info["task_id"]
        self.source_run_id, self.source_map_index = info["run_id"], info["map_index"]
        self.timestamp = datetime.datetime.fromisoformat(info["timestamp"])


class Triggering(Mapping):
    """triggering_asset_events of Airflow 3: lists of events by asset and by alias."""

    def __init__(self, infos):
        self._events = collections.defaultdict(list)
        for event in map(Event, infos):
            self._events[event.asset].append(event)
            for alias in event.source_aliases:
                self._events[alias].append(event)

    def __getitem__(self, key):
        kind = type(key).__name__
        if kind in ("AssetNameRef", "AssetUriRef"):
            return self.for_asset(name=getattr(key, "name", None), uri=getattr(key, "uri", None))
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
            if not is_alias(asset) and name in (None, asset.name) and uri in (None, asset.uri):
                return events
        raise KeyError(name or uri)

    def for_asset_alias(self, *, name):
        return self[AssetAlias(name)]


def add_events(context, infos, version):
    """Put the events that a run answers into its context, under the name and in the form of the played version."""
    if version >= (3, 0):
        context["triggering_asset_events"] = Triggering(infos)
        return
    events = context["triggering_dataset_events"] = collections.defaultdict(list)
    for info in infos:
        events[info["uri"]].append(Event(info))
