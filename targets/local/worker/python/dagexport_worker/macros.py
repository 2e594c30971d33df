"""`macros`: what Airflow offers templates under this name."""

import importlib as _importlib
import time  # noqa: F401  offered to templates
from datetime import datetime, timedelta  # noqa: F401


def ds_add(ds, days):
    if not days:
        return str(ds)
    return (datetime.strptime(str(ds), "%Y-%m-%d") + timedelta(days=days)).strftime("%Y-%m-%d")


def ds_format(ds, input_format, output_format):
    return datetime.strptime(str(ds), input_format).strftime(output_format)


def ds_format_locale(ds, input_format, output_format, locale=None):
    from babel.dates import LC_TIME, format_datetime

    return format_datetime(datetime.strptime(str(ds), input_format), format=output_format, locale=locale or LC_TIME)


def datetime_diff_for_humans(dt, since=None):
    import pendulum

    return pendulum.instance(dt).diff_for_humans(pendulum.instance(since)) if since else pendulum.instance(dt).diff_for_humans()


def __getattr__(name):
    if name == "random":
        return _importlib.import_module("random").random
    if name in ("json", "dateutil", "uuid", "yaml"):
        module = _importlib.import_module(name)
        if name == "dateutil":
            for part in ("parser", "relativedelta", "rrule", "tz"):
                _importlib.import_module("dateutil." + part)
        return module
    raise AttributeError(f"macros has no {name!r}")
