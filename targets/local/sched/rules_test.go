package sched

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
)

// The tables are what Airflow's own TriggerRuleDep decided: see testdata/trigger_rules.py.
func TestEvaluateDecidesAsAirflow(t *testing.T) {
	for _, version := range []ir.Version{{Major: 2, Minor: 11}, {Major: 3, Minor: 3}} {
		t.Run(version.String(), func(t *testing.T) {
			file, err := os.Open("testdata/trigger_rules_" + version.String() + ".jsonl")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			var rules []ir.TriggerRule
			lines := bufio.NewScanner(file)
			for lines.Scan() {
				var row struct {
					Rule     ir.TriggerRule
					Upstream []string
					State    target.State
					Met      bool
				}
				if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(rules, row.Rule) {
					rules = append(rules, row.Rule)
				}
				state, met := Evaluate(version, row.Rule, countsOf(row.Upstream))
				if state != row.State || met != row.Met {
					t.Errorf("%s of %v: got %q, met %v; Airflow says %q, met %v",
						row.Rule, row.Upstream, state, met, row.State, row.Met)
				}
			}
			if err := lines.Err(); err != nil {
				t.Fatal(err)
			}
			if want := ir.TriggerRules(version); !slices.Equal(rules, want) {
				t.Errorf("the table has the rules %v, Airflow %s is said to have %v", rules, version, want)
			}
		})
	}
}

func countsOf(upstream []string) Counts {
	c := Counts{Upstream: len(upstream)}
	for _, name := range upstream {
		state, setup := strings.CutPrefix(name, "setup:")
		c.add(target.State(state), setup, 1)
		if setup {
			c.Setups++
		}
	}
	return c
}

func TestEvaluateOfARuleThatTheVersionLacks(t *testing.T) {
	state, met := Evaluate(ir.Version{Major: 3, Minor: 0}, ir.AllDoneMinOneSuccess, Counts{Upstream: 1, Success: 1})
	if state != target.None || met {
		t.Errorf("got %q, met %v", state, met)
	}
}
