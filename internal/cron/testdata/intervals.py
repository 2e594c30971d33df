"""Print the data intervals that Airflow infers for manual runs of random cron schedules at random moments, tab-separated.

Takes no arguments; runs on Airflow 2. The seed is fixed, so that the table can be made again.
"""

import logging
import os
import random
import sys
import tempfile

home = tempfile.TemporaryDirectory()
os.environ["AIRFLOW_HOME"] = home.name
logging.disable(logging.CRITICAL)

import pendulum  # noqa: E402
from airflow.timetables.interval import CronDataIntervalTimetable  # noqa: E402

ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo",
    "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Pacific/Auckland", "Africa/Cairo",
]  # fmt: skip
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
ROWS = 10_000
# Clocks change near these moments.
CHANGES = [
    "2025-03-09T07:00", "2025-03-30T01:00", "2025-04-05T15:00", "2025-04-25T00:00", "2025-10-04T15:30", "2025-10-26T01:00",
    "2025-11-02T06:00", "2026-03-08T07:00", "2026-03-29T01:00", "2026-10-25T01:00", "2026-11-01T06:00",
]  # fmt: skip


def part(rng, low, high, names, first):
    def one():
        value = rng.randint(low, high)
        if names and rng.random() < 0.4:
            return names[(value - first) % len(names)]
        return str(value)

    kind = rng.random()
    if kind < 0.55:
        return one()
    if kind < 0.7:
        return f"*/{rng.randint(1, max(2, (high - low) // 2))}"
    a, b = sorted(rng.sample(range(low, high + 1), 2))
    if kind < 0.85:
        return f"{a}-{b}"
    if kind < 0.95:
        return f"{a}-{b}/{rng.randint(1, 7)}"
    return f"{b}-{a}" if names is None or rng.random() < 0.5 else f"{names[(b - first) % len(names)]}-{names[(a - first) % len(names)]}"


def field(rng, low, high, names=None, first=0, star=0.4):
    if rng.random() < star:
        return "*"
    return ",".join(part(rng, low, high, names, first) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def day_of_week(rng):
    if rng.random() < 0.08:
        return f"{rng.randint(0, 6)}#{rng.randint(1, 4)}"
    if rng.random() < 0.05:
        return f"l{rng.randint(0, 6)}"
    return field(rng, 0, 6, DAYS, 0, 0.6)


def day(rng):
    return "l" if rng.random() < 0.05 else field(rng, 1, 31, star=0.6)


def main():
    rng = random.Random(5)
    rows = 0
    while rows < ROWS:
        cron = " ".join([field(rng, 0, 59, star=0.1), field(rng, 0, 23), day(rng), field(rng, 1, 12, MONTHS, 1, 0.7), day_of_week(rng)])
        zone = rng.choice(ZONES)
        if rng.random() < 0.5:
            moment = pendulum.parse(rng.choice(CHANGES), tz="UTC").add(minutes=rng.randint(-1500, 1500))
        else:
            moment = pendulum.datetime(2024, 1, 1, tz="UTC").add(seconds=rng.randint(0, 4 * 365 * 86400))
        try:
            interval = CronDataIntervalTimetable(cron, pendulum.timezone(zone)).infer_manual_data_interval(run_after=moment)
        except Exception as e:  # no such day, or nothing that croniter takes
            if rows < 50:
                sys.stderr.write(f"{cron}: {type(e).__name__} {e}\n")
            continue
        rows += 1
        sys.stdout.write("\t".join([cron, zone, *(str(int(t.timestamp())) for t in (moment, interval.start, interval.end))]) + "\n")


main()
