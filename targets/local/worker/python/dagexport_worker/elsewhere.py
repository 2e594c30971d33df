"""Functions that run in another Python: their source goes there, and pickled arguments; what they return comes back pickled."""

import hashlib
import importlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import types
import urllib.parse

from . import moments, provided
from .shim import exception

# What of the context such a function may have: what any Python can unpickle, and dates where pendulum is there.
_PLAIN = {
    "ds", "ds_nodash", "expanded_ti_count", "inlets", "outlets", "run_id", "task_instance_key_str", "test_mode", "ts", "ts_nodash",
    "ts_nodash_with_tz", "next_ds", "next_ds_nodash", "prev_ds", "prev_ds_nodash", "tomorrow_ds", "tomorrow_ds_nodash", "yesterday_ds",
    "yesterday_ds_nodash", "task_reschedule_count", "templates_dict",
}  # fmt: skip
_DATES = {
    "data_interval_end", "data_interval_start", "logical_date", "prev_data_interval_end_success", "prev_data_interval_start_success",
    "prev_start_date_success", "prev_end_date_success", "execution_date", "next_execution_date", "prev_execution_date",
    "prev_execution_date_success",
}  # fmt: skip

_SCRIPT = """\
import {pickler}
import os
import sys

os.environ["PYTHON_OPERATORS_VIRTUAL_ENV_MODE"] = "1"

{source}

with open(sys.argv[1], "rb") as file:
    arg_dict = {pickler}.load(file)
with open(sys.argv[3]) as file:
    virtualenv_string_args = [line.strip() for line in file]
try:
    res = {name}(*arg_dict["args"], **arg_dict["kwargs"])
except Exception as error:
    with open(sys.argv[4], "w") as file:
        file.write(str(error))
    raise
with open(sys.argv[2], "wb") as file:
    if res is not None:
        {pickler}.dump(res, file)
"""


def call(work, function, arguments, keywords, given, options):
    """What the function returns there. `given` are the names of the arguments that are not of the context."""
    if not isinstance(function, types.FunctionType) or function.__name__ == "<lambda>":
        raise ValueError("only functions can run in another Python")
    if inspect.isgeneratorfunction(function):
        raise ValueError("a function that runs in another Python cannot use 'yield'")
    with tempfile.TemporaryDirectory(prefix="venv") as folder:
        if work.endswith("virtualenv"):
            python = _virtualenv(options, folder)
        else:
            python = _external(options["python"])
        allowed = _PLAIN | set(given) | (_DATES if _has_pendulum(python) else set())
        keywords = {name: value for name, value in keywords.items() if name in allowed}
        return _run(python, function, list(arguments), keywords, options)


def _run(python, function, arguments, keywords, options):
    name = options.get("serializer") or ("dill" if options.get("use_dill") else "pickle")
    pickler = importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="venv-call") as folder:
        script, given, result, texts, problem = (
            os.path.join(folder, n) for n in ("script.py", "script.in", "script.out", "texts", "problem")
        )
        with open(script, "w", encoding="utf-8") as file:
            file.write(_SCRIPT.format(pickler=name, source=source(function), name=function.__name__))
        with open(given, "wb") as file:
            file.write(pickler.dumps({"args": arguments, "kwargs": keywords}))
        with open(texts, "w", encoding="utf-8") as file:
            file.write("\n".join(map(str, options.get("string_args") or [])))
        environ = dict(os.environ) if options.get("inherit_env", True) else {}
        environ.update(options.get("env_vars") or {})
        code = subprocess.call([python, script, given, result, texts, problem], env=environ)
        skip = options.get("skip_on_exit_code")
        if code in (skip if isinstance(skip, (list, tuple)) else [] if skip is None else [skip]):
            raise exception("AirflowSkipException")(f"Process exited with code {code}. Skipping.")
        if code:
            text = f"Process returned non-zero exit status {code}."
            if os.path.exists(problem):
                with open(problem, encoding="utf-8") as file:
                    text += "\n" + file.read()
            raise exception("AirflowException")(text)
        with open(result, "rb") as file:
            data = file.read()
        return pickler.loads(data) if data else None


