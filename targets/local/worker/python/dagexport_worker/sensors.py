"""Sensors: what they look at, how often, and how that ends."""

import datetime
import glob
import hashlib
import os
import subprocess
import sys
import tempfile
import time

from . import connections, moments, runs, tracebacks, works
from .shim import exception

WEEK = 7 * 24 * 60 * 60


class Sensor:
    """One try of a sensor. `look` tells whether what it waits for is there."""

    def __init__(self, look, options, context, message):
        self._look = look
        self._options = options
        self._context = context
        self._mode = message["sensors"]
        self._first = moments.parse(message["first_poke"])
        self._interval = seconds(options.get("poke_interval"), 60)
        self._timeout = seconds(options.get("timeout"), WEEK)
        self._reschedules = options.get("mode", "poke") == "reschedule"

    def execute(self):
        """What the sensor pushes. Raises what Airflow's sensors raise, and Again."""
        if self._mode == "skip":
            print("This run does not wait for sensors.")
            return None
        if self._reschedules:
            self._began = self._first or datetime.datetime.now(datetime.timezone.utc)
        else:
            self._began = time.monotonic()
        count = 1
        while True:
            found = self._poke()
            if found:
                print("Success criteria met. Exiting.")
                return getattr(found, "xcom_value", None)
            if self._mode == "once":
                self._give_up("The sensor would have to wait, and this run lets sensors look once.")
            if self._duration() > self._timeout:
                self._give_up(
                    f"Sensor has timed out; run duration of {self._duration()} seconds exceeds the specified timeout of {self._timeout}."
                )
            wait = self._next(count)
            if self._reschedules:
                raise works.Again(wait)
            time.sleep(wait)
            count += 1

    def _poke(self):
        soft, never = self._options.get("soft_fail"), self._options.get("never_fail")
        try:
            return self._look()
        except BaseException as error:
            names = {c.__name__ for c in type(error).__mro__ if c.__module__.split(".")[0] == "airflow"}
            if "AirflowSkipException" in names:
                raise
            if names & {"AirflowSensorTimeout", "AirflowTaskTimeout", "AirflowFailException"}:
                for name, given in (("soft_fail", soft), ("never_fail", never)):
                    if given:
                        raise exception("AirflowSkipException")(f"Skipping due to {name} is set to True.") from error
                raise
            if not isinstance(error, Exception):
                raise
            if self._options.get("silent_fail"):
                sys.stderr.write("Sensor poke failed:\n" + tracebacks.of(error))
                return False
            if never:
                raise exception("AirflowSkipException")("Skipping due to never_fail is set to True.") from error
            raise

    def _give_up(self, message):
        raise exception("AirflowSkipException" if self._options.get("soft_fail") else "AirflowSensorTimeout")(message)

    def _duration(self):
        if self._reschedules:
            return (datetime.datetime.now(datetime.timezone.utc) - self._began).total_seconds()
        return time.monotonic() - self._began

    def _next(self, count):
        """Seconds until the next look; with exponential backoff, Airflow's own formula."""
        if not self._options.get("exponential_backoff"):
            return self._interval
        if self._reschedules:
            passed, total, count = self._duration(), 0.0, 0
            while total <= passed:
                count += 1
                total += self._backoff(count)
        wait = min(self._timeout - int(self._duration()), self._backoff(count))
        longest = self._options.get("max_wait")
        return max(0, wait if longest is None else min(seconds(longest, 0), wait))

    def _backoff(self, count):
        least = max(int(self._interval * (2 ** (count - 2))), 1)
        name = f"{self._context['dag'].dag_id}#{self._context['task'].task_id}#{self._began}#{count}"
        jitter = int(hashlib.sha1(name.encode()).hexdigest(), 16) % least
        return min(least + jitter, datetime.timedelta.max.total_seconds() - 1)


def seconds(value, default):
    if value is None:
        return default
    return value.total_seconds() if isinstance(value, datetime.timedelta) else value


def look_with(function, arguments, keywords):
    """Looking is calling a function of the user's."""

    def look():
        found = function(*arguments, **keywords)
        return found if type(found).__name__ == "PokeReturnValue" else bool(found)

    return look


def _bash(options, _context):
    retries = options.get("retry_exit_code")
    with tempfile.TemporaryDirectory(prefix="airflowtmp") as folder:
        with tempfile.NamedTemporaryFile(dir=folder) as script:
            script.write(options["bash_command"].encode())
            script.flush()
            ended = subprocess.run(["bash", script.name], cwd=folder, env=options.get("env"), stderr=subprocess.STDOUT, check=False)
    code = ended.returncode
    print(f"Command exited with return code {code}")
    if code != 0 and retries is not None and code != retries:
        raise exception("AirflowFailException")(f"Command exited with return code {code}")
    return code == 0


def _file(options, context):
    conn_id = options.get("fs_conn_id", "fs_default")
    try:
        base = connections.connection(conn_id).extra_dejson.get("path", "")
    except KeyError as error:
        if conn_id != "fs_default" or context["ti"]._run.version >= (3, 0):
            raise exception("AirflowNotFoundException")(error.args[0]) from None
        base = "/"  # as in the connection that Airflow 2 makes itself
    pattern = os.path.join(base, options["filepath"])
    for path in glob.glob(pattern, recursive=options.get("recursive", False)):
        if os.path.isfile(path) or any(files for _, _, files in os.walk(path)):
            print(f"Found {path}")
            return True
    return False


def _delta(options, context):
    delta = options["delta"]
    if not isinstance(delta, datetime.timedelta):
        delta = datetime.timedelta(minutes=int(delta))
    return _now() > context["data_interval_end"] + delta


def _date_time(options, context):
    at = options["target_time"]
    if isinstance(at, str):
        at = moments.read(at)
    return _now() > (at if at.tzinfo is not None else at.replace(tzinfo=datetime.timezone.utc))


def _time(options, context):
    zone = context["dag"].timezone
    return _now() > moments.in_zone(datetime.datetime.combine(datetime.datetime.now(zone), options["target_time"]), zone)


def _day_of_week(options, context):
    return works.is_day(options, context)


def _http(options, context):
    from . import web

    return web.look(options, context)


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


LOOKS = {
    "sense_bash": _bash,
    "sense_file": _file,
    "sense_delta": _delta,
    "sense_date_time": _date_time,
    "sense_time": _time,
    "sense_day_of_week": _day_of_week,
    "sense_runs": runs.look,
    "sense_http": _http,
}
