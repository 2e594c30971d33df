// Package compiler turns pipeline files into the intermediate representation. It is the only package that knows YAML.
package compiler

import (
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// Options say how a file is compiled.
type Options struct {
	Version  ir.Version // the target Airflow
	DagsRoot string     // the folder from which modules resolve; "" finds it as described in FindDagsRoot
}

// Result is what compiling one file came to.
type Result struct {
	File        *ir.File  // nil when Diags has errors or the file is no pipeline
	Diags       diag.List // sorted, without repetition
	NotPipeline bool      // a YAML file without tasks or DAGs; Diags then says why, for a file that was named itself
	Source      []byte    // the bytes that were compiled, for excerpts
	DagsRoot    string    // the root that was used
}
