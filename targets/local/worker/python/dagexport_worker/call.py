"""How PythonOperator hands the context to a callable."""

import types

_POSITIONALS = 0x04  # a flag of code objects: there is *args (inspect.CO_VARARGS)
_KEYWORDS = 0x08  # there is **kwargs (inspect.CO_VARKEYWORDS)


def keyword_arguments(function, arguments, attempt):
    """The keyword arguments of a call: all of the try's context for a function with **kwargs, else what its signature names.

    Raises ValueError when a positional argument has a name that the context has too, as Airflow does.
    """
    names, takes_all = _parameters(function)
    if not names:
        return {}
    context = attempt.context
    for name in names[: len(arguments)]:
        if name in context:
            raise ValueError(f"The key {name!r} in args is a part of kwargs and therefore reserved.")
    if takes_all:
        return {name: context[name] for name in context}
    return {name: context[name] for name in names if name in context}


def refuse_unknown(function, keywords):
    """Raise the TypeError of a decorated function for arguments that it does not have."""
    names, takes_all = _parameters(function)
    for name in keywords:
        if not takes_all and name not in names:
            raise TypeError(f"got an unexpected keyword argument {name!r}")


def is_bare(function):
    """Whether it is a plain function without any parameter."""
    if type(function) is not types.FunctionType or function.__dict__:
        return False
    code = function.__code__
    return not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & (_POSITIONALS | _KEYWORDS))


def _parameters(function):
    """The names of all parameters, and whether one of them is **kwargs."""
    if type(function) is types.FunctionType and not function.__dict__:
        # A plain function: its code object says the same as inspect, which costs more than the call of a small one.
        code = function.__code__
        names, first, last = code.co_varnames, code.co_argcount, code.co_argcount + code.co_kwonlyargcount
        extra = names[last : last + bool(code.co_flags & _POSITIONALS)]
        takes_all = bool(code.co_flags & _KEYWORDS)
        rest = last + len(extra)
        return names[:first] + extra + names[first:last] + names[rest : rest + takes_all], takes_all
    import inspect

    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin without a signature
        return [], False
    return list(parameters), any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
