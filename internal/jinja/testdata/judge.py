"""Read templates as a JSON list; print what jinja2, set up as Airflow does, has against each, as a JSON list of messages."""

import json
import sys

import jinja2
import jinja2.sandbox

environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"], cache_size=0)


def verdict(text: str) -> str:
    try:
        environment.parse(text)
    except jinja2.TemplateSyntaxError as error:
        return error.message or "error"
    return ""


json.dump([verdict(text) for text in json.load(sys.stdin)], sys.stdout)
