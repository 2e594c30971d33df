"""The warm interpreter: imports the user's modules once, then keeps forks of itself ready for what dagexport hands over."""

import gc
import os
import select
import signal
import socket
import struct
import sys

from . import context, spare
from .channel import Channel
from .child import terminate
from .preload import prepare

_REHEARSALS = 24  # as often as Python 3.11 and newer run a function before they have settled how


def serve(control: int, tasks: int) -> None:
    """Answer "start" once, then keep processes ready until dagexport closes the sockets.

    After the start, each byte over the control socket asks for one process more to be there at all times: one that has ended is
    replaced. What a process does is in spare.py. When it has ended, the control socket brings "N STATUS", N being its number.
    """
    control_socket = socket.socket(fileno=control)
    control_socket.set_inheritable(False)
    tasks_socket = socket.socket(fileno=tasks)
    tasks_socket.set_inheritable(False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)  # the standard input of every task
    os.close(null)
    channel = Channel(control, control)
    run, problem = prepare(channel.receive())
    channel.send(problem or {"ok": True, "unsafe": _unsafe((control, tasks)), "airflow": run.airflow})
    if problem:
        return
    if not run.airflow:
        _rehearse(run)
    gc.collect()
    gc.freeze()  # what was imported is not written to by the collector, so it stays shared after a fork
    _loop(control_socket, tasks_socket, run)


def _unsafe(own) -> str:
    """Why forking would not be safe after the user's imports; "" when it is."""
    if sys.platform == "darwin":
        return "macOS frameworks do not survive a fork"
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        names = ", ".join(t.name for t in threading.enumerate() if t is not threading.main_thread())
        return f"the imported modules started a thread ({names})"
    try:
        if len(os.listdir("/proc/self/task")) > 1:
            return "the imported modules started a native thread"
        for name in os.listdir("/proc/self/fd"):
            if int(name) not in own and int(name) > 2 and _is_socket(int(name)):
                return "the imported modules opened a socket"
    except FileNotFoundError:
        pass  # no /proc: only Python's own threads are known
    return ""


def _is_socket(fd: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    except OSError:
        return False


def _loop(control: socket.socket, tasks: socket.socket, run) -> None:
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    # What a task's process has is set here, once: a page that Python writes to after a fork is copied for each task.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, terminate)
    numbers = {}  # of the processes that are there, by pid
    wanted = last = 0
    control_number, tasks_number = control.fileno(), tasks.fileno()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake_read, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == wake_read:
                os.read(wake_read, 4096)
                _reap(control, numbers)
                continue
            asked = control.recv(4096)
            if not asked:
                return
            wanted += len(asked)
        while len(numbers) < wanted:
            last += 1
            pid = os.fork()
            if pid == 0:
                spare.become(run, last, tasks.recvmsg, control_number, tasks_number)
            numbers[pid] = last


def _reap(control: socket.socket, numbers) -> None:
    """Tell of the processes that have ended. The user's modules may have started some too, whose ends are nobody's business."""
    while numbers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        if pid in numbers:
            control.sendall(b"%d %d\n" % (numbers.pop(pid), status))


def _nothing() -> None:
    """What is called at rehearsals."""


def _rehearse(run) -> None:
    """Go through what each process goes through, some times.

    What Python notes by doing so (where attributes are found, how code is best executed) the processes then have, instead of each
    noting it anew in pages that have to be copied for that.
    """
    saved = os.dup(1), os.dup(2)
    name = "AIRFLOW_CTX_TASK_ID"
    run.plain[b"rehearsal"] = _nothing
    packet = b"0\0rehearsal\0" + b"1\0" + name.encode() + b"="
    for _ in range(_REHEARSALS):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        mine, its = socket.socketpair()
        log = os.open(os.devnull, os.O_WRONLY)
        ours.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("ii", log, its.fileno()))])
        spare.live(run, 1, theirs.recvmsg, os.dup(log), os.dup(log))
        os.close(log)
        for one in (ours, theirs, mine, its):
            one.close()
    del os.environ[name], run.plain[b"rehearsal"]
    context.forget()
    for number, descriptor in enumerate(saved, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
