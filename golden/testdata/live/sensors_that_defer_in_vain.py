"""What is called when a sensor gives up."""


def note(context):
    ti = context["ti"]
    ti.xcom_push(f"noted_{ti.try_number}", [getattr(ti.state, "value", ti.state), type(context.get("exception")).__name__])
