"""An operator that waits for a trigger, and what is told when it is late."""

import asyncio
import time

from airflow.models import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent


class After(BaseTrigger):
    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def serialize(self):
        return "of_time_of_deferred_tasks.After", {"seconds": self.seconds}

    async def run(self):
        await asyncio.sleep(self.seconds)
        yield TriggerEvent(self.seconds)


class Waits(BaseOperator):
    def __init__(self, waits=0, then=0, **kwargs):
        super().__init__(**kwargs)
        self.waits, self.then = waits, then

    def execute(self, context):
        self.defer(trigger=After(self.waits), method_name="resume")

    def resume(self, context, event=None):
        time.sleep(self.then)
        return event


def note(context):
    context["ti"].xcom_push("error", type(context["exception"]).__name__)
