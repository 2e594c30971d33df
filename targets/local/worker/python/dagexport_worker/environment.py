"""The environment variables of tasks."""

import os


class Environment:
    """The environment that the next fork gets: that of the run with what a task has otherwise."""

    def __init__(self):
        self._now = {}  # what the last task has otherwise
        self._before = {}  # the run's own values of these names

    def change(self, changes):
        """Set what a message has, remove what it has as null, and undo the last changes."""
        for name in self._now:
            if name not in changes:
                _set(name, self._before.pop(name))
        for name, value in changes.items():
            if name not in self._now:
                self._before[name] = os.environ.get(name)
            elif self._now[name] == value:
                continue
            _set(name, value)
        self._now = changes


def _set(name, value) -> None:
    if value is not None:
        os.environ[name] = value
    elif name in os.environ:
        del os.environ[name]
