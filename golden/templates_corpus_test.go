//go:build airflow && corpus

package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/ir"
)

// TestCorpusTemplates counts the templates of the examples and of the files that people wrote for dag-factory.
func TestCorpusTemplates(t *testing.T) {
	all := examples(t)
	files, err := compiler.Discover(os.Getenv("DAGEXPORT_CORPUS"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in DAGEXPORT_CORPUS: %v", err)
	}
	for _, path := range files {
		version := ir.DefaultVersion
		if strings.Contains(filepath.ToSlash(path), "/airflow2/") {
			version = ir.Version{Major: 2, Minor: 11}
		}
		if result := compiler.CompileFile(path, compiler.Options{Version: version, LookupEnv: os.LookupEnv}); result.File != nil {
			all.add(result.File)
		}
	}
	all.most(t, "examples and corpus")
}
