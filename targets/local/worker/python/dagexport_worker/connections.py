"""Variables and connections from the environment: AIRFLOW_VAR_* and AIRFLOW_CONN_*, as Airflow reads them there."""

import json
import os


def variable(key):
    """The text of a Variable; None when it is not set."""
    return os.environ.get("AIRFLOW_VAR_" + key.upper())


class Variables:
    """`var.value` and `var.json`."""

    def __init__(self, as_json):
        self._json = as_json

    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        text = variable(key)
        if text is None:
            raise KeyError(f"Variable {key} does not exist (a local run reads it from AIRFLOW_VAR_{key.upper()})")
        return json.loads(text) if self._json else text

    def get(self, key, default_var=None, default=None):
        text = variable(key)
        if text is None:
            return default if default is not None else default_var
        return json.loads(text) if self._json else text


class Connections:
    """`conn.my_id`."""

    def __getattr__(self, conn_id):
        if conn_id.startswith("__"):
            raise AttributeError(conn_id)
        return connection(conn_id)

    def get(self, conn_id, default_conn=None, default=None):
        try:
            return connection(conn_id)
        except KeyError:
            return default if default is not None else default_conn


class Connection:
    """A connection: the fields that Airflow gives it, from a URI or from JSON."""

    def __init__(self, conn_id=None, conn_type=None, host=None, login=None, password=None, schema=None, port=None, extra=None, **_):
        self.conn_id, self.conn_type, self.host, self.login = conn_id, conn_type, host, login
        self.password, self.schema, self.port = password, schema, port
        self.extra = json.dumps(extra) if isinstance(extra, dict) else extra

    @property
    def extra_dejson(self):
        return json.loads(self.extra) if self.extra else {}

    def get_password(self):
        return self.password

    def get_extra_dejson(self):
        return self.extra_dejson

    def get_uri(self):
        import urllib.parse

        quote = urllib.parse.quote
        login = quote(self.login or "", safe="") + (":" + quote(self.password, safe="") if self.password else "")
        port = f":{self.port}" if self.port else ""
        query = "?" + urllib.parse.urlencode(self.extra_dejson) if self.extra else ""
        kind = (self.conn_type or "").replace("_", "-")
        return f"{kind}://{login + '@' if login else ''}{quote(self.host or '', safe='')}{port}/{quote(self.schema or '', safe='')}{query}"

    @classmethod
    def get(cls, conn_id):
        return connection(conn_id)

    def __repr__(self):
        return f"<Connection: {self.conn_id}>"


def connection(conn_id):
    text = os.environ.get("AIRFLOW_CONN_" + conn_id.upper())
    if text is None:
        raise KeyError(f"The conn_id `{conn_id}` isn't defined (a local run reads it from AIRFLOW_CONN_{conn_id.upper()})")
    if text.lstrip().startswith("{"):
        return Connection(conn_id=conn_id, **json.loads(text))
    try:
        return _from_uri(conn_id, text)
    except ValueError:  # its message may quote a piece of the URI, such as a password
        raise ValueError(f"AIRFLOW_CONN_{conn_id.upper()} is no URI that can be read") from None


def _from_uri(conn_id, text):
    import urllib.parse

    unquote = urllib.parse.unquote
    kind = urllib.parse.urlsplit(text).scheme
    protocol = ""
    if text.count("://") == 2:  # http://https://host: the second one is part of the host
        text = text.partition("://")[2]
        protocol = urllib.parse.urlsplit(text).scheme + "://"
    uri = urllib.parse.urlsplit(text)
    host = unquote(uri.hostname or "")
    if "/" in host:  # a path, whose letters keep their case
        host = unquote(uri.netloc.rpartition("@")[2].partition(":")[0])
    query = dict(urllib.parse.parse_qsl(uri.query, keep_blank_values=True))
    extra = query.pop("__extra__", None) or (json.dumps(query) if query else None)
    return Connection(
        conn_id=conn_id, conn_type={"postgresql": "postgres"}.get(kind, kind.replace("-", "_")), host=protocol + host,
        login=unquote(uri.username) if uri.username else None, password=unquote(uri.password) if uri.password else None,
        schema=unquote(uri.path[1:]), port=uri.port, extra=extra,
    )  # fmt: skip
