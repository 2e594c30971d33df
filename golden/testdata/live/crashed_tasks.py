"""Python tasks whose process ends by force, and what is called then."""

import os
import signal
import time


def exits(code):
    os._exit(code)


def is_killed(ti):
    ti.xcom_push(key="before", value=ti.try_number)
    os.kill(os.getpid(), signal.SIGKILL)


def is_killed_once(ti):
    if ti.try_number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return ti.try_number


def _note(event, context):
    ti = context["ti"]
    error = context.get("exception")
    said = type(error).__name__ + (f" {error}".partition("'Hostname'")[0] if isinstance(error, str) else "")
    with open(context["params"]["file"], "a") as file:
        print(event, ti.task_id, ti.try_number, getattr(ti.state, "value", ti.state), said, "exception" in context, file=file)


def on_failure(context):
    _note("failure", context)


def on_retry(context):
    _note("retry", context)


def on_success(context):
    _note("success", context)


def notes(params, **context):
    """What was noted, once all is; the process that calls back may be late."""
    count = 6 if "execution_date" in context else 4  # which only Airflow 2 has
    deadline = time.monotonic() + 120
    while True:
        with open(params["file"]) as file:
            lines = file.read().splitlines()
        if len(lines) >= count or time.monotonic() > deadline:
            return sorted(lines)
        time.sleep(0.2)
