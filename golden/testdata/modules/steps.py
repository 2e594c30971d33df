"""What the tasks of generated files run."""


def one(*args):
    return 1


def takes(a=None, b=None):
    return [a, b]


def numbers():
    return [1, 2, 3]


def lists():
    return [[1], [2]]


def pairs():
    return {"first": 1, "second": 2}


def double(number):
    return 2 * number


def branch():
    return "branch_a"
