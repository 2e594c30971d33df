"""How PythonOperator hands the context to a callable."""

import inspect


def keyword_arguments(function, arguments, context):
    """The keyword arguments of a call: all of the context for a function with **kwargs, else what its signature names.

    Raises ValueError when a positional argument has a name that the context has too, as Airflow does.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin without a signature
        return {}
    for name in list(parameters)[: len(arguments)]:
        if name in context:
            raise ValueError(f"The key {name!r} in args is a part of kwargs and therefore reserved.")
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return {name: context[name] for name in context}
    return {name: context[name] for name in parameters if name in context}
