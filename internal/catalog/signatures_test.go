package catalog

import (
	"slices"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestEveryClassHasASignature: what the catalogue lists, it knows the arguments of, in every version that has it.
func TestEveryClassHasASignature(t *testing.T) {
	for i := range classes {
		c := &classes[i]
		for _, v := range ir.Versions {
			if c.Since.Major != 0 && !v.AtLeast(c.Since.Major, c.Since.Minor) {
				continue
			}
			s := c.Signature(v)
			if s == nil {
				t.Errorf("Airflow %s: nothing is known of the arguments of %s.%s", v, c.ModuleFor(v), c.Name)
				continue
			}
			if s.Has("no_such_argument") {
				t.Errorf("Airflow %s: %s takes anything", v, c.Name)
			}
			own := c.OwnArgs()
			for _, arg := range own {
				if arg.In(v) && !s.Has(arg.Name) {
					t.Errorf("Airflow %s: the signature of %s lacks %s", v, c.Name, arg.Name)
				}
			}
			for _, name := range s.Names() {
				if arg := own.Find(name); own != nil && name != "provide_context" && (arg == nil || !arg.In(v)) {
					t.Errorf("Airflow %s: the table of %s lacks %s", v, c.Name, name)
				}
			}
		}
	}
}

// TestDecoratorsTakeWhatTheirOperatorsTake holds the lists of decorators.go, which have the arguments of all versions together.
func TestDecoratorsTakeWhatTheirOperatorsTake(t *testing.T) {
	for i := range decorators {
		d := &decorators[i]
		all := map[string]bool{}
		for _, v := range ir.Versions {
			s := d.Signature(v)
			if s == nil {
				if d.Since.Major == 0 || v.AtLeast(d.Since.Major, d.Since.Minor) {
					t.Errorf("Airflow %s: nothing is known of the arguments of %s", v, d.Name)
				}
				continue
			}
			for _, name := range s.Names() {
				all[name] = true
				if !d.Takes(name) && OperatorArg(name) == nil && name != "provide_context" {
					t.Errorf("Airflow %s: %s has %s", v, d.Name, name)
				}
			}
		}
		for _, name := range d.own {
			if !all[name] {
				t.Errorf("no version of %s has %s", d.Name, name)
			}
		}
	}
}

func TestSignaturesOfVersions(t *testing.T) {
	v2_9 := ir.Version{Major: 2, Minor: 9}
	for _, test := range []struct {
		class string
		v     ir.Version
		name  string
		want  bool
	}{
		{"BashSensor", v3_3, "append_env", false},
		{"BashSensor", v3_3, "poke_interval", true},
		{"BashSensor", v2_9, "never_fail", false},
		{"BashSensor", v2_10, "never_fail", true},
		{"BashSensor", v3_3, "retries", false}, // BaseOperator's
		{"TriggerDagRunOperator", v2_11, "execution_date", true},
		{"TriggerDagRunOperator", v3_0, "execution_date", false},
		{"BranchDayOfWeekOperator", v2_11, "use_task_execution_day", true},
		{"ExternalPythonOperator", v3_3, "python", true},
		{"HttpOperator", v2_9, "response_check", true},
	} {
		if got := FindClass(test.class).Signature(test.v).Has(test.name); got != test.want {
			t.Errorf("%s of Airflow %s has %s: %v", test.class, test.v, test.name, got)
		}
	}
	if s := FindClass("ExternalPythonOperator").Signature(v3_3); !slices.Equal(s.Needed(), []string{"python", "python_callable"}) {
		t.Errorf("ExternalPythonOperator needs %v", s.Needed())
	}
	if s := FindSignature("my.own.Operator", v3_3); s != nil {
		t.Errorf("my.own.Operator takes %v", s.Names())
	}
}
