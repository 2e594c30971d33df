"""An interpreter for one task: the way where forking is not safe or not there."""

import os
import signal
import sys

from . import environment
from .channel import Channel
from .child import Try, terminate
from .preload import prepare


def run_once() -> None:
    """Speak over the standard input and output that dagexport gave; the task's own output goes where standard error goes."""
    reader, writer = os.dup(0), os.dup(1)
    channel = Channel(reader, writer)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    run, problem = prepare(channel.receive())
    channel.send(problem or {"ok": True, "unsafe": "", "airflow": run.airflow})
    if not problem:
        signal.signal(signal.SIGTERM, terminate)
        *parts, message = channel.exactly(int(channel.line())).split(b"\0")
        environment.change(parts[2:])
        Try(run, reader, writer, len(message), message).run()
    sys.stdout.flush()
    sys.stderr.flush()
