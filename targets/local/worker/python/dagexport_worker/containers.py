"""DockerOperator and @task.docker without an Airflow: a container as the docker provider makes it, by the docker command."""

import base64
import contextlib
import importlib
import io
import json
import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
import threading

from .container_arguments import check, create_arguments
from .shim import exception

_KEPT = 8 << 20  # bytes of a line, or of all lines where they are pushed together
_PIECE = 64 << 10

_RESULT = "/tmp/script.out"
_UNPACK = 'import base64, os; open("{file}", "wb").write(base64.b64decode(os.environ["{variable}"]))'
_SCRIPT = """\
import {pickler}
import sys

{source}

with open(sys.argv[1], "rb") as file:
    data = file.read()
arguments = {pickler}.loads(data) if data else {{"args": [], "kwargs": {{}}}}
result = {name}(*arguments["args"], **arguments["kwargs"])
with open(sys.argv[2], "wb") as file:
    if result is not None:
        {pickler}.dump(result, file)
"""

# What the docker command itself reads: in its environment such a variable would be no longer the container's alone.
_READ_BY_DOCKER = (
    "DOCKER_", "BUILDX_", "GO", "HOME", "LD_", "DYLD_", "OTEL_", "PATH", "SSH_", "SSL_", "TMPDIR", "XDG_", "USERPROFILE",
)  # fmt: skip


def execute(options, _context, message):
    """What DockerOperator pushes."""
    return _run(options, message, options.get("retrieve_output_path") if options.get("retrieve_output") else None)


def call(function, arguments, keywords, options, message, source):
    """What a function returns that @task.docker has run in a container: its source goes there, and pickled arguments."""
    library = options.get("serializer") or ("dill" if options.get("use_dill") else "pickle")
    script = _SCRIPT.format(pickler=library, source=source(function), name=function.__name__)
    given = importlib.import_module(library).dumps({"args": arguments, "kwargs": keywords}) if arguments or keywords else b""
    python = options.get("python_command", "python3")
    files = {"__PYTHON_SCRIPT": "/tmp/script.py", "__PYTHON_INPUT": "/tmp/script.in"}
    unpacking = [f"{python} -c {shlex.quote(_UNPACK.format(variable=name, file=file))}" for name, file in files.items()]
    command = " && ".join([*unpacking, f"{python} /tmp/script.py /tmp/script.in {_RESULT}"])
    environment = {
        **(options.get("environment") or {}),
        "__PYTHON_SCRIPT": base64.b64encode(script.encode()).decode(),
        "__PYTHON_INPUT": base64.b64encode(given).decode(),
    }
    return _run({**options, "environment": environment, "command": ["bash", "-cx", command]}, message, _RESULT)


def _run(options, message, result):
    try:
        return _ran(options, message, result)
    except _Refused as error:
        raise exception("AirflowException")(str(error)) from None


def _ran(options, message, result):
    """What a container comes to; with `result`, what stands pickled in that file of it."""
    check(options)
    docker = _Docker(message["container"]["command"])
    image = options["image"]
    if options.get("force_pull") or not docker.says("images", "--quiet", image):
        print(f"Pulling docker image {image}", flush=True)
        docker.must("pull", image)
    print(f"Starting docker container from image {image}", flush=True)
    run = _Run(docker, options, message, result)
    if not options.get("mount_tmp_dir", True):
        return run.container(None)
    with tempfile.TemporaryDirectory(prefix="airflowtmp", dir=options.get("host_tmp_dir")) as folder:
        try:
            return run.container(folder)
        except _Refused as error:
            if folder not in str(error):
                raise
            print("The docker daemon cannot mount a folder of this machine: going on as with mount_tmp_dir=False", flush=True)
    return run.container(None)


class _Refused(Exception):
    """What the daemon answered instead of doing what it was asked for."""


class _Docker:
    def __init__(self, command):
        self._command = command

    def says(self, *arguments):
        """What the docker command prints."""
        done = subprocess.run([*self._command, *arguments], capture_output=True)
        if done.returncode:
            raise _Refused(_text(done.stderr) or f"docker {arguments[0]} exited with {done.returncode}")
        return _text(done.stdout)

    def must(self, *arguments):
        """Run it; what it prints goes to the log."""
        if subprocess.call([*self._command, *arguments], stdin=subprocess.DEVNULL):
            raise _Refused(f"docker {arguments[0]} failed")

    def create(self, arguments, variables):
        """The id of a new container. Values of variables do not stand on the command line."""
        environ, named, lines = dict(os.environ), [], []
        for name, value in variables.items():
            text = value.decode() if isinstance(value, bytes) else str(value)
            if not _is_read(name):
                environ.pop(name, None)
                named.append(f"--env={name}")
                if value is not None:  # None takes away what the image has
                    environ[name] = text
            elif value is None:
                raise _Refused(f"a local run cannot take {name} from the environment of the image")
            elif "\n" in text:
                raise _Refused(f"a local run cannot give a container a {name} of several lines")
            else:
                lines.append(f"{name}={text}\n")
        with _piped("".join(lines)) as (path, descriptors):
            file = [f"--env-file={path}"] if path else []
            command = [*self._command, "create", "--pull=never", *file, *named, *arguments]
            done = subprocess.run(command, env=environ, capture_output=True, pass_fds=descriptors)
        if done.returncode:
            raise _Refused(_text(done.stderr))
        return _text(done.stdout).split()[-1]


