"""What the user's code logs."""

import sys

from . import imports


def to_stdout() -> None:
    """Send it from INFO on to the task's log, in the form that Airflow's task logs have.

    Until somebody logs, logging is not even imported.
    """
    if "logging" in sys.modules:
        _set_up(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, imports.Afterwards(("logging",), _set_up))


def _set_up(logging) -> None:
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("[%(asctime)s] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s"))
        root.addHandler(handler)
        root.setLevel(logging.INFO)
