"""Writes the arguments that the classes of the Airflow at hand take, a line each.

AIRFLOW_HOME=$(mktemp -d) python testdata/args.py > testdata/args-3.3.txt
"""

import inspect
import logging
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG, BaseOperator, TaskGroup
except ImportError:
    from airflow import DAG
    from airflow.models.baseoperator import BaseOperator
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import PythonOperator
    from airflow.utils.task_group import TaskGroup

for cls in (DAG, TaskGroup, BaseOperator, BashOperator, PythonOperator):
    init = cls.__init__
    while hasattr(init, "__wrapped__"):
        init = init.__wrapped__
    for name, parameter in sorted(inspect.signature(init).parameters.items()):
        if name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            print(cls.__name__, name)
