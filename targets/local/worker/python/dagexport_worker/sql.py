"""SQLExecuteQueryOperator without an Airflow: the statements, over the driver of the connection's type."""

import ast
import contextlib
import importlib
import json

from . import provided, statements
from .shim import exception


class Unknown(Exception):
    """What only the real operator knows."""


def has_hook(options):
    """Whether the provider of the connection's type is here beside the real operator."""
    conn_id = options.get("conn_id")
    if conn_id is None:
        return True
    kind = _kind(provided.connection(conn_id))
    return kind not in _CONNECTS or provided.has(f"apache-airflow-providers-{kind}")


def execute(options, context, message):
    """What the operator pushes."""
    sql, parameters = options["sql"], options.get("parameters")
    if isinstance(parameters, str):
        parameters = ast.literal_eval(parameters)
    print(f"Executing: {sql}")
    handler = options.get("handler", fetch_all)
    pushes = message["do_xcom_push"]
    if not pushes and not options.get("requires_result_fetch"):
        handler = None
    split = options.get("split_statements")
    texts = _texts(sql, split)
    single = isinstance(sql, str) and (options.get("return_last", True) or not split)
    results = []
    connection = provided.connection(options.get("conn_id"))
    opened = _open(connection, options.get("database"), context["ti"]._run.version)
    autocommit = _Autocommit(opened, _kind(connection))
    with contextlib.closing(opened):
        autocommit.set(options.get("autocommit", False))
        with contextlib.closing(opened.cursor()) as cursor:
            for text in texts:
                _run(cursor, text, parameters)
                if handler is not None:
                    results.append(handler(cursor))
        if not autocommit.get():
            opened.commit()
    if not pushes:
        return None
    if handler is None:
        results = None
    elif single:
        results = results[-1]
    if options.get("show_return_value_in_logs"):
        print(f"Operator output is: {results}")
    return results


def fetch_all(cursor):
    """The handler that is called unless another is given."""
    return cursor.fetchall() if cursor.description is not None else None


def _texts(sql, split):
    if not isinstance(sql, str):
        texts = list(sql)
    elif split:
        texts = statements.split(sql)
    else:
        texts = [sql] if sql.strip() else []
    if not texts:
        raise ValueError("List of SQL statements is empty")
    return texts


def _run(cursor, text, parameters):
    print(f"Running statement: {text}, parameters: {parameters}")
    if parameters:
        if isinstance(parameters, list) and "psycopg" in type(cursor).__module__:
            parameters = tuple(parameters)
        cursor.execute(text, parameters)
    else:
        cursor.execute(text)
    if isinstance(cursor.rowcount, int) and cursor.rowcount >= 0:
        print(f"Rows affected: {cursor.rowcount}")


def _kind(connection):
    kind = (connection.conn_type or "").replace("-", "_")
    return "postgres" if kind == "postgresql" else kind


def _open(connection, database, version):
    kind = _kind(connection)
    if kind not in _CONNECTS:
        known = ", ".join(sorted(_CONNECTS))
        raise exception("AirflowException")(
            f'The connection {connection.conn_id!r} has the type "{kind}"; a local run without an Airflow knows {known}'
        )
    return _CONNECTS[kind](connection, database, version)


def _driver(kind, names, install):
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    raise ImportError(f"a connection to {kind} needs {' or '.join(names)}: python -m pip install {install}")


def _sqlite(connection, _database, _version):
    import sqlite3
    import urllib.parse

    path = connection.host or ""
    if connection.schema:
        path += "/" + connection.schema
    extra = connection.extra_dejson
    query = "?" + urllib.parse.unquote(urllib.parse.urlencode(extra)) if extra else ""
    return sqlite3.connect(f"file:{path}{query}", uri=True)


_NOT_LIBPQ = (
    "iam", "redshift", "redshift-serverless", "cursor", "cluster-identifier", "workgroup-name", "aws_conn_id", "sqlalchemy_scheme",
    "sqlalchemy_query", "enable_log_db_messages", "azure_conn_id",
)  # fmt: skip


def _postgres(connection, database, version):
    # The provider takes psycopg where Airflow has SQLAlchemy 2: other types for some values, and the first result of several.
    if version >= (3, 1):
        driver = _driver("postgres", ("psycopg", "psycopg2"), "'psycopg[binary]'")
    else:
        driver = _driver("postgres", ("psycopg2", "psycopg"), "psycopg2-binary")
    extra = connection.extra_dejson
    for name in ("iam", "cursor", "azure_conn_id"):
        if extra.get(name):
            raise Unknown(f"the connection {connection.conn_id!r} asks for {name}, which needs a real Airflow")
    given = {
        "host": connection.host, "user": connection.login, "password": connection.password, "dbname": database or connection.schema,
        "port": connection.port,
    }  # fmt: skip
    given.update({name: value for name, value in extra.items() if name not in _NOT_LIBPQ})
    return driver.connect(**{name: value for name, value in given.items() if value is not None})


def _mysql(connection, database, _version):
    driver = _driver("mysql", ("MySQLdb", "pymysql"), "pymysql")
    extra = connection.extra_dejson
    for name in ("iam", "cursor", "client"):
        if extra.get(name) not in (None, False, "", "mysqlclient"):
            raise Unknown(f"the connection {connection.conn_id!r} asks for {name}, which needs a real Airflow")
    given = {
        "user": connection.login, "passwd": connection.password or "", "host": connection.host or "localhost",
        "db": database or connection.schema or "", "port": int(connection.port) if connection.port else 3306,
    }  # fmt: skip
    given.update({name: extra[name] for name in ("charset", "ssl_mode", "unix_socket", "init_command") if extra.get(name)})
    if extra.get("ssl"):
        given["ssl"] = json.loads(extra["ssl"]) if isinstance(extra["ssl"], str) else extra["ssl"]
    return driver.connect(**given)


_CONNECTS = {"sqlite": _sqlite, "postgres": _postgres, "mysql": _mysql}


class _Autocommit:
    """The autocommit of a connection: an attribute of those to postgres, methods of those to mysql; sqlite has none in Airflow."""

    def __init__(self, opened, kind):
        self._opened, self._kind = opened, kind

    def set(self, on):
        if self._kind == "postgres":
            self._opened.autocommit = on
        elif self._kind == "mysql":
            self._opened.autocommit(on)
        elif on:
            print("The connection doesn't support autocommit but autocommit activated.")

    def get(self):
        if self._kind == "mysql":
            return self._opened.get_autocommit()
        return self._kind == "postgres" and self._opened.autocommit
