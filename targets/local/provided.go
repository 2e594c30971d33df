package local

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/worker"
)

// driver is what a database needs in the interpreter.
type driver struct {
	kind    string   // of its connections
	modules []string // any of them will do; none: Python has what is needed
	install string
	old     string // instead of install before Airflow 3.1, if it is another
}

// drivers are those of the databases that queries reach without an Airflow.
var drivers = []driver{
	{kind: "sqlite"},
	{"postgres", []string{"psycopg", "psycopg2"}, "'psycopg[binary]'", "psycopg2-binary"},
	{"mysql", []string{"MySQLdb", "pymysql"}, "pymysql", ""},
}

// look is what the interpreter of a run has of what runs ask it for. It is asked once.
func (t *Target) look(file *ir.File) (*worker.Interpreter, error) {
	if t.looked {
		return t.interpreter, t.lookErr
	}
	t.looked = true
	dir := filepath.Dir(file.Path)
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	distributions, modules := task.ProvidedPackages(), []string{}
	modules = append(modules, "dotenv")
	for _, d := range drivers {
		distributions = append(distributions, hookPackage(d.kind))
		modules = append(modules, d.modules...)
	}
	t.interpreter, t.lookErr = worker.Look(context.Background(), t.options.Python, t.options.Environ, dir, distributions, modules)
	return t.interpreter, t.lookErr
}

// hookPackage is the distribution that has Airflow's hook of a type of connection.
func hookPackage(kind string) string { return "apache-airflow-providers-" + kind }

// byAirflow tells whether the real operator runs a task, in the Airflow of the interpreter.
func (t *Target) byAirflow(file *ir.File, o *task.Provided, call *task.Call) bool {
	if o.Work.Senses() || o.Package == "" || !o.NeedsReal(call) {
		return false
	}
	found, err := t.look(file)
	if err != nil || !found.Plays(t.version(file)) || !found.Has(o.Package) {
		return false
	}
	if o.Work != task.QuerySQL {
		return true
	}
	kind, _ := t.connectionType(call)
	known := slices.ContainsFunc(drivers, func(d driver) bool { return d.kind == kind })
	return !known || found.Has(hookPackage(kind))
}

// connectionType is the type of the connection that a query names; known is false where only the run will tell, or never.
func (t *Target) connectionType(call *task.Call) (kind string, known bool) {
	id, ok := call.Option("conn_id").(*ir.String)
	if !ok {
		return "", false
	}
	text := strings.TrimSpace(variable(t.options.Environ, "AIRFLOW_CONN_"+strings.ToUpper(id.V)))
	if strings.HasPrefix(text, "{") {
		var object struct {
			Type string `json:"conn_type"`
		}
		if json.Unmarshal([]byte(text), &object) != nil {
			return "", false
		}
		kind = object.Type
	} else if kind, _, ok = strings.Cut(text, "://"); !ok {
		return "", false
	}
	kind = strings.ReplaceAll(kind, "-", "_")
	if kind == "postgresql" {
		kind = "postgres"
	}
	return kind, true
}

// refuseProvided names the tasks with operators of providers that would have to run without an Airflow, and cannot.
func (t *Target) refuseProvided(problems *diag.List, file *ir.File, p *ir.Pipeline) {
	for _, one := range p.Tasks {
		o := task.ProvidedOf(one)
		if o == nil {
			continue
		}
		call := task.CallOf(p, one)
		if t.byAirflow(file, o, call) {
			continue
		}
		help := fmt.Sprintf("name an interpreter with Airflow %s and %s by --python, or export the DAG and run it in an Airflow: dagexport airflow %s",
			t.version(file), o.Package, file.Path)
		if a := o.Beyond(call); a != nil && o.Package != "" {
			problems.Errorf(a.NameSpan, diag.NotHere, "task %q takes %s, which local runs follow with a real Airflow only", one.ID, a.Name).WithHelp("%s", help)
		} else if a != nil {
			problems.Errorf(a.NameSpan, diag.NotHere, "task %q takes %s, which local runs do not follow", one.ID, a.Name).
				WithHelp("export the DAG and run it in an Airflow: dagexport airflow %s", file.Path)
		}
		if o.Work == task.RunContainer {
			t.refuseContainer(problems, file, one, call)
		}
		if o.Work == task.QuerySQL {
			t.refuseQuery(problems, file, one, call, help)
		}
	}
}

// refuseQuery names a query over a connection that cannot be opened here.
func (t *Target) refuseQuery(problems *diag.List, file *ir.File, one *ir.Task, call *task.Call, help string) {
	kind, known := t.connectionType(call)
	if !known {
		return // it fails when it runs, as in Airflow
	}
	span := call.Option("conn_id").Pos()
	var names []string
	for _, d := range drivers {
		names = append(names, d.kind)
		if d.kind != kind {
			continue
		}
		found, err := t.look(file)
		if err != nil || len(d.modules) == 0 || slices.ContainsFunc(d.modules, found.Has) {
			return
		}
		install := d.install
		if d.old != "" && !t.version(file).AtLeast(3, 1) {
			install = d.old
		}
		problems.Errorf(span, diag.NotHere, "task %q needs %s, for its connection to %s, and %s has neither", one.ID, strings.Join(d.modules, " or "), kind, found.Path).
			WithHelp("%s -m pip install %s", found.Path, install)
		return
	}
	problems.Errorf(span, diag.NotHere, "the connection of task %q is of the type %q, which local runs reach with a real Airflow only", one.ID, kind).
		WithLabel("without one: %s", strings.Join(names, ", ")).WithHelp("%s", help)
}

// planProvided tells how the operator of a provider runs.
func (t *Target) planProvided(p *ir.Pipeline, one *ir.Task, step *Step) {
	o := task.ProvidedOf(one)
	if o == nil || t.checked == nil {
		return
	}
	call := task.CallOf(p, one)
	if t.byAirflow(t.checked, o, call) {
		step.How = className(one) + ", by the Airflow of the Python interpreter"
		return
	}
	step.How = className(one) + ", without an Airflow"
	if o.Work == task.RunContainer {
		step.How = className(one) + ", by the docker command"
	}
	if o.Work == task.QuerySQL {
		kind, known := t.connectionType(call)
		switch id, ok := call.Option("conn_id").(*ir.String); {
		case known:
			step.How += ", over a connection to " + kind
		case ok && variable(t.options.Environ, "AIRFLOW_CONN_"+strings.ToUpper(id.V)) == "":
			step.Notes = append(step.Notes, fmt.Sprintf("its connection %q is not set: AIRFLOW_CONN_%s, or --connections", id.V, strings.ToUpper(id.V)))
		}
	}
}
