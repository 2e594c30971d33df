"""Writes scalars.txt: plain scalars and what PyYAML makes of them, with the loader that dag-factory uses.

    python testdata/scalars.py > testdata/scalars.txt

A line is the scalar, the type and the value. The table in the repository comes from PyYAML 6.0.
"""

import datetime
import random

import yaml

WRITTEN = """yes Yes YES no No NO on On ON off Off OFF y n Y N true True TRUE false False FALSE tRue null Null NULL ~ nul None none
0 00 010 08 09 017 0o17 0O17 0b101 0b 0b2 0x1F 0xg 0X1F 1_000 1__0 _1 1_ 1_000.5 -1 +1 - + -0 +0 -010 +0x1f -0b1 0_7 0_8
1. .5 -.5 +.5 1.5 1e3 1e+3 1.e3 1.0e3 1.0e+3 1.5E-3 .5e+3 1_0.5_0 . .. ._ ._1 1.2.3 1.0.0 .inf .Inf .INF -.inf +.inf .iNF .nan .NaN .NAN .Nan
1:30 1:60 1:5 01:30 0:30 1:30:00 12:30:45 190:20:30 190:20:30.15 1:30. 1:30.5 -1:30 +1:30 1:3_0 1_0:30 100:30 0:0 00:30 1:30:60 1:30:
2026-01-31 2026-1-31 2026-13-01 26-01-01 2026-01-31T06:30:00 2026-01-31T06:30:00Z 2026-01-31T06:30 2026-1-3T6:30:00 2026-01-31t06:30:00+02:00
2026-01-31T06:30:00.5 2026-01-31T06:30:00.123456789 2026-01-31T06:30:00-0530 2026-01-31T06:30:00-05:30 2026-01-31T06:30:00+2 20260131 2026/01/31
12e03 0e0 1e 0.0 00.5 0.5 685230.15 6.8523015e+5 685.230_15e+03 -2.50 1.e+5 --1 +-1 1-1 0x 0xFF_FF = << abc 1abc a:b http://x.y 1.2.3.4 v1.0 99999999999999999999999""".split()

SPACED = ["2026-01-31 06:30:00", "2026-01-31 06:30:00 Z", "2026-01-31 06:30:00 +02:00", "2026-01-31  06:30:00.25", "2026-01-31 06:30", "1 000", "yes please"]


def generated():
    chance = random.Random(20260101)
    for _ in range(3000):
        yield "".join(chance.choice("0123456789_.:-+eExob1100") for _ in range(chance.randrange(1, 8)))


def line(text):
    try:
        value = yaml.load("a: " + text, Loader=yaml.FullLoader)["a"]
    except (ValueError, yaml.YAMLError):
        return None
    if value is None:
        return "null", ""
    if isinstance(value, bool):
        return "bool", str(value)
    if isinstance(value, int):
        return "int", str(value)
    if isinstance(value, float):
        return "float", value.hex()
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset()
        return "datetime", value.replace(tzinfo=None).isoformat() + ("" if offset is None else f" {int(offset.total_seconds())}")
    if isinstance(value, datetime.date):
        return "date", value.isoformat()
    return ("text", "") if value == text else None


seen = set()
for scalar in [*WRITTEN, *SPACED, *generated()]:
    if scalar in seen or scalar.startswith("- "):
        continue
    seen.add(scalar)
    found = line(scalar)
    if found:
        print(scalar, *found, sep="\t")
