"""Writes edges.txt: pipelines with nested groups, and the edges that Airflow draws for the same DAG.

    AIRFLOW_HOME=$(mktemp -d) python testdata/edges.py > testdata/edges.txt

Each DAG is built by hand in Airflow, the edges of a group when its members are there, and written down as YAML beside it. A case is
the YAML, a line `==`, a line `task<-upstream,upstream` for each task, and a line `----`. The table in the repository comes from
Airflow 3.3.2.
"""

import datetime
import logging
import random

logging.disable(logging.CRITICAL)

from airflow.providers.standard.operators.empty import EmptyOperator  # noqa: E402
from airflow.sdk import DAG, TaskGroup  # noqa: E402

CASES = 150


class Case:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.count = 0
        self.tasks = []

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def members(self, indent, depth):
        """Build the groups and tasks of one level; the result is their YAML."""
        pad, names, nodes, edges, out = " " * indent, [], [], [], ""

        def upstreams(most):
            picked = self.chance.sample(range(len(names)), min(len(names), self.chance.randrange(most + 1)))
            edges.extend((nodes[i], len(nodes)) for i in picked)
            return ", ".join(names[i] for i in picked)

        groups = self.chance.choice((0, 1, 2)) if depth < 3 else 0
        if groups:
            out += f"{pad}task_groups:\n"
        for _ in range(groups):
            group_id, prefix = self.name("g"), self.chance.random() < 0.75
            needs = upstreams(2)
            with TaskGroup(group_id, prefix_group_id=prefix) as group:
                body = self.members(indent + 4, depth + 1)
            names.append(group_id)
            nodes.append(group)
            out += f"{pad}  {group_id}:\n{pad}    prefix_group_id: {str(prefix).lower()}\n{pad}    dependencies: [{needs}]\n{body}"
        tasks = self.chance.choice((1, 2, 3))
        out += f"{pad}tasks:\n"
        for _ in range(tasks):
            task_id = self.name("t")
            needs = upstreams(2)
            nodes.append(EmptyOperator(task_id=task_id))
            names.append(task_id)
            self.tasks.append(nodes[-1])
            out += f"{pad}  {task_id}: {{empty: , dependencies: [{needs}]}}\n"
        for upstream, downstream in edges:
            upstream >> nodes[downstream]
        return out


for seed in range(CASES):
    case = Case(seed)
    with DAG(f"d{seed}", schedule=None, start_date=datetime.datetime(2026, 1, 1)):
        text = case.members(0, 0)
    print(text + "==")
    for task in case.tasks:
        print(f"{task.task_id}<-{','.join(sorted(task.upstream_task_ids))}")
    print("----")
