package explain

import (
	"strings"
	"testing"
)

// TestExamples compiles both examples of each code: the wrong one has the code, the right one has nothing.
func TestExamples(t *testing.T) {
	for _, e := range Entries() {
		if e.Means == "" || !strings.HasSuffix(e.Means, ".") {
			t.Errorf("%s has no meaning", e.Code)
		}
		if e.Wrong == "" {
			continue
		}
		wrong, err := compile(e.Wrong)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, d := range wrong.Diags.All() {
			found = found || d.Code == e.Code
		}
		if !found {
			said, err := Said(e.Wrong)
			t.Errorf("%s: the wrong example does not have it: %v\n%s", e.Code, err, said)
		}
		right, err := compile(e.Right)
		if err != nil {
			t.Fatal(err)
		}
		if right.Diags.Len() > 0 || right.File == nil {
			said, err := Said(e.Right)
			t.Errorf("%s: the right example is not right: %v\n%s", e.Code, err, said)
		}
	}
}
