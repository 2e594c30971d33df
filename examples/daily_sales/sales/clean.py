"""What the pipeline calls to look at the orders."""


def count(found, ds=None):
    """The number of rows; Airflow hands over `ds` because the signature names it."""
    print(f"{found} rows on {ds}")
    return int(found)
