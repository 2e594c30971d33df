package golden

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestPreCommitHooks does what pre-commit does with each hook: it types entry and args in a git repository, one that is in order
// and one that is not.
func TestPreCommitHooks(t *testing.T) {
	data, err := os.ReadFile("../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct {
		ID, Name, Description, Entry, Language, Files string
		Args                                          []string
		PassFilenames                                 *bool `yaml:"pass_filenames"`
	}
	if err := yaml.Unmarshal(data, &hooks); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "../cmd/dagexport")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := t.TempDir()
	call := func(words ...string) (string, error) {
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	const pipeline = "start_date: 2026-01-01\ntasks:\n  a: {bash: echo a}\n"
	write(t, filepath.Join(dir, "my dags", "etl.yaml"), []byte(pipeline))
	write(t, filepath.Join(dir, "docker-compose.yaml"), []byte("services: {}\n")) // no pipeline
	for _, words := range [][]string{{"git", "init", "-q"}, {filepath.Join(bin, "dagexport"), "airflow", "."}, {"git", "add", "."}} {
		if out, err := call(words...); err != nil {
			t.Fatalf("%v: %v\n%s", words, err, out)
		}
	}
	var ids []string
	for _, hook := range hooks {
		ids = append(ids, hook.ID)
		if hook.Name == "" || hook.Description == "" || hook.Language != "golang" || hook.PassFilenames == nil || *hook.PassFilenames {
			t.Errorf("%s: %+v", hook.ID, hook)
		}
		if files := regexp.MustCompile(hook.Files); !files.MatchString("dags/etl.yaml") || !files.MatchString("a.yml") || files.MatchString("README.md") {
			t.Errorf("%s is for %s", hook.ID, hook.Files)
		}
		words := append(strings.Fields(hook.Entry), hook.Args...)
		words[0] = filepath.Join(bin, words[0])
		if out, err := call(words...); err != nil {
			t.Errorf("%s, all in order: %v\n%s", hook.ID, err, out)
		}
		write(t, filepath.Join(dir, "my dags", "etl.yaml"), []byte(strings.Replace(pipeline, "echo a", "'echo {{ nothing }}'", 1)))
		if out, err := call(words...); err == nil {
			t.Errorf("%s complains of nothing:\n%s", hook.ID, out)
		}
		write(t, filepath.Join(dir, "my dags", "etl.yaml"), []byte(pipeline))
	}
	if strings.Join(ids, " ") != "dagexport-check dagexport-lint" {
		t.Errorf("the hooks are %v", ids)
	}
}
