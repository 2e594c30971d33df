package catalog

import "github.com/dagexport/dagexport/ir"

// Class is an operator class that the catalogue knows.
type Class struct {
	Name   string
	Module string   // the canonical module: the newest spelling known
	Core   string   // the module in Airflow 2's core; "" where it is the same on every version
	Also   []string // further full import paths that some Airflow version accepted for it
	Since  ir.Version

	Kind           string // "bash", "python", "empty"; "operator" for every other
	TemplateFields []string
	TemplateExt    []string
}

// ModuleFor is the module that a version of Airflow imports the class from.
func (c *Class) ModuleFor(v ir.Version) string {
	if c.Core != "" && v.Major == 2 {
		return c.Core
	}
	return c.Module
}

// FindClass finds a class by any of its import paths, or by its bare name where only one class has it; nil when unknown.
func FindClass(path string) *Class {
	for i := range classes {
		c := &classes[i]
		if path == c.Name || path == c.Module+"."+c.Name || c.Core != "" && path == c.Core+"."+c.Name {
			return c
		}
		for _, also := range c.Also {
			if path == also {
				return c
			}
		}
	}
	return nil
}

var classes = []Class{
	{
		Name: "BashOperator", Module: "airflow.providers.standard.operators.bash", Core: "airflow.operators.bash",
		Also: []string{"airflow.operators.bash_operator.BashOperator"}, Kind: "bash",
		TemplateFields: []string{"bash_command", "env", "cwd"}, TemplateExt: []string{".sh", ".bash"},
	},
	{
		Name: "PythonOperator", Module: "airflow.providers.standard.operators.python", Core: "airflow.operators.python",
		Also: []string{"airflow.operators.python_operator.PythonOperator"}, Kind: "python",
		TemplateFields: []string{"templates_dict", "op_args", "op_kwargs"},
	},
	{
		Name: "EmptyOperator", Module: "airflow.providers.standard.operators.empty", Core: "airflow.operators.empty",
		Also: []string{"airflow.operators.dummy.DummyOperator", "airflow.operators.dummy_operator.DummyOperator"}, Kind: "empty",
	},
}
