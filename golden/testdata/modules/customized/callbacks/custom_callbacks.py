"""Stands in for a module of the same name that dag-factory's example files import."""


def output_message(context, param1, param2):
    print(param1, param2)
