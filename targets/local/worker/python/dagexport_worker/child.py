"""One try of one task, in a process of its own: call the function or render the templates, and tell dagexport the end."""

import functools
import os
import sys

from . import limits, tracebacks, works, xcoms
from .call import keyword_arguments, refuse_unknown
from .channel import Channel, decode, from_wire, line
from .context import Context, make_current
from .values import Resolver

# How a try ends that pushes nothing.
SUCCESS = {"end": "result", "outcome": "success", "value": None}
SUCCESS_LINE = line(SUCCESS)


class Terminated(BaseException):
    """dagexport asked the task to end: `finally` blocks run, `except Exception` does not catch it."""


class Try:
    """One try of a task. Its context is made when somebody asks for it: a function without parameters never does."""

    def __init__(self, run, reader, writer, length, message=None):
        """The message is of that length, and to be read from the channel unless it is given."""
        self._run, self._channel = run, Channel(reader, writer)
        self._length, self._text = length, message
        self._labelled = None  # what map_index_template came to
        self._outside = None  # around.Elsewhere, where dagexport executes the task
        self.rendered = []  # what templates in the message came to
        self._determined = None  # the keyword arguments that a function is called with
        self.version = run.version

    @functools.cached_property
    def _message(self):
        return decode(self._channel.exactly(self._length) if self._text is None else self._text)

    @functools.cached_property
    def context(self):
        context = Context(self._run, self._message, self._channel)
        context["task"]._try = self
        return context

    def run(self) -> None:
        """Do it, and tell dagexport how it ended. This is the last thing that its process does."""
        self._tell(self._worked_out)

    def _tell(self, work, *arguments):
        """Tell how the try has ended, which is what the work comes to."""
        try:
            end = self._with_updates(work(*arguments))
        except BaseException as error:
            self.fail(error)
        else:
            self._end(end, None)

    def fail(self, error) -> None:
        """Tell that this was raised."""
        if self._outside and isinstance(error, self._outside.failure):
            self._end(error.end, error)
            return
        end = _end_of(error)
        if self._labelled is not None:
            end["label"] = self._labelled
        if end["outcome"] != "skipped":
            sys.stderr.write(tracebacks.of(error))
        else:
            print(f"Skipped: {error}")
        self._end(end, error)

    def _end(self, end, error):
        around = self._message.get("around")
        if end.get("outcome") == "failed" and self.version < (3, 0) and "context" in self.__dict__:
            if not vars(self.context["task"]).get("retries", True):
                end = {**end, "outcome": "failed_for_good"}  # Airflow 2 asks the task itself, which something may have changed
        if around and around["after"] and end["outcome"] != "again":
            from . import callbacks

            state = callbacks.after(self, around["after"], end, error, Resolver(self))
            end = {"end": "result", "outcome": end["outcome"], **state}
            if self.version < (3, 0):  # Airflow 3 takes no notice of what these say of assets
                end = self._with_updates(end)
        self._channel.write(SUCCESS_LINE if end is SUCCESS else line(end))

    @property
    def channel(self):
        return self._channel

    @property
    def native(self):
        """Whether templates of the task come to objects."""
        return self._message["native"]

    def raise_plainly(self, error) -> None:
        """Tell how a plain function has ended that raised this."""
        self._tell(self._exited, error)

    def _exited(self, error):
        if isinstance(error, SystemExit) and self.version < (3, 0) and error.code in (None, 0):
            return SUCCESS  # to Airflow 2 it is one
        raise error

    def return_plainly(self, function, value) -> None:
        """Tell that a plain function, which was called already, has returned a value."""
        self._tell(self._returned, function, value)

    def _returned(self, function, value):
        value = works.finished(function, value, self)
        print(f"Done. Returned value was: {value}" if self._message["log_return"] else "Done. Returned value not shown")
        return SUCCESS if value is None else self._pushed(value)

    def _worked_out(self):
        return self._rendered() if self._message["kind"] == "render" else self._called()

    def _with_updates(self, end):
        """The end, with what the task has said of assets. Only a try that has asked for its context can have said anything."""
        if "context" not in self.__dict__ and "said" not in self._message:
            return end
        said = self.context["outlet_events"].said()
        return {**end, "updates": said} if said and (end.get("outcome") == "success" or end["end"] == "rendered") else end

    def _pushed(self, value):
        """How a try ends whose value is pushed, if the task pushes any."""
        return {**SUCCESS, **xcoms.stored(value, self._run.version)} if self._says("do_xcom_push") else SUCCESS

    def _rendered(self):
        from . import render

        return render.answer(self._message["texts"], self.context, self._run, self.native)

    def _called(self):
        message, work = self._message, self._message["work"]
        make_current(self)
        resolver = Resolver(self, renders=work != "callbacks")
        if message["templates"]:
            self._render_templates()
        if work == "callbacks":
            from . import callbacks

            return {**SUCCESS, **callbacks.call(message, self.context, resolver, self)}
        around = message["around"]
        if around:
            if around["mark"]:
                from .around import Elsewhere

                self._outside = Elsewhere(self, message)
            self._before(around, resolver)
        try:
            if message["timeout"] is None:
                value, chosen, outputs = self._worked(work, resolver)
            else:
                with limits.limit(message["timeout"], self._channel, self.version):
                    value, chosen, outputs = self._worked(work, resolver)
        except works.Again as again:
            print(f"Looks again in {again.seconds:g} s")
            return {"end": "result", "outcome": "again", "after": again.seconds, "value": None}
        except SystemExit as error:
            return self._exited(error)
        except Exception:
            self._label("label_of_failed")
            raise
        value, ways = self._decided(work, value, chosen)
        hook = around and from_wire(around["post_execute"], resolver)
        if hook and ways and not self._channel.ask({"op": "ways", "ways": ways})["on"]:
            hook = None  # Airflow raises what skips tasks, or what is wrong with the choice, before it calls the hook
        if self._run.version >= (3, 0):
            if hook:
                works.call(hook, (self.context, value), {}, self)
            self._label("label")
            return self._ended(work, value, ways, outputs)
        end = self._ended(work, value, ways, outputs)
        if hook:
            if end["value"] is not None:
                self._channel.send(xcoms.push_message("return_value", value, self._run.version))
                end = {**end, "pushed": True}  # the hook may push another
            works.call(hook, (self.context, value), {}, self)
        try:
            self._label("label")
        except Exception:
            if end["value"] is not None and "pushed" not in end:
                self._channel.send(xcoms.push_message("return_value", value, self._run.version))
            raise
        return {**end, "label": self._labelled} if self._labelled is not None else end

    def _before(self, around, resolver):
        """What is called before the task is executed, in its process, as it may change the context."""
        own = {name: self.context.pop(name) for name in ("templates_dict",) if name in self.context}  # it comes with the execution
        hook = from_wire(around["pre_execute"], resolver)
        if hook:
            works.call(hook, (self.context,), {}, self)
        if around["on_execute_callback"]:
            from . import callbacks

            callbacks.run("on_execute_callback", around["on_execute_callback"], self, resolver, "on_execute_callback")
        self.context.update(own)

    def _render_templates(self):
        """Render the templates that come to objects, before anything else is done: execution_timeout does not count it."""
        from . import render

        environment = render.environment_of(self._run)
        self.context["task"]._keeps = False

        def visit(value):
            if isinstance(value, dict) and list(value) == ["~"] and value["~"][0] == "template":
                self.rendered.append(render.rendered(environment, value["~"][1], self.context, self.native))
                value["~"][1] = len(self.rendered) - 1
                return
            for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                visit(item)

        message = self._message
        fields = [(message, name) for name in ("templates_dict", "op_args", "op_kwargs")]
        for holder, name in fields + [(message["options"], name) for name in message["options"]]:
            visit(holder[name])
            if message["work"] != "callbacks":
                message["fields"].pop(name, None)  # from here on the task has it rendered
        visit(message["fields"])
        self.context["task"]._keeps = True

    def _decided(self, work, value, chosen):
        """The value, and what it says of the ways on; None: nothing. Raises what Airflow raises for what is no choice."""
        if work == "branch" or work in works.CHOOSERS:
            value = works.settled(value)
            chosen = works.chosen(value)
        elif work == "short_circuit" and not value:
            return value, {"chosen": [], "ends": True}
        return value, None if chosen is None else {"chosen": chosen, "ends": False}

    def _ended(self, work, value, ways, outputs):
        """How a try ends that has come to a value."""
        end = SUCCESS if self._labelled is None else {**SUCCESS, "label": self._labelled}
        if work == "bash_command" and not self._outside:
            return {**end, "value": [value]}
        if ways is not None:
            end = {**end, "ways": ways}
        if value is None or not self._says("do_xcom_push"):
            return end
        pushes = self._each_of(value) if outputs or self._says("multiple_outputs") else ()
        if self._run.version >= (3, 0):
            for push in pushes:
                self._channel.send(push)
            return {**end, **xcoms.stored(value, self._run.version)}
        pushes, returned = list(pushes), xcoms.stored(value, self._run.version)  # Airflow 2 keeps all of them, or none
        for push in pushes:
            self._channel.send(push)
        return {**end, **returned}

    def _label(self, how):
        if self._message["label"]:
            from . import render

            self._labelled = None
            self._labelled = getattr(render, how)(self._message["label"], self.context, self._run)

    def _says(self, name):
        """An argument of the task, which a hook or its function may have changed."""
        return vars(self.context["task"]).get(name, self._message[name]) if "context" in self.__dict__ else self._message[name]

    def argument(self, name):
        """An argument of the task, as far as it has been rendered. KeyError: none of that name was given."""
        message = self._message
        fields = message.get("fields") or {}
        if name == "op_kwargs" and self._determined is not None:
            return self._determined  # the function is called with these
        if name in fields:
            value = from_wire(fields[name], Resolver(self))
            if value is None:
                raise KeyError(name)
            return value
        name = "callable" if name == "python_callable" else name
        if name in ("op_args", "op_kwargs", "templates_dict", "callable") and message["work"] not in ("around", "callbacks"):
            value = from_wire(message[name], Resolver(self))
            if not value:
                raise KeyError(name)
            return tuple(value) if name == "op_args" and message["bound"] else value
        return from_wire(message["options"][name], Resolver(self))

    def _worked(self, work, resolver):
        """What the work comes to: its value, the ways that a real operator has chosen, and whether the value has several outputs."""
        message = self._message
        outputs = message["multiple_outputs"]
        if work == "around":
            return self._outside.execute(None, resolver), None, outputs
        if work == "operator":
            from . import operators

            return *operators.execute(message, self.context, self._run, resolver), outputs
        if work == "docker" and message["callable"] is not None:
            value, outputs = self._contained(resolver, outputs)
            return value, None, outputs
        if work in ("sql", "http", "docker"):
            from . import provided

            return provided.execute(message, self.context, self._run, resolver), None, outputs
        if work in works.CHOOSERS:
            return works.CHOOSERS[work](from_wire(message["options"], resolver), self.context), None, outputs
        if work.startswith("sense_"):
            return self._sensor(resolver).execute(), None, False
        if work == "make":
            value = from_wire(message["op_args"], resolver)[0]
            return os.fspath(value) if isinstance(value, os.PathLike) else value, None, False
        if work == "process":
            return from_wire(message["callable"], resolver)(*from_wire(message["op_args"], resolver)), None, outputs
        function, arguments, keywords = self._prepared(resolver)
        if message["infer_outputs"]:
            outputs = works.has_outputs(function)
        if work.endswith(("external_python", "virtualenv")):
            value, chosen = self._elsewhere(work, function, arguments, keywords, resolver)
            return value, chosen, outputs
        value = function(*arguments, **keywords)
        if work == "bash_command":
            value = works.drained(function, value, self)
            if not isinstance(value, str) or not value.strip():
                raise TypeError("The returned value from the TaskFlow callable must be a non-empty string.")
            value = self._outside.execute(value, resolver) if self._outside else value
        else:
            value = works.finished(function, value, self)
            print(f"Done. Returned value was: {value}" if message["log_return"] else "Done. Returned value not shown")
        return value, None, outputs

    def _elsewhere(self, work, function, arguments, keywords, resolver):
        from . import elsewhere

        message = self._message
        given = [*(from_wire(message["op_kwargs"], resolver) or {}), *from_wire(message["defaults"], resolver)]
        value = elsewhere.call(work, function, arguments, keywords, given, from_wire(message["options"], resolver))
        print(f"Done. Returned value was: {value}" if message["log_return"] else "Done. Returned value not shown")
        if not work.startswith("branch_"):
            return value, None
        value = works.settled(value)
        return value, works.chosen(value)

    def _contained(self, resolver, outputs):
        """What a function returns that runs in a container, and whether it has several outputs. It gets nothing of the context."""
        from . import containers, elsewhere

        message = self._message
        function, arguments, keywords = self._given(resolver)
        if message["infer_outputs"]:
            outputs = works.has_outputs(function)
        options = from_wire(message["options"], resolver)
        return containers.call(function, arguments, keywords, options, message, elsewhere.source), outputs

    def _each_of(self, value):
        """multiple_outputs: each item of a dictionary is an XCom."""
        if not isinstance(value, dict):
            raise TypeError(f"Returned output was type {type(value)} expected dictionary for multiple_outputs")
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"Returned dictionary keys must be strings when using multiple_outputs, found {key} ({type(key)})")
        return (xcoms.push_message(key, item, self._run.version) for key, item in value.items())

    def _sensor(self, resolver):
        from . import sensors

        message = self._message
        options = from_wire(message["options"], resolver)
        if options.get("deferrable"):
            from . import deferred

            if deferred.defers(message["work"], options, self.version):
                look = functools.partial(sensors.LOOKS[message["work"]], options, self.context)
                return deferred.Deferred(look, options, self.context, message, self.version)
        if message["work"] == "sense_python":
            look = sensors.look_with(*self._prepared(resolver))
        else:
            look = functools.partial(sensors.LOOKS[message["work"]], options, self.context)
        return sensors.Sensor(look, options, self.context, message)

    def _given(self, resolver):
        """The function of a call, and the arguments that the pipeline gives it."""
        message = self._message
        own = vars(self.context["task"]) if message["around"] else {}  # where hooks have asked for them, they may have changed them
        function = own["python_callable"] if "python_callable" in own else from_wire(message["callable"], resolver)
        if not callable(function):
            name = ".".join(message["callable"]["~"][1]) if isinstance(message["callable"], dict) else "python_callable"
            raise TypeError(f"{name} is a {type(function).__name__}, not something that can be called")
        arguments = own["op_args"] if "op_args" in own else from_wire(message["op_args"], resolver) or []
        keywords = own["op_kwargs"] if "op_kwargs" in own else from_wire(message["op_kwargs"], resolver) or {}
        if message["bound"]:
            refuse_unknown(function, keywords)
        if message["defaults"]:
            keywords = {**works.defaults(function, keywords, from_wire(message["defaults"], resolver)), **keywords}
        return function, arguments, keywords

    def _prepared(self, resolver):
        """The function of a call, and its arguments, with what it takes of the context."""
        message = self._message
        function, arguments, keywords = self._given(resolver)
        if keywords:
            self.context.update(keywords)
        if message["templates_dict"] is not None:
            self.context["templates_dict"] = from_wire(message["templates_dict"], resolver)
        self._determined = keyword_arguments(function, arguments, self)
        return function, arguments, self._determined


def _end_of(error: BaseException):
    names = {c.__name__ for c in type(error).__mro__ if c.__module__.split(".")[0] == "airflow"}
    outcome = "failed"
    if "AirflowSkipException" in names:
        outcome = "skipped"
    elif names & {"AirflowFailException", "AirflowSensorTimeout"}:
        outcome = "failed_for_good"
    end = {"end": "result", "outcome": outcome, "error": tracebacks.one_line(error), "value": None}
    return {**end, "timed_out": True} if isinstance(error, limits.timeouts) else end


def terminate(_number, _frame):
    """The handler of TERM."""
    raise Terminated("the task was told to end")
