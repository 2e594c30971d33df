"""A task that dagexport executes itself, such as bash, while this process holds its context."""

import copy
import os
import signal
import sys

from .channel import from_wire


class Ended(Exception):
    """The task has not succeeded: what dagexport says of it."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.end = {"end": "result", "outcome": answer["outcome"], "error": answer["error"], "raised": answer["raised"], "value": None}
        self.told = answer["raised"] or answer["error"]


class Elsewhere:
    """It is made before anything is called, and knows then what hooks have changed."""

    failure = Ended

    def __init__(self, attempt, message):
        self._attempt, self._message = attempt, message
        self._environ = dict(os.environ)
        names = [*(message.get("fields") or ()), "skip_on_exit_code"]
        self._fields = {name: copy.deepcopy(self._field(name)) for name in names}

    def _field(self, name):
        return getattr(self._attempt.context["task"], name, None)

    def execute(self, command, resolver):
        """Have it executed, and return what it comes to."""
        around = self._message["around"]
        left = signal.setitimer(signal.ITIMER_REAL, 0)[0] if command and hasattr(signal, "SIGALRM") else 0
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        try:
            os.write(1, around["mark"].encode() + b"\n")
        except OSError:
            pass  # what it writes goes nowhere
        fields = {name: self._field(name) for name, old in self._fields.items() if self._field(name) != old}
        request = {"op": "execute", "command": command or "", "environ": self._changes(), "fields": fields, "left": left}
        answer = self._attempt.channel.ask(request)
        if answer["outcome"] != "success":
            raise Ended(answer)
        processor = from_wire(around["processor"], resolver)
        return answer["value"] if processor is None else processor(answer["value"])

    def _changes(self):
        new, old = os.environ, self._environ
        return [f"{name}={value}" for name, value in new.items() if old.get(name) != value] + [name for name in old if name not in new]
