package compiler

import (
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestShorthandsOfProviders is about operators of providers that need not be there when a DAG file is compiled.
func TestShorthandsOfProviders(t *testing.T) {
	p := compiled(t, `dag_id: d
schedule: null
tasks:
  call: {http: "rows/{{ ds }}", method: GET}
  answer: {sensor: {http: health, http_conn_id: api}}
  pod: {kubernetes: "busybox:1", cmds: [ls]}
  isolated: {virtualenv: steps.run, requirements: [requests]}
  container: {docker: "busybox:1", command: ls}
`).Pipelines[0]
	for i, want := range []struct{ class, arg string }{
		{"airflow.providers.http.operators.http.HttpOperator", "endpoint"},
		{"airflow.providers.http.sensors.http.HttpSensor", "endpoint"},
		{"airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator", "image"},
		{"airflow.providers.standard.operators.python.PythonVirtualenvOperator", "python_callable"},
		{"airflow.providers.docker.operators.docker.DockerOperator", "image"},
	} {
		task := p.Tasks[i]
		if task.Class.Path() != want.class || ir.Lookup(task.Args, want.arg) == nil || len(task.Args) != 2 {
			t.Errorf("%s is %s with %d arguments; want %s with %s and another", task.ID, task.Class.Path(), len(task.Args), want.class, want.arg)
		}
	}
	if _, ok := ir.Lookup(p.Tasks[0].Args, "endpoint").Value.(*ir.Template); !ok {
		t.Error("the endpoint of http is no template")
	}
}

// TestShorthandsName holds every shorthand against the catalogue: a path that it knows.
func TestShorthandsName(t *testing.T) {
	c := &compilation{}
	check := func(list []longShorthand) {
		for i, s := range list {
			if c.findClass(s.operator) == nil {
				t.Errorf("%s: the catalogue has no %s", s.key, s.operator)
			}
			if i > 0 && list[i-1].key >= s.key {
				t.Errorf("%s is not in order", s.key)
			}
		}
	}
	check(longShorthands)
	for _, s := range longShorthands {
		check(s.forms)
	}
}
