package airflow

import (
	"bytes"
	"fmt"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"github.com/dagexport/dagexport/templates"
)

// sprigFunctions are the functions of sprig that the templates may call: pure, and without the order of a map. Sprig's own
// hermetic set would still let randomness, the clock and the environment in.
var sprigFunctions = []string{"join"}

// dagTemplate is parsed once, at the first use.
var dagTemplate = sync.OnceValue(func() *template.Template {
	all := sprig.TxtFuncMap()
	allowed := make(template.FuncMap, len(sprigFunctions))
	for _, name := range sprigFunctions {
		allowed[name] = all[name]
	}
	return template.Must(template.New("").Option("missingkey=error").Funcs(allowed).ParseFS(templates.Files, "airflow/*.tmpl"))
})

func execute(view fileView) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(view.size())
	if err := dagTemplate().ExecuteTemplate(&out, "dag.py.tmpl", view); err != nil {
		return nil, fmt.Errorf("rendering the DAG file: %w", err)
	}
	return out.Bytes(), nil
}
