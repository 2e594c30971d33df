"""Stands in for a module of the same name that dag-factory's example files import."""

try:
    from airflow.sdk import BaseOperator
except ImportError:
    from airflow.models import BaseOperator


class MakeBreadOperator(BaseOperator):
    def __init__(self, bread_type=None, **kwargs):
        super().__init__(**kwargs)
        self.bread_type = bread_type

    def execute(self, context):
        return self.bread_type


class MakeCoffeeOperator(BaseOperator):
    def __init__(self, coffee_type=None, **kwargs):
        super().__init__(**kwargs)
        self.coffee_type = coffee_type

    def execute(self, context):
        return self.coffee_type
