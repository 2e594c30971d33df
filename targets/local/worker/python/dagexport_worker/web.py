"""HttpOperator and HttpSensor without an Airflow: one request, as the hook of the http provider makes it."""

import types

from . import fetch, provided
from .call import keyword_arguments
from .shim import exception

# What the extra of a connection says of requests; all else in it are headers.
_OPTIONS = (
    "stream", "cert", "proxies", "proxy", "timeout", "verify", "verify_ssl", "allow_redirects", "max_redirects", "trust_env",
    "check_response",
)  # fmt: skip


def execute(options, context, _message):
    """What HttpOperator pushes."""
    print("Calling HTTP method")
    connection = provided.connection(options.get("http_conn_id", "http_default"))
    if connection.conn_type != "http":
        raise exception("AirflowException")(f'Unknown hook type "{connection.conn_type}"')
    response = _respond(connection, options.get("method", "POST"), options.get("data"), options)
    if options.get("log_response"):
        print(response.text)
    check, choose = options.get("response_check"), options.get("response_filter")
    if check and not _called(check, response, context):
        raise exception("AirflowException")("Response check returned False.")
    return _called(choose, response, context) if choose else response.text


def look(options, context):
    """Whether HttpSensor finds what it waits for."""
    print(f"Poking: {options['endpoint']}")
    allowed = options.get("response_error_codes_allowlist")
    allowed = ("404",) if allowed is None else tuple(allowed)
    kinds = exception("AirflowException")
    try:
        connection = provided.connection(options.get("http_conn_id", "http_default"))
        response = _respond(connection, options.get("method", "GET"), options.get("request_params"), options)
        check = options.get("response_check")
        return _called(check, response, context) if check else True
    except kinds as error:
        if str(error).startswith(allowed):
            return False
        raise


def _called(function, response, context):
    return function(response, **keyword_arguments(function, [response], types.SimpleNamespace(context=context)))


def _respond(connection, method, data, options):
    headers, given = {}, dict(options.get("extra_options") or {})
    for name, value in connection.extra_dejson.items():
        if name not in (*_OPTIONS, "srv_lookup"):
            headers[name] = value
        elif value is not None:
            given.setdefault({"verify": "verify_ssl", "proxies": "proxy"}.get(name, name), value)
    headers.update(options.get("headers") or {})
    response = fetch.fetch(
        method.upper(), _url(connection, options.get("endpoint")), data or {}, headers, _credentials(connection),
        timeout=given.get("timeout"), follow=given.get("allow_redirects", True), most=given.get("max_redirects", 30),
        verify=given.get("verify", given.get("verify_ssl", True)), cert=given.get("cert"), proxies=given.get("proxies", given.get("proxy")),
    )  # fmt: skip
    if given.get("check_response", True) and response.status_code >= 400:
        print(f"HTTP error: {response.reason}")
        print(response.text)
        raise exception("AirflowException")(f"{response.status_code}:{response.reason}")
    return response


def _url(connection, endpoint):
    host = connection.host or ""
    base = host if "://" in host else f"{connection.schema or 'http'}://{host}"
    if connection.port:
        base += f":{connection.port}"
    if endpoint and not base.endswith("/") and not endpoint.startswith("/"):
        return f"{base}/{endpoint}"
    return base + (endpoint or "")


def _credentials(connection):
    return (str(connection.login), str(connection.password)) if connection.login else None
