package local_test

import (
	"path/filepath"
	"testing"

	"github.com/dagexport/dagexport/internal/target/targettest"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
)

// TestConforms holds the target against the contract of orchestrators.
func TestConforms(t *testing.T) {
	targettest.Conform(t, ir.DefaultVersion, func(t *testing.T, _ *ir.File, path string) targettest.Subject {
		state := filepath.Join(filepath.Dir(path), local.DefaultStateDir)
		return targettest.Subject{Orchestrator: local.New(local.Options{StateDir: state, Grace: -1}), Private: true}
	})
}
