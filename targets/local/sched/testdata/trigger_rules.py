"""Print what Airflow's own TriggerRuleDep decides, as JSON lines.

Every trigger rule that the installed Airflow has, times every multiset of states of up to four upstream tasks; for
all_done_setup_success the upstream tasks are plain tasks or setups. A line holds the rule, the upstream states ("running"
stands for all that is unfinished, a setup has the prefix "setup:"), the state that the task is set to (null: none) and
whether the dependency is met. Takes no arguments; the interpreter that runs it decides the version.
"""

import itertools
import json
import logging
import os
import sys
import tempfile
import types

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
logging.disable(logging.CRITICAL)

import pendulum  # noqa: E402
from airflow.ti_deps.dep_context import DepContext  # noqa: E402
from airflow.ti_deps.deps.trigger_rule_dep import TriggerRuleDep  # noqa: E402

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.task.trigger_rule import TriggerRule

    def scheduler_view(dag):
        return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
except ImportError:
    from airflow import DAG
    from airflow.operators.empty import EmptyOperator
    from airflow.utils.trigger_rule import TriggerRule

    def scheduler_view(dag):
        return dag


FINISHED = ["success", "failed", "skipped", "upstream_failed", "removed"]
STATES = [*FINISHED, "running"]
DEPRECATED = {"dummy", "none_failed_or_skipped"}  # 2.x names of always and none_failed_min_one_success


def build(rule, setups):
    """Return the task under test, with one upstream task per entry of setups."""
    with DAG("d", start_date=pendulum.datetime(2026, 1, 1), schedule=None) as dag:
        upstream = []
        for i, is_setup in enumerate(setups):
            task = EmptyOperator(task_id=f"u{i}")
            upstream.append(task.as_setup() if is_setup else task)
        if any(setups):
            task = EmptyOperator(task_id="t").as_teardown()
        else:
            task = EmptyOperator(task_id="t", trigger_rule=rule)
        for up in upstream:
            up >> task
    return scheduler_view(dag).get_task("t")


def decide(task, states):
    """Return (state set or None, dependency met) for the given upstream states."""
    set_to = []
    finished = [
        types.SimpleNamespace(task_id=f"u{i}", task=task.dag.get_task(f"u{i}"), map_index=-1, state=state)
        for i, state in enumerate(states)
        if state in FINISHED
    ]
    ti = types.SimpleNamespace(
        task=task,
        task_id="t",
        map_index=-1,
        get_dagrun=lambda *args, **kwargs: None,
        set_state=lambda state, *args, **kwargs: set_to.append(str(state)) or True,
    )
    context = DepContext(flag_upstream_failed=True, finished_tis=finished)
    statuses = TriggerRuleDep()._get_dep_statuses(ti=ti, dep_context=context, session=None)
    met = all([status.passed for status in statuses])
    return (set_to[-1] if set_to else None), met


def main():
    rules = sorted({rule.value for rule in TriggerRule} - DEPRECATED)
    for rule in rules:
        for count in range(5):
            kinds = [(False, state) for state in STATES]
            if rule == "all_done_setup_success":
                kinds += [(True, state) for state in STATES]
            tasks = {}
            for combination in itertools.combinations_with_replacement(kinds, count):
                setups = tuple(is_setup for is_setup, _ in combination)
                if setups not in tasks:
                    tasks[setups] = build(rule, setups)
                state, met = decide(tasks[setups], [state for _, state in combination])
                upstream = [("setup:" if is_setup else "") + state for is_setup, state in combination]
                line = {"rule": rule, "upstream": upstream, "state": state, "met": met}
                sys.stdout.write(json.dumps(line) + "\n")


main()
