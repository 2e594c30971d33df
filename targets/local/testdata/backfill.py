"""Print the runs that Airflow 2 plans between two dates, as JSON lines.

Takes no arguments; runs on Airflow 2.
"""

import itertools
import json
import logging
import os
import sys
import tempfile
from datetime import timedelta

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
logging.disable(logging.CRITICAL)

import pendulum  # noqa: E402
from airflow.models.dag import DAG  # noqa: E402

SCHEDULES = ["@daily", "0 6 * * 1-5", "30 2 * * *", "15 */6 * * *", 21600]
ZONES = ["UTC", "Europe/Berlin", "America/New_York"]
DATES = [
    ("2026-01-01T00:00:00", "2026-01-04T00:00:00"),
    ("2026-03-27T12:00:00", "2026-03-31T00:00:00"),
    ("2026-10-24T00:00:00", "2026-10-26T12:00:00"),
]


def text(moment):
    return pendulum.instance(moment).in_timezone("UTC").isoformat()


def main():
    for schedule, zone, (first, last) in itertools.product(SCHEDULES, ZONES, DATES):
        period = timedelta(seconds=schedule) if isinstance(schedule, int) else schedule
        dag = DAG("d", schedule=period, start_date=pendulum.datetime(2026, 1, 1, tz=zone), catchup=True)
        infos = dag.iter_dagrun_infos_between(pendulum.parse(first, tz="UTC"), pendulum.parse(last, tz="UTC"))
        runs = [[text(i.data_interval.start), text(i.data_interval.end)] for i in infos]
        line = {"schedule": schedule, "zone": zone, "from": first + "Z", "to": last + "Z", "runs": runs}
        sys.stdout.write(json.dumps(line) + "\n")


main()
