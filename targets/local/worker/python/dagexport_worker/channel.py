"""Messages to and from dagexport: one JSON value a line.

Values that JSON does not have are objects with the single key "~": {"~": [kind, payload]}. Maps whose keys are all strings
(none of them "~") are plain objects.
"""

import datetime
import json


class Channel:
    """A conversation over two binary files; every request that expects an answer waits for it."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    def send(self, message) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")
        self._writer.flush()

    def receive(self):
        line = self._reader.readline()
        if not line:
            raise EOFError("dagexport has gone away")
        return json.loads(line)

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
    kind, payload = value["~"]
    if kind == "map":
        return {from_wire(k, resolve): from_wire(v, resolve) for k, v in payload}
    if kind == "float":
        return float(payload)
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
    if kind == "output":
        return resolve.output(*payload)
    if kind == "call":
        function, partial, args, kwargs = payload
        keywords = {name: from_wire(item, resolve) for name, item in kwargs.items()}
        return resolve.call(from_wire(function, resolve), partial, from_wire(args, resolve), keywords)
    raise ValueError(f"unknown kind of value {kind!r}")
