package compiler

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/ir"
)

func TestShellOwn(t *testing.T) {
	for _, test := range []struct {
		script, name string
		want         bool
	}{
		{"for i in 1 2; do echo $i; done", "i", true},
		{"day=$(date); echo $day", "day", true},
		{"day+=x; echo $day", "day", true},
		{"while read -r line; do echo $line; done", "line", true},
		{"local name; echo $name", "name", true},
		{"echo $HOME", "HOME", false},
		{"echo $HOME HOME", "HOME", false},
		{"MY_HOME=1; echo $HOME", "HOME", false},
		{"HOMER=1; echo $HOME", "HOME", false},
		{"echo $AIRFLOW_CTX_DAG_ID", "AIRFLOW_CTX_DAG_ID", true},
		{"if (x=1); then echo ${x}; fi", "x", true},
		{"[ $a == b ]", "a", false},
	} {
		if got := shellOwn(test.script, test.name); got != test.want {
			t.Errorf("shellOwn(%q, %q) = %t", test.script, test.name, got)
		}
	}
}

// TestExpandVars holds the replacing of variables against Python's os.path.expandvars, which dag-factory uses.
func TestExpandVars(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	environ := map[string]string{"A": "1", "_b2": "two", "LONG_NAME": "x y", "EMPTY": "", "DOLLAR": "$A"}
	pieces := []string{"$", "$$", "{", "}", "A", "_b2", "LONG_NAME", "EMPTY", "DOLLAR", "$A", "${A}", "${A", "$A}", "${_b2}", "$LONG_NAME", "${ A}", "${}", "$9", "${9}", "$-", " ",
		"é", "$é", "$Aé", "\\$A", "'$A'", "${A:-x}", "$NONE", "${NONE}", "$EMPTY", "${DOLLAR}", "a"}
	rng := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for range 3000 {
		var text strings.Builder
		for range 1 + rng.IntN(8) {
			text.WriteString(pieces[rng.IntN(len(pieces))])
		}
		texts = append(texts, text.String())
	}
	input, err := json.Marshal([]any{environ, texts})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", "import json, os, sys\nenviron, texts = json.load(sys.stdin)\nos.environ.clear()\nos.environ.update(environ)\njson.dump([os.path.expandvars(t) for t in texts], sys.stdout)")
	cmd.Stdin = strings.NewReader(string(input))
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		c := &compilation{mode: pyyaml, version: ir.DefaultVersion}
		got := text
		if v := c.envText(&node{kind: scalarNode, text: text}, true); v != nil {
			got = ""
			for j, part := range v.Parts {
				value, set := environ[part.Var]
				switch {
				case part.Var == "":
					if j > 0 && v.Parts[j-1].Var == "" {
						t.Errorf("%q: neighbouring texts are not joined", text)
					}
					got += part.Text
				case set:
					got += value
				default:
					got += part.Unset
				}
			}
		}
		if got != want[i] {
			t.Errorf("%q is %q, and Python says %q", text, got, want[i])
		}
	}
}

// TestNoValueOfAVariableIsWritten compiles a file whose variables are secrets: their values are neither in the IR nor in a message.
func TestNoValueOfAVariableIsWritten(t *testing.T) {
	const secret = "hunter2"
	src := "d:\n  schedule: null\n  start_date: 2026-01-01\n  description: $SECRET\n  doc_md: a $SECRET\n  tags: [$SECRET]\n  params: {a: $SECRET}\n  default_args: {owner: $SECRET, email: [$SECRET]}\n" +
		"  on_failure_callback: {callback: a.b, token: $SECRET}\n  tasks:\n    a: {operator: airflow.operators.bash.BashOperator, bash_command: x $SECRET, env: {A: $SECRET}, pool: $SECRET, cwd: \"${SECRET}\", outlets: [\"s3://$SECRET\"]}\n" +
		"    b: {operator: x.Y, z: {p: [$SECRET], q: {__join__: [a, $SECRET]}, r: {__type__: a.B, __args__: [$SECRET], s: $SECRET}}}\n    c: {operator: x.Y, zz: $SECRET, trigger_rul: $SECRET}\n"
	result := Compile("a.yaml", []byte(src), Options{LookupEnv: func(string) (string, bool) { return secret, true }})
	if result.File == nil {
		t.Fatal(printed(result.Diags))
	}
	data, err := result.File.JSON(true)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), `"SECRET"`); n < 15 {
		t.Errorf("only %d variables are in the IR", n)
	}
	if strings.Contains(string(data), secret) || strings.Contains(printed(result.Diags), secret) {
		t.Errorf("the value of a variable is written down:\n%s\n%s", printed(result.Diags), data)
	}
}
