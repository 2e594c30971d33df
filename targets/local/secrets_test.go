package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecretsBecomeEnvironment(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := Secrets{
		Dotenv:      write(".env", "# a comment\nexport A=1\nB = two words # said\nC=\"x\\n\\\"y\\\" #z\"\nD='a\\n'\nE=\nHOME=/elsewhere\n"),
		Variables:   write("variables.json", `{"text": "a b", "numbers": [1,{"k":"a,b:\""}], "none": null, "A_b": 1.50}`),
		Connections: write("connections.json", `{"db": "postgres://u:p@h/s", "api": {"conn_type":"http","host":"h"}, "one": ["mysql://h"]}`),
	}
	got, err := s.Environ([]string{"HOME=/h", "AIRFLOW_VAR_TEXT=old"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"A=1", "B=two words", "C=x\n\"y\" #z", `D=a\n`, "E=", "HOME=/h", "AIRFLOW_VAR_TEXT=a b",
		`AIRFLOW_VAR_NUMBERS=[1, {"k": "a,b:\""}]`, "AIRFLOW_VAR_NONE=null", "AIRFLOW_VAR_A_B=1.50",
		"AIRFLOW_CONN_DB=postgres://u:p@h/s", `AIRFLOW_CONN_API={"conn_type":"http","host":"h"}`, "AIRFLOW_CONN_ONE=mysql://h",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	s = Secrets{Dotenv: filepath.Join(dir, "missing"), Variables: write("v.env", "key=hidden\n")}
	if got, err := s.Environ(nil); err != nil || cmp.Diff([]string{"AIRFLOW_VAR_KEY=hidden"}, got) != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWrongSecretsAreNotShown(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"a.json": {`["hidden"]`, "not a JSON object"},
		"b.json": {`{"k": ["hidden", "b"]}`, "b.json: k: it has several connections"},
		"c.json": {`{"k": 5}`, "a connection is a URI or an object"},
		"d.env":  {"a=1\nhidden\n", "d.env:2: a line is NAME=VALUE"},
		"e.env":  {`a="hidden`, "e.env:1: the closing quote is missing"},
		"f.env":  {`a="b" hidden`, "something follows the closing quote"},
		"g.yaml": {"a: hidden", "must end with .json or .env"},
		"h.json": {`{"a": hidden}`, "not a JSON object"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := (&Secrets{Connections: path}).Environ(nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := (&Secrets{Variables: filepath.Join(dir, "none.json")}).Environ(nil); err == nil {
		t.Error("a missing file is taken")
	}
}
