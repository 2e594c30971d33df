"""The warm interpreter: imports the user's modules once, then forks for every task that dagexport hands over."""

import gc
import os
import select
import signal
import socket
import struct
import sys

from .channel import Channel, fields
from .child import Try, terminate
from .environment import Environment
from .preload import prepare

_FIRST = 1 << 12  # bytes that are read at first: most messages
_MOST = 1 << 16
_RIGHTS = socket.CMSG_LEN(struct.calcsize("ii"))


def serve(fd: int) -> None:
    """Answer "start" once, then fork for every pair of descriptors that arrives, until dagexport closes the socket.

    After the start, each message over the socket is a line "N LENGTH" with two descriptors, the log and the channel of task N,
    and as many bytes of its request. What comes back is "N PID" when the task's process is there and "-PID STATUS" when it has ended.
    """
    control = socket.socket(fileno=fd)
    control.set_inheritable(False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)  # the standard input of every task
    os.close(null)
    channel = Channel(fd, fd)
    run, problem = prepare(channel.receive())
    channel.send(problem or {"ok": True, "unsafe": _unsafe(fd), "airflow": run.airflow})
    if problem:
        return
    gc.collect()
    gc.freeze()  # what was imported is not written to by the collector, so it stays shared after a fork
    _loop(control, run)


def _unsafe(own: int) -> str:
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
            if int(name) != own and int(name) > 2 and _is_socket(int(name)):
                return "the imported modules opened a socket"
    except FileNotFoundError:
        pass  # no /proc: only Python's own threads are known
    return ""


def _is_socket(fd: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    except OSError:
        return False


def _loop(control: socket.socket, run) -> None:
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    # What a task's process has is set here, once: a page that Python writes to after a fork is copied for each task.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, terminate)
    environment = Environment()
    children = set()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake_read, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == wake_read:
                os.read(wake_read, 4096)
                _reap(control, children)
                continue
            number, request, descriptors = _receive(control)
            if number is None:
                return
            log, channel = descriptors
            environment.change(request[3:-1])
            attempt = Try(run, request, Channel(channel, channel))
            pid = os.fork()
            if pid == 0:
                _become(attempt, log, control.fileno())
            os.close(log)
            os.close(channel)
            children.add(pid)
            control.sendall(b"%d %d\n" % (number, pid))


def _receive(control: socket.socket):
    """The next task: its number, its request, its descriptors. The number is None at the end."""
    data, ancillary, _, _ = control.recvmsg(_FIRST, _RIGHTS)
    if not data:
        return None, None, None
    descriptors = struct.unpack("ii", ancillary[0][2])
    head, _, message = data.partition(b"\n")
    number, length = map(int, head.split())
    parts, missing = [message], length - len(message)
    while missing:
        parts.append(control.recv(min(missing, _MOST)))
        if not parts[-1]:
            return None, None, None
        missing -= len(parts[-1])
    return number, fields(b"".join(parts)), descriptors


def _reap(control: socket.socket, children) -> None:
    """Tell of the tasks that have ended. The user's modules may have started processes too, whose ends are nobody's business."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        if pid in children:
            children.remove(pid)
            control.sendall(b"-%d %d\n" % (pid, status))


def _become(attempt, log: int, control: int) -> None:
    """The rest of the forked process's life."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        os.close(control)
        os.setsid()
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        attempt.run()
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        os._exit(status)
