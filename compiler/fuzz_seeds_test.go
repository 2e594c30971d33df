package compiler

// mappedFiles use outputs, mapping, decorators, inline code and labels in every form.
var mappedFiles = []string{
	`tasks:
  a: {bash: +b, env: {X: "+g.c['k']", Y: {output: b, key: k}}}
  b: {code: "def b(x=1):\n    return [x]\n", op_args: [+g.c]}
  d: {operator: BashOperator, expand: {bash: [x, +b], env: {x: 1, y: +b}}, partial: {cwd: /}}
  e: {operator: x.Y, expand: {n: {zip: [+b, b.output, XcomArg(b), {output: b, map: m.f}], fillvalue: [1]}, m: {concat: [+b, {output: b, map: {code: "def f(x): return x"}}]}}}
  f: {decorator: task.branch, python_callable: m.f, x: +b, op_args: [1], op_kwargs: {y: 2}, retries: 1, expand: {z: [1]}, partial: {w: +a}}
  h: {decorator: airflow.decorators.task, code: "def b(x=1):\n    return [x]\n", expand_kwargs: [{x: 1}, {x: +b}]}
  i: {operator: airflow.providers.standard.decorators.python._PythonDecoratedOperator, python_callable: m.f, expand_kwargs: +b, dependencies: [{task: a, label: "x"}, g]}
task_groups:
  g:
    expand: {n: +b, m: [1, {a: 2}]}
    tasks:
      c: {bash: {mapped: n}, env: {X: {mapped: m}}}
      t: {decorator: task, python_callable: m.f, x: {mapped: n}, y: +c, trigger_rule: always}
  k: {expand_kwargs: +b, tasks: {l: {bash: {mapped: anything}}}, task_groups: {o: {expand_kwargs: [{q: 1}, {q: 2}], tasks: {p: {empty: }}}}}
`,
	`k:
  schedule: 0 12 ? * 6L *
  tasks:
    a: {decorator: airflow.decorators.task, python_callable_name: f, python_callable_file: m.py, x: +b, expand: {y: +b}}
    b: {operator: airflow.operators.bash.BashOperator, bash_command: !!binary YQ==, expand: {cwd: c.output}, partial: {env: {}}}
    c: {operator: x.Y, n: "+b['k']", expand_kwargs: [{a: 1}]}
`,
}
