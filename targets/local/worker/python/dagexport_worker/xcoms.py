"""XCom values on their way out and back: what Airflow can store, and as what it comes back.

The form is that of channel.from_wire. An object that JSON has not goes with its repr, for run records.
"""

from .channel import from_wire
from .objects import encode as encode_object
from .sequences import LazySequence

# What Airflow keeps for itself in a dict.
_RESERVED = ("__classname__", "__id__")


def encode(value):
    """A value that no version of Airflow stores, such as what a template comes to: with keys and tuples as they are."""
    return {"value": [_exact(value)]}


def push_message(key, value, version):
    return {"op": "push", "key": key, **stored(value, version)}


def stored(value, version):
    """{"value": [what Airflow keeps]}. Raises what Airflow raises for what it cannot keep."""
    if isinstance(value, LazySequence) and version < (3, 0):
        value = list(value)  # within another value it cannot be stored, and in Airflow 3 never
    if version >= (3, 0):
        return {"value": [_serialized(value, version)]}
    if isinstance(value, dict) and not value.keys().isdisjoint(_RESERVED):
        raise AttributeError("reserved key __classname__ found in dict to serialize")
    return {"value": [_serialized(value, version) if isinstance(value, tuple) else _as_json(value, version, set())]}


def decode(answer):
    """The object of a value that was stored."""
    return from_wire(answer["value"], None) if answer.get("marked") else answer["value"]


def _serialized(value, version):
    """What Airflow 3 makes of a value: keys are texts, a tuple stays one. It sends texts as UTF-8, which half a character has not."""
    if version >= (3, 0) and type(value) is str and not value.isascii():
        value.encode()
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return _finite(value) if version >= (3, 0) else number(value)
    if isinstance(value, list):
        return [_serialized(item, version) for item in value]
    if isinstance(value, dict):
        if not value.keys().isdisjoint(_RESERVED):
            raise AttributeError(f"reserved key {_RESERVED[0]} or {_RESERVED[1]} found in dict to serialize")
        return _dict({str(key): _serialized(item, version) for key, item in value.items()})
    return encode_object(value, version, _serialized)


def _as_json(value, version, within):
    """What Airflow 2 makes of a value that is no tuple: JSON, with objects for what JSON has not."""
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, (list, tuple)):
        with _Once(value, within):
            return [_as_json(item, version, within) for item in value]
    if isinstance(value, dict):
        with _Once(value, within):
            items = {_key(key): _as_json(item, version, within) for key, item in value.items()}
        if "__classname__" in items and "__version__" in items:
            return unreadable(ImportError(_not_allowed(items["__classname__"])), value)
        return _dict(items)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    try:
        return encode_object(value, version, _serialized)
    except TypeError:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable") from None


class _Once:
    """Refuses a list or dict that is within itself."""

    def __init__(self, value, within):
        self._id, self._within = id(value), within

    def __enter__(self):
        if self._id in self._within:
            raise ValueError("Circular reference detected")
        self._within.add(self._id)

    def __exit__(self, *_):
        self._within.discard(self._id)


def _key(key):
    """The key of a dict as JSON writes it."""
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or key is True or key is False:
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(float.__repr__(key), float.__repr__(key))
    if isinstance(key, int):
        return int.__repr__(key)
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__module__.replace('builtins', '')}{type(key).__name__}")


def _dict(items):
    """A dict with texts for keys; one that looks like an object of the wire is written as pairs."""
    return {"~": ["map", [list(pair) for pair in items.items()]]} if "~" in items else items


def _finite(value):
    """A float as Airflow 3 can send it to its server."""
    if value - value != 0:
        raise ValueError(f"Out of range float values are not JSON compliant: {value!r}")
    return value


def number(value):
    value = float(value)
    return value if value - value == 0 else {"~": ["float", float.__repr__(value)]}


def unreadable(error, value):
    """What Airflow stores and cannot read back."""
    return {"~": ["unreadable", [type(error).__name__, str(error)], repr(value)]}


def _not_allowed(name):
    return (
        f"{name} was not found in allow list for deserialization imports. "
        "To allow it, add it to allowed_deserialization_classes in the configuration"
    )


def _exact(value):
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return number(value)
    if type(value) is list:
        return [_exact(item) for item in value]
    if type(value) is dict and all(type(key) is str for key in value):
        return _dict({key: _exact(item) for key, item in value.items()})
    if type(value) is dict:
        return {"~": ["map", [[_exact(key), _exact(item)] for key, item in value.items()]]}
    if isinstance(value, LazySequence):
        return {"~": [type(value).__name__, [_exact(item) for item in value]]}
    try:
        return encode_object(value, None, lambda item, _: _exact(item))
    except TypeError:
        return {"~": ["unreadable", ["TypeError", f"cannot carry a {type(value).__name__}"], repr(value)]}
