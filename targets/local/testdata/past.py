"""Print what Airflow's PrevDagrunDep says of tasks after random earlier runs in its database, as JSON lines.

Takes the number of rows; runs on Airflow 2.11 and 3.3. In the DAG, b is upstream of c and d. `earlier` are runs with the states of
their task instances, null for a task without one; `met` says of each task whether the earlier runs let it run.
"""

import json
import logging
import os
import random
import sys
import tempfile

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{home.name}/airflow.db"
logging.disable(logging.CRITICAL)
stdout = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import airflow  # noqa: E402
import pendulum  # noqa: E402

NEW = airflow.__version__.startswith("3.")
if NEW:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
else:
    from airflow import DAG
    from airflow.operators.empty import EmptyOperator
from airflow.models.dagrun import DagRun  # noqa: E402
from airflow.models.taskinstance import TaskInstance  # noqa: E402
from airflow.ti_deps.dep_context import DepContext  # noqa: E402
from airflow.ti_deps.deps.prev_dagrun_dep import PrevDagrunDep  # noqa: E402
from airflow.utils.db import initdb  # noqa: E402
from airflow.utils.session import create_session  # noqa: E402
from airflow.utils.state import DagRunState  # noqa: E402
from airflow.utils.types import DagRunType  # noqa: E402

TASKS = ["a", "b", "c", "d", "m"]
STATES = ["success"] * 6 + ["skipped"] * 3 + ["failed", "upstream_failed", "removed", None, "running"]
DATE = "logical_date" if NEW else "execution_date"
START = pendulum.datetime(2026, 1, 1)


def scenario(rng):
    days = sorted(rng.sample(range(1, 9), rng.randint(0, 3)))
    earlier = []
    for day in days:
        tasks = {}
        for task in TASKS:
            n = rng.choice([0, 1, 3]) if task == "m" else 1 if rng.random() < 0.85 else 0
            tasks[task] = [rng.choice(STATES) for _ in range(n)] or None
        earlier.append({"date": day, "type": rng.choice(["manual", "manual", "backfill"]), "tasks": tasks})
    flags = {task: {"wait": rng.random() < 0.4, "ignore_first": rng.random() < 0.5, "start": rng.choice([None, None, 4])} for task in TASKS}
    return {
        "catchup": rng.random() < 0.4,
        "date": rng.randint(3, 9),
        "type": rng.choice(["manual", "backfill"]),
        "earlier": earlier,
        "tasks": flags,
    }


def dag_of(row):
    with DAG("past", schedule=None, start_date=START, catchup=row["catchup"]) as dag:
        made = {
            task: EmptyOperator(
                task_id=task,
                depends_on_past=True,
                wait_for_downstream=flags["wait"],
                ignore_first_depends_on_past=flags["ignore_first"],
                start_date=START.add(days=flags["start"]) if flags["start"] else None,
            )
            for task, flags in row["tasks"].items()
        }
        made["b"] >> [made["c"], made["d"]]
    if NEW:
        from airflow.serialization.serialized_objects import DagSerialization

        return DagSerialization.from_dict(DagSerialization.to_dict(dag))
    return dag


def put_run(session, dag, day, kind, tasks):
    date = START.add(days=day)
    run = DagRun(
        dag_id="past", run_id=f"{kind}__{day}", run_type=DagRunType("backfill" if kind == "backfill" else "manual"), **{DATE: date}
    )
    run.state = DagRunState.SUCCESS
    session.add(run)
    session.flush()
    made = {}
    for task, states in tasks.items():
        for index, state in enumerate(states or []):
            at = index if len(states) > 1 else -1
            extra = {"dag_version_id": None} if NEW else {}
            ti = TaskInstance(dag.get_task(task), run_id=run.run_id, map_index=at, state=state, **extra)
            session.add(ti)
            made[task] = ti
    session.flush()
    return made


def judge(row):
    dag = dag_of(row)
    with create_session() as session:
        for run in row["earlier"]:
            if run["date"] != row["date"]:
                put_run(session, dag, run["date"], run["type"], run["tasks"])
        own = put_run(session, dag, row["date"], row["type"], {task: [None] for task in TASKS})
        met = {}
        for task, ti in own.items():
            ti.task = dag.get_task(task)
            found = list(PrevDagrunDep().get_dep_statuses(ti, session=session, dep_context=DepContext()))
            met[task] = all(status.passed for status in found)
        session.rollback()
    return met


def main():
    rng = random.Random(5)
    initdb()
    for _ in range(int(sys.argv[1])):
        row = scenario(rng)
        row["earlier"] = [run for run in row["earlier"] if run["date"] != row["date"]]
        row["met"] = judge(row)
        stdout.write(json.dumps(row) + "\n")
    stdout.flush()


main()
