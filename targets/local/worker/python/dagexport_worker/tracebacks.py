"""Tracebacks that begin in the user's code."""

import os
import traceback

_HERE = os.path.dirname(os.path.abspath(__file__))


def of(error: BaseException) -> str:
    """The traceback without the frames of this package and of importlib that stand above the user's own."""
    seen = set()
    cursor = error
    while cursor is not None and id(cursor) not in seen:
        seen.add(id(cursor))
        frames = cursor.__traceback__
        while frames is not None and _ours(frames.tb_frame.f_code.co_filename):
            frames = frames.tb_next
        cursor.__traceback__ = frames
        cursor = cursor.__cause__ or cursor.__context__
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def one_line(error: BaseException) -> str:
    """The last line of a traceback: the type and the message."""
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    return text.splitlines()[-1] if text else type(error).__name__


def _ours(file: str) -> bool:
    return file.startswith(_HERE + os.sep) or file.startswith("<frozen importlib")
