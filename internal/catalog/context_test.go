package catalog

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

// TestContextNames holds the table against what real Airflows gave. Two names differ on purpose: templates_dict is only there for
// callables, after templates are rendered, and asset_state_store only beside assets.
func TestContextNames(t *testing.T) {
	text, err := os.ReadFile("testdata/context.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		v, err := ir.ParseVersion(words[0])
		if err != nil {
			t.Fatal(err)
		}
		seen++
		want := slices.DeleteFunc(words[1:], func(name string) bool { return name == "templates_dict" })
		got := slices.DeleteFunc(ContextNames(v), func(name string) bool { return name == "asset_state_store" })
		if !slices.Equal(got, want) {
			t.Errorf("Airflow %s:\n has   %v\n table %v", v, want, got)
		}
	}
	if seen != len(ir.Versions) {
		t.Errorf("%d versions of %d", seen, len(ir.Versions))
	}
}

func TestContextNamesAreSorted(t *testing.T) {
	for i := 1; i < len(contextNames); i++ {
		if contextNames[i-1].Name >= contextNames[i].Name {
			t.Errorf("%s stands before %s", contextNames[i-1].Name, contextNames[i].Name)
		}
	}
	for _, list := range [][]string{JinjaFilters, JinjaTests, JinjaGlobals, TimeZones()} {
		if !slices.IsSorted(list) {
			t.Errorf("%v is not sorted", list)
		}
	}
}
