"""Entry: `python -m dagexport_worker CONTROL TASKS` serves forks over two sockets; `--once` does one task over stdin and stdout."""

import os
import sys


def main() -> None:
    if sys.version_info < (3, 9):
        sys.exit("dagexport needs Python 3.9 or newer for Python tasks; this is " + sys.version.split()[0])
    _compile()
    if sys.argv[1:] == ["--once"]:
        from .once import run_once

        run_once()
    else:
        from .server import serve

        serve(int(sys.argv[1]), int(sys.argv[2]))


def _compile() -> None:
    """Keep this package compiled, once for each Python, though PYTHONDONTWRITEBYTECODE may be set: the folder is ours."""
    folder = os.path.dirname(os.path.abspath(__file__))
    tag = sys.implementation.cache_tag
    if sys.dont_write_bytecode and tag and not os.path.exists(os.path.join(folder, "__pycache__", f"server.{tag}.pyc")):
        child = os.fork() if hasattr(os, "fork") else 0  # what compiling takes of memory is not for this process to keep
        if child == 0:
            import compileall

            compileall.compile_dir(folder, quiet=2)
            if hasattr(os, "fork"):
                os._exit(0)
        else:
            os.waitpid(child, 0)


main()
