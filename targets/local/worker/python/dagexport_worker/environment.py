"""The environment variables of tasks."""

from os import environ, environb


def change(changes) -> None:
    """Set what is given as NAME=VALUE, and remove what is given as NAME."""
    for one in changes:
        name, given, value = one.partition(b"=")
        if given:
            environb[name] = value
        else:
            environ.pop(name.decode(errors="surrogateescape"), None)
