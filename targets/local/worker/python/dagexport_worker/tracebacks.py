"""Tracebacks that begin in the user's code."""

import os

_HERE = os.path.dirname(os.path.abspath(__file__))


def of(error: BaseException) -> str:
    """The traceback without the frames of this package and of importlib."""
    import traceback

    shown = traceback.TracebackException.from_exception(error)
    rest, seen = [shown], set()
    while rest:
        one = rest.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.stack = traceback.StackSummary.from_list([f for f in one.stack if not _ours(f.filename)])
        rest += [one.__cause__, one.__context__]
    return "".join(shown.format())


def one_line(error: BaseException) -> str:
    """The last line of a traceback: the type and the message."""
    import traceback

    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return text.splitlines()[-1] if text else type(error).__name__


def _ours(file: str) -> bool:
    return file.startswith(_HERE + os.sep) or file.startswith("<frozen importlib")
