package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/ir"
)

// TestEveryOperatorSaysWhatItDoesNotTake gives each operator and decorator of the catalogue what it needs, then also an argument that
// none has, then a slip of an own one, and then leaves out what it needs, one after the other.
func TestEveryOperatorSaysWhatItDoesNotTake(t *testing.T) {
	checked := 0
	for _, v := range []ir.Version{v2_9, v2_11, v3_0, ir.DefaultVersion} {
		for _, path := range append(catalog.Paths(), "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator") {
			class := catalog.FindClass(path)
			s := catalog.FindSignature(path, v)
			if class != nil && !class.Unread {
				s = class.Signature(v)
			}
			if s == nil {
				continue // the version lacks the class
			}
			checked++
			checkArguments(t, v, "operator: "+path, s, class == nil || !class.KnowsArgs())
		}
		for _, name := range catalog.DecoratorNames() {
			if s := catalog.FindDecorator(name).Signature(v); s != nil && name != "task.stub" {
				checked++
				checkArguments(t, v, "decorator: "+name+"\n    python_callable: m.f", s, false)
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d operators were checked", checked)
	}
}

// checkArguments compiles a task with and without what it needs. slips: a slip of one of its arguments is said too.
func checkArguments(t *testing.T, v ir.Version, maker string, s *catalog.Signature, slips bool) {
	t.Helper()
	compile := func(without, more string) (string, Result) {
		src := "start_date: 2026-01-01\ntasks:\n  a:\n    " + maker + "\n"
		for _, name := range s.Needed() {
			if name != without {
				src += "    " + name + ": " + exampleOf(name) + "\n"
			}
		}
		src += more
		return src, Compile("a.yaml", []byte(src), Options{Version: v})
	}
	if src, r := compile("", ""); r.Diags.HasErrors() {
		t.Errorf("Airflow %s refuses what is right:\n%s%s", v, src, printed(r.Diags))
		return
	}
	decorated := strings.HasPrefix(maker, "decorator")
	if src, r := compile("", "    no_such_argument: 1\n"); !decorated && !strings.Contains(printed(r.Diags), `has no argument "no_such_argument"`) {
		t.Errorf("Airflow %s: what no operator has is taken:\n%s%s", v, src, printed(r.Diags))
	}
	for _, name := range s.Names() {
		slip := name + "q"
		if src, r := compile("", "    "+slip+": 1\n"); slips && !strings.Contains(printed(r.Diags), fmt.Sprintf("has no argument %q [unknown-key] | did you mean %q", slip, name)) {
			t.Errorf("Airflow %s: the slip is not named:\n%s%s", v, src, printed(r.Diags))
		}
	}
	for _, name := range s.Needed() {
		src, r := compile(name, "")
		if !strings.Contains(printed(r.Diags), `a.yaml:3:3: error: `) || !strings.Contains(printed(r.Diags), `of the task "a" needs `+name+" [missing-key]") {
			t.Errorf("Airflow %s: %s is not missed:\n%s%s", v, name, src, printed(r.Diags))
		}
	}
}

func exampleOf(name string) string {
	switch name {
	case "python_callable":
		return "m.f"
	case "delta", "time_to_wait":
		return "5m"
	}
	return "x"
}

func TestArgumentsThatReachAnOperatorOtherwise(t *testing.T) {
	for _, test := range []struct {
		src  string
		v    ir.Version
		want string // in what is printed; "": nothing is
	}{
		{"default_args: {bash_command: x}\ntasks: {a: {operator: BashSensor}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: BashSensor, default_args: {bash_command: x}}}", ir.DefaultVersion, ""},
		{"task_groups: {g: {default_args: {bash_command: x}}}\ntasks: {a: {operator: BashSensor, task_group_name: g}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: BashSensor, expand: {bash_command: [x]}}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: BashSensor, expand: {env: [{A: a}]}}}", ir.DefaultVersion, "needs bash_command"},
		{"tasks: {a: {operator: BashSensor, expand: {bash_command: [x], append_env: [true]}}}", ir.DefaultVersion, `BashSensor has no argument "append_env"`},
		{"tasks: {a: {operator: BashSensor, partial: {append_env: true}, expand: {bash_command: [x]}}}", ir.DefaultVersion, `BashSensor has no argument "append_env"`},
		{"tasks: {a: {operator: BashSensor, expand_kwargs: [{bash_command: x}]}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: SqlSensor, conn_id: c, sql: s, success_check: m.f}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: FileSensor, filepath: f, success_check: m.f}}", ir.DefaultVersion, `FileSensor has no argument "success_check"`},
		{"tasks: {a: {operator: BashSensor, bash_command: x, never_fail: true}}", v2_9, `BashSensor of Airflow 2.9 has no argument "never_fail" [airflow-version] | it came with Airflow 2.10`},
		{"tasks: {a: {operator: ExternalTaskMarker, external_dag_id: d, external_task_id: t, execution_date: e}}", v3_0, `no argument "execution_date" [airflow-version] | its name is logical_date now`},
		{"tasks: {a: {operator: ExternalTaskMarker, external_dag_id: d, external_task_id: t, execution_date: e}}", v2_11, ""},
		{"tasks: {a: {decorator: task.virtualenv, python_callable: m.f, use_dill: true}}", v3_0, `task.virtualenv of Airflow 3.0 has no argument "use_dill" [airflow-version] | Airflow 2.11 was the last to have it`},
		{"tasks: {a: {operator: airflow.operators.python.BranchPythonOperator, python_callable: m.f, provide_context: true}}", v2_11, ""},
		{"tasks: {a: {operator: airflow.operators.python.BranchPythonOperator, python_callable: m.f, provide_context: true}}", v3_0, `no argument "provide_context" [unknown-key] | remove it`},
		{"default_args: {poke_interval: 5}\ntasks: {a: {operator: BashSensor, bash_command: x}}", ir.DefaultVersion, ""},
		{"default_args: {poke_intervall: 5}\ntasks: {a: {operator: BashSensor, bash_command: x}, b: {bash: x}}", ir.DefaultVersion,
			`warning: "poke_intervall" in default_args has no effect: no operator of the DAG has such an argument, and Airflow drops it in silence [dropped-key] | did you mean "poke_interval"?`},
		{"default_args: {poke_intervall: 5}\ntasks: {a: {operator: my.own.Sensor}, b: {bash: x}}", ir.DefaultVersion, ""},
		{"default_args: {poke_intervall: 5}\ntasks: {a: {decorator: task.sensor, python_callable: m.f}, b: {bash: x}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: my.own.Sensor, local: {operator: BashSensor, bash_command: x, append_env: true}}}", ir.DefaultVersion, `BashSensor has no argument "append_env"`},
		{"tasks: {a: {operator: my.own.Sensor, local: {operator: BashOperator}}}", ir.DefaultVersion, `BashOperator of the task "a" needs bash_command`},
		{"tasks: {a: {operator: my.own.Sensor, local: {operator: BashSensor, bash_command: x}}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: my.own.Sensor, anything: 1}}", ir.DefaultVersion, ""},
		{"tasks: {a: {operator: airflow.providers.amazon.aws.sensors.s3.S3KeySensor, anything: 1}}", ir.DefaultVersion, ""},
	} {
		got := printed(Compile("a.yaml", []byte("start_date: 2026-01-01\n"+test.src+"\n"), Options{Version: test.v}).Diags)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s on %s: %q, want %q", test.src, test.v, got, test.want)
		}
	}
}

// TestValuesThatSensorsDoNotTake: what Airflow 2.9 to 3.3 say of the same values.
func TestValuesThatSensorsDoNotTake(t *testing.T) {
	for _, test := range []struct {
		values string
		v      ir.Version
		want   string // "": nothing is said
	}{
		{"mode: poke", v2_9, ""},
		{"mode: Poke", v2_9, "the mode of a sensor is poke or reschedule [bad-value]"},
		{"timeout: null", v2_11, "timeout of a sensor must be"},
		{"timeout: null", ir.Version{Major: 3, Minor: 2}, "timeout of a sensor must be"},
		{"timeout: null", ir.DefaultVersion, ""},
		{"max_wait: null", v2_9, ""},
		{"max_wait: 1h, timeout: 0.5, poke_interval: 0", v2_9, ""},
		{"max_wait: -1", v3_0, "max_wait of a sensor must be"},
		{"poke_interval: true", v3_0, ""}, // a number to Python
		{"poke_interval: -0.5", v3_0, "poke_interval of a sensor must be"},
		{"soft_fail: true, never_fail: false", v3_0, ""},
		{"soft_fail: true, never_fail: true", v3_0, "one of soft_fail and never_fail [conflicting-keys]"},
	} {
		src := "start_date: 2026-01-01\ntasks: {a: {operator: BashSensor, bash_command: x, " + test.values + "}}\n"
		got := printed(Compile("a.yaml", []byte(src), Options{Version: test.v}).Diags)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s on %s: %q, want %q", test.values, test.v, got, test.want)
		}
	}
}
