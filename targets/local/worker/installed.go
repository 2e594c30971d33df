package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// Interpreter is what is known of a Python before a run.
type Interpreter struct {
	Path    string
	Airflow string // the version of the Airflow that it has; "": none

	has []string // distributions and modules, of those that were asked for
}

// Has tells whether the interpreter has a distribution or module that was asked for.
func (i *Interpreter) Has(name string) bool { return slices.Contains(i.has, name) }

// Plays tells whether the interpreter has an Airflow of a version.
func (i *Interpreter) Plays(version ir.Version) bool {
	return strings.HasPrefix(i.Airflow, version.String()+".")
}

// Installed is the version of the Airflow that an interpreter has, "" for none, and the interpreter: the one that a run of a
// pipeline file in dir would use.
func Installed(ctx context.Context, asked string, environ []string, dir string) (version, python string, err error) {
	found, err := Look(ctx, asked, environ, dir, nil, nil)
	if found == nil {
		return "", "", err
	}
	return found.Airflow, found.Path, err
}

// Look finds the interpreter that a run of a pipeline file in dir would use, and which of the given distributions and top-level
// modules it has. On an error that the interpreter itself makes, the Interpreter has its path.
func Look(ctx context.Context, asked string, environ []string, dir string, distributions, modules []string) (*Interpreter, error) {
	python, err := findPython(asked, environ, dir)
	if err != nil {
		return nil, err
	}
	const program = `import importlib.metadata, importlib.util, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
distributions, modules = json.loads(sys.argv[1])
print(json.dumps({
    "airflow": version("apache-airflow-core") or version("apache-airflow"),
    "has": [d for d in distributions if version(d)] + [m for m in modules if importlib.util.find_spec(m)],
}))`
	question, err := json.Marshal([][]string{append([]string{}, distributions...), append([]string{}, modules...)})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-c", program, string(question))
	cmd.Env = environ
	out, err := cmd.Output()
	found := &Interpreter{Path: python}
	if err != nil {
		return found, fmt.Errorf("%s: %w", python, err)
	}
	var answer struct {
		Airflow string   `json:"airflow"`
		Has     []string `json:"has"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return found, fmt.Errorf("%s: %w", python, err)
	}
	found.Airflow, found.has = answer.Airflow, answer.Has
	return found, nil
}
