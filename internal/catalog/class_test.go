package catalog

import (
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func TestFindClass(t *testing.T) {
	two, three := ir.Version{Major: 2, Minor: 11}, ir.DefaultVersion
	tests := []struct{ path, on2, on3 string }{
		{"BashOperator", "airflow.operators.bash.BashOperator", "airflow.providers.standard.operators.bash.BashOperator"},
		{"airflow.operators.bash_operator.BashOperator", "airflow.operators.bash.BashOperator", "airflow.providers.standard.operators.bash.BashOperator"},
		{"airflow.operators.dummy.DummyOperator", "airflow.operators.empty.EmptyOperator", "airflow.providers.standard.operators.empty.EmptyOperator"},
		{"airflow.operators.dummy_operator.DummyOperator", "airflow.operators.empty.EmptyOperator", "airflow.providers.standard.operators.empty.EmptyOperator"},
		{"airflow.sensors.time_sensor.TimeSensor", "airflow.sensors.time_sensor.TimeSensor", "airflow.providers.standard.sensors.time.TimeSensor"},
		{"airflow.sensors.external_task_sensor.ExternalTaskSensor", "airflow.sensors.external_task.ExternalTaskSensor", "airflow.providers.standard.sensors.external_task.ExternalTaskSensor"},
		{"airflow.operators.http_operator.SimpleHttpOperator", "airflow.providers.http.operators.http.HttpOperator", "airflow.providers.http.operators.http.HttpOperator"},
		{"airflow.operators.docker_operator.DockerOperator", "airflow.providers.docker.operators.docker.DockerOperator", "airflow.providers.docker.operators.docker.DockerOperator"},
		{"DockerOperator", "airflow.providers.docker.operators.docker.DockerOperator", "airflow.providers.docker.operators.docker.DockerOperator"},
		{"EmailOperator", "airflow.providers.smtp.operators.smtp.EmailOperator", "airflow.providers.smtp.operators.smtp.EmailOperator"},
		{"airflow.operators.email_operator.EmailOperator", "airflow.operators.email.EmailOperator", "airflow.providers.smtp.operators.smtp.EmailOperator"},
	}
	for _, test := range tests {
		c := FindClass(test.path)
		if c == nil {
			t.Errorf("%s is unknown", test.path)
			continue
		}
		if got := c.ModuleFor(two) + "." + c.Name; got != test.on2 {
			t.Errorf("%s on 2.11: %s, want %s", test.path, got, test.on2)
		}
		if got := c.ModuleFor(three) + "." + c.Name; got != test.on3 {
			t.Errorf("%s on 3: %s, want %s", test.path, got, test.on3)
		}
	}
	for _, path := range []string{"", "NoSuchOperator", "my.BashOperator", "airflow.operators.bash"} {
		if c := FindClass(path); c != nil {
			t.Errorf("%q is taken for %s.%s", path, c.Module, c.Name)
		}
	}
}

// Every spelling of a class must lead to it alone, and the canonical one to itself: a target looks classes up by it.
func TestClassPathsAreUnique(t *testing.T) {
	owner := map[string]string{}
	for i := range classes {
		c := &classes[i]
		canonical := c.Module + "." + c.Name
		for _, path := range append([]string{canonical, c.Core + "." + c.Name}, c.Also...) {
			if path[0] == '.' {
				continue
			}
			if owner[path] != "" {
				t.Errorf("%s belongs to %s and to %s", path, owner[path], canonical)
			}
			owner[path] = canonical
			if FindClass(path) != c {
				t.Errorf("%s does not lead to %s", path, canonical)
			}
		}
	}
	for i, pair := range moved {
		if owner[pair[0]] != "" || i > 0 && moved[i-1][0] >= pair[0] {
			t.Errorf("%s is out of order or in both tables", pair[0])
		}
		if c := FindClass(pair[0]); c == nil || c.Module+"."+c.Name != pair[1] {
			t.Errorf("%s does not lead to %s", pair[0], pair[1])
		}
	}
}

func TestFieldsFor(t *testing.T) {
	c := FindClass("FileSensor")
	if got := c.FieldsFor(ir.Version{Major: 2, Minor: 11}); len(got) != 1 {
		t.Errorf("FileSensor on 2.11 renders %v", got)
	}
	if got := c.FieldsFor(ir.DefaultVersion); len(got) != 2 {
		t.Errorf("FileSensor on 3 renders %v", got)
	}
	for i := range classes {
		if c := &classes[i]; c.Moved != "" && FindClass(c.Moved+"."+c.Name) == nil {
			t.Errorf("%s.%s has no successor", c.Module, c.Name)
		}
	}
}

func BenchmarkFindClass(b *testing.B) {
	for b.Loop() {
		if FindClass("airflow.operators.bash.BashOperator") == nil {
			b.Fatal("unknown")
		}
	}
}
