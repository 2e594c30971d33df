"""Stands in for a module of the same name that dag-factory's example files import."""


def get_pypi_projects_list():
    return ["a", "b"]


def fetch_pypi_stats_data(package_name):
    return {"package_name": package_name}


def summarize(values):
    return len(values)
