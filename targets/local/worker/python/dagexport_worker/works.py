"""What operators do beside, or instead of, calling a function."""

import datetime
import types
from collections.abc import Iterable, Mapping

from . import moments

_DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


class Again(Exception):
    """A sensor gives its slot back and goes on later."""

    def __init__(self, seconds):
        super().__init__(f"waits {seconds:g} s")
        self.seconds = seconds


def call(function, arguments, keywords, attempt):
    """Call a function as Airflow does: what a generator function yields is asset metadata, its result what it returns."""
    return drained(function, function(*arguments, **keywords), attempt)


def drained(function, value, attempt):
    """What a function comes to that has returned this value."""
    if attempt.version < (2, 10) or type(value) is not types.GeneratorType or not _makes_generators(function):
        return value
    while True:
        try:
            attempt.context["outlet_events"].take(next(value))
        except StopIteration as end:
            return end.value


def finished(function, value, attempt):
    """What the function of a Python operator comes to; for a coroutine Airflow waits from 3.2 on."""
    if type(value) is not types.CoroutineType or attempt.version < (3, 2) or not _is_async(function):
        return drained(function, value, attempt)
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(value)
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def _is_async(function):
    import functools
    import inspect

    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    return inspect.iscoroutinefunction(function) or (
        not inspect.isfunction(function) and inspect.iscoroutinefunction(inspect.unwrap(type(function).__call__))
    )


def _makes_generators(function):
    import inspect

    return inspect.isgeneratorfunction(function)


def defaults(function, keywords, given):
    """What a decorated function takes from default_args: parameters that the call does not name."""
    import inspect

    return {name: given[name] for name in inspect.signature(function).parameters if name in given and name not in keywords}


def has_outputs(function) -> bool:
    """Whether a function says that it returns a mapping, which makes multiple_outputs of a decorated one true."""
    if not getattr(function, "__annotations__", None):
        return False
    import typing

    try:
        returned = typing.get_type_hints(function).get("return")
    except Exception:
        return False
    returned = getattr(returned, "__origin__", returned)
    return isinstance(returned, type) and issubclass(returned, Mapping)


def chosen(value):
    """The ids that a branch has returned. Raises what Airflow raises for anything else."""
    from .shim import exception

    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Iterable):
        raise exception("AirflowException")(
            f"'branch_task_ids' must be either None, a task ID, or an Iterable of IDs, but got {type(value).__name__!r}."
        )
    ids = list(value)
    wrong = {(one, type(one).__name__) for one in ids if not isinstance(one, str)}
    if wrong:
        raise exception("AirflowException")(
            "Unable to branch to the specified tasks. The branching function returned invalid 'branch_task_ids': "
            f"{wrong}. Please check that your function returns an Iterable of valid task IDs that exist in your DAG."
        )
    return ids


def settled(value):
    """A generator as a list: it is read once for the branch and once for the XCom."""
    return list(value) if isinstance(value, types.GeneratorType) else value


def is_day(options, context):
    days = options["week_day"]
    days = [days] if isinstance(days, str) else days
    numbers = set()
    for day in days:
        name = str(getattr(day, "name", day)).upper()
        if name not in _DAYS:
            raise AttributeError(f'Invalid Week Day passed: "{day}"')
        numbers.add(_DAYS.index(name) + 1)
    if options.get("use_task_logical_date", options.get("use_task_execution_day")):
        now = context["logical_date"]
    else:
        now = datetime.datetime.now(datetime.timezone.utc).astimezone(context["dag"].timezone)
    return now.isoweekday() in numbers


def day_of_week(options, context):
    return _way(options, is_day(options, context))


def date_time(options, context):
    lower, upper = options.get("target_lower"), options.get("target_upper")
    if options.get("use_task_logical_date"):
        now = context["logical_date"]
    else:
        now = datetime.datetime.now(datetime.timezone.utc)
    if isinstance(lower, datetime.time):
        lower = datetime.datetime.combine(now, lower)
    if isinstance(upper, datetime.time):
        upper = datetime.datetime.combine(now, upper)
    if lower is not None and upper is not None and upper < lower:
        upper += datetime.timedelta(days=1)
    lower, upper = (_aware(one, context["dag"].timezone) for one in (lower, upper))
    return _way(options, not (upper is not None and upper < now or lower is not None and lower > now))


def _aware(at, zone):
    if at is None or at.tzinfo is not None:
        return at
    return moments.in_zone(at, zone)


def _way(options, yes):
    return settled(options["follow_task_ids_if_true" if yes else "follow_task_ids_if_false"])


def latest_only(_options, context):
    window = context["ti"]._run.info["latest"]
    if window is not None:
        after, to = map(moments.parse, window)
        if not after < datetime.datetime.now(datetime.timezone.utc) <= to:
            print(f"Not the latest run, which would be after {after} and up to {to}: skipping downstream.")
            return []
        print("Latest, allowing execution to proceed.")
    else:
        print("Manually triggered DAG_Run: allowing execution to proceed.")
    return sorted(context["task"].downstream_task_ids)


CHOOSERS = {"day_of_week": day_of_week, "date_time": date_time, "latest_only": latest_only}
