"""The environment variables of tasks."""

import os


class Environment:
    """The environment that the next fork gets: that of the run with what a task has otherwise."""

    def __init__(self):
        self._now = {}  # what the last task has otherwise
        self._before = {}  # the run's own values of these names

    def change(self, changes):
        """Set what a request has as NAME=VALUE, remove what it has as NAME, and undo the last changes."""
        now = {}
        for change in changes:
            name, given, value = change.partition("=")
            now[name] = value if given else None
        for name in self._now:
            if name not in now:
                _set(name, self._before.pop(name))
        for name, value in now.items():
            if name not in self._now:
                self._before[name] = os.environ.get(name)
            elif self._now[name] == value:
                continue
            _set(name, value)
        self._now = now


def _set(name, value) -> None:
    if value is not None:
        os.environ[name] = value
    elif name in os.environ:
        del os.environ[name]
