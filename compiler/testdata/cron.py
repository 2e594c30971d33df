"""Writes cron.txt: cron expressions and whether Airflow takes them, asked from the timetable that a DAG would get.

    AIRFLOW_HOME=$(mktemp -d) python testdata/cron.py > testdata/cron.txt

The table in the repository comes from Airflow 3.3.2 with croniter 7.0.0.
"""

import itertools
import logging
import random

logging.disable(logging.CRITICAL)

from airflow.timetables.trigger import CronTriggerTimetable  # noqa: E402


def accepted(expression: str) -> bool:
    try:
        CronTriggerTimetable(expression, timezone="UTC").validate()
    except Exception:
        return False
    return True


WRITTEN = """0 6 * * *|* * * * *|*/5 * * * *|0 0 1 1 *|0 0 1 jan *|0 0 * * mon-fri|0 0 * * MON-FRI|0 0 * * 7|0 0 * * 0-7|0 0 * * 5-7
0 0 L * *|0 0 l * *|0 0 1,L * *|0 0 * * 2#3|0 0 * * fri#5|0 0 * * fri#6|0 0 * * 1#0|0 0 * * L5|0 0 * * L|0 0 * * 5L|0 0 * * mon#1,tue
0 0 * * mon#1,tue#2|0 0 * * mon-fri#2|0 0 15W * *|0 0 W15 * *|0 0 LW * *|0 0 15W,16 * *|0 0 32W * *|0 0 0W * *|0 0 ? * *|0 0 * * ?|? 0 * * *
0 0 ? * ?|0 0 1? * *|60 * * * *|59 * * * *|* 24 * * *|* 23 * * *|* * 0 * *|* * 32 * *|* * * 0 *|* * * 13 *|* * * * 8|* * * * -1|*/0 * * * *
*/61 * * * *|*/100 * * * *|5/10 * * * *|5/0 * * * *|5-10/2 * * * *|10-5 * * * *|10-5/3 * * * *|5-5 * * * *|1-5-7 * * * *|5- * * * *|-5 * * * *
,5 * * * *|5, * * * *|5,,6 * * * *|5,6 * * * *|5/x * * * *|x/5 * * * *|*/x * * * *|*-5 * * * *|5-* * * * *|*,5 * * * *|** * * * *|* * * *
* * * * * *|* * * * * * *|* * * * * * * *|0 0 * * * 0|0 0 * * * 60|0 0 * * * */15|0 0 * * * 0 2026|0 0 * * * 0 1969|0 0 * * * 0 2100
0 0 * * * 0 2026-2030|0 0 * * * 0 */2|H * * * *|h/5 * * * *|R * * * *|R/5 * * * *|R(0-29) * * * *|R(0-99) * * * *|R(30-29) * * * *
R(0-29)/10 * * * *|R(0-29)/0 * * * *|H(0-29) * * * *|* * R * *|* * * R R|* * * * R(0-7)|* * * * R(0-8)|0 0 1-L * *|0 0 L-3 * *|0 0 l/2 * *
0 0 * jan-mar *|0 0 * mar-jan *|0 0 * jan-jan *|0 0 * january *|0 0 * * monday|0 0 * * fri-mon|0 0 * jan,feb mon,tue|0 0 * dec/3 *|0 0 * * sat/2
0 0 31 2 *|0 0 30 2 *|@daily|@hourly|@weekly|@monthly|@yearly|@annually|@midnight|@quarterly|@DAILY|@Midnight|@reboot|@every 5m|@dayly|daily
0 6 * *|0 6|every 5 minutes|00 06 * * *|0 0 01 01 *|+5 * * * *|5.0 * * * *|0x5 * * * *|1e1 * * * *|0 0 * * 1-5,6|0 0 * * 1#1,2#2,*|0 0 * * *,1#1
0 0 * * 0,7|0 0 * * 0-6#1|0 0 * * 1#1,0-6|0 0 * * l1,2|0 0 * * l1,l2|0 0 * * l8|0 0 * * l7|0 0 * * foo#1|0 0 1-5/2,10 * *|*/2,*/3 * * * *
1-5/99 * * * *|0 0 * * sun-sat|0 0 * * sat-sun|0 0 * * sun|0 0 * * Sun,Mon|5 4 * * sun|0 22 * * 1-5|23 0-20/2 * * *|0 0,12 1 */2 *|0 4 8-14 * *
0 0 1,15 * 3|15 14 1 * *|5 0 * 8 *|1/1 * * * *|0/15 * * * *|59/15 * * * *|99999999999999999999 * * * *|*/99999999999999999999 * * * *|1#2 * * * *
0 0 * * 1#2#3|0 0 * * #3|0 0 * * 1#|w * * * *|0 0 w * *|0 0 ww * *|0 0 15ww * *|0 0 1-5w * *|0 0 * w1 *""".replace("\n", "|").split("|")


def generated():
    """Columns put together by chance, the same on every run."""
    chance = random.Random(20260101)
    atoms = ["*", "0", "1", "5", "7", "12", "31", "59", "60", "l", "mon", "jan", "?", "r", "2#2", "l3", "10w", "00", ""]
    columns = list(atoms)
    for a, b in itertools.product(atoms, repeat=2):
        columns += [f"{a}-{b}", f"{a}/{b}", f"{a},{b}"]
    for a in ("1-5", "5-1", "*", "fri-mon", "mar-jan", "3-3", "1-l"):
        columns += [f"{a}/{n}" for n in ("1", "2", "0", "100", "x")] + [f"{a}#2", f"{a},3", f"3,{a}"]
    for _ in range(1500):
        fields = ["*"] * chance.choice((5, 5, 5, 5, 6, 7))
        for _ in range(chance.choice((1, 1, 2))):
            fields[chance.randrange(len(fields))] = chance.choice(columns)
        yield " ".join(fields)


seen = set()
for expression in itertools.chain(WRITTEN, generated()):
    if expression not in seen:
        seen.add(expression)
        print("yes" if accepted(expression) else "no", expression, sep="\t")
