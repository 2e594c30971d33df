"""Dates with pendulum's methods where pendulum is installed, and a clear error for them where it is not."""

import datetime

try:
    import pendulum
except ImportError:
    pendulum = None


class Moment(datetime.datetime):
    """A datetime that says what is missing when someone uses it as Airflow's pendulum.DateTime."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(
            f"dates have no {name!r} here: in Airflow they are pendulum.DateTime, and this Python has no pendulum. "
            "Install it: python -m pip install pendulum"
        )


def moment(year, month, day, hour=0, minute=0, second=0, microsecond=0, zone="UTC"):
    """A point in time. `zone` is an IANA name, an offset such as "+02:00", or "" for none."""
    if pendulum is not None:
        tz = None
        if zone[:1] in "+-" and zone:
            tz = pendulum.FixedTimezone(_offset(zone))
        elif zone:
            tz = pendulum.timezone(zone)
        if tz is None:
            return datetime.datetime(year, month, day, hour, minute, second, microsecond)
        return pendulum.datetime(year, month, day, hour, minute, second, microsecond, tz=tz)
    if not zone:
        return datetime.datetime(year, month, day, hour, minute, second, microsecond)
    if zone == "UTC":
        tz = datetime.timezone.utc
    elif zone[0] in "+-":
        tz = datetime.timezone(datetime.timedelta(seconds=_offset(zone)))
    else:
        import zoneinfo

        tz = zoneinfo.ZoneInfo(zone)
    return Moment(year, month, day, hour, minute, second, microsecond, tz)


def timezone(name):
    """The time zone of an IANA name; it prints as its name."""
    if pendulum is not None:
        return pendulum.timezone(name)
    import zoneinfo

    return datetime.timezone.utc if name == "UTC" else zoneinfo.ZoneInfo(name)


def offset(seconds):
    """The time zone of an offset."""
    if pendulum is not None:
        return pendulum.FixedTimezone(seconds)
    return datetime.timezone(datetime.timedelta(seconds=seconds))


def in_zone(value, zone):
    """A date without a time zone as one in `zone`."""
    return pendulum.instance(value, tz=zone) if pendulum is not None else value.replace(tzinfo=zone)


def in_utc(value):
    """A point in time, or a date that stands for its midnight, in UTC; None for None."""
    if value is None:
        return None
    if not isinstance(value, datetime.datetime):
        return moment(value.year, value.month, value.day)
    return parse(value.astimezone(datetime.timezone.utc).isoformat())


def parse(text):
    """The moment of an ISO text such as 2026-01-02T03:04:05.000006+00:00; None for None."""
    if text is None:
        return None
    at = datetime.datetime.fromisoformat(text)
    return moment(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, "UTC")


def read(text):
    """The moment that a user's text names; in UTC where it says nothing else."""
    if pendulum is not None:
        return pendulum.parse(text, tz="UTC", strict=False)
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo is not None else at.replace(tzinfo=datetime.timezone.utc)


def _offset(zone):
    sign = -1 if zone[0] == "-" else 1
    hours, minutes = zone[1:].split(":")
    return sign * (int(hours) * 3600 + int(minutes) * 60)
