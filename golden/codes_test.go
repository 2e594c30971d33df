package golden

import (
	"strings"
	"testing"
)

// elsewhere are the codes that no pipeline file alone can cause, with the test that does.
var elsewhere = map[string]string{
	"unreadable-file":   "cmd/dagexport/testdata/script/lint.txtar",
	"project-file":      "compiler/diag_test.go",
	"hides-module":      "cmd/dagexport/testdata/script/handwritten.txtar",
	"hand-written-file": "cmd/dagexport/testdata/script/handwritten.txtar",
	"not-in-local-runs": "cmd/dagexport/testdata/script/run.txtar",
	"too-deep":          "golden/codes_test.go",
	"edited-dag-file":   "targets/airflow/live/conform_test.go",
	"dag-not-read":      "targets/airflow/live/conform_test.go",
	"import-failed":     "targets/airflow/live/conform_test.go",
	"dag-paused":        "targets/airflow/live/conform_test.go",
}

// TestEveryCodeHasACase wants a case under testdata/err for each code of package diag.
func TestEveryCodeHasACase(t *testing.T) {
	var said strings.Builder
	for _, c := range loadCases(t) {
		if strings.HasPrefix(c.name, "err/") {
			for _, f := range c.archive.Files {
				if strings.HasPrefix(f.Name, "want/diagnostics") {
					said.Write(f.Data)
				}
			}
		}
	}
	codes := diagnosticCodes(t)
	for _, code := range codes {
		if !strings.Contains(said.String(), "["+code+"]") && elsewhere[code] == "" {
			t.Errorf("no case under testdata/err has the code %s", code)
		}
	}
	if len(codes) < 30 {
		t.Errorf("only %d codes were found", len(codes))
	}
}

// TestDeepNesting compiles a value that is 10,000 lists deep, which is too long to be written down as a case.
func TestDeepNesting(t *testing.T) {
	const deep = 10_000
	for name, value := range map[string]string{
		"flow":  strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"block": strings.Repeat("- ", deep) + "x",
	} {
		text := "dag_id: x\nstart_date: 2026-01-01\nparams:\n  deep:\n    " + value + "\ntasks:\n  a: {bash: echo}\n"
		result := compileText(text)
		if result.File != nil || result.Diags.Len() != 1 {
			t.Errorf("%s: %d diagnostics", name, result.Diags.Len())
			continue
		}
		if d := result.Diags.All()[0]; d.Code != "too-deep" || d.Span.Start.Line != 5 || d.Span.Start.Col < 5 {
			t.Errorf("%s: %s: %s [%s]", name, d.Span, d.Message, d.Code)
		}
	}
}
