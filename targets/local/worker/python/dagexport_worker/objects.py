"""Objects that JSON has not and Airflow stores nevertheless, as they come back from its store."""

import datetime
import sys

from . import moments
from .channel import from_wire

_INTEGERS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
_OTHER_NUMBERS = {
    2: "bool_ float64 float16 complex128 complex64".split(),
    3: "bool bool_ float64 float32 float16 complex128 complex64".split(),
}
_ZONES = ("pendulum.tz.timezone.Timezone", "pendulum.tz.timezone.FixedTimezone", "zoneinfo.ZoneInfo")
_DATES = ("datetime.datetime", "pendulum.datetime.DateTime", moments.Moment.__module__ + ".Moment")


def encode(value, version, inner):
    """The wire form of an object; `inner` encodes what is in it. Raises TypeError for what Airflow cannot store."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    named = isinstance(value, tuple) and kind is not tuple and hasattr(value, "_fields") and hasattr(value, "_asdict")
    if kind is tuple or named:
        return {"~": ["tuple", [inner(item, version) for item in value]]}
    if kind in (set, frozenset):
        return _shown(kind.__name__, [inner(item, version) for item in value])
    made = _known(name, value, version)
    if made is not None:
        return made
    if version is None:
        raise TypeError(f"cannot carry a {kind.__name__}")
    return _of_classes(value, kind, name, version, inner)


def _known(name, value, version):
    """The objects that Airflow has a form of its own for; None for any other."""
    if name == "decimal.Decimal":
        rounded = value if version is None else _rounded(value)
        if version is not None and version >= (3, 0) and rounded - rounded != 0:
            raise ValueError(f"Out of range float values are not JSON compliant: {rounded!r}")
        return _shown("decimal", str(rounded))
    if name in _DATES:
        return _pickled(value) if version is None else _moment(value, version)
    if name == "datetime.date":
        return _shown("date", [value.year, value.month, value.day])
    if name == "datetime.timedelta":
        if version is not None:
            value = datetime.timedelta(seconds=value.total_seconds())
        return _shown("timedelta", (value.days * 86400 + value.seconds) * 1000000 + value.microseconds)
    if name == "uuid.UUID" and (version is None or version >= (3, 0)):
        return _shown("uuid", str(value))
    if name in _ZONES or name == "pendulum.date.Date" and (version is None or version >= (3, 0)):
        return _pickled(value)
    if name.startswith("numpy."):
        return _of_numpy(value, name.partition(".")[2], version)
    if name == "pandas.core.frame.DataFrame" or name == "pandas.DataFrame" and (version is None or version >= (3, 0)):
        import pyarrow  # noqa: F401  Airflow stores it as Parquet, and fails where that is missing

        return _pickled(value)
    return None


def _of_numpy(value, name, version):
    """A number of numpy, as it comes back; None for anything else."""
    if version is None or name in _INTEGERS:
        return _pickled(value)
    old = version < (3, 0)
    if name not in _OTHER_NUMBERS[2 if old else 3] or old and isinstance(value, float):
        return None
    if name.startswith("bool"):
        return _pickled(type(value)(True) if old else value)  # Airflow 2 makes True of any
    if old and not hasattr(sys.modules["numpy"], "float_"):
        raise AttributeError("`np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.")
    plain = float(value.real)
    if not old and plain - plain != 0:
        raise ValueError(f"Out of range float values are not JSON compliant: {plain!r}")
    made = _pickled(type(value)(plain))
    if isinstance(value, float):
        made["~"].append(plain)  # so run records show it
    return made


def _of_classes(value, kind, name, version, inner):
    """What is stored by what its class says of it. Only classes of Airflow itself are read back, unless Airflow is told otherwise."""
    from .xcoms import _not_allowed, unreadable

    model = version >= (3, 0) and _is_model(kind)
    if not model and isinstance(value, (float, int, str)):
        if hasattr(kind, "__members__"):
            return inner(value.value, version)
        if isinstance(value, float):
            return inner(float(value), version)
        return int(value) if isinstance(value, int) else str.__str__(value)
    dataclass, attrs = hasattr(kind, "__dataclass_fields__"), hasattr(kind, "__attrs_attrs__")
    if model:
        inner(value.model_dump(mode="json"), version)
    elif hasattr(value, "serialize"):
        data = value.serialize()
        if isinstance(data, dict):
            inner(data, version)
    elif dataclass:
        import dataclasses

        inner(dataclasses.asdict(value), version)
    elif attrs:
        inner({field.name: getattr(value, field.name) for field in kind.__attrs_attrs__ if field.init}, version)
    else:
        raise TypeError(
            f"Cannot serialize object of type {kind}. Give it a `serialize()` method and a "
            "`deserialize(data, version)` staticmethod, or decorate the class with @dataclass or @attr.define. "
            "See: https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/serializers.html"
        )
    if name.startswith("airflow."):
        return _pickled(value)
    return unreadable(ImportError(_not_allowed(name)), value)


def _is_model(kind):
    base = getattr(sys.modules.get("pydantic"), "BaseModel", None)
    return base is not None and issubclass(kind, base)


def _shown(kind, payload):
    """A mark with the repr of what it stands for."""
    wire = {"~": [kind, payload]}
    try:
        wire["~"].append(repr(from_wire(wire, None)))
    except Exception as error:  # something within it cannot be read
        from .xcoms import unreadable

        return unreadable(error, payload)
    return wire


def _pickled(value):
    import base64
    import pickle

    return {"~": ["pickle", base64.b64encode(pickle.dumps(value)).decode(), repr(value)]}


def _rounded(value):
    """A decimal as Airflow keeps it: as a number of JSON."""
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)


def _moment(value, version):
    """A date and time: it comes back from its number of seconds and the name of its zone, and without one Airflow cannot read it."""
    from .xcoms import unreadable

    zone = value.tzinfo
    if zone is not None:
        kind = f"{type(zone).__module__}.{type(zone).__name__}"
        if kind == "pendulum.tz.timezone.FixedTimezone":
            zone = int(zone.offset) or "UTC"
        elif kind == "zoneinfo.ZoneInfo" and version < (3, 0):
            zone = ["zoneinfo", zone.key]
        else:
            zone = getattr(zone, "key", None) or getattr(zone, "name", None) or getattr(zone, "zone", None) or _utc(zone)
        if zone is None:
            return unreadable(ValueError("ZoneInfo keys must be normalized relative paths, got: "), value)
    try:
        back = type(value).fromtimestamp(value.timestamp(), tz=_zone(zone))
    except (ValueError, OverflowError) as error:
        return unreadable(error, value)
    if type(value) is not datetime.datetime:
        return _pickled(back)
    parts = [back.year, back.month, back.day, back.hour, back.minute, back.second, back.microsecond]
    return _shown("at", [parts, back.fold, zone])


def _utc(zone):
    return "UTC" if zone.utcoffset(None) == datetime.timedelta(0) else None


def moment(parts, fold, zone):
    """What _moment has written."""
    return datetime.datetime(*parts, tzinfo=_zone(zone), fold=fold)


def _zone(zone):
    if isinstance(zone, str):
        return moments.timezone(zone)
    if isinstance(zone, list):
        import zoneinfo

        return zoneinfo.ZoneInfo(zone[1])
    return None if zone is None else moments.offset(zone)
