"""The warm interpreter: imports the user's modules once, then forks for every task that dagexport hands over."""

import array
import gc
import os
import signal
import socket
import sys
import threading

from .channel import Channel
from .child import run_task
from .preload import prepare

_MAX_REQUEST = 64


def serve(fd: int) -> None:
    """Answer "start" once, then fork for every pair of descriptors that arrives, until dagexport closes the socket.

    After the start, a message over the socket is a task's number with two descriptors: its log and its channel. What comes
    back is "N PID" when the task's process is there and "PID STATUS" (with a leading "-") when it has ended.
    """
    control = socket.socket(fileno=fd)
    control.set_inheritable(False)
    files = Channel(control.makefile("rb"), control.makefile("wb"))
    run, problem = prepare(files.receive())
    files.send(problem or {"ok": True, "unsafe": _unsafe(fd), "airflow": run.airflow})
    if problem:
        return
    gc.collect()
    gc.freeze()  # what was imported is not written to by the collector, so it stays shared after a fork
    _loop(control, run)


def _unsafe(own: int) -> str:
    """Why forking would not be safe after the user's imports; "" when it is."""
    if sys.platform == "darwin":
        return "macOS frameworks do not survive a fork"
    if threading.active_count() > 1:
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # dagexport decides what a Ctrl-C means
    import select

    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake_read, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == wake_read:
                _drain(wake_read)
                _reap(control)
                continue
            message, descriptors = _receive(control)
            if not message:
                return
            log, channel = descriptors
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                for inherited in (wake_read, wake_write):
                    os.close(inherited)
                control.close()
                _become_task(run, log, channel)
            os.close(log)
            os.close(channel)
            control.sendall(f"{message.decode()} {pid}\n".encode())


def _receive(control: socket.socket):
    descriptors = array.array("i")
    message, ancillary, _, _ = control.recvmsg(_MAX_REQUEST, socket.CMSG_LEN(2 * descriptors.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return message, list(descriptors)


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            pass
    except BlockingIOError:
        pass


def _reap(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        control.sendall(f"-{pid} {status}\n".encode())


def _become_task(run, log: int, channel: int) -> None:
    """The rest of the forked process's life."""
    status = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(null)
        os.close(log)
        reader = os.fdopen(channel, "rb", closefd=False)
        writer = os.fdopen(channel, "wb", closefd=False)
        run_task(Channel(reader, writer), run)
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
