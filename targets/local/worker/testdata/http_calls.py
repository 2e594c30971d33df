"""Requests by the real operators of the http provider ("real"), or by those that stand in for them ("ours"); see web_airflow_test.go."""

import json
import os
import sys

which, address = sys.argv[1:]
host, _, port = address.partition(":")
CONNECTIONS = {
    "PLAIN": f"http://{address}",
    "USER": json.dumps({"conn_type": "http", "host": host, "port": int(port), "login": "ann", "password": "p:w", "schema": "http"}),
    "EXTRA": json.dumps(
        {"conn_type": "http", "host": f"http://{host}", "port": int(port), "extra": {"X-One": "1", "X-Two": "c", "timeout": 5}}
    ),
    "LENIENT": json.dumps({"conn_type": "http", "host": host, "port": int(port), "extra": {"check_response": False}}),
    "QUICK": json.dumps({"conn_type": "http", "host": host, "port": int(port), "extra": {"timeout": 0.2}}),
    "STAYS": json.dumps({"conn_type": "http", "host": host, "port": int(port), "extra": {"allow_redirects": False}}),
    "FEW": json.dumps({"conn_type": "http", "host": f"http://bob:pw@{host}", "port": int(port)}),
    "GONE": "http://127.0.0.1:1",
    "HTTPS": f"https://{address}",
}
for name, value in CONNECTIONS.items():
    os.environ["AIRFLOW_CONN_" + name] = value


def has_no(response, ds):
    return "no" not in response.text and ds == "2026-01-02"


OPERATORS = [
    {"endpoint": "a"},
    {"endpoint": "/a b/ü?x=1", "method": "GET", "data": {"q": "a b&c", "n": 1, "l": ["1", 2], "none": None, "ü": "ä"}},
    {"endpoint": "a?x=1#f", "method": "GET", "data": "raw=1"},
    {"endpoint": "a", "method": "get"},
    {"endpoint": None, "method": "GET"},
    {"endpoint": "a", "data": {"q": "a b", "l": [1, 2]}},
    {"endpoint": "a", "data": '{"text": "ü"}', "headers": {"Content-Type": "application/json"}},
    {"endpoint": "a", "data": "plain"},
    {"endpoint": "a", "method": "PUT", "data": {"a": 1}, "headers": {"X-One": "h", "x-two": None}},
    {"endpoint": "a", "method": "DELETE"},
    {"endpoint": "a", "method": "PATCH", "data": "x"},
    {"endpoint": "a", "method": "HEAD", "data": {"a": 1}},
    {"endpoint": "a", "http_conn_id": "user", "headers": {"Authorization": "mine"}},
    {"endpoint": "a", "http_conn_id": "extra", "headers": {"X-Two": "t"}},
    {"endpoint": "a", "http_conn_id": "few"},
    {"endpoint": "latin"},
    {"endpoint": "charset", "method": "GET"},
    {"endpoint": "json", "method": "GET", "response_filter": lambda response: [response.json(), response.headers["content-TYPE"]]},
    {
        "endpoint": "json",
        "method": "GET",
        "response_filter": lambda response, **context: [response.ok, response.status_code, context["ds"]],
    },
    {"endpoint": "json", "method": "GET", "response_check": has_no},
    {"endpoint": "a", "response_check": lambda response: False},
    {"endpoint": "status/404"},
    {"endpoint": "status/503", "http_conn_id": "lenient", "response_filter": lambda r: [r.status_code, r.reason, bool(r), r.text]},
    {"endpoint": "status/418", "extra_options": {"check_response": False}},
    {"endpoint": "status/304"},
    {"endpoint": "to/301", "data": {"a": 1}},
    {"endpoint": "to/302", "method": "PUT", "data": {"a": 1}},
    {"endpoint": "to/303", "data": "a"},
    {"endpoint": "to/307", "data": {"a": 1}, "http_conn_id": "user"},
    {"endpoint": "to/308", "method": "GET", "data": {"a": 1}},
    {"endpoint": "to/302", "http_conn_id": "stays", "response_filter": lambda r: [r.status_code, r.headers.get("location")]},
    {"endpoint": "slow", "http_conn_id": "quick"},
    {"endpoint": "a", "http_conn_id": "gone"},
    {"endpoint": "a", "http_conn_id": "https"},
    {"endpoint": "a", "http_conn_id": "missing"},
    {"endpoint": "a", "headers": {"X-One": 1}},
]
SENSORS = [
    {"endpoint": "a"},
    {"endpoint": "status/404"},
    {"endpoint": "status/500"},
    {"endpoint": "status/500", "response_error_codes_allowlist": ["500", "404"]},
    {"endpoint": "status/404", "response_error_codes_allowlist": []},
    {"endpoint": "a", "request_params": {"q": "1"}, "response_check": has_no},
    {"endpoint": "a", "method": "POST", "request_params": {"q": "1"}, "response_check": lambda response: 0},
    {"endpoint": "status/403", "extra_options": {"check_response": False}, "response_check": lambda r: r.status_code == 403},
]

context = {"ds": "2026-01-02"}
if which == "real":
    from airflow.providers.http.operators.http import HttpOperator
    from airflow.providers.http.sensors.http import HttpSensor

    def operate(given):
        return HttpOperator(task_id="t", **given).execute(context)

    def poke(given):
        return HttpSensor(task_id="t", **given).poke(context)
else:
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "python"))
    from dagexport_worker import web

    def operate(given):
        return web.execute(given, context, {})

    def poke(given):
        return bool(web.look(given, context))


results = []
for make, cases in ((operate, OPERATORS), (poke, SENSORS)):
    for given in cases:
        try:
            result = make({"http_conn_id": "plain", **given})
            result = bool(result) if make is poke else result
        except Exception as error:
            text = str(error) if type(error).__name__ == "AirflowException" or type(error).__name__ == "HttpErrorException" else ""
            result = ["failed", text]
        results.append(json.dumps(result, ensure_ascii=False))
print("RESULTS " + json.dumps(results))
