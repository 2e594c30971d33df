package explain

import "github.com/dagexport/dagexport/internal/diag"

const start = "dag_id: sales\nstart_date: 2026-01-01\nschedule: \"@daily\"\n"

const module = "-- sales.py --\ndef run(rows):\n    return rows\n"

// entries has each code of package diag once, in its order.
var entries = []Entry{
	{Code: diag.Unreadable, Means: "The file cannot be opened: it is not there, is a folder, or its permissions forbid reading it."},
	{
		Code:  diag.NotUTF8,
		Means: "Pipeline files are UTF-8, with or without a byte order mark. The place is the first byte that is not. Save the file as UTF-8.",
	},
	{
		Code: diag.EmptyFile, Means: "The file has no keys, so that there is nothing to compile: it is empty, or holds comments only.",
		Wrong: "# Coming soon.\n",
		Right: start + "tasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.Syntax, Means: "The text is no YAML. The message names the usual cause at its place: a missing colon or quote, a tab, an open bracket, `{{ }}` or `@daily` without quotes.",
		Wrong: "dag_id: sales\nschedule: @daily\ntasks:\n  load: {bash: echo load}\n",
		Right: "dag_id: sales\nstart_date: 2026-01-01\nschedule: \"@daily\"\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.DuplicateKey, Means: "A mapping has the same key twice. YAML readers keep one of the two and drop the other in silence, often a whole task.",
		Wrong: start + "tasks:\n  load: {bash: echo one}\n  load: {bash: echo two}\n",
		Right: start + "tasks:\n  load_one: {bash: echo one}\n  load_two: {bash: echo two}\n",
	},
	{Code: diag.TooDeep, Means: "Lists and mappings are nested more than a thousand levels deep, which no pipeline needs and no reader of YAML takes."},
	{
		Code: diag.TooManyAlias, Means: "Aliases in aliases make a document of enormous size out of a small file. This is how files are written that are to exhaust a reader.",
		Wrong: bomb,
		Right: "dag_id: sales\nstart_date: 2026-01-01\nschedule: null\nx-common: &common {retries: 2, pool: loads}\ntasks:\n  load: {<<: *common, bash: echo load}\n",
	},
	{
		Code: diag.ScalarYAML11, Means: "Plain text that is a truth value, an octal number or a time of day to readers of YAML 1.1, such as PyYAML, and text or another number to YAML 1.2. Quotes make it one thing for everybody.",
		Wrong: start + "tasks:\n  load: {bash: echo load, env: {MODE: on}}\n",
		Right: start + "tasks:\n  load: {bash: echo load, env: {MODE: \"on\"}}\n",
	},
	{
		Code: diag.ManyDocuments, Means: "A file holds one YAML document. What follows a `---` would be dropped.",
		Wrong: start + "tasks:\n  load: {bash: echo load}\n---\ndag_id: other\n",
		Right: start + "tasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.UnknownKey, Means: "Neither Airflow nor dagexport has such an argument here. Airflow stops at an argument that an operator does not have; the nearest one that there is is suggested. What the operators of Airflow and of its HTTP, SQL, Docker, Kubernetes, Spark, FTP, IMAP and SMTP providers take is known, of a provider what any of its releases takes; an argument of any other operator, or of one of your own, is never refused.",
		Wrong: start + "catchupp: false\ntasks:\n  load: {bash: echo load, retriess: 2}\n",
		Right: start + "catchup: false\ntasks:\n  load: {bash: echo load, retries: 2}\n",
	},
	{
		Code: diag.MissingKey, Means: "A key is missing without which what is written has no meaning, such as the default of a typed param, or an argument that an operator cannot do without.",
		Wrong: start + "params:\n  region: {type: string}\ntasks:\n  load: {bash: echo load}\n",
		Right: start + "params:\n  region: {type: string, default: eu}\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.WrongType, Means: "The value has another type than Airflow takes for this argument.",
		Wrong: start + "tasks:\n  load: {bash: echo load, retries: many}\n",
		Right: start + "tasks:\n  load: {bash: echo load, retries: 3}\n",
	},
	{
		Code: diag.BadValue, Means: "The type is right, and the value is not one of those that can be.",
		Wrong: start + "tasks:\n  load: {bash: echo load, weight_rule: sideways}\n",
		Right: start + "tasks:\n  load: {bash: echo load, weight_rule: upstream}\n",
	},
	{
		Code: diag.Conflict, Means: "Two keys exclude each other, or say the same thing twice.",
		Wrong: start + "tasks:\n  load: {bash: echo load, bash_command: echo other}\n",
		Right: start + "tasks:\n  load: {bash: echo load}\n",
	},
	{Code: diag.NotYet, Means: "The language has this, and this version of dagexport does not compile it yet. It is never dropped in silence."},
	{
		Code: diag.WrongVersion, Means: "The Airflow version that the file is compiled for has no such argument, operator, trigger rule or template variable. `--airflow-version` chooses the version; the message says what to write instead, or since when it is there.",
		Wrong: start + "tasks:\n  load: {bash: \"echo {{ execution_date }}\"}\n",
		Right: start + "tasks:\n  load: {bash: \"echo {{ logical_date }}\"}\n",
	},
	{
		Code: diag.Deprecated, Means: "An old name of a key, which is still understood and translated.",
		Wrong: "dag_id: sales\nstart_date: 2026-01-01\nschedule_interval: \"@daily\"\ntasks:\n  load: {bash: echo load}\n",
		Right: start + "tasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.Dropped, Means: "Airflow drops this without a word, so that it has no effect: a misspelt key in default_args, an argument of the DAG there.",
		Wrong: start + "default_args: {retires: 2}\ntasks:\n  load: {bash: echo load}\n",
		Right: start + "default_args: {retries: 2}\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.EnvVariable, Means: "In dag-factory's form `$NAME` is an environment variable. Where the compiler has to know its value itself, in ids, paths, numbers and schedules, it is looked up when the file is compiled, and this says so: the DAG file then holds the value of that day.",
		Wrong: "sales_$REGION:\n  schedule: null\n  start_date: 2026-01-01\n  tasks:\n    load: {operator: BashOperator, bash_command: echo load}\n",
		Right: "sales_eu:\n  schedule: null\n  start_date: 2026-01-01\n  tasks:\n    load: {operator: BashOperator, bash_command: \"echo $REGION\"}\n",
	},
	{
		Code: diag.UnsetVariable, Means: "An environment variable that the compiler needs is not set. Set it, or write the value.",
		Wrong: "sales:\n  schedule: \"$SALES_SCHEDULE\"\n  start_date: 2026-01-01\n  tasks:\n    load: {operator: BashOperator, bash_command: echo load}\n",
		Right: "sales:\n  schedule: \"0 6 * * *\"\n  start_date: 2026-01-01\n  tasks:\n    load: {operator: BashOperator, bash_command: echo load}\n",
	},
	{
		Code: diag.BadTemplate, Means: "What is between `<%` and `%>` is evaluated when the file is compiled, and is no such expression, or fails.",
		Wrong: start + "tasks:\n  load: {bash: \"echo <% upper 'x %>\"}\n",
		Right: start + "tasks:\n  load: {bash: \"echo <% upper \\\"x\\\" %>\"}\n",
	},
	{
		Code: diag.UnknownVariable, Means: "A template between `<%` and `%>` names a value that is not there: neither `vars` nor `--set` has it.",
		Wrong: start + "tasks:\n  load: {bash: \"echo <% .vars.regoin %>\"}\n",
		Right: start + "vars: {region: eu}\ntasks:\n  load: {bash: \"echo <% .vars.region %>\"}\n",
	},
	{
		Code: diag.Loop, Means: "`for_each` loops over a list, a mapping, or a range of whole numbers.",
		Wrong: start + "tasks:\n  load_<% .item %>: {for_each: 3, bash: \"echo <% .item %>\"}\n",
		Right: start + "tasks:\n  load_<% .item %>: {for_each: 1..3, bash: \"echo <% .item %>\"}\n",
	},
	{
		Code: diag.BadInclude, Means: "`include` names a fragment, a file that begins with `fragment:`, relative to the file that includes it, and gives it the parameters that it declares.",
		Wrong: start + "tasks:\n  load: {include: parts/gone.yaml}\n",
		Right: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {include: parts/load.yaml}\n-- parts/load.yaml --\nfragment:\nbash: echo load\n",
	},
	{
		Code: diag.UnknownBase, Means: "`extends` names another task of the file, or a mapping under a key that begins with `x-`.",
		Wrong: start + "x-limits: {retries: 1}\ntasks:\n  load: {bash: echo load, extends: x-limit}\n",
		Right: start + "x-limits: {retries: 1}\ntasks:\n  load: {bash: echo load, extends: x-limits}\n",
	},
	{
		Code: diag.BadID, Means: "Airflow takes letters, digits, dashes, dots and underscores in the id of a DAG, task or group, at most 250 of them.",
		Wrong: start + "tasks:\n  load data: {bash: echo load}\n",
		Right: start + "tasks:\n  load_data: {bash: echo load}\n",
	},
	{
		Code: diag.DuplicateID, Means: "Two tasks or groups of the DAG have the same full id. The id of a task in a group begins with that of the group.",
		Wrong: start + "tasks:\n  - {task_id: load, bash: echo one}\n  - {task_id: load, bash: echo two}\n",
		Right: start + "tasks:\n  - {task_id: load_one, bash: echo one}\n  - {task_id: load_two, bash: echo two}\n",
	},
	{
		Code: diag.UnknownDependency, Means: "`dependencies` names a task or group that the DAG does not have.",
		Wrong: start + "tasks:\n  extract: {bash: echo extract}\n  load: {bash: echo load, dependencies: [extrac]}\n",
		Right: start + "tasks:\n  extract: {bash: echo extract}\n  load: {bash: echo load, dependencies: [extract]}\n",
	},
	{
		Code: diag.AmbiguousName, Means: "Several groups have a task of this name. Write the full id, `group.task`.",
		Wrong: start + "task_groups: {eu: {}, us: {}}\ntasks:\n  - {task_id: load, bash: echo, task_group_name: eu}\n  - {task_id: load, bash: echo, task_group_name: us}\n  - {task_id: report, bash: echo, dependencies: [load]}\n",
		Right: start + "task_groups: {eu: {}, us: {}}\ntasks:\n  - {task_id: load, bash: echo, task_group_name: eu}\n  - {task_id: load, bash: echo, task_group_name: us}\n  - {task_id: report, bash: echo, dependencies: [eu.load]}\n",
	},
	{
		Code: diag.UnknownGroup, Means: "`task_group_name` or `parent_group_name` names a group that `task_groups` does not declare.",
		Wrong: start + "task_groups: {loads: {}}\ntasks:\n  one: {bash: echo, task_group_name: load}\n",
		Right: start + "task_groups: {loads: {}}\ntasks:\n  one: {bash: echo, task_group_name: loads}\n",
	},
	{
		Code: diag.Cycle, Means: "Tasks wait for each other, so that none could ever start. The whole cycle is printed.",
		Wrong: start + "tasks:\n  one: {bash: echo, dependencies: [two]}\n  two: {bash: echo, dependencies: [one]}\n",
		Right: start + "tasks:\n  one: {bash: echo}\n  two: {bash: echo, dependencies: [one]}\n",
	},
	{
		Code: diag.BadCron, Means: "The schedule is neither a cron expression of five fields nor one of Airflow's presets.",
		Wrong: "dag_id: sales\nstart_date: 2026-01-01\nschedule: \"0 25 * * *\"\ntasks:\n  load: {bash: echo load}\n",
		Right: "dag_id: sales\nstart_date: 2026-01-01\nschedule: \"0 5 * * *\"\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.BadDuration, Means: "A length of time is written `5m`, `1h30m`, as a number of seconds, or as ISO 8601 has it.",
		Wrong: start + "tasks:\n  load: {bash: echo load, retry_delay: 5 minuts}\n",
		Right: start + "tasks:\n  load: {bash: echo load, retry_delay: 5m}\n",
	},
	{
		Code: diag.BadDate, Means: "There is no such date, or it is not written year first.",
		Wrong: "dag_id: sales\nstart_date: 2026-13-01\nschedule: null\ntasks:\n  load: {bash: echo load}\n",
		Right: "dag_id: sales\nstart_date: 2026-12-01\nschedule: null\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.BadTimezone, Means: "A time zone has the name that the IANA database gives it, such as Europe/Berlin.",
		Wrong: start + "timezone: Europe/Berln\ntasks:\n  load: {bash: echo load}\n",
		Right: start + "timezone: Europe/Berlin\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.MovingDate, Means: "A start date that moves with the day makes Airflow skip or repeat runs. Write a fixed date. In dag-factory's form it is a warning, as files for it are full of them.",
		Wrong: "dag_id: sales\nstart_date: 2 days\nschedule: null\ntasks:\n  load: {bash: echo load}\n",
		Right: "dag_id: sales\nstart_date: 2026-01-01\nschedule: null\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.BadParam, Means: "The default of a typed param does not fit the param's own JSON Schema. Airflow refuses to import a DAG with a schedule whose params have no valid defaults; without a schedule, a run must give another value.",
		Wrong: "dag_id: sales\nschedule: \"@daily\"\nstart_date: 2026-01-01\nparams:\n  limit: {type: integer, default: 5, minimum: 10}\ntasks:\n  load: {bash: echo load}\n",
		Right: "dag_id: sales\nschedule: \"@daily\"\nstart_date: 2026-01-01\nparams:\n  limit: {type: integer, default: 15, minimum: 10}\ntasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.DataInterval, Means: "`airflow_version` or `--airflow-version` names an Airflow 2 and an Airflow 3, and the schedule has other data intervals on the one than on the other: " +
			"on Airflow 2 a run is about the period before it, on Airflow 3 about the moment at which it starts. `schedule: {cron: ..., data_interval: previous}` is the first on both, `data_interval: moment` the second.",
	},
	{
		Code: diag.MissingOperator, Means: "Nothing says what the task does: it has neither a shorthand such as `bash` nor an `operator` or `decorator`.",
		Wrong: start + "tasks:\n  load: {bash_command: echo load}\n",
		Right: start + "tasks:\n  load: {bash: echo load}\n",
	},
	{
		Code: diag.BadOperator, Means: "The operator is no import path of a class, or a class that is surely not there.",
		Wrong: start + "tasks:\n  load: {operator: BashOperater, bash_command: echo load}\n",
		Right: start + "tasks:\n  load: {operator: BashOperator, bash_command: echo load}\n",
	},
	{
		Code: diag.BadCallable, Means: "A function is named `module.function`, `module:function` or `path/file.py:function`; the file must be below the DAG root, where Airflow can import it.",
		Wrong: start + "tasks:\n  load: {python: run()}\n",
		Right: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: sales.run, op_kwargs: {rows: 1}}\n" + module,
	},
	{
		Code: diag.BadCode, Means: "`code:` holds one Python function, from `def` on, and nothing else: it becomes part of the DAG file.",
		Wrong: start + "tasks:\n  load:\n    python:\n      code: |\n        import os\n        def run():\n            return 1\n",
		Right: start + "tasks:\n  load:\n    python:\n      code: |\n        def run():\n            import os\n\n            return os.getpid()\n",
	},
	{
		Code: diag.BadTriggerRule, Means: "The version of Airflow has no such trigger rule, or it does not go with what else is written.",
		Wrong: start + "tasks:\n  load: {bash: echo load, trigger_rule: all_sucess}\n",
		Right: start + "tasks:\n  load: {bash: echo load, trigger_rule: all_success}\n",
	},
	{
		Code: diag.UnknownName, Means: "A module of yours does not define the function or class that the pipeline names: the DAG file could not be imported. Modules are read, never run; where a star import, `globals()` and the like leave doubt, nothing is said.",
		Wrong: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: sales.runn, op_kwargs: {rows: 1}}\n" + module,
		Right: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: sales.run, op_kwargs: {rows: 1}}\n" + module,
	},
	{
		Code: diag.UnknownModule, Means: "A package of yours has no such module: the DAG file could not be imported.",
		Wrong: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: etl.salse.run, op_kwargs: {rows: 1}}\n-- etl/sales.py --\ndef run(rows):\n    return rows\n",
		Right: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: etl.sales.run, op_kwargs: {rows: 1}}\n-- etl/sales.py --\ndef run(rows):\n    return rows\n",
	},
	{
		Code: diag.BadArguments, Means: "The function gets an argument that it has no parameter for, or does not get one that it needs. What the context of Airflow has by that name, such as `ds` or `ti`, Airflow gives. A task of PythonOperator only fails when it runs, or drops the argument: a warning. A decorated function stops the import: an error. Only plain functions are looked at; a decorator on the function leaves doubt.",
		Wrong: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: sales.run, op_kwargs: {rwos: 1}}\n" + module,
		Right: "-- pipeline.yaml --\n" + start + "tasks:\n  load: {python: sales.run, op_kwargs: {rows: 1}}\n" + module,
	},
	{
		Code: diag.BrokenJinja, Means: "The text between `{{` and `}}`, or a `{% %}`, is no Jinja: the task fails when Airflow renders it. For braces that are meant for another program write `{% raw %}...{% endraw %}`.",
		Wrong: start + "tasks:\n  load: {bash: \"echo {{ ds }\"}\n",
		Right: start + "tasks:\n  load: {bash: \"echo {{ ds }}\"}\n",
	},
	{
		Code: diag.UnknownContext, Means: "A template names a variable that Airflow's context does not have, and that neither the template itself nor user_defined_macros define: the task fails when Airflow renders it.",
		Wrong: start + "params: {region: eu}\ntasks:\n  load: {bash: \"echo {{ region }}\"}\n",
		Right: start + "params: {region: eu}\ntasks:\n  load: {bash: \"echo {{ params.region }}\"}\n",
	},
	{
		Code: diag.UnknownParam, Means: "A template names a param that neither the DAG nor the task declares: the task fails unless the conf of the run happens to have it.",
		Wrong: start + "params: {region: eu}\ntasks:\n  load: {bash: \"echo {{ params.regoin }}\"}\n",
		Right: start + "params: {region: eu}\ntasks:\n  load: {bash: \"echo {{ params.region }}\"}\n",
	},
	{
		Code: diag.UnknownFilter, Means: "A template uses a filter or a test that neither Jinja, Airflow nor user_defined_filters have: the task fails when Airflow renders it.",
		Wrong: start + "tasks:\n  load: {bash: \"echo {{ ds | uper }}\"}\n",
		Right: start + "tasks:\n  load: {bash: \"echo {{ ds | upper }}\"}\n",
	},
	{
		Code: diag.UnknownXCom, Means: "A template pulls the XCom of a task that the DAG does not have: Airflow gives None. The full id is needed, `group.task`.",
		Wrong: start + "tasks:\n  extract: {bash: echo 3}\n  load: {bash: \"echo {{ ti.xcom_pull('extrac') }}\", dependencies: [extract]}\n",
		Right: start + "tasks:\n  extract: {bash: echo 3}\n  load: {bash: \"echo {{ ti.xcom_pull('extract') }}\", dependencies: [extract]}\n",
	},
	{
		Code: diag.NotUpstream, Means: "A template pulls the XCom of a task that need not have run by then, as nothing makes this one wait for it: Airflow gives None, or the value, by chance.",
		Wrong: start + "tasks:\n  extract: {bash: echo 3}\n  load: {bash: \"echo {{ ti.xcom_pull('extract') }}\"}\n",
		Right: start + "tasks:\n  extract: {bash: echo 3}\n  load: {bash: \"echo {{ ti.xcom_pull('extract') }}\", dependencies: [extract]}\n",
	},
	{
		Code: diag.MissingTemplate, Means: "Airflow takes a text that ends in an extension of the operator's, `.sh` or `.sql`, for the name of a template file, looks for it below the folder of the DAG file and template_searchpath, and fails the task where it is not there. A space at the end makes it a command.",
		Wrong: start + "tasks:\n  load: {bash: bash /opt/load.sh}\n",
		Right: start + "tasks:\n  load: {bash: \"bash /opt/load.sh \"}\n",
	},
	{Code: diag.Project, Means: "`dagexport.yaml`, which holds the settings of a project, has a key that there is not, or a value that cannot be. It knows airflow_version, dags_root, orchestrator and strict."},
	{Code: diag.HidesModule, Means: "The DAG file would have the name of a module that is imported, `sales.py` beside the folder `sales`, and Python would find it in its place. Rename the pipeline file."},
	{Code: diag.HandWritten, Means: "The file that would be written is there and does not begin with our header, so that somebody wrote it by hand. It is left alone; `--force` replaces it."},
	{Code: diag.EditedFile, Means: "The DAG file is neither what the pipeline file makes now nor what `run --airflow` exported last, so that it may hold changes made by hand. It is left alone. `dagexport airflow --diff` shows the differences, `dagexport airflow` writes the file anew."},
	{Code: diag.NotRead, Means: "Airflow has no DAG of this id, or still has an older version of its file. The file may be outside of its DAG folder, or Airflow may need longer: look at `dagexport status --airflow`."},
	{Code: diag.ImportFailed, Means: "Airflow has read the exported DAG file and could not import it, most often because a module of yours or a provider is missing there. The traceback is what Airflow says."},
	{Code: diag.Paused, Means: "Airflow starts no task of a paused DAG. `--unpause` unpauses it before the run."},
	{Code: diag.NotHere, Means: "A local run cannot do this and would do it wrongly otherwise, so that it does not begin. Run it in Airflow with `dagexport airflow` and Airflow's own means."},
}

// bomb is a small document of a million values.
const bomb = `dag_id: sales
x-a: &a [x, x, x, x, x, x, x, x, x, x]
x-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
x-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
x-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
x-e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
x-f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
x-g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
tasks:
  load: {bash: echo load}
`
