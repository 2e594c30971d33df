"""What the pipeline calls to report."""


def render(day, rows):
    """The report, as one line."""
    line = f"{day}: {rows} orders"
    print(line)
    return {"day": day, "rows": int(rows)}
