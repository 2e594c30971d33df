"""Messages to and from dagexport: one JSON value a line.

Values that JSON does not have are objects with the single key "~": {"~": [kind, payload]}. Maps whose keys are all strings
(none of them "~") are plain objects.
"""

import datetime
import json
import os

_raw_decode = json.JSONDecoder().raw_decode


def line(message) -> bytes:
    return json.dumps(message).encode() + b"\n"


def decode(data: bytes):
    """json.loads, without the steps before decoding that what dagexport sends does not need."""
    return _raw_decode(data.decode())[0]


class Channel:
    """A conversation over two descriptors; every request that expects an answer waits for it."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self._read = b""

    def send(self, message) -> None:
        self.write(line(message))

    def write(self, data: bytes) -> None:
        """Send a message that is a line already."""
        while data:
            data = data[os.write(self._writer, data) :]

    def receive(self):
        return decode(self.line())

    def line(self) -> bytes:
        """The next line, without its end."""
        parts = [self._read]
        while b"\n" not in parts[-1]:
            parts.append(self._more(1 << 16))
        first, _, self._read = b"".join(parts).partition(b"\n")
        return first

    def exactly(self, length: int) -> bytes:
        """The next bytes, that many."""
        parts = [self._read[:length]]
        self._read = self._read[length:]
        missing = length - len(parts[0])
        while missing:
            parts.append(self._more(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def _more(self, most: int) -> bytes:
        data = os.read(self._reader, most)
        if not data:
            raise EOFError("dagexport has gone away")
        return data

    def ask(self, message):
        self.send(message)
        return self.receive()


def from_wire(value, resolve):
    """The Python object of a value; `resolve` finds what it names (values.Resolver)."""
    if isinstance(value, list):
        return [from_wire(item, resolve) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) != ["~"]:
        return {key: from_wire(item, resolve) for key, item in value.items()}
    kind, payload = value["~"][:2]
    if kind == "map":
        return {from_wire(k, resolve): from_wire(v, resolve) for k, v in payload}
    if kind == "float":
        return float(payload)
    if kind == "tuple":
        return tuple([from_wire(item, resolve) for item in payload])
    if kind == "timedelta":
        return datetime.timedelta(microseconds=payload)
    if kind == "date":
        return datetime.date(*payload)
    if kind == "datetime":
        from .moments import moment

        return moment(*payload)
    if kind == "ref":
        return resolve(*payload)
    if kind == "function":
        return resolve.function(payload)
    if kind == "lambda":
        return resolve.lambda_(payload)
    if kind in ("asset", "alias", "any", "all"):
        return resolve.asset(kind, [from_wire(item, resolve) for item in payload])
    if kind == "output":
        return resolve.output(*payload)
    if kind == "call":
        function, partial, args, kwargs = payload
        keywords = {name: from_wire(item, resolve) for name, item in kwargs.items()}
        return resolve.call(from_wire(function, resolve), partial, from_wire(args, resolve), keywords)
    if kind == "not_set":
        from .values import not_set

        return not_set()
    if kind == "template":
        return resolve.template(payload)  # rendered before; Try has numbered it
    return _object(kind, payload, resolve)


def _object(kind, payload, resolve):
    """What only XComs have."""
    if kind in ("set", "frozenset"):
        return {"set": set, "frozenset": frozenset}[kind]([from_wire(item, resolve) for item in payload])
    if kind == "decimal":
        from decimal import Decimal

        return Decimal(payload)
    if kind == "uuid":
        from uuid import UUID

        return UUID(payload)
    if kind == "at":
        from .objects import moment

        return moment(*payload)
    if kind == "pickle":
        import base64
        import pickle

        return pickle.loads(base64.b64decode(payload))
    if kind.startswith("Lazy"):
        from .sequences import KINDS

        return KINDS[kind]([from_wire(item, resolve) for item in payload])
    if kind == "unreadable":
        import builtins

        name, message = payload
        raise getattr(builtins, name)(message)
    raise ValueError(f"unknown kind of value {kind!r}")
