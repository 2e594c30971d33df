"""Dividing SQL text into statements, as split_statements asks for: by sqlparse where it is installed, as Airflow does."""

import re

# What a semicolon may stand in without ending a statement, and comments.
_TOKEN = re.compile(
    r"""(?P<comment>(?:--|\#\ )[^\n]*(?:\n|$)|/\*(?!\+).*?(?:\*/|$))
    |'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`[^`]*`
    |(?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag)
    |(?P<end>;)|(?P<open>\()|(?P<close>\))
    |(?P<word>[A-Za-z_]\w*)
    |.""",
    re.VERBOSE | re.DOTALL,
)


def split(text):
    """The statements of a text, without comments; each keeps its semicolon."""
    try:
        import sqlparse
    except ImportError:
        return _split(text)
    return [one for one in sqlparse.split(sqlparse.format(text, strip_comments=True)) if one]


def _split(text):
    done, now, depth, brackets, first = [], [], 0, 0, ""
    for token in _TOKEN.finditer(text):
        word = (token["word"] or "").upper()
        if token["comment"]:
            now.append("\n" if token["comment"].endswith("\n") else " ")
            continue
        now.append(token[0])
        first = first or word
        depth = max(0, depth + _step(word, first, depth))
        brackets = max(0, brackets + bool(token["open"]) - bool(token["close"]))
        if token["end"] and not depth and not brackets:
            done.append("".join(now).strip())
            now, first = [], ""
    done.append("".join(now).strip())
    return [one for one in done if one]


def _step(word, first, depth):
    """How a word changes the depth of the blocks in which semicolons end no statement: those of triggers and procedures."""
    if first == "CREATE" and word in ("BEGIN", "CASE") or depth and word == "CASE":
        return 1
    return -1 if depth and word == "END" else 0
