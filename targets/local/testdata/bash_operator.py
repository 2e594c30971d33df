"""Print what Airflow's own BashOperator comes to, as JSON lines: the arguments, the state and the result.

Takes no arguments; the interpreter that runs it decides the version. Commands run with a small, fixed environment.
"""

import copy
import datetime
import json
import logging
import os
import tempfile
import types

home = tempfile.TemporaryDirectory()
PATH = "/usr/local/bin:/usr/bin:/bin"
os.environ.clear()
os.environ.update({"PATH": PATH, "AIRFLOW_HOME": home.name})
logging.disable(logging.CRITICAL)

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator

SORTED = r"env | grep -v -e ^_= -e ^PWD= -e ^SHLVL= -e ^OLDPWD= -e ^PATH= | sort | tr '\n' ' '"

CASES = [
    {"bash_command": "echo one; echo two"},
    {"bash_command": "true"},
    {"bash_command": "echo one; echo"},
    {"bash_command": "printf 'no end'"},
    {"bash_command": "printf 'spaces \\t\\r\\n'"},
    {"bash_command": "printf 'a\\rb\\n'"},
    {"bash_command": "printf 'x\\xc2\\xa0\\xe2\\x80\\x83\\n'"},
    {"bash_command": "printf 'x\\x1c\\x1d\\x1e\\x1f\\x0b\\x0c\\n'"},
    {"bash_command": "echo out; echo err >&2"},
    {"bash_command": "echo err >&2; echo out"},
    {"bash_command": "printf 'bad \\xff\\xc3\\xe2\\x82 \\xed\\xa0\\x80 end\\n'"},
    {"bash_command": "printf 'gr\\xc3\\xb6\\xc3\\x9fe\\n'"},
    {"bash_command": "printf 'gr\\xc3\\xb6\\xc3\\x9fe\\n'", "output_encoding": "ascii"},
    {"bash_command": "printf 'gr\\xf6\\xdfe\\n'", "output_encoding": "latin-1"},
    {"bash_command": "printf 'a\\0b\\n'"},
    {"bash_command": "exit 1"},
    {"bash_command": "exit 99"},
    {"bash_command": "echo x; exit 7", "skip_on_exit_code": 7},
    {"bash_command": "exit 99", "skip_on_exit_code": 7},
    {"bash_command": "exit 8", "skip_on_exit_code": [7, 8]},
    {"bash_command": "exit 99", "skip_on_exit_code": None},
    {"bash_command": "exit 0", "skip_on_exit_code": 0},
    {"bash_command": "kill -9 $$"},
    {"bash_command": "kill -9 $$", "skip_on_exit_code": -9},
    {"bash_command": "false | true"},
    {"bash_command": "false; true"},
    {"bash_command": "syntax ("},
    {"bash_command": "no_such_command"},
    {"bash_command": ""},
    {"bash_command": "(sleep 0.3; echo late) & echo early"},
    {"bash_command": "(sleep 0.3; exit 5) & echo early; exit 0"},
    {"bash_command": "basename $PWD | cut -c1-10; stat -c %a ."},
    {"bash_command": "basename $PWD | cut -c1-10"},
    {"bash_command": "ls -A | wc -l"},
    {"bash_command": "pwd", "cwd": "/"},
    {"bash_command": "pwd", "cwd": "/no/such/folder"},
    {"bash_command": "pwd", "cwd": "/dev/null"},
    {"bash_command": SORTED},
    {"bash_command": SORTED, "env": {}},
    {"bash_command": SORTED, "env": {"A": "1", "B": "two words"}},
    {"bash_command": SORTED, "env": {"A": "1", "HOME": "/h"}, "append_env": True},
    {"bash_command": SORTED, "env": {}, "append_env": True},
    {"bash_command": SORTED, "env": {"AIRFLOW_CTX_TASK_ID": "mine"}},
    {"bash_command": "echo $PATH", "env": {"PATH": "/usr/bin:/x"}, "append_env": True},
    {"bash_command": "ps -o sid= -p $$ | tr -d ' ' | grep -q -x $$ && echo leader"},
    {"bash_command": "echo $0 $#"},
    {"bash_command": "read line; echo status $?", "env": {"IFS": " "}},
]


def run(case):
    """Return (state, result) of one execution."""
    date = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
    ti = types.SimpleNamespace(dag_id="d", task_id="t", try_number=1, execution_date=date)
    context = {
        "task": types.SimpleNamespace(owner="airflow", email=None),
        "task_instance": ti,
        "ti": ti,
        "dag_run": types.SimpleNamespace(run_id="r", logical_date=date),
    }
    try:
        return "success", BashOperator(task_id="t", **case).execute(context)
    except Exception as error:
        return ("skipped" if type(error).__name__ == "AirflowSkipException" else "failed"), None


def main():
    results = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)  # the operator of Airflow 3 logs there
    for name in list(os.environ):
        if name != "PATH":
            del os.environ[name]
    for case in CASES:
        state, result = run(copy.deepcopy(case))  # the operator changes its env
        results.write(json.dumps({"args": case, "state": state, "result": result}) + "\n")
    results.flush()


main()
