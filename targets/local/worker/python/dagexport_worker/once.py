"""An interpreter for one task: the way where forking is not safe or not there."""

import os
import sys

from .channel import Channel
from .child import run_task
from .preload import prepare


def run_once() -> None:
    """Speak over the standard input and output that dagexport gave; the task's own output goes where standard error goes."""
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    channel = Channel(reader, writer)
    run, problem = prepare(channel.receive())
    channel.send(problem or {"ok": True, "unsafe": "", "airflow": run.airflow})
    if not problem:
        run_task(channel, run)
    sys.stdout.flush()
    sys.stderr.flush()
