"""The environment variables of tasks."""

import os

_bytes = getattr(os, "environb", None)  # Windows has none


def change(changes) -> None:
    """Set what is given as NAME=VALUE, and remove what is given as NAME."""
    for one in changes:
        name, given, value = one.partition(b"=")
        if not given:
            os.environ.pop(name.decode(errors="surrogateescape"), None)
        elif _bytes is None:
            os.environ[name.decode()] = value.decode()
        else:
            _bytes[name] = value
