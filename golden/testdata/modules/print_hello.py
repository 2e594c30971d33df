"""Stands in for a module of the same name that dag-factory's example files import."""


def print_hello():
    print("hello")


def print_hello_from_callback(context):
    print("hello")
