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
    dates = _imported("babel.dates", "babel")
    return dates.format_datetime(datetime.strptime(str(ds), input_format), format=output_format, locale=locale or dates.LC_TIME)


def datetime_diff_for_humans(dt, since=None):
    pendulum = _imported("pendulum", "pendulum")
    return pendulum.instance(dt).diff_for_humans(since)


def _imported(name, package):
    """A module that Airflow brings along, and that this Python may not have."""
    try:
        return _importlib.import_module(name)
    except ImportError as error:
        message = f"this macro needs {error.name}, which Airflow brings along. Install it: python -m pip install {package}"
        raise ImportError(message) from None


def __getattr__(name):
    if name == "random":
        return _importlib.import_module("random").random
    if name in ("json", "dateutil", "uuid", "yaml"):
        module = _imported(name, {"dateutil": "python-dateutil", "yaml": "pyyaml"}.get(name))
        if name == "dateutil":
            for part in ("parser", "relativedelta", "rrule", "tz"):
                _importlib.import_module("dateutil." + part)
        return module
    raise AttributeError(f"macros has no {name!r}")
