"""Print the names in the contexts of real tasks and callbacks, as JSON lines: who is given it, whose it is and what
is said of the end, and the names.

Takes no arguments; runs on Airflow 2.11 and 3.3.
"""

import json
import logging
import os
import pathlib
import sys
import tempfile

results = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # tasks print
home = tempfile.TemporaryDirectory()
dags = pathlib.Path(home.name, "dags")
dags.mkdir()
os.environ["AIRFLOW_HOME"] = home.name
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(dags)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
logging.disable(logging.CRITICAL)

DAG_FILE = """
import json
import os

import pendulum

try:
    from airflow.sdk import DAG, Asset
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk.exceptions import AirflowSkipException
except ImportError:
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.exceptions import AirflowSkipException
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import PythonOperator, ShortCircuitOperator
    from airflow.sensors.python import PythonSensor

FOUND = os.environ["FOUND"]


def found(who, context):
    with open(FOUND, "a") as out:
        said = {name: str(context[name]) for name in ("reason", "exception") if name in context}
        out.write(json.dumps([who, sorted(context), {"task": context["ti"].task_id, **said}]) + "\\n")


def called(who, ends=None):
    def function(**context):
        found(who, context)
        if ends is not None:
            raise ends("no")
        return True

    return function


def back(who):
    return lambda context: found(who, context)


class Rendered(BashOperator):
    def render_template_fields(self, context, jinja_env=None):
        found(self.task_id, context)
        super().render_template_fields(context, jinja_env)


def make(name, **arguments):
    return DAG(
        name,
        schedule=None,
        start_date=pendulum.datetime(2026, 1, 1),
        on_success_callback=back("DAG on_success_callback"),
        on_failure_callback=back("DAG on_failure_callback"),
        **arguments,
    )


with make("good") as good:
    asset = Asset("s3://a")
    own = {"own": 1}
    PythonOperator(task_id="python", python_callable=called("python"), op_kwargs=own, on_success_callback=back("on_success_callback"))
    PythonOperator(task_id="outlets", python_callable=called("python with outlets"), outlets=[asset])
    PythonOperator(task_id="inlets", python_callable=called("python with inlets"), inlets=[asset])
    ShortCircuitOperator(task_id="circuit", python_callable=called("short circuit"))
    PythonSensor(task_id="sensor", python_callable=called("sensor"))
    Rendered(task_id="template", bash_command="true", on_execute_callback=back("on_execute_callback"))
    skips = called("skipped", AirflowSkipException)
    PythonOperator(task_id="skipped", python_callable=skips, on_skipped_callback=back("on_skipped_callback"))

with make("bad") as bad:
    PythonOperator(task_id="zero", python_callable=called("zero")) >> PythonOperator(task_id="fine", python_callable=called("fine"))
    PythonOperator(
        task_id="fails",
        python_callable=called("fails", ValueError),
        retries=1,
        retry_delay=0,
        on_failure_callback=back("on_failure_callback"),
        on_retry_callback=back("on_retry_callback"),
    )
"""


def main():
    found = pathlib.Path(home.name, "found.jsonl")
    os.environ["FOUND"] = str(found)
    (dags / "judged.py").write_text(DAG_FILE)
    sys.path.insert(0, str(dags))
    import pendulum
    from airflow.utils.db import initdb

    initdb()
    import airflow

    new = airflow.__version__.startswith("3.")
    import judged

    date = {"logical_date" if new else "execution_date": pendulum.datetime(2026, 1, 2)}
    for dag in (judged.good, judged.bad):
        dag.test(**date)
    seen = {}
    for line in found.read_text().splitlines():
        who, names, said = json.loads(line)
        seen.setdefault(who, {"who": who, "said": said, "names": names})
    for who in sorted(seen):
        results.write(json.dumps(seen[who]) + "\n")
    results.flush()


main()
