package targettest_test

import (
	"testing"
	"time"

	"github.com/dagexport/dagexport/internal/target/targettest"
	"github.com/dagexport/dagexport/ir"
)

// TestScripted shows that the contract can be kept, and that its tests ask nothing else.
func TestScripted(t *testing.T) {
	targettest.Conform(t, ir.DefaultVersion, func(*testing.T, *ir.File, string) targettest.Subject {
		fake := &targettest.Scripted{Fails: []string{"bad.a"}, Takes: map[string]time.Duration{"slow": targettest.Slow}}
		return targettest.Subject{Orchestrator: fake, Private: true}
	})
}
