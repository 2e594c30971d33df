"""Objects that JSON has not and Airflow stores nevertheless, as they come back from its store."""

import datetime
import sys

from . import moments
from .channel import from_wire

_NUMPY = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float64 float32 float16 complex128 complex64 bool bool_".split()
_OF_PENDULUM = (
    "pendulum.datetime.DateTime", "pendulum.date.Date", "pendulum.tz.timezone.Timezone", "pendulum.tz.timezone.FixedTimezone",
    "zoneinfo.ZoneInfo", moments.Moment.__module__ + ".Moment",
)  # fmt: skip


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
    if name == "datetime.datetime":
        return _moment(value, version)
    if name == "datetime.date":
        return _shown("date", [value.year, value.month, value.day])
    if name == "datetime.timedelta":
        return _shown("timedelta", (value.days * 86400 + value.seconds) * 1000000 + value.microseconds)
    if name == "uuid.UUID" and (version is None or version >= (3, 0)):
        return _shown("uuid", str(value))
    if name in _OF_PENDULUM:
        return _pickled(value)
    module, _, last = name.partition(".")
    if module == "numpy" and (last in _NUMPY) and not (isinstance(value, float) and version is not None and version < (3, 0)):
        return _pickled(value)
    if name in ("pandas.core.frame.DataFrame", "pandas.DataFrame"):
        import pyarrow  # noqa: F401  Airflow stores it as Parquet, and fails where that is missing

        return _pickled(value)
    return None


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
    """A date and time: its zone comes back by its name, and without one Airflow cannot read it."""
    from .xcoms import unreadable

    zone = value.tzinfo
    if zone is not None:
        if type(zone).__name__ == "FixedTimezone" and hasattr(zone, "offset"):
            zone = "UTC" if zone.offset == 0 else int(zone.offset)
        elif version is not None and version < (3, 0) and type(zone).__module__ + "." + type(zone).__name__ == "zoneinfo.ZoneInfo":
            zone = ["zoneinfo", zone.key]
        else:
            zone = getattr(zone, "key", None) or getattr(zone, "name", None) or getattr(zone, "zone", None) or _utc(zone)
        if zone is None:
            return unreadable(ValueError("ZoneInfo keys must be normalized relative paths, got: "), value)
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    return _shown("at", [parts, value.fold, zone])


def _utc(zone):
    return "UTC" if zone.utcoffset(None) == datetime.timedelta(0) else None


def moment(parts, fold, zone):
    """What _moment has written."""
    if isinstance(zone, str):
        zone = moments.timezone(zone)
    elif isinstance(zone, list):
        import zoneinfo

        zone = zoneinfo.ZoneInfo(zone[1])
    elif zone is not None:
        zone = moments.offset(zone)
    return datetime.datetime(*parts, tzinfo=zone, fold=fold)
