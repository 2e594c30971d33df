"""Print the runs of a backfill between two dates, as Airflow plans and names them, as JSON lines. Beside start and end of its data
interval and its name, each has the time in which LatestOnlyOperator counts it as the latest, and in Airflow 2 the logical dates before and
after it that its context has.

Takes no arguments but --no-catchup, for a DAG that does not catch up; runs on Airflow 2.11 and 3.3.
"""

import itertools
import json
import logging
import os
import sys
import tempfile
import types
from datetime import timedelta

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
logging.disable(logging.CRITICAL)

import airflow  # noqa: E402
import pendulum  # noqa: E402

NEW = airflow.__version__.startswith("3.")
if NEW:
    from airflow.models.dagrun import DagRun
    from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization
else:
    from airflow.models.dag import DAG
from airflow.timetables import interval, trigger  # noqa: E402
from airflow.utils.types import DagRunType  # noqa: E402

SCHEDULES = ["@daily", "0 6 * * 1-5", "30 2 * * *", "15 */6 * * *", 21600]
SCHEDULES += [{"cron": "30 2 * * *", "data_interval": kind} for kind in ("previous", "moment")]
SCHEDULES += [{"seconds": 21600, "data_interval": kind} for kind in ("previous", "moment")]
ZONES = ["UTC", "Europe/Berlin", "America/New_York"]
COUNT = itertools.count()
DATES = [
    ("2026-01-01T00:00:00", "2026-01-04T00:00:00"),
    ("2026-03-27T12:00:00", "2026-03-31T00:00:00"),
    ("2026-10-24T00:00:00", "2026-10-26T12:00:00"),
]


def made_of(schedule, zone):
    """What the DAG file has for a schedule."""
    if isinstance(schedule, str):
        return schedule
    if isinstance(schedule, int):
        return timedelta(seconds=schedule)
    previous = schedule["data_interval"] == "previous"
    if "cron" in schedule:
        return (interval.CronDataIntervalTimetable if previous else trigger.CronTriggerTimetable)(schedule["cron"], timezone=zone)
    return (interval.DeltaDataIntervalTimetable if previous else trigger.DeltaTriggerTimetable)(timedelta(seconds=schedule["seconds"]))


def text(moment):
    return pendulum.instance(moment).in_timezone("UTC").isoformat()


def name(info):
    if NEW:
        return DagRun.generate_run_id(run_type=DagRunType.BACKFILL_JOB, logical_date=info.logical_date, run_after=info.run_after)
    return DagRunType.BACKFILL_JOB.generate_run_id(info.logical_date)


def window(dag, info):
    if NEW:
        start, end = info.data_interval.start, info.data_interval.end
        run = types.SimpleNamespace(logical_date=info.logical_date, data_interval_start=start, data_interval_end=end)
        found = LatestOnlyOperator(task_id=f"t{next(COUNT)}", dag=dag)._get_compare_dates(run)
    else:
        found = dag.next_dagrun_info(info.data_interval, restricted=False).data_interval
    return [text(found[0]), text(found[1])]


def beside(dag, info):
    if NEW:
        return ["", ""]
    before, after = dag.previous_schedule(info.logical_date), dag.next_dagrun_info(info.data_interval, restricted=False).logical_date
    return [text(before) if before else "", text(after)]


def main():
    for schedule, zone, (first, last) in itertools.product(SCHEDULES, ZONES, DATES):
        dag = DAG(
            "d", schedule=made_of(schedule, zone), start_date=pendulum.datetime(2026, 1, 1, tz=zone), catchup="--no-catchup" not in sys.argv
        )
        made = dag
        if NEW:
            dag = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        infos = dag.iter_dagrun_infos_between(pendulum.parse(first, tz="UTC"), pendulum.parse(last, tz="UTC"))
        runs = [[text(i.data_interval.start), text(i.data_interval.end), name(i), *window(made, i), *beside(made, i)] for i in infos]
        line = {"schedule": schedule, "zone": zone, "from": first + "Z", "to": last + "Z", "runs": runs}
        sys.stdout.write(json.dumps(line) + "\n")


main()
