package worker

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// Installed is the version of the Airflow that an interpreter has, "" for none, and the interpreter: the one that a run of a
// pipeline file in dir would use.
func Installed(ctx context.Context, asked string, environ []string, dir string) (version, python string, err error) {
	if python, err = findPython(asked, environ, dir); err != nil {
		return "", "", err
	}
	const program = `import importlib.metadata as m
for name in ("apache-airflow-core", "apache-airflow"):
    try:
        print(m.version(name))
        break
    except m.PackageNotFoundError:
        pass`
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-c", program)
	cmd.Env = environ
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), python, err
}
