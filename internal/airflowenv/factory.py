#!/usr/bin/env python3
"""What dag-factory itself makes of its files, beside the DAG files of dagexport. Run it with the interpreter of the environment
"dag-factory" (see env.py), which has Airflow too.

Reads a JSON array of jobs on standard input and writes one JSON line for each, in order, to standard output:

    {"id": "...", "folder": "/abs/dags", "yaml": "etl.yml", "file": "etl.py", "environ": {"NAME": "value"}}

    {"id", "theirs": [dag_id], "ours": [dag_id], "failed": {dag_id: what dag-factory says}, "import_errors": [...],
     "differences": [{"dag", "key", "place", "theirs", "ours"}], "error": ...}

Both DAGs are serialised by Airflow, and every value that is not the same is a difference; its key is the place without the names
of tasks, groups and params. Left out before the comparison: where files are, the file itself that dag-factory dumps into doc_md,
and its tag. A function that dag-factory makes to return JSON is compared by what it returns.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import sys
import tempfile
import traceback

import judge


def main() -> int:
    jobs = json.load(sys.stdin)
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    home = pathlib.Path(tempfile.mkdtemp(prefix="airflow-factory-"))
    try:
        os.environ.update({"AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False", "DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"})
        judge.configure(home, jobs)
        airflow = judge.Airflow()
        for job in jobs:
            results.write(json.dumps(judge.strict(compare(airflow, job)), sort_keys=True) + "\n")
            results.flush()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


def compare(airflow: judge.Airflow, job: dict) -> dict:
    result: dict = {"id": job["id"]}
    folder = pathlib.Path(job["folder"])
    before = dict(os.environ)
    os.environ.update(job.get("environ") or {})
    sys.path.insert(0, str(folder))
    try:
        theirs, result["failed"] = built(folder, folder / job["yaml"])
        judge.forget(folder)
        bag = airflow.bag(folder / job["file"], job)
        result["import_errors"] = list(bag.import_errors.values())
        result["theirs"], result["ours"] = sorted(theirs), sorted(bag.dags)
        result["differences"] = []
        for dag_id, dag in sorted(theirs.items()):
            if dag_id in bag.dags:
                a, b = comparable(airflow.serialise(dag)), comparable(airflow.serialise(bag.dags[dag_id]))
                differ(a, b, dag_id, [], [], result["differences"])
    except Exception:
        result["error"] = traceback.format_exc()
    finally:
        sys.path.remove(str(folder))
        judge.forget(folder)
        os.environ.clear()
        os.environ.update(before)
    return result


def built(folder: pathlib.Path, file: pathlib.Path) -> tuple[dict, dict]:
    """The DAGs that dag-factory builds of a file, and what it says of those that it cannot build ("" for the whole file)."""
    from dagfactory.dagfactory import SYSTEM_PARAMS, _DagFactory

    def factory():
        made = _DagFactory(config_filepath=str(file), defaults_config_path=str(folder))
        made._serialise_config_md = lambda *_: ""  # no dump of the file in doc_md
        return made

    dags: dict = {}
    failed: dict[str, str] = {}
    try:
        names = list(factory().get_dag_configs())
    except Exception as problem:
        return {}, {"": f"{type(problem).__name__}: {problem}".strip().split("\n")[0]}
    for name in names:
        one = factory()
        one.config = {key: value for key, value in one.config.items() if key in SYSTEM_PARAMS or key == name}
        try:
            dags.update(one.build_dags())
        except Exception as problem:
            failed[name] = f"{type(problem).__name__}: {problem}".strip().split("\n")[0]
    for dag in dags.values():
        for task in dag.tasks:
            for name in ("data",):
                value = getattr(task, name, None)
                if callable(value) and getattr(value, "__module__", "") == "dagfactory.utils":
                    setattr(task, name, value())
    return dags, failed


LEFT_OUT = {"fileloc", "relative_fileloc", "_processor_dags_folder", "bundle_name", "bundle_version"}


def comparable(serialised: dict) -> dict:
    dag = {key: value for key, value in serialised["dag"].items() if key not in LEFT_OUT}
    dag["tags"] = sorted(tag for tag in plain(dag.get("tags")) or [] if tag != "dagfactory")
    dag["tasks"] = {plain(task)["task_id"]: dict(plain(task)) for task in dag.get("tasks", [])}
    for task in dag["tasks"].values():
        for name in ("start_date", "end_date"):
            # Airflow leaves out what is the same as the DAG's, and gives it back to the task when it reads the DAG.
            if task.get(name) is None and dag.get(name) is not None:
                task[name] = dag[name]
    return dag


def plain(value):
    """The value itself where Airflow has written its type beside it."""
    while isinstance(value, dict) and "__var" in value and set(value) <= {"__var", "__type"}:
        value = value["__var"]
    return value


# Below these keys stand names of the user's, which are no part of the key of a difference.
NAMED = {"tasks", "children", "params", "edge_info", "op_kwargs", "env", "default_args"}


def differ(a, b, dag: str, key: list[str], place: list[str], out: list[dict]) -> None:
    if key and key[-1] != "tasks":
        a, b = plain(a), plain(b)
    if isinstance(a, dict) and isinstance(b, dict):
        for name in sorted(set(a) | set(b), key=str):
            below = key if key and key[-1] in NAMED and key[-1] != "default_args" else [*key, str(name)]
            differ(a.get(name, ABSENT), b.get(name, ABSENT), dag, below, [*place, str(name)], out)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            differ(x, y, dag, key, [*place, str(i)], out)
    elif a != b or isinstance(a, bool) is not isinstance(b, bool):
        out.append({"dag": dag, "key": ".".join(key), "place": ".".join(place), "theirs": shown(a), "ours": shown(b)})


ABSENT = object()


def shown(value) -> str:
    return "absent" if value is ABSENT else json.dumps(value, sort_keys=True, default=repr)


if __name__ == "__main__":
    sys.exit(main())
