//go:build airflow

package jinja

import (
	"encoding/json"
	"math/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAgreesWithJinja asks the real jinja2 about every template of the table, and about many made of their pieces by chance.
// DAGEXPORT_WORKER_PYTHON names an interpreter that has it.
func TestAgreesWithJinja(t *testing.T) {
	python := os.Getenv("DAGEXPORT_WORKER_PYTHON")
	if python == "" {
		t.Fatal("DAGEXPORT_WORKER_PYTHON names no interpreter")
	}
	var texts []string
	for _, v := range verdicts {
		texts = append(texts, v.text)
	}
	random := rand.New(rand.NewSource(1))
	for range 20000 {
		texts = append(texts, byChance(random))
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/judge.py")
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(input)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var errors []string
	if err := json.Unmarshal(out, &errors); err != nil {
		t.Fatal(err)
	}
	good, doubts := 0, 0
	for i, text := range texts {
		_, problem := Parse(text)
		if problem != nil && problem.Doubt {
			doubts++
			continue
		}
		if problem == nil {
			good++
		}
		if (problem == nil) != (errors[i] == "") {
			t.Errorf("%q: %v here, jinja2 says %q", text, problem, errors[i])
		}
	}
	t.Logf("%d texts, %d good, %d in doubt", len(texts), good, doubts)
	if good < 1000 || doubts > len(texts)/10 {
		t.Errorf("%d good texts of %d, %d in doubt", good, len(texts), doubts)
	}
}

// byChance makes a template of pieces of templates.
func byChance(random *rand.Rand) string {
	pieces := strings.Fields(`{{ }} {% %} {# #} {{- -}} a b.c d['e'] f( ) [ ] { } , : = == + - * ** / ~ | if else for in not is and or set
		1 2.5 'x' "y" x upper default(1) endif endfor endset true none . %`)
	wraps := []string{"{{ @ }}", "{{ @ }} {{ @ }}", "{% if @ %}@{% endif %}", "{% for x in @ %}{{ @ }}{% endfor %}", "{% set x = @ %}", "@", "{{ f(@) }}", "{{ [@] }}"}
	text := wraps[random.Intn(len(wraps))]
	for strings.Contains(text, "@") {
		var words []string
		for range 1 + random.Intn(4) {
			words = append(words, pieces[random.Intn(len(pieces))])
		}
		text = strings.Replace(text, "@", strings.Join(words, []string{" ", "", " "}[random.Intn(3)]), 1)
	}
	return text
}
