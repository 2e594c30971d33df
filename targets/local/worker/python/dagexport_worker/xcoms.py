"""XCom values on their way out and back: what Airflow can store, and as what it comes back."""

import datetime
import sys

_STORED = (datetime.datetime, datetime.date, datetime.timedelta)


class Pulled(list):
    """What several instances have pushed; Airflow 2 reads it from its database as it is used, and shows it so."""

    def __repr__(self):
        return f"LazySelectSequence([{len(self)} {'item' if len(self) == 1 else 'items'}])"

    __str__ = __repr__


def encode(value):
    """{"value": JSON as the run record has it, "pickle": the object itself where JSON loses something}.

    Raises TypeError for what Airflow cannot store.
    """
    if type(value) is Pulled:
        value = list(value)  # within another value it cannot be stored, as in Airflow
    plain, exact = _plain(value)
    message = {"value": [plain]}
    if not exact:
        import base64
        import pickle

        message["pickle"] = base64.b64encode(pickle.dumps(_stored(value))).decode()
    return message


def decode(answer):
    if answer.get("pickle"):
        import base64
        import pickle

        return pickle.loads(base64.b64decode(answer["pickle"]))
    return answer["value"]


def push_message(key, value, version):
    return {"op": "push", "key": key, **stored(value, version)}


def stored(value, version):
    """encode, of an XCom. Airflow 2 keeps a tuple as one, but within a list or a dict its JSON makes a list of it."""
    if version < (3, 0) and not isinstance(value, tuple):
        value = _listed(value)
    return encode(value)


def _listed(value):
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [_listed(item) for item in value]
    return value


def _plain(value):
    """The value as JSON, and whether that is all of it."""
    if value is None or isinstance(value, (bool, str)):
        return value, True
    if isinstance(value, (int, float)):
        return value, value == value and value not in (float("inf"), float("-inf"))
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        items = [_plain(item) for item in value]
        return [item for item, _ in items], type(value) is list and all(exact for _, exact in items)
    if isinstance(value, dict):
        items = {str(key): _plain(item) for key, item in value.items()}
        return {key: item for key, (item, _) in items.items()}, all(exact for _, exact in items.values())
    if isinstance(value, (set, frozenset, *_STORED, *_imported())):
        return {"__repr__": repr(_stored(value))}, False
    raise TypeError(f"cannot serialize object of type {type(value)}")


def _imported():
    """The other types that Airflow can store; a value has one only where its module has been imported."""
    return [getattr(sys.modules[module], name) for module, name in (("decimal", "Decimal"), ("uuid", "UUID")) if module in sys.modules]


def _stored(value):
    """The object as it comes back from Airflow's store: dictionary keys are strings."""
    if isinstance(value, dict):
        return {str(key): _stored(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_stored(item) for item in value)
    if type(value) is datetime.datetime and type(value.tzinfo) is datetime.timezone and not value.utcoffset():
        from . import moments

        return value.replace(tzinfo=moments.timezone("UTC"))
    if "decimal" in sys.modules and type(value) is sys.modules["decimal"].Decimal and value.is_finite():
        return type(value)(str(int(value) if value.as_tuple().exponent >= 0 else float(value)))  # Airflow stores a number of JSON
    return value
