"""execution_timeout of the one try that a process is for, where the system has an alarm; elsewhere dagexport alone ends the process."""

import contextlib
import signal

_seconds = None  # what execution_timeout is; None: none
_channel = None  # to dagexport, which watches the time too; None: it counts as here
timeouts = ()  # the exception of execution_timeout, once it is exceeded


@contextlib.contextmanager
def limit(seconds, channel, version):
    """Interrupt what runs inside after so many seconds; None: never."""
    global _seconds, _channel
    if seconds is None or not hasattr(signal, "SIGALRM"):
        yield
        return
    _seconds, _channel = seconds, channel if version >= (3, 0) else None
    signal.signal(signal.SIGALRM, _time_out)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _seconds = None


@contextlib.contextmanager
def deferred():
    """While a trigger is waited for: Airflow 3 does not count that time, and what goes on then has all of execution_timeout again."""
    if _seconds is None or _channel is None:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    _channel.send({"op": "deferred"})
    try:
        yield
    finally:
        _channel.send({"op": "resumed"})
        signal.setitimer(signal.ITIMER_REAL, _seconds)


def longest(timeout):
    """What bounds a task that starts from its trigger: the scheduler looks at execution_timeout too. Both are in seconds, or None."""
    return min((one for one in (timeout, _seconds) if one is not None), default=None)


def _time_out(_number, _frame):
    global timeouts
    import os

    from .shim import exception

    timeouts = (exception("AirflowTaskTimeout"),)
    raise timeouts[0](f"Timeout, PID: {os.getpid()}")
