"""The context that a callable and a template see: Airflow's names, the values of this try."""

import datetime
import functools
import sys

from . import arguments, assets, connections, imports, macros, moments, names, xcoms
from .channel import decode, from_wire

_current = []  # the try whose context is the current one, or what child.Try makes it of when somebody asks


# Where the real Airflow 3 and 2 keep the stack that their get_current_context() reads.
_REAL_STACKS = ("airflow.sdk.definitions._internal.contextmanager", "airflow.models.taskinstance")


def make_current(attempt):
    """Make the context of a try what get_current_context() returns; in the real Airflow too, whenever the user's code imports it."""
    _current.append(attempt)
    for name in _REAL_STACKS:
        if name in sys.modules:
            _share_stack(sys.modules[name])


def make_current_when_asked(pending):
    """The same for the arguments of a child.Try, where there is no real Airflow."""
    _current.append(pending)


def share_current():
    """Have a module of the real Airflow that is imported while a task runs get the context of that task."""
    sys.meta_path.insert(0, imports.Afterwards(_REAL_STACKS, _share_stack))


def _share_stack(module):
    stack = getattr(module, "_CURRENT_CONTEXT", None)
    if stack is not None and _current and attempt().context not in stack[-1:]:
        stack.append(attempt().context)


def asked():
    """Whether anybody has asked for the current try."""
    return type(_current[-1]) is not tuple


def attempt():
    """The current try."""
    if not asked():
        from .child import Try

        _current[-1] = Try(*_current[-1])
    return _current[-1]


def forget():
    """Have no current try."""
    _current.clear()


def current():
    """The context of the current try."""
    if not _current:
        raise RuntimeError("Current context was requested but no context was found! Are you running within an Airflow task?")
    return attempt().context


class Context(dict):
    """The context as a dict, filled as the played version of Airflow fills it for a manual run."""

    def __init__(self, run, message, channel):
        super().__init__(run.names)
        info = decode(message["task"].encode())
        task = Task(info, run.version, self["dag"])
        self["dag"]._serve(run.version, channel)
        ti = TaskInstance(run, message, channel, task, self["dag_run"])
        self.update(
            task=task, ti=ti, task_instance=ti, params=message["params"],
            task_instance_key_str=f"{run.info['dag_id']}__{message['task_id']}__{self['ds_nodash']}",
        )  # fmt: skip
        names.add_to(self, run.version, info, channel)
        if "said" in message:
            self["outlet_events"].hear(message["said"])
        if names.has_arguments(message.get("work")):
            self["templates_dict"] = None


