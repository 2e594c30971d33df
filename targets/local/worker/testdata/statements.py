"""Divides random SQL by sqlparse and by what stands in for it, and prints where they differ: the argument is the folder of the package."""

import random
import sys

import sqlparse

sys.path.insert(0, sys.argv[1])
from dagexport_worker.statements import _split  # noqa: E402

STATEMENTS = [
    "SELECT 1",
    "INSERT INTO t VALUES (1, 'x;'), (2, ';')",
    "UPDATE t SET a = 'it''s;'",
    "CREATE TABLE t (a int DEFAULT (1 /* ; */))",
    "BEGIN",
    "COMMIT",
    "BEGIN TRANSACTION",
    "SELECT CASE WHEN a THEN ';' ELSE 2 END FROM t",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    'SELECT "q;r", `b;c`',
    "SELECT -- c; d\n 2",
    "SELECT # c; d\n 3",
    "SELECT $$ x; y $$, $t$ ; $t$",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 1; DELETE FROM t; END",
    "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END; $$ LANGUAGE plpgsql",
    "é",
    "(SELECT 1; SELECT 2)",
    "",
]
BETWEEN = ["", " ", "\n", "\n-- between; two\n", " /* between; two */ ", " # between; two\n"]


def main():
    numbers = random.Random(7)
    for _ in range(5000):
        text = "".join(
            numbers.choice(BETWEEN) + numbers.choice(STATEMENTS) + numbers.choice(BETWEEN) + ";" for _ in range(numbers.randint(1, 6))
        )
        text = text.removesuffix(numbers.choice(("", ";"))) + numbers.choice(BETWEEN)
        want = [one for one in sqlparse.split(sqlparse.format(text, strip_comments=True)) if one]
        if [one.split() for one in want] != [one.split() for one in _split(text)]:
            print(repr(text), want, _split(text))


main()
