"""Stands in for a module of the same name that dag-factory's example files import."""

import datetime


def read_params(params):
    print(params)
    return params


def add_days(ds, days):
    return ds


def one_day_ago(date):
    return date - datetime.timedelta(days=1)


def generate_data():
    return "data"


def object_storage_ops(my_obj_storage):
    return str(my_obj_storage)


def some_number():
    return 7


def build_numbers_list():
    return [2, 4, 6]


def double(number):
    return 2 * number


def double_with_label(number, label=False):
    return [2 * number, label]


def multiply(a, b):
    return a * b


def extract_last_name(full_name):
    from airflow.sdk import get_current_context

    get_current_context()["custom_mapping_key"] = full_name
    return full_name.split(" ")[-1]


def collect():
    return {"key1": "value1", "key2": "value2"}


def echo(value):
    return value
