"""What a process does that the warm interpreter has forked: wait for a task, and do it.

A page of memory is copied for each process that writes to it, and Python writes wherever it looks, for it counts references. So
the way of the simplest task, a function that takes nothing and returns nothing, has few steps here and names little.
"""

import sys
from os import _exit, close, dup2, getpid, setsid, write
from signal import set_wakeup_fd
from struct import Struct

from . import context
from .channel import Channel
from .child import SUCCESS_LINE, Try
from .environment import change

_PACKET = 4096  # bytes; no packet has more
_descriptors = Struct("ii").unpack
_RIGHTS = 24  # room for two descriptors: socket.CMSG_LEN(8)


def become(run, number, receive, control, tasks):
    """The life of a process from its fork to its end; control and tasks are the descriptors of the server's sockets."""
    status = 1
    try:
        setsid()
        live(run, number, receive, control, tasks)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        _exit(status)


def live(run, number, receive, control, tasks):
    """Wait for a packet, and do the task that it brings. Without one, there is nothing left to do.

    A packet has two descriptors, of the task's log and its channel, and parts that are divided by NUL: the number of bytes
    of the request that are in the channel, the plain function to call (see Run.plain), whether to log what it returns, and
    changes of the environment. A packet of one part says that the others are at the beginning of the channel. The channel is
    told "NUMBER PID" first.
    """
    set_wakeup_fd(-1)
    close(control)
    data, rights, _, _ = receive(_PACKET, _RIGHTS)
    if not data:
        return
    close(tasks)
    log, descriptor = _descriptors(rights[0][2])
    dup2(log, 1)
    dup2(log, 2)
    close(log)
    write(descriptor, b"%d %d\n" % (number, getpid()))
    parts = data.split(b"\0")
    length = int(parts[0])
    message = None
    if len(parts) == 1:
        parts = Channel(descriptor, descriptor).exactly(length).split(b"\0")
        message = parts.pop()
        parts.insert(0, b"")
    change(parts[3:])
    function = run.plain.get(parts[1])
    attempt = (run, descriptor, descriptor, length, message)
    if function is None:
        Try(*attempt).run()
    else:
        context.make_current_when_asked(attempt)
        try:
            value = function()
        except BaseException as error:
            context.attempt().raise_plainly(error)
        else:
            if value is None and not context.asked():
                print("Done. Returned value was: None" if parts[2] else "Done. Returned value not shown")
                write(descriptor, SUCCESS_LINE)
            else:
                context.attempt().return_plainly(function, value)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
