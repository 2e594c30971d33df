"""What generated files call."""

import datetime


def tell(context):
    print("told")


def tell_more(context, channel, level):
    print(channel, level)


def about(what="all", times=1):
    return f"About {what}\n" * times


def shift(day, days):
    return day


def day_before(date):
    return date - datetime.timedelta(days=1)


def is_up(response):
    return True
