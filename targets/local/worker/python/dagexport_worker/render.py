"""Templates, by the real jinja2 set up as Airflow sets it up."""

import jinja2
import jinja2.nativetypes
import jinja2.sandbox

from . import xcoms
from .channel import from_wire
from .values import Resolver


def answer(texts, context, run, native):
    """The message with every text rendered."""
    environment = environment_of(run)
    return {"end": "rendered", "values": [xcoms.encode(rendered(environment, text, context, native)) for text in texts]}


def rendered(environment, text, context, native):
    """What a template comes to."""
    template = environment.from_string(text)
    if not native and not isinstance(environment, _Native):
        return template.render(context)
    # The environment is that of the DAG, also where a task says otherwise: Airflow has the task put the parts together alone.
    concat = jinja2.nativetypes.native_concat if native else "".join
    return concat(template.root_render_func(template.new_context(dict(context))))


def fields_of(made, attempt):
    """Render the fields that an object says are templates, as Airflow does for objects in template fields."""
    environment, seen = environment_of(attempt._run), set()

    def render(value):
        if id(value) in seen:
            return value
        if isinstance(value, str):
            return rendered(environment, value, attempt.context, attempt.native)
        if type(value) in (list, tuple, set):
            return type(value)([render(item) for item in value])
        if isinstance(value, dict):
            return {key: render(item) for key, item in value.items()}
        nested(value)
        return value

    def nested(value):
        if id(value) in seen:
            return
        seen.add(id(value))
        for name in getattr(value, "template_fields", ()):
            if getattr(value, name):
                setattr(value, name, render(getattr(value, name)))

    nested(made)


def label(text, context, run):
    """What map_index_template comes to."""
    return str(environment_of(run).from_string(text).render(context))


def label_of_failed(text, context, run):
    """The same after a failure, which a template that cannot be rendered must not hide."""
    try:
        return label(text, context, run)
    except (jinja2.TemplateSyntaxError, jinja2.UndefinedError):
        return ""


def environment_of(run):
    resolver = Resolver()
    options = {
        "loader": jinja2.FileSystemLoader(run.template_folders),
        "undefined": jinja2.StrictUndefined,
        "extensions": ["jinja2.ext.do"],
        "cache_size": 0,
        **from_wire(run.jinja_options, resolver),
    }
    environment = (_Native if run.native else _Sandboxed)(**options)
    environment.filters.update(
        ds=_stamp("%Y-%m-%d"), ds_nodash=_stamp("%Y%m%d"), ts=_iso, ts_nodash=_stamp("%Y%m%dT%H%M%S"), ts_nodash_with_tz=_nodash
    )
    environment.globals.update(from_wire(run.macros, resolver))
    environment.filters.update(from_wire(run.filters, resolver))
    return environment


class _Safe:
    """Airflow lets templates reach names with one leading underscore; those with two stay out of reach."""

    def is_safe_attribute(self, obj, attr, value):
        return not jinja2.sandbox.is_internal_attribute(obj, attr)


class _Sandboxed(_Safe, jinja2.sandbox.SandboxedEnvironment):
    pass


class _Native(_Safe, jinja2.nativetypes.NativeEnvironment, jinja2.sandbox.SandboxedEnvironment):
    pass


def _stamp(form):
    def render(value):
        return None if value is None else value.strftime(form)

    return render


def _iso(value):
    return None if value is None else value.isoformat()


def _nodash(value):
    return None if value is None else value.isoformat().replace("-", "").replace(":", "")
