"""Stands in for a module of the same name that dag-factory's example files import."""


def make_list():
    return [[1], [2], [3]]


def consume_value(expanded_param, fixed_param):
    return [expanded_param, fixed_param]
