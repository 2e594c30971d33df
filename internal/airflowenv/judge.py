#!/usr/bin/env python3
"""What real Airflow makes of DAG files. Run it with the interpreter of an Airflow environment (see env.py).

Reads a JSON array of jobs on standard input and writes one JSON line for each, in order, to standard output:

    {"id": "...", "folder": "/abs/dags", "file": "etl.py"}                   import and serialise the file's DAGs
    {..., "dag_id": "etl", "date": "2026-01-02T00:00:00+00:00",              ... and run one of them with DAG.test,
     "conf": {}, "orders": ["own", "forward", "backward", "mixed"]}          once for each order
    {..., "before": [["other", "2026-01-01T00:00:00+00:00"]]}                ... after runs of these DAGs for these dates
    {..., "environ": {"NAME": "value"}}                                      environment variables of that job
    {..., "outcomes": {"task": [["failed", "success"]]}, "lengths": {...}}   ... whose tasks are not executed but for those that are not
                                                                             named: each try (by map_index) is given such an outcome,
                                                                             and a success a list of that length

    {"id", "import_errors": [...], "warnings": [...], "dags": {dag_id: serialised}, "records": {order: record}, "error": ...}

An order says which of several tasks that are ready runs first: "own" is DAG.test's own (every ready task of a wave, then the
next evaluation); the others run one task between two evaluations, as the scheduler would with one slot, taking the first,
the last or an arbitrary but fixed one by task id ("salt:N" is another such one for each N, which also settles all that follows
from the end of a task before the next one ends; so do "rank", which goes by priority_weight, the order of "tasks" and map_index, and
comes last to what is tried again, and "shuffle:N", which has other weights for each N). A pipeline whose record depends on the
order depends on timing in a real Airflow.

Each job's folder is a DAG bundle of its own. Nothing outside a temporary AIRFLOW_HOME is written.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback
import types
import warnings


def main() -> int:
    jobs = json.load(sys.stdin)
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # tasks print; only results go to standard output
    home = pathlib.Path(tempfile.mkdtemp(prefix="airflow-judge-"))
    try:
        configure(home, jobs)
        airflow = Airflow()
        for job in jobs:
            results.write(json.dumps(strict(airflow.judge(job)), sort_keys=True) + "\n")
            results.flush()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


def configure(home: pathlib.Path, jobs: list[dict]) -> None:
    """Settings that must stand before Airflow is imported."""
    (home / "dags").mkdir()
    bundles = [
        {
            "name": job["id"],
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": job["folder"], "refresh_interval": 86400},
        }
        for job in jobs
    ]
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": os.environ.get("JUDGE_LOG", "CRITICAL"),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "SCARF_ANALYTICS": "false",
            "TZ": "UTC",
        }
    )
    for name in [n for n in os.environ if n.startswith(("AIRFLOW_VAR_", "AIRFLOW_CONN_", "AIRFLOW_CTX_"))]:
        del os.environ[name]


class Airflow:
    def __init__(self) -> None:
        import airflow

        self.version = tuple(int(x) for x in airflow.__version__.split(".")[:2])
        self.migrated = False
        self.choose: str = "own"
        self.bundle: str = ""
        self.outcomes: dict | None = None
        self.lengths: dict = {}
        self.tasks: list[str] = []

    def judge(self, job: dict) -> dict:
        result: dict = {"id": job["id"]}
        folder = pathlib.Path(job["folder"])
        sys.path.insert(0, str(folder))
        before = dict(os.environ)
        os.environ.update(job.get("environ") or {})
        try:
            result["warnings"] = self.warnings_of(folder / job["file"])
            forget(folder)
            bag = self.bag(folder / job["file"], job)
            result["import_errors"] = list(bag.import_errors.values())
            if self.version < (3, 0) and "DatasetAlias" in (folder / job["file"]).read_text(encoding="utf-8"):
                self.migrate()  # serialising such a DAG looks into the database
            result["dags"] = {dag_id: self.serialise(dag) for dag_id, dag in sorted(bag.dags.items())}
            if "dag_id" in job and not bag.import_errors:
                result["records"] = {}
                for order in job["orders"]:
                    result["records"][order] = self.record(bag.dags, job, order)
        except Exception:
            result["error"] = traceback.format_exc()
        finally:
            sys.path.remove(str(folder))
            forget(folder)
            os.environ.clear()
            os.environ.update(before)
        return result

    # Importing

    def warnings_of(self, file: pathlib.Path) -> list[str]:
        """Warnings that running the file causes at one of its own lines."""
        with warnings.catch_warnings(record=True) as caught, contextlib.suppress(Exception):
            warnings.simplefilter("always")
            code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
            exec(code, {"__name__": "judged", "__file__": str(file)})
        return [f"line {w.lineno}: {w.category.__name__}: {w.message}" for w in caught if w.filename == str(file)]

    def bag(self, file: pathlib.Path, job: dict):
        if self.version >= (3, 2):
            from airflow.dag_processing.dagbag import DagBag
        else:
            from airflow.models import DagBag
        if self.version >= (3, 3):
            return DagBag(str(file), bundle_path=pathlib.Path(job["folder"]), bundle_name=job["id"])
        return DagBag(str(file), include_examples=False)

    def serialise(self, dag) -> dict:
        if self.version >= (3, 2):
            from airflow.serialization.serialized_objects import DagSerialization

            return DagSerialization.to_dict(dag)
        from airflow.serialization.serialized_objects import SerializedDAG

        return SerializedDAG.to_dict(dag)

    # Running

    def record(self, dags: dict, job: dict, order: str) -> dict:
        self.migrate()
        self.choose, self.bundle = order, job["id"]
        self.outcomes, self.lengths = job.get("outcomes"), job.get("lengths") or {}
        self.tasks = job.get("tasks") or []
        import pendulum

        dag, argument = dags[job["dag_id"]], "logical_date" if self.version >= (3, 0) else "execution_date"
        with contextlib.redirect_stdout(io.StringIO()):
            if job.get("before"):
                self.forget_runs()
            if job.get("before") and self.version < (3, 0):  # in 3.x DAG.test does it itself
                from airflow.models.serialized_dag import SerializedDagModel

                for other in dags.values():
                    other.sync_to_db()
                    SerializedDagModel.write_dag(other)
            for other, at in job.get("before") or []:
                dags[other].test(**{argument: pendulum.instance(datetime.datetime.fromisoformat(at).astimezone(datetime.timezone.utc))})
            date = pendulum.instance(datetime.datetime.fromisoformat(job["date"]).astimezone(datetime.timezone.utc))
            run = dag.test(**{argument: date}, run_conf=job.get("conf") or {})
        tasks = [
            {
                "task_id": ti.task_id,
                "map_index": ti.map_index,
                "state": str(ti.state.value if hasattr(ti.state, "value") else ti.state) if ti.state else None,
                "try_number": ti.try_number,
            }
            for ti in self.instances(run)
        ]
        state = run.state.value if hasattr(run.state, "value") else str(run.state)
        return {
            "dag_id": dag.dag_id,
            "logical_date": date.astimezone(datetime.timezone.utc).isoformat(),
            "state": state,
            "tasks": sorted(tasks, key=lambda t: (t["task_id"], t["map_index"])),
            "xcoms": sorted(self.xcoms(dag.dag_id, run.run_id), key=lambda x: (x["task_id"], x["map_index"], x["key"])),
        }

    def forget_runs(self) -> None:
        """What one order has triggered must not be there in the next."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            for run in session.scalars(select(DagRun)):
                session.delete(run)
            for event in session.scalars(select(self.asset_event())):
                session.delete(event)

    def asset_event(self):
        if self.version >= (3, 0):
            from airflow.models.asset import AssetEvent

            return AssetEvent
        from airflow.models.dataset import DatasetEvent

        return DatasetEvent

    def instances(self, run) -> list:
        from airflow.utils.session import create_session

        with create_session() as session:
            return list(run.get_task_instances(session=session))

    def xcoms(self, dag_id: str, run_id: str) -> list[dict]:
        from airflow.utils.session import create_session
        from sqlalchemy import select

        if self.version >= (3, 0):
            from airflow.models.xcom import XComModel as XCom
        else:
            from airflow.models.xcom import XCom
        columns = (XCom.task_id, XCom.map_index, XCom.key, XCom.value)
        with create_session() as session:
            rows = list(session.execute(select(*columns).where(XCom.dag_id == dag_id, XCom.run_id == run_id)))
        return [
            {"task_id": row.task_id, "map_index": row.map_index, "key": row.key, "value": as_json(self.xcom_value(row))}
            for row in rows
            if row.key != "skipmixin_key" and not row.key.startswith("_")
        ]

    def xcom_value(self, row):
        if self.version >= (3, 2):
            from airflow.sdk.serde import deserialize

            return deserialize(row.value)
        if self.version >= (3, 0):
            from airflow.serialization.serde import deserialize

            return deserialize(row.value)
        from airflow.models.xcom import XCom

        return XCom.deserialize_value(row)

    def migrate(self) -> None:
        """Make the database, once, and let the chosen order decide what DAG.test runs next."""
        if self.migrated:
            return
        from airflow.utils.db import initdb

        with contextlib.redirect_stdout(io.StringIO()):
            initdb()
        from airflow.models.dagrun import DagRun

        evaluate = DagRun.update_state

        def update_state(run, *args, **kwargs):
            if self.version < (3, 0):
                run.external_trigger = True  # DAG.test of 2.x makes it look scheduled; a user's run is triggered
            ready, callback = evaluate(run, *args, **kwargs)
            while self.choose.startswith(("salt:", "shuffle:", "rank")):
                # What follows from a task's end is settled before the next one ends.
                before = self.states(run, kwargs["session"])
                ready, callback = evaluate(run, *args, **kwargs)
                if run.state != "running" or self.states(run, kwargs["session"]) == before:
                    break
            return self.ordered(ready), callback

        DagRun.update_state = update_state
        if self.version < (3, 0):
            self.survive_timeouts()
        else:
            self.see_one_bundle()
        self.pretend()
        self.migrated = True

    def pretend(self) -> None:
        """Where a job says what becomes of its tasks, DAG.test gives them that instead of executing them."""
        if self.version < (3, 0):
            import airflow.models.dag as module
        else:
            import airflow.sdk.definitions.dag as module
        run_task, sleep = module._run_task, time.sleep
        module.time = types.SimpleNamespace(sleep=lambda seconds: sleep(0 if self.outcomes else seconds))

        def pretending(**kwargs):
            if self.outcomes is None:
                return run_task(**kwargs)
            ti = kwargs["ti"]
            if ti.task_id not in self.outcomes:
                return run_task(**kwargs)
            state = self.outcomes[ti.task_id][max(ti.map_index, 0)][ti.try_number - 1]
            if state == "failed":
                self.fail(ti, kwargs.get("task") or ti.task)
                return None
            if state == "success" and ti.task_id in self.lengths:
                from airflow.models.taskmap import TaskMap
                from airflow.utils.session import create_session

                with create_session() as session:
                    session.merge(TaskMap(ti.dag_id, ti.task_id, ti.run_id, ti.map_index, self.lengths[ti.task_id], None))
            ti.set_state(state)
            return None

        module._run_task = pretending

    def fail(self, ti, task) -> None:
        """Have a try fail, by what Airflow itself does then: another try, or the end, which with fail_fast is that of others too."""
        from airflow.models.taskinstance import _stop_remaining_tasks
        from airflow.utils.session import create_session

        if self.version < (3, 0):
            ti.set_state("running")
            ti.handle_failure(None)
            return
        if task.retries and ti.try_number <= ti.max_tries:
            ti.set_state("up_for_retry")
            return
        ti.set_state("failed")
        if task.dag.fail_fast:
            with create_session() as session:
                teardowns = {task_id: one.is_teardown for task_id, one in task.dag.task_dict.items()}
                _stop_remaining_tasks(task_instance=session.merge(ti), task_teardown_map=teardowns, session=session)

    def see_one_bundle(self) -> None:
        """DAG.test parses bundles until it finds the DAG; those of other jobs have modules of the same names."""
        from airflow.dag_processing.bundles.manager import DagBundlesManager

        bundles = DagBundlesManager.get_all_dag_bundles
        DagBundlesManager.get_all_dag_bundles = lambda manager: [b for b in bundles(manager) if b.name == self.bundle]

    def states(self, run, session) -> dict:
        return {(ti.task_id, ti.map_index): ti.state for ti in run.get_task_instances(session=session)}

    def ordered(self, ready: list) -> list:
        if self.choose == "own" or not ready:
            return ready
        if self.choose.startswith("salt:"):
            salt = self.choose.removeprefix("salt:")
            return [min(ready, key=lambda ti: hashlib.sha256(f"{salt} {ti.task_id}[{ti.map_index}]".encode()).hexdigest())]
        if self.choose == "rank" or self.choose.startswith("shuffle:"):
            return [min(ready, key=self.rank)]
        keys = {
            "forward": lambda ti: (ti.task_id, ti.map_index),
            "backward": lambda ti: (ti.task_id, ti.map_index),
            "mixed": lambda ti: hashlib.sha256(f"{ti.task_id}[{ti.map_index}]".encode()).hexdigest(),
        }
        ready = sorted(ready, key=keys[self.choose])
        return ready[-1:] if self.choose == "backward" else ready[:1]

    def rank(self, ti) -> tuple:
        weight = ti.priority_weight
        if self.choose.startswith("shuffle:"):
            weight = int(hashlib.sha256(f"{self.choose.removeprefix('shuffle:')} {ti.task_id}".encode()).hexdigest()[:4], 16)
        elif ti.state == "up_for_retry":
            return (1, ti.end_date)
        return (0, -weight, self.tasks.index(ti.task_id), ti.map_index)

    def survive_timeouts(self) -> None:
        """A task that raises what is no Exception, as AirflowTaskTimeout is, ends DAG.test of 2.x after the state has been set."""
        import airflow.models.dag as module

        run_task = module._run_task

        def surviving(**kwargs):
            with contextlib.suppress(BaseException):
                run_task(**kwargs)

        module._run_task = surviving


def forget(folder: pathlib.Path) -> None:
    """Drop what was imported from a job's folder: the next job may have a module of the same name."""
    inside = []
    for name, module in sys.modules.items():
        file = getattr(module, "__file__", None)
        paths = [file] if file else list(getattr(module, "__path__", []))
        if any(p and str(p).startswith(f"{folder}{os.sep}") for p in paths):
            inside.append(name)
    for name in inside:
        del sys.modules[name]


def strict(value):
    """The value without what JSON has no number for: Airflow's serialisation may hold infinities."""
    return json.loads(json.dumps(value), parse_constant=str)


def as_json(value):
    return json.loads(json.dumps(value, default=lambda v: {"__repr__": repr(v)}))


if __name__ == "__main__":
    sys.exit(main())
