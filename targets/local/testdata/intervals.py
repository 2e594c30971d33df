"""Print the data intervals that Airflow 2 infers for manual runs of cron schedules, as JSON lines.

Takes no arguments; runs on Airflow 2.
"""

import itertools
import json
import logging
import os
import sys
import tempfile

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
logging.disable(logging.CRITICAL)

import pendulum  # noqa: E402
from airflow.timetables.interval import CronDataIntervalTimetable  # noqa: E402

CRONS = [
    "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly",
    "* * * * *", "*/15 * * * *", "30 * * * *", "0 6 * * *", "15,45 8-18/2 * * mon-fri", "0 0 1,15 * 3", "0 0 */2 * *",
    "0 0 * * 7", "5 4 * * sun,wed", "0 0 l * *", "0 12 29 2 *", "30 2 * * *", "0 2 * * *", "30 1 * * *", "0 */2 * * *",
    "0 0 1 jan-mar *", "10-20/5 3 * * *", "0 0 31 * *", "0 * 1 * *", "0 0 * * 1-5", "0 22 * * 0-6",
]  # fmt: skip
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
DATES = [
    "2026-01-02T00:00:00", "2026-01-02T13:37:21.123456", "2026-03-29T00:30:00", "2026-03-29T01:00:00", "2026-03-29T03:15:00",
    "2026-03-30T00:00:00", "2026-10-25T00:30:00", "2026-10-25T01:30:00", "2026-10-25T12:00:00", "2026-10-26T05:00:00",
    "2026-03-08T07:30:00", "2026-11-01T06:30:00", "2026-12-31T23:59:59", "2028-02-29T12:00:00", "2026-07-15T04:30:00",
]  # fmt: skip


def main():
    for cron, zone, date in itertools.product(CRONS, ZONES, DATES):
        moment = pendulum.parse(date, tz="UTC")
        interval = CronDataIntervalTimetable(cron, pendulum.timezone(zone)).infer_manual_data_interval(run_after=moment)
        line = {
            "cron": cron,
            "zone": zone,
            "date": moment.isoformat(),
            "start": interval.start.in_timezone("UTC").isoformat(),
            "end": interval.end.in_timezone("UTC").isoformat(),
        }
        sys.stdout.write(json.dumps(line) + "\n")


main()