class Names(dict):
    """What the contexts of all tasks of a run have in common. It is made once, before any task is there."""

    def __init__(self, info, version):
        super().__init__()
        logical = moments.parse(info["logical_date"])
        start, end = moments.parse(info["data_interval_start"]), moments.parse(info["data_interval_end"])
        last = [moments.parse(text) for text in info["last_success"] or [None] * 4]
        ds = logical.strftime("%Y-%m-%d")
        ts = logical.isoformat()
        self.update(
            dag=Dag(info, version), run_id=info["run_id"], dag_run=DagRun(info, version, logical, start, end),
            var={"value": connections.Variables(False), "json": connections.Variables(True)}, conn=connections.Connections(),
            macros=macros, map_index_template=None,
            logical_date=logical, ds=ds, ds_nodash=ds.replace("-", ""), ts=ts,
            ts_nodash=logical.strftime("%Y%m%dT%H%M%S"), ts_nodash_with_tz=ts.replace("-", "").replace(":", ""),
            data_interval_start=start, data_interval_end=end,
            prev_data_interval_start_success=last[0], prev_data_interval_end_success=last[1],
            prev_start_date_success=last[2], prev_end_date_success=last[3],
        )  # fmt: skip
        assets.add_events(self, info["triggering"], version)
        if version >= (3, 0):
            self["task_reschedule_count"] = 0
            if version >= (3, 3):
                self.update(partition_key=None, partition_date=None, task_state_store=names.Missing("task_state_store"))
        else:
            self._add_old_names(logical, ds, info["last_logical_date"], info["beside"])

    def _add_old_names(self, logical, ds, last, beside):
        """What only Airflow 2 has. The "previous" and "next" dates of a manual run are its own there."""
        previous, following = [logical, logical] if beside is None else map(moments.parse, beside)
        day = datetime.timedelta(days=1)
        tomorrow, yesterday = ((logical + d).strftime("%Y-%m-%d") for d in (day, -day))
        prev_ds, next_ds = (at and at.strftime("%Y-%m-%d") for at in (previous, following))
        self.update(
            execution_date=logical, next_execution_date=following, prev_execution_date=previous,
            prev_execution_date_success=moments.parse(last),
            next_ds=next_ds, next_ds_nodash=next_ds and next_ds.replace("-", ""),
            prev_ds=prev_ds, prev_ds_nodash=prev_ds and prev_ds.replace("-", ""),
            tomorrow_ds=tomorrow, tomorrow_ds_nodash=tomorrow.replace("-", ""),
            yesterday_ds=yesterday, yesterday_ds_nodash=yesterday.replace("-", ""), test_mode=False, expanded_ti_count=None,
            conf=names.Configuration(),
        )  # fmt: skip


