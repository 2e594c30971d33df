package local

import (
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func TestParsePools(t *testing.T) {
	got, err := ParsePools([]byte(`{"small": {"slots": 2, "description": "d", "include_deferred": false}, "endless": {"slots": -1}}`))
	want := map[string]int{"default_pool": 128, "small": 2, "endless": math.MaxInt32}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for text, wrong := range map[string]string{`[]`: "JSON object", `{"a": {}}`: `the pool "a" has no slots`, `{"a": {"slots": "x"}}`: "JSON object"} {
		if _, err := ParsePools([]byte(text)); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPoolsThatWouldNeverDo(t *testing.T) {
	task := func(pool string, slots int) *ir.Task {
		return &ir.Task{ID: "t", Op: &ir.Empty{}, Limits: ir.Limits{Pool: pool, PoolSlots: slots}}
	}
	file := &ir.File{Pipelines: []*ir.Pipeline{{ID: "d", Schedule: &ir.Unscheduled{}, Tasks: []*ir.Task{task("small", 3), task("other", 1), task("small", 2), task("default_pool", 1)}}}}
	problems := New(Options{Pools: map[string]int{"small": 2, "default_pool": 128}}).Check(file)
	var texts []string
	for _, d := range problems.All() {
		texts = append(texts, d.Message)
	}
	all := strings.Join(texts, "\n")
	if len(texts) != 2 || !strings.Contains(all, `takes 3 slots of the pool "small", which has 2`) || !strings.Contains(all, `the pool "other", which the file of pools does not have`) {
		t.Errorf("got %s", all)
	}
	problems = New(Options{}).Check(file)
	if problems.Len() > 0 {
		t.Errorf("without a file of pools: %s", problems.All()[0].Message)
	}
}