def _is_read(name):
    return name.startswith(_READ_BY_DOCKER) or name.upper().endswith("_PROXY")


@contextlib.contextmanager
def _piped(text):
    """A file that has the text, and the descriptors that a process needs for it. It never is on a disk."""
    if not text:
        yield None, ()
        return
    reader, writer = os.pipe()

    def write():
        with open(writer, "w") as file, contextlib.suppress(BrokenPipeError):
            file.write(text)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        yield f"/dev/fd/{reader}", (reader,)
    finally:
        os.close(reader)
        writing.join()


def _text(data):
    return data.decode(errors="replace").strip()


class _Run:
    def __init__(self, docker, options, message, result):
        self._docker, self._options, self._message, self._result = docker, options, message, result

    def container(self, folder):
        """Make a container, start it, follow it to its end; what comes of it."""
        options = self._options
        arguments, variables = create_arguments(options, folder)
        labels = [f"--label={name}={value}" for name, value in self._message["container"]["labels"].items()]
        one = self._docker.create([*labels, *arguments], variables)
        try:
            lines = _Lines(options.get("xcom_all") and self._message["do_xcom_push"] and not self._result)
            self._follow(one, lines)
            return self._ended(one, lines)
        except Exception:
            raise
        except BaseException as error:  # execution_timeout; what else ends a task, dagexport sees to
            if type(error).__name__ == "AirflowTaskTimeout":
                self._docker.says("stop", one)
            raise
        finally:
            if options.get("auto_remove", "never") == "success":
                self._docker.says("rm", one)
            elif options.get("auto_remove") == "force":
                self._docker.says("rm", "--force", one)

    def _follow(self, one, lines):
        command = [*self._docker._command, "start", "--attach", one]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0) as started:
            try:
                while piece := started.stdout.read(_PIECE):
                    sys.stdout.flush()
                    os.write(1, piece)
                    lines.take(piece)
            except BaseException:
                started.kill()  # it would be waited for, and with it the container
                raise
        lines.end()

    def _ended(self, one, lines):
        state = json.loads(self._docker.says("inspect", "--format={{json .State}}", one))
        if state["StartedAt"].startswith("0001-") or state["Status"] == "created":
            raise _Refused(state["Error"] or "the container could not be started")
        code, skip = state["ExitCode"], self._options.get("skip_on_exit_code")
        if code in (skip if isinstance(skip, (list, tuple)) else [] if skip is None else [skip]):
            raise exception("AirflowSkipException")(f"Docker container returned exit code {code}. Skipping.")
        if code:
            raise exception("AirflowException")(f"Docker container failed: {{'StatusCode': {code}}}")
        if self._result:
            return self._retrieved(one)
        return lines.pushed() if self._message["do_xcom_push"] else None

    def _retrieved(self, one):
        done = subprocess.run([*self._docker._command, "cp", f"{one}:{self._result}", "-"], capture_output=True)
        if done.returncode:
            return None
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            content = archive.extractfile(archive.next()).read()
        library = self._options.get("serializer") or ("dill" if self._options.get("use_dill") else "pickle")
        return importlib.import_module(library).loads(content) if content else None


class _Lines:
    """The lines of a container as the provider has them; of all but the last one only where they are pushed."""

    def __init__(self, every):
        self._every, self._lines, self._line, self._size, self._long = every, [], bytearray(), 0, False

    def take(self, piece):
        first, *others = piece.split(b"\n")
        self._add(first)
        for line in others:
            self._close()
            self._add(line)

    def _add(self, part):
        self._size += len(part)
        if self._size > _KEPT:
            self._long = True
        else:
            self._line += part

    def _close(self):
        if not self._every:
            self._lines, self._size = [], 0
        self._lines.append(None if self._long else self._line.decode(errors="replace").rstrip())
        self._line, self._long = bytearray(), self._every and self._long

    def end(self):
        if self._line or self._long:
            self._close()

    def pushed(self):
        if not self._lines:
            return None
        if None in self._lines:
            what = "the output has" if self._every else "the last line has"
            raise ValueError(f"{what} more than {_KEPT >> 20} MiB, which a local run keeps as no XCom: set do_xcom_push: false")
        return self._lines if self._every else self._lines[-1]