class _Known:
    """An object that names what it knows when it is asked for anything else."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        known = ", ".join(sorted(n for n in {**vars(type(self)), **vars(self)} if not n.startswith("_")))
        raise AttributeError(f"a local run gives {type(self).__name__} no {name!r} (it has: {known})")


class Enumerated(str):
    """A string that prints as an enum member where the played version of Airflow has one."""

    def __new__(cls, value, kind, version, name=None):
        self = super().__new__(cls, value)
        self._shown = f"{kind}.{name or value.upper()}" if version >= (3, 0) else value
        return self

    value = property(lambda self: str.__str__(self))

    def __str__(self):
        return self._shown


class Dag(_Known):
    def __init__(self, info, version):
        self._version, self._args, self._beyond = version, info["args"], info["beyond"] or ()
        self.dag_id = info["dag_id"]
        self.description = info["description"]
        self.tags = info["tags"] if version < (3, 0) else set(info["tags"])
        self.task_ids = info["task_ids"]
        self.owner = info["owner"]
        self.dag_display_name = info["dag_display_name"]
        self.doc_md = info["doc_md"]
        self.fileloc = info["fileloc"]
        self._zone = info["timezone"]
        self.catchup = info["catchup"]
        self.max_active_tasks = info["max_active_tasks"]
        self.max_active_runs = info["max_active_runs"]
        for name, date in info["dates"].items():
            setattr(self, name, moments.in_utc(from_wire(date, None)))

    def __getattr__(self, name):
        try:
            return arguments.of_dag(self, name)
        except KeyError:
            return super().__getattr__(name)

    def has_task(self, task_id):
        return task_id in self.task_ids

    def get_task(self, task_id):
        """Another task, of which dagexport tells when somebody asks: most never do."""
        if not self.has_task(task_id):
            from .shim import exception

            raise exception("TaskNotFound")(f"Task {task_id} not found")
        if task_id not in self._tasks:
            self._tasks[task_id] = Task(self._channel.ask({"op": "task", "task_id": task_id}), self._version, self)
        return self._tasks[task_id]

    def _serve(self, version, channel):
        """Have this be the DAG of a try, whose own task is a copy of what it knows by that id."""
        self._version, self._channel, self._tasks = version, channel, {}

    @property
    def task_dict(self):
        return {task_id: self.get_task(task_id) for task_id in self.task_ids}

    @property
    def tasks(self):
        return list(self.task_dict.values())

    @property
    def roots(self):
        return [task for task in self.tasks if not task.upstream_task_ids]

    @property
    def leaves(self):
        return [task for task in self.tasks if not task.downstream_task_ids]

    @property
    def timezone(self):
        return moments.timezone(self._zone)  # only when asked: not every Python has the time zone database

    def __repr__(self):
        return f"<DAG: {self.dag_id}>"


class Task(_Known):
    """A task. What is not known of every task it looks up when it is asked: arguments.of."""

    def __init__(self, info, version, dag):
        self._version, self._fields, self._beyond = version, info.get("fields"), info.get("beyond", ())
        self._keeps = True  # what it has looked up
        self.dag = dag
        self.dag_id = dag.dag_id
        self.task_id = info["task_id"]
        self.owner = info["owner"]
        self.retries = info["retries"]
        self.trigger_rule = Enumerated(info["trigger_rule"], "TriggerRule", version)
        self.task_type = self.operator_name = info["class"]
        self.upstream_task_ids = set(info["upstream"])
        self.downstream_task_ids = set(info["downstream"])
        self.pool = info["pool"]
        self.queue = "default"
        self.priority_weight = info["priority_weight"]
        self.depends_on_past = info["depends_on_past"]
        self.retry_delay = _period(info["retry_delay"])
        self.execution_timeout = _period(info["execution_timeout"])
        for name, value in info.get("args", {}).items():
            if name == "queue" or name not in vars(self):
                setattr(self, name, arguments.shaped(self, name, from_wire(value, None)))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            value = arguments.of(self, name)
        except KeyError:
            return super().__getattr__(name)
        if self._keeps:
            setattr(self, name, value)
        return value

    @property
    def upstream_list(self):
        return [self.dag.get_task(task_id) for task_id in self.upstream_task_ids]

    @property
    def downstream_list(self):
        return [self.dag.get_task(task_id) for task_id in self.downstream_task_ids]

    def __repr__(self):
        return f"<Task({self.task_type}): {self.task_id}>"


def _period(micros):
    return None if micros is None else datetime.timedelta(microseconds=micros)


class _Strict(_Known):
    """An object that takes no names that it does not know, once it is made, where Airflow 3 is played."""

    _others = ()  # names that can be set and are not there before

    def __setattr__(self, name, value):
        if name.startswith("_") or name in vars(self) or name in self._others or not vars(self).get("_strict"):
            return object.__setattr__(self, name, value)
        raise ValueError(f'"{self._shown}" object has no field "{name}"')


class DagRun(_Strict):
    _shown = "DagRun"

    def __init__(self, info, version, logical, start, end):
        self.dag_id = info["dag_id"]
        self.run_id = info["run_id"]
        self.logical_date = logical
        self.data_interval_start = start
        self.data_interval_end = end
        self.run_after = moments.parse(info["run_after"])
        self.start_date = moments.parse(info["start_date"])
        self.end_date = None
        self.run_type = Enumerated(info["run_type"], "DagRunType", version, {"backfill": "BACKFILL_JOB"}.get(info["run_type"]))
        self.state = Enumerated("running", "DagRunState", version)
        self.conf = info["conf"]
        if version < (3, 0):
            self.execution_date = logical
            self.external_trigger = info["run_type"] == "manual"
            self.is_backfill = info["run_type"] == "backfill"
        else:
            self.clear_number, self.triggering_user_name, self.note = 0, None, None
            if version >= (3, 2):
                self.partition_key = None
        self._strict = version >= (3, 0)


class TaskInstance(_Strict):
    """ti: the task instance of this try, and the XComs of the run."""

    _shown = "RuntimeTaskInstance"
    _others = ("get_first_reschedule_date",)  # of ours, for real operators

    def __init__(self, run, message, channel, task, dag_run):
        self._run, self._channel = run, channel
        self.task = task
        self.dag_run = dag_run
        self.task_id = message["task_id"]
        self.dag_id = dag_run.dag_id
        self.run_id = dag_run.run_id
        self.map_index = message["map_index"]
        self.try_number = message["try_number"]
        self.max_tries = task.retries
        self.start_date = moments.parse(message["start_date"])
        self.end_date = moments.parse(message["last_end"]) if run.version < (3, 0) else None  # callbacks see that of this try
        self.state = Enumerated("running", "TaskInstanceState", run.version)
        self.queue, self._log = task.queue, message["log"]
        self.logical_date = dag_run.logical_date
        if run.version < (3, 0):
            self.execution_date = dag_run.logical_date
            self.operator = task.task_type
            self.trigger_id = self.next_method = self.custom_operator_name = self.raw = self.rendered_map_index = None
            self.test_mode = self.is_premature = False
            self.prev_attempted_tries, self.next_try_number = self.try_number, self.try_number + 1
        else:
            self.is_mapped, self.rendered_map_index, self.sentry_integration = self.map_index >= 0, None, ""
        self._strict = run.version >= (3, 0)

    def __getattr__(self, name):
        if not name.startswith("_") and self._run.version < (3, 0):
            if name in ("set_state", "refresh_from_db", "refresh_from_task", "key"):
                return getattr(self, "_" + name)
            if name in ("pool", "priority_weight", "pool_slots", "task_display_name", "executor", "executor_config"):
                return getattr(self.task, name)
        return super().__getattr__(name)

    def _set_state(self, state, session=None):
        """Whether it is another one. The end of the try decides, unless a callback calls this after it."""
        changed, self.state = self.state != state, state
        return changed

    def _refresh_from_db(self, session=None, lock_for_update=False, keep_local_changes=False):
        """There is nothing newer."""

    def _refresh_from_task(self, task, pool_override=None):
        self.task = task

    @property
    def hostname(self):
        import socket

        return socket.gethostname()

    @property
    def log_url(self):
        """Where the log is; in Airflow a page of its own."""
        import pathlib

        return pathlib.Path(self._log).as_uri() if self._log else ""

    @property
    def duration(self):
        return (self.end_date - self.start_date).total_seconds() if self.end_date and self.start_date else None

    def get_template_context(self, *_, **__):
        return current()

    @property
    def log(self):
        import logging

        return logging.getLogger("airflow.task")

    def xcom_push(self, key, value, *more, **named):
        """Store a value under a key at once. Airflow 2 takes a date and a session, too, and makes a text of a number."""
        if self._run.version < (3, 0):
            key = str(key) if isinstance(key, int) else key
        elif more or named:
            raise TypeError("xcom_push() takes a key and a value, and nothing else")
        elif not key or not isinstance(key, str):
            raise ValueError(f"XCom key must be a non-empty string. Received: {key!r}")
        self._channel.send(xcoms.push_message(key, value, self._run.version))

    @property
    def xcom_pull(self):
        """xcom_pull of the played version of Airflow."""
        from . import pulls

        return functools.partial(pulls.pull if self._run.version >= (3, 0) else pulls.pull_in_2, self)

    def output(self, task_id, key):
        """What `task.output` of the DAG file comes to."""
        found, value = self._ask(task_id, -1, key)
        if found or key == "return_value":
            return value
        from .shim import exception

        raise exception("XComNotFound")(f'XComArg result from {task_id} at {self.dag_id} with key="{key}" is not found!')

    def _ask(self, task_id, map_index, key):
        answer = self._channel.ask({"op": "pull", "task_id": task_id, "map_index": map_index, "key": key})
        return answer["found"], xcoms.decode(answer) if answer["found"] else None

    @property
    def _key(self):
        from .names import TaskInstanceKey

        return TaskInstanceKey(self.dag_id, self.task_id, self.run_id, self.try_number, self.map_index)

    def __repr__(self):
        return f"<TaskInstance: {self.dag_id}.{self.task_id} {self.run_id} [running]>"
