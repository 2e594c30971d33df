package airflow

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
)

// hidesModule refuses an output whose name stands for another module. In the DAG root, which is on Python's search path,
// `json.py` may be taken for the standard library's json; and `sales.py` beside the folder `sales` makes `import sales.clean`
// look for clean in the DAG file.
func (p *prepared) hidesModule(path string, problems *diag.List) {
	options := &p.exporter.options
	root := options.DagsRoot
	if options.OutDir != "" {
		root = options.OutDir
	} else if root == "" {
		root = filepath.Dir(path)
	}
	rel, err := relative(root, path)
	if err != nil || !filepath.IsLocal(rel) {
		return // not under the root: nobody finds it by name
	}
	module := strings.ReplaceAll(strings.TrimSuffix(filepath.ToSlash(rel), ".py"), "/", ".")
	var what string
	switch {
	case stdlibModules[module]:
		what = "Python's own module " + module
	case airflowModules[module]:
		what = "the package " + module + ", which Airflow imports"
	case importsFrom(p.imported, module):
		what = "the module " + module + ", which the DAG file itself imports"
	case holdsPython(strings.TrimSuffix(path, ".py")):
		what = "the Python package of that name beside it"
	default:
		return
	}
	name, ext := filepath.Base(p.source), filepath.Ext(p.source)
	problems.Errorf(p.top, diag.HidesModule, "the DAG file %s would hide %s", filepath.Base(path), what).
		WithLabel("this pipeline's DAG file is named after %s", name).
		WithHelp("rename %s, for example to %s_dag%s", name, strings.TrimSuffix(name, ext), ext)
}

// importsFrom tells whether a module, or one inside it, is among the imported ones.
func importsFrom(imported []string, module string) bool {
	for _, name := range imported {
		if rest, ok := strings.CutPrefix(name, module); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// holdsPython tells whether a folder is a package, or at least holds a Python file that was not generated.
func holdsPython(folder string) bool {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".py" && entry.Type().IsRegular() {
			if _, generated := sourceOf(filepath.Join(folder, entry.Name())); !generated {
				return true
			}
		}
	}
	return false
}

// airflowModules are top-level packages that Airflow imports, beside the standard library.
var airflowModules = map[string]bool{
	"airflow": true, "airflow_shared": true, "alembic": true, "anyio": true, "argcomplete": true, "asgiref": true, "attr": true, "attrs": true,
	"cadwyn": true, "certifi": true, "click": true, "colorlog": true, "connexion": true, "cron_descriptor": true, "croniter": true,
	"cryptography": true, "dateutil": true, "deprecated": true, "dill": true, "fastapi": true, "flask": true, "fsspec": true,
	"greenlet": true, "gunicorn": true, "httpx": true, "idna": true, "itsdangerous": true, "jinja2": true, "jsonschema": true,
	"jwt": true, "lazy_object_proxy": true, "lockfile": true, "markupsafe": true, "methodtools": true, "more_itertools": true,
	"msgspec": true, "numpy": true, "opentelemetry": true, "packaging": true, "pandas": true, "pathspec": true, "pendulum": true,
	"pluggy": true, "psutil": true, "pydantic": true, "pygments": true, "pytz": true, "requests": true, "rich": true,
	"setproctitle": true, "six": true, "sqlalchemy": true, "sqlparse": true, "starlette": true, "structlog": true, "svcs": true,
	"tabulate": true, "tenacity": true, "termcolor": true, "typing_extensions": true, "tzdata": true, "universal_pathlib": true,
	"upath": true, "urllib3": true, "uuid6": true, "uvicorn": true, "werkzeug": true, "yaml": true,
}
