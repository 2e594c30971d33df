package compiler

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

const daily = `dag_id: daily
schedule: "0 6 * * *"
start_date: 2026-01-01
default_args: {owner: data-eng, retries: 2, retry_delay: 5m}
params:
  region: {type: string, default: eu, enum: [eu, us]}
tasks:
  extract:
    bash: ./extract.sh {{ ds }}
    execution_timeout: 10m
  clean:
    python: sales.clean:run
    op_kwargs: {rows: "{{ ti.xcom_pull(task_ids='extract') }}"}
    dependencies: [extract]
    retries: 0
  done:
    empty:
    trigger_rule: all_done
    dependencies: [clean, extract]
`

func compiled(t *testing.T, src string) *ir.File {
	t.Helper()
	result := Compile("daily.yaml", []byte(src), Options{})
	if result.File == nil {
		t.Fatalf("does not compile:\n%s", printed(result.Diags))
	}
	return result.File
}

// printed is one line per diagnostic: place, severity, code, message, help.
func printed(l diag.List) string {
	var out strings.Builder
	for _, d := range l.All() {
		out.WriteString(d.Span.String() + ": " + d.Severity.String() + ": " + d.Message + " [" + string(d.Code) + "]")
		for _, h := range d.Help {
			out.WriteString(" | " + h)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestCompileFillsTheIR(t *testing.T) {
	p := compiled(t, daily).Pipelines[0]
	if p.ID != "daily" || len(p.Tasks) != 3 || p.Schedule.(*ir.Cron).Expr != "0 6 * * *" {
		t.Fatalf("pipeline %+v", p)
	}
	extract, clean, done := p.Tasks[0], p.Tasks[1], p.Tasks[2]
	if _, ok := extract.Op.(*ir.Bash).Command.(*ir.Template); !ok {
		t.Errorf("the command is %T, want a template", extract.Op.(*ir.Bash).Command)
	}
	if extract.Retry.Retries != 2 || extract.Retry.Delay.Micros != 300e6 || extract.Owner != "data-eng" {
		t.Errorf("default_args were not applied: %+v", extract.Retry)
	}
	if clean.Retry.Retries != 0 || clean.Op.(*ir.Python).Callable.Path() != "sales.clean.run" {
		t.Errorf("clean is %+v", clean)
	}
	if done.Trigger != ir.AllDone || len(done.Needs) != 2 || done.Needs[0].ID != "clean" {
		t.Errorf("done needs %+v", done.Needs)
	}
}

func TestJSONIsValid(t *testing.T) {
	for _, spans := range []bool{false, true} {
		text, err := compiled(t, daily).JSON(spans)
		if err != nil || !json.Valid(text) {
			t.Fatalf("no JSON (%v):\n%s", err, text)
		}
	}
}

// The nodes of one file are used again for the next; nothing of them may be in what the first came to.
func TestMemoryIsNotShared(t *testing.T) {
	compileOne := func(n int) *ir.File {
		r := Compile("a.yaml", pipelineOf(n), Options{DagsRoot: "."})
		if r.File == nil {
			t.Fatal(printed(r.Diags))
		}
		return r.File
	}
	first := compileOne(300)
	before, err := first.JSON(true)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		compileOne(299)
	}
	after, err := first.JSON(true)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("compiling another file changed the IR of the first")
	}
}
