"""Functions that end in a way, and callbacks that set another."""


def works():
    return 1


def fails():
    raise ValueError("it fails")


def failed(context):
    context["ti"].state = "failed"


def success(context):
    context["ti"].state = "success"


def skipped(context):
    context["ti"].state = "skipped"


def by_method(context):
    context["ti"].set_state("failed")
