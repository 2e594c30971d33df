"""Sensors that are deferrable: a trigger looks for them, and knows less of the sensor than it does itself."""

import sys
import time

from . import limits, runs, tracebacks
from .sensors import WEEK, seconds
from .shim import exception

_TIMED = ("sense_file", "sense_http", "sense_delta")  # their triggers have the sensor's timeout


def defers(work, options, version):
    """Whether a sensor with these options defers."""
    if not options.get("deferrable") or work == "sense_http" and options.get("response_check"):
        return False
    return work in ("sense_runs", "sense_file", "sense_http") or version >= (3, 0) and work in ("sense_delta", "sense_time")


class Deferred:
    """One try of a sensor that defers. `look` tells whether what it waits for is there."""

    def __init__(self, look, options, context, message, version):
        self._look, self._options, self._context = look, options, context
        self._work, self._mode, self._version = message["work"], message["sensors"], version
        self._limit = self._interval = None
        if self._work in _TIMED:
            self._limit = seconds(options.get("timeout"), WEEK)
        elif self._work == "sense_runs" and version >= (3, 1):
            self._limit = seconds(options.get("timeout"), WEEK) or message["timeout"]
        elif self._work == "sense_runs" and version >= (3, 0):
            self._limit = message["timeout"]
        old = self._work == "sense_runs" and version < (3, 0)
        self._interval = seconds(options.get("poll_interval"), 2) if old else seconds(options.get("poke_interval"), 60)
        if self._work in ("sense_delta", "sense_time"):
            self._interval = 1  # its trigger knows the moment, and sleeps until it is near

    def execute(self):
        """What the sensor pushes. Raises what Airflow's sensors raise."""
        if self._mode == "skip":
            print("This run does not wait for sensors.")
            return None
        if self._work in _TIMED and self._look():
            print("Success criteria met. Exiting.")
            return True if self._work == "sense_delta" else None
        print("Waits for a trigger", flush=True)
        with limits.deferred():
            event, problem = self._fired()
        if event == "success":
            return None
        try:
            if event == "failed":
                raise exception("AirflowException")("External job has failed.")
            if event == "skipped":
                raise exception("AirflowSkipException")("External job has skipped skipping.")
            if problem is _LATE and self._version >= (3, 0):
                raise exception("AirflowSensorTimeout")(problem)
            raise exception("TaskDeferralError")("Trigger/execution timeout" if problem is _LATE else problem)
        except (exception("AirflowException"), exception("TaskDeferralError")) as error:
            late = problem is _LATE and (3, 0) <= self._version < (3, 1)  # which looks at soft_fail for other errors alone
            for name in ("soft_fail", "never_fail") if self._version >= (3, 1) else ("soft_fail",):
                if self._options.get(name) and not late:
                    raise exception("AirflowSkipException")(f"Skipping due to {name} is set to True.") from error
            raise

    def _fired(self):
        """What the trigger has seen; where it sees nothing, why."""
        began = time.monotonic()
        while True:
            try:
                event = self._seen()
            except Exception as error:
                sys.stderr.write("Trigger failed:\n" + tracebacks.of(error))
                return None, "Trigger failure"
            if event:
                return event, None
            if self._mode == "once":
                print("The sensor would have to wait, and this run lets sensors look once.")
                return None, _LATE
            left = None if self._limit is None else began + self._limit - time.monotonic()
            if left is not None and left < 0:
                return None, _LATE
            time.sleep(self._interval if left is None else min(self._interval, left))

    def _seen(self):
        if self._work == "sense_runs":
            return runs.event(self._options, self._context)
        return "success" if self._look() else None


_LATE = "Trigger timeout"
