"""Print the names in the context of a task: put it into a DAGs folder and run `airflow dags test context 2026-01-02`."""

import datetime

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG
    from airflow.operators.python import PythonOperator


def names(**context):
    print("NAMES", *sorted(context))


with DAG("context", schedule=None, start_date=datetime.datetime(2026, 1, 1)):
    PythonOperator(task_id="names", python_callable=names)
