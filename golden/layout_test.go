package golden

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dagexport/dagexport/"

// arrows says what of this module each package may import; a package below another has its arrows too. docs/architecture.md
// says why.
var arrows = map[string][]string{
	"ir":                         {},
	"internal/diag":              {"ir"},
	"internal/catalog":           {"ir"},
	"internal/cron":              {},
	"internal/explain":           {"internal/diag", "compiler"},
	"internal/irdiff":            {"ir"},
	"internal/jinja":             {},
	"internal/interpolate":       {},
	"internal/schema":            {"compiler", "ir", "internal/catalog"},
	"internal/params":            {"ir"},
	"internal/process":           {},
	"internal/pysource":          {},
	"internal/target":            {"ir", "internal/diag"},
	"internal/target/targettest": {"ir", "internal/diag", "internal/target", "compiler"},
	"templates":                  {},
	"compiler":                   {"ir", "internal/diag", "internal/catalog", "internal/jinja", "internal/pysource", "internal/interpolate", "internal/params", "internal/cron"},
	"targets/airflow":            {"ir", "internal/target", "internal/diag", "internal/catalog", "targets/airflow", "internal/process", "templates"},
	"targets/local":              {"ir", "internal/cron", "internal/target", "internal/diag", "internal/catalog", "internal/jinja", "internal/params", "internal/process", "targets/local"},
	"cmd/dagexport":              {"ir", "internal", "compiler", "targets", "templates"},
}

// onlyIn says which libraries stay in one place.
var onlyIn = map[string][]string{
	"gopkg.in/yaml.v3":                  {"compiler"},
	"text/template":                     {"targets/airflow", "internal/interpolate"},
	"github.com/Masterminds/sprig/v3":   {"targets/airflow", "internal/interpolate"},
	"github.com/urfave/cli/v2":          {"cmd/dagexport"},
	"modernc.org/sqlite":                {"targets/local/store"},
	"golang.org/x/sys/unix":             {"targets/local", "internal/process"},
	"github.com/rivo/uniseg":            {"internal/diag"},
	"github.com/rogpeppe/go-internal/*": {"targets/airflow"},
}

// TestImportArrows holds every import of the module's own packages, tests left out, against the table.
func TestImportArrows(t *testing.T) {
	seen := map[string]bool{}
	walkGo(t, func(folder, file string, imports []string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		owner := ownerOf(folder)
		if owner == "" {
			if folder != "bench" && !strings.HasPrefix(folder, "bench/") && !strings.HasPrefix(folder, "internal/airflowenv") {
				t.Errorf("%s: no rule says what folder %s may import", file, folder)
			}
			return
		}
		seen[owner] = true
		for _, imported := range imports {
			if own, ok := strings.CutPrefix(imported, module); ok && !allowed(arrows[owner], own) {
				t.Errorf("%s imports %s; %s may import %v", file, own, owner, arrows[owner])
			}
			if owner == "ir" && strings.Contains(imported, ".") {
				t.Errorf("%s imports %s; ir knows the standard library only", file, imported)
			}
			for library, places := range onlyIn {
				if matches(library, imported) && !slices.ContainsFunc(places, func(place string) bool { return within(folder, place) }) {
					t.Errorf("%s imports %s, which belongs in %v", file, imported, places)
				}
			}
		}
	})
	for owner := range arrows {
		if !seen[owner] {
			t.Errorf("the rule for %s is about no package", owner)
		}
	}
}

func ownerOf(folder string) string {
	for at := folder; at != "."; at = path.Dir(at) {
		if _, ok := arrows[at]; ok {
			return at
		}
	}
	return ""
}

func allowed(may []string, imported string) bool {
	return slices.ContainsFunc(may, func(one string) bool { return within(imported, one) })
}

func within(folder, place string) bool {
	return folder == place || strings.HasPrefix(folder, place+"/")
}

func matches(library, imported string) bool {
	if stem, ok := strings.CutSuffix(library, "*"); ok {
		return strings.HasPrefix(imported, stem)
	}
	return imported == library
}

// walkGo visits the Go files of the module with what they import.
func walkGo(t *testing.T, visit func(folder, file string, imports []string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base == "testdata" || base == "bin" || strings.HasPrefix(base, ".") && base != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))
		if within(rel, "golden") {
			return nil
		}
		var imports []string
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		visit(path.Dir(rel), rel, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTopLevel holds what git tracks at the top against the layout.
func TestTopLevel(t *testing.T) {
	layout := strings.Fields(`go.mod go.sum cmd compiler ir targets templates golden README.md internal docs examples bench Makefile LICENSE
		CONTRIBUTING.md .ci .pre-commit-hooks.yaml .gitignore .gitattributes staticcheck.conf`)
	out, err := exec.Command("git", "-C", "..", "ls-files").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(name), "/")
		if !seen[top] && !slices.Contains(layout, top) {
			t.Errorf("the layout has no place for %s at the top", top)
		}
		seen[top] = true
	}
}

// TestFileSizes keeps files readable; tables of data are exempt.
func TestFileSizes(t *testing.T) {
	const limit = 620
	walkGo(t, func(_, file string, _ []string) {
		if strings.HasSuffix(file, "_table.go") {
			return
		}
		data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(data), "\n"); lines > limit {
			t.Errorf("%s has %d lines; split what is over %d by role", file, lines, limit)
		}
	})
}
