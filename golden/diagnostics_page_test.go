package golden

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/explain"
	"github.com/google/go-cmp/cmp"
)

const diagnosticsPage = "../docs/diagnostics.md"

const diagnosticsHead = `# Diagnostics

<!-- Generated from internal/explain; go test ./golden -run TestDiagnosticsPage -update -->

Each message ends in a code in brackets. This page says what the codes mean; ` + "`dagexport explain CODE`" + ` says the same on the command
line. An error is what stops the import in Airflow. A warning is what only fails a task there, or is dropped in silence: the file
is exported and run all the same, ` + "`lint`" + ` exits 1, ` + "`--strict`" + ` makes it an error.

`

// TestDiagnosticsPage holds docs/diagnostics.md against the explanations and what the compiler says now; -update writes it.
func TestDiagnosticsPage(t *testing.T) {
	var page strings.Builder
	page.WriteString(diagnosticsHead)
	codes := explain.Codes()
	for _, code := range codes {
		page.WriteString("- [" + code + "](#" + strings.ReplaceAll(code, ".", "") + ")\n")
	}
	for _, e := range explain.Entries() {
		section, err := e.Markdown()
		if err != nil {
			t.Fatal(err)
		}
		page.WriteString("\n" + section)
	}
	if *update {
		if err := os.WriteFile(diagnosticsPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(diagnosticsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(committed)); diff != "" {
		t.Errorf("%s is stale: run go test ./golden -run TestDiagnosticsPage -update\n%s", diagnosticsPage, diff)
	}
}

// TestEveryCodeIsExplained wants an explanation for each code of package diag, in the order of the codes, and none else.
func TestEveryCodeIsExplained(t *testing.T) {
	codes := diagnosticCodes(t)
	if got := explain.Codes(); !slices.Equal(got, codes) {
		t.Errorf("the explanations are not those of the codes in their order (-codes +explanations):\n%s", cmp.Diff(codes, got))
	}
}

// diagnosticCodes are the codes that package diag declares.
func diagnosticCodes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/diag/code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		code, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
		return true
	})
	return codes
}
