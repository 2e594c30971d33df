"""Runs Python callables and renders Jinja templates for `dagexport run --local`, without Airflow.

One process imports the user's modules once and forks for every task (server.py); where forking is not safe, each task gets
an interpreter of its own (`--once`). Both speak the protocol of channel.py with dagexport itself.

Needs Python 3.9 and the standard library; jinja2 for templates that dagexport does not render itself; pendulum, if it is
there, for dates.
"""
