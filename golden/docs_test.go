package golden

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/interpolate"
	"github.com/dagexport/dagexport/ir"
	"github.com/google/go-cmp/cmp"
)

// TestArgumentsPage holds docs/arguments.md against the tables of the catalogue; -update writes it.
func TestArgumentsPage(t *testing.T) {
	const page = "../docs/arguments.md"
	want := argumentsPage()
	got, err := os.ReadFile(page)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	if *update {
		write(t, page, want)
	}
	t.Errorf("%s is not what the catalogue says; go test ./golden -run ArgumentsPage -update (-page +catalogue):\n%s", page, cmp.Diff(string(got), string(want)))
}

func argumentsPage() []byte {
	var out bytes.Buffer
	out.WriteString(`# Arguments

Every argument that may be written, by Airflow's name. This page is made from the compiler's own tables: do not edit it.
"Airflow" says which of the versions ` + ir.Versions[0].String() + ` to ` + ir.DefaultVersion.String() + ` have the argument; nothing stands where all have it. "Later" means that the
compiler knows the argument and says that it is not supported yet.
`)
	section := func(title, text string, args catalog.Args) {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n| argument | takes | meaning | Airflow |\n|---|---|---|---|\n", title, text)
		for i := range args {
			a := &args[i]
			meaning := a.Meaning
			if a.Instead != "" {
				meaning += "; now `" + a.Instead + "`"
			}
			if len(a.Choices) > 0 {
				meaning += ": `" + strings.Join(a.Choices, "`, `") + "`"
			}
			fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", a.Name, cell(a.Type.Noun()), cell(meaning), versions(a))
		}
	}
	section("DAG", "At the top of the file, or of a DAG in a file of several.", catalog.DAGArgs())
	section("Task group", "In an entry of `task_groups`.", catalog.TaskGroupArgs())
	section("Every task", "In an entry of `tasks`, in `default_args` of a DAG, a group or a task.", catalog.OperatorArgs())
	for _, name := range []string{"BashOperator", "PythonOperator", "EmptyOperator"} {
		class := catalog.FindClass(name)
		if own := class.OwnArgs(); len(own) > 0 {
			section(name, "What `"+class.Kind+":` is short for.", own)
		}
	}
	return out.Bytes()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func versions(a *catalog.Arg) string {
	none := ir.Version{}
	switch {
	case a.Since != none && a.Until != none:
		return a.Since.String() + " to " + a.Until.String()
	case a.Since != none:
		return "from " + a.Since.String()
	case a.Until != none:
		return "up to " + a.Until.String()
	}
	return ""
}

// TestExamplesOfDocs compiles every pipeline that a page shows. A block "yaml file=NAME" is a file beside those after it.
func TestExamplesOfDocs(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		if page == diagnosticsPage {
			continue // half of its pipelines are wrong
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for i, block := range fences(string(text)) {
			if name, ok := strings.CutPrefix(block.info, "yaml file="); ok {
				write(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(block.text))
				continue
			}
			if block.info != "yaml" {
				continue
			}
			found++
			result := compiler.Compile(filepath.Join(dir, fmt.Sprintf("%s block %d", filepath.Base(page), i)), []byte(block.text), compiler.Options{DagsRoot: dir})
			for _, d := range result.Diags.All() {
				t.Errorf("%s: %s: %s", d.Span, d.Severity, d.Message)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d pipelines were found", found)
	}
}

// TestFunctionsOfTemplates holds the list of functions in docs/reuse.md against the code; -update writes it.
func TestFunctionsOfTemplates(t *testing.T) {
	const page, marker = "../docs/reuse.md", "<!-- functions -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), marker)
	if len(parts) != 3 {
		t.Fatalf("%s has no list of functions between two lines %s", page, marker)
	}
	var list strings.Builder
	for i, name := range interpolate.Functions() {
		switch {
		case i == 0:
		case i%12 == 0:
			list.WriteString(",\n")
		default:
			list.WriteString(", ")
		}
		list.WriteString("`" + name + "`")
	}
	want := parts[0] + marker + list.String() + ".\n" + marker + parts[2]
	if want == string(text) {
		return
	}
	if *update {
		write(t, page, []byte(want))
	}
	t.Errorf("%s does not list the functions that there are; run: go test ./golden -run TestFunctionsOfTemplates -update", page)
}

// compileText compiles a text that stands for itself.
func compileText(text string) compiler.Result {
	return compiler.Compile("text.yaml", []byte(text), compiler.Options{DagsRoot: "."})
}
