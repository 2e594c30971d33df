"""Entry: `python -m dagexport_worker FD` serves forks over the socket FD; `--once` does one task over stdin and stdout."""

import sys


def main() -> None:
    if sys.version_info < (3, 9):
        sys.exit("dagexport needs Python 3.9 or newer for Python tasks; this is " + sys.version.split()[0])
    if sys.argv[1:] == ["--once"]:
        from .once import run_once

        run_once()
    else:
        from .server import serve

        serve(int(sys.argv[1]))


main()
