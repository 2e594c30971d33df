"""Print the retry delays that Airflow's own TaskInstance.next_retry_datetime computes, as JSON lines.

Takes no arguments; the interpreter that runs it decides the version. Times are in microseconds; max is null where there is
no max_retry_delay.
"""

import datetime
import itertools
import json
import logging
import os
import sys
import tempfile
import types

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
logging.disable(logging.CRITICAL)

from airflow import __version__  # noqa: E402
from airflow.models.taskinstance import TaskInstance  # noqa: E402

SECOND = 1_000_000
NUMBERS = tuple(int(part) for part in __version__.split(".")[:2]) >= (3, 2)

DATES = [
    datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=datetime.timezone.utc),
]
NAMES = [("etl", "load"), ("etl", "größe.ladé")]
DELAYS = [0, SECOND // 2, SECOND, 7 * SECOND + SECOND // 4, 300 * SECOND]
MULTIPLIERS = [0, 2] + ([1, 1.5, 3] if NUMBERS else [])
LIMITS = [None, 10 * SECOND]
TRIES = [1, 2, 3, 10, 60, 2000]


def main():
    for (dag_id, task_id), date, delay, multiplier, limit, attempt in itertools.product(NAMES, DATES, DELAYS, MULTIPLIERS, LIMITS, TRIES):
        if attempt > 60 and multiplier and not NUMBERS:
            continue  # an integer of Python's is exact there, and the delay of a try that nobody reaches
        end = datetime.datetime(2026, 1, 3, tzinfo=datetime.timezone.utc)
        ti = types.SimpleNamespace(
            dag_id=dag_id,
            task_id=task_id,
            execution_date=date,
            logical_date=date,
            try_number=attempt,
            end_date=end,
            retry_delay_override=None,
            log=logging.getLogger("ti"),
            task=types.SimpleNamespace(
                retry_delay=datetime.timedelta(microseconds=delay),
                retry_exponential_backoff=float(multiplier) if NUMBERS else bool(multiplier),
                max_retry_delay=None if limit is None else datetime.timedelta(microseconds=limit),
            ),
        )
        wait = TaskInstance.next_retry_datetime(ti) - end
        line = {
            "dag": dag_id,
            "task": task_id,
            "date": date.isoformat(),
            "delay": delay,
            "multiplier": multiplier,
            "max": limit,
            "try": attempt,
            "wait": wait // datetime.timedelta(microseconds=1),
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


main()
