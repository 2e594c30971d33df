package compiler

import (
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestEventBridge reads the examples of EventBridge's own documentation, and the others that its rules allow.
func TestEventBridge(t *testing.T) {
	for _, test := range []struct{ written, want string }{
		{"cron(0 10 * * ? *)", "0 10 * * *"},
		{"0 10 * * ? *", "0 10 * * *"},
		{"cron(15 12 * * ? *)", "15 12 * * *"},
		{"cron(0 18 ? * MON-FRI *)", "0 18 * * MON-FRI"},
		{"cron(0 8 1 * ? *)", "0 8 1 * *"},
		{"cron(0/15 * * * ? *)", "0/15 * * * *"},
		{"cron(0/5 8-17 ? * MON-FRI *)", "0/5 8-17 * * MON-FRI"},
		{"cron(0 9 ? * 2#1 *)", "0 9 * * 1#1"},
		{"0 9 ? * 1 *", "0 9 * * 0"},
		{"0 9 ? * 7 *", "0 9 * * 6"},
		{"0 9 ? * 2-6 *", "0 9 * * 1-5"},
		{"0 9 ? * 1,3,SAT *", "0 9 * * 0,2,SAT"},
		{"0 9 ? * L *", "0 9 * * 6"},
		{"0 9 ? * 6L *", "0 9 * * L5"},
		{"0 9 L * ? *", "0 9 L * *"},
		{"/10 9 ? jan * *", "*/10 9 * JAN *"},
		// Six fields without a ? are Airflow's, the last one being the second.
		{"0 10 * * * *", "0 10 * * * *"},
		{"0 10 ? * 1 30", "0 10 ? * 1 30"},
	} {
		result := Compile("a.yaml", []byte("schedule: \""+test.written+"\"\ntasks: {a: {bash: x}}\n"), Options{})
		if result.File == nil {
			t.Errorf("%s:\n%s", test.written, printed(result.Diags))
			continue
		}
		cron, ok := result.File.Pipelines[0].Schedule.(*ir.Cron)
		if !ok || cron.Expr != test.want {
			t.Errorf("%s: %#v, want %s", test.written, result.File.Pipelines[0].Schedule, test.want)
		}
		if said := strings.Contains(printed(result.Diags), "EventBridge"); said != (test.written != test.want) {
			t.Errorf("%s: it says\n%s", test.written, printed(result.Diags))
		}
	}
}