def source(function):
    """The text of the function, without the decorators of TaskFlow."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines(True)
    while lines and not lines[0].startswith(("def ", "async def ")):
        lines.pop(0)
    return "".join(lines)


def _external(path):
    if not os.path.exists(path):
        raise ValueError(f"Python Path '{path}' must exists")
    if not os.path.isfile(path):
        raise ValueError(f"Python Path '{path}' must be a file")
    if not os.path.isabs(path):
        raise ValueError(f"Python Path '{path}' must be an absolute path.")
    return path


def _has_pendulum(python):
    if moments.pendulum is None:
        return False
    return subprocess.call([python, "-c", "import pendulum"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def _virtualenv(options, folder):
    """The interpreter of a virtual environment with the requirements, made for this try or kept in venv_cache_path."""
    cache = options.get("venv_cache_path")
    if not cache:
        return _made(options, folder)
    os.makedirs(cache, exist_ok=True)
    names = (
        "requirements",
        "pip_install_options",
        "index_urls",
        "index_urls_from_connection_ids",
        "python_version",
        "system_site_packages",
    )
    text = json.dumps({name: options.get(name) for name in names}, sort_keys=True)
    folder = os.path.join(cache, "venv-" + hashlib.sha256(text.encode()).hexdigest()[:8])
    import fcntl

    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = os.path.join(folder, "install_complete_marker.json")
        if not os.path.exists(done):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            _made(options, folder)
            with open(done, "w") as marker:
                marker.write(text)
    return os.path.join(folder, "bin", "python")


def _made(options, folder):
    version = options.get("python_version")
    base = f"python{version}" if version else shutil.which("python") or sys.executable
    uv = shutil.which("uv")
    site = ["--system-site-packages"] if options.get("system_site_packages", True) else []
    if uv:
        _must([uv, "venv", "--quiet", "--allow-existing", "--seed", "--python", base, *site, folder])
    else:
        _must([base, "-m", "venv", folder, *site])
    python = os.path.join(folder, "bin", "python")
    wanted = options.get("requirements") or []
    wanted = wanted.splitlines() if isinstance(wanted, str) else [str(line) for line in wanted]
    if wanted:
        listed = os.path.join(folder, "requirements.txt")
        with open(listed, "w", encoding="utf-8") as file:
            file.write("\n".join(wanted))
        pip = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
        _must([*pip, *(options.get("pip_install_options") or []), "-r", listed], _indexes(options))
    return python


def _indexes(options):
    """The environment that tells pip and uv where packages are: passwords stand on no command line."""
    texts, ids = options.get("index_urls") or [], options.get("index_urls_from_connection_ids") or []
    urls = [texts] if isinstance(texts, str) else list(texts)
    for one in [ids] if isinstance(ids, str) else ids:
        connection = provided.connection(one)
        if not connection.host:
            raise ValueError("Please provide an index URL.")
        url = urllib.parse.urlparse(connection.host)
        host, quote = url.netloc.split("@")[-1], urllib.parse.quote
        if connection.login:
            secret = f":{quote(connection.password)}" if connection.password else ""
            host = f"{quote(connection.login)}{secret}@{host}"
        urls.append(url._replace(netloc=host).geturl())
    if not urls:
        return {}
    named = {"PIP_INDEX_URL": urls[0], "UV_DEFAULT_INDEX": urls[0]}
    if urls[1:]:
        named.update({"PIP_EXTRA_INDEX_URL": " ".join(urls[1:]), "UV_INDEX": " ".join(urls[1:])})
    return named


def _must(command, environ=None):
    code = subprocess.call(command, env={**os.environ, **(environ or {})})
    if code:
        raise exception("AirflowException")(
            f"{os.path.basename(command[0])} failed with exit code {code}: the virtual environment could not be made"
        )
