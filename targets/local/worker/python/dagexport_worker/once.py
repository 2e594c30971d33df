"""An interpreter for one task: the way where forking is not safe or not there."""

import os
import signal
import sys

from .channel import Channel
from .child import Try, terminate
from .environment import Environment
from .preload import prepare


def run_once() -> None:
    """Speak over the standard input and output that dagexport gave; the task's own output goes where standard error goes."""
    channel = Channel(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    run, problem = prepare(channel.receive())
    channel.send(problem or {"ok": True, "unsafe": "", "airflow": run.airflow})
    if not problem:
        request = channel.request()
        Environment().change(request[3:-1])
        signal.signal(signal.SIGTERM, terminate)
        Try(run, request, channel).run()
    sys.stdout.flush()
    sys.stderr.flush()
