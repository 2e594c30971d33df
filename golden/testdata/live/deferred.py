"""Operators that defer in every way, and a trigger that fires, fails, waits too long or ends the task itself."""

import asyncio
import datetime

from airflow.models import BaseOperator
from airflow.triggers.base import BaseTrigger, StartTriggerArgs, TaskFailedEvent, TaskSkippedEvent, TaskSuccessEvent, TriggerEvent


class Tells(BaseTrigger):
    def __init__(self, payload=None, how="event"):
        super().__init__()
        self.payload, self.how = payload, how

    def serialize(self):
        return "of_deferred.Tells", {"payload": self.payload, "how": self.how}

    async def run(self):
        await asyncio.sleep(0.01)
        if self.how == "raise":
            raise RuntimeError("the trigger fails")
        if self.how == "nothing":
            return
        if self.how == "slow":
            await asyncio.sleep(1000)
        if self.how == "success":
            yield TaskSuccessEvent(xcoms={"return_value": 5, "more": self.payload})
        elif self.how == "failed":
            yield TaskFailedEvent(xcoms={"more": 1})
        elif self.how == "skipped":
            yield TaskSkippedEvent()
        else:
            yield TriggerEvent(self.payload)


class Waits(BaseOperator):
    template_fields = ("payload",)

    def __init__(self, payload=None, how="event", limit=None, **kwargs):
        super().__init__(**kwargs)
        self.payload, self.how, self.limit = payload, how, limit

    def execute(self, context):
        context["ti"].xcom_push("begun", str(self.payload))
        self.seen = 1
        limit = datetime.timedelta(seconds=self.limit) if self.limit else None
        self.defer(trigger=Tells(self.payload, self.how), method_name="resume", kwargs={"x": 1, "y": [1]}, timeout=limit)

    def resume(self, context, event=None, x=0, y=0):
        return {"event": event, "x": x, "y": y, "seen": getattr(self, "seen", None), "payload": self.payload}


class Starts(Waits):
    start_trigger_args = StartTriggerArgs(
        trigger_cls="of_deferred.Tells",
        trigger_kwargs={"payload": "from the start"},
        next_method="resume",
        next_kwargs={"x": 7},
        timeout=None,
    )
    start_from_trigger = True
