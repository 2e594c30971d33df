package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/urfave/cli/v2"
)

// TestOrchestratorOptions holds the options that a file and the environment may set against the flags.
func TestOrchestratorOptions(t *testing.T) {
	known := orchestratorVariables()
	for target, commands := range map[string][]*cli.Command{
		"airflow": {upCommand(streams{}), statusCommand(streams{}), downCommand(streams{}), runCommand(streams{})},
		"local":   {runCommand(streams{})},
	} {
		for _, key := range compiler.OrchestratorKeys[target] {
			variable := orchestratorPrefix + strings.ToUpper(target+"_"+key)
			found := false
			for _, command := range commands {
				for _, flag := range command.Flags {
					f, ok := flag.(cli.DocGenerationFlag)
					if !ok || !slices.Contains(flag.Names(), strings.ReplaceAll(key, "_", "-")) {
						continue
					}
					if slices.Contains(f.GetEnvVars(), variable) {
						found = true
					}
				}
			}
			if !found {
				t.Errorf("no command has a flag --%s that %s sets", key, variable)
			}
			if !slices.Contains(known, variable) {
				t.Errorf("%s is not known", variable)
			}
		}
	}
	for _, command := range []*cli.Command{upCommand(streams{}), runCommand(streams{})} {
		for _, flag := range command.Flags {
			f, ok := flag.(cli.DocGenerationFlag)
			if !ok {
				continue
			}
			for _, variable := range f.GetEnvVars() {
				if !slices.Contains(known, variable) {
					t.Errorf("%s of --%s is not known", variable, flag.Names()[0])
				}
			}
			if name := flag.Names()[0]; name == "password" || name == "token" {
				t.Errorf("--%s would show a secret to whoever lists processes", name)
			}
		}
	}
}

// TestPrecedence sets the same option by dagexport.yaml, a variable and a flag.
func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("p.yaml", "dag_id: p\nstart_date: 2026-01-01\ntasks:\n  a: {bash: 'true'}\n")
	write("dagexport.yaml", "orchestrator:\n  local: {sensors: file}\n")
	wants := func(want string, args ...string) {
		t.Helper()
		var out, err strings.Builder
		code := run(t.Context(), append([]string{"dagexport", "run", "--local", path}, args...), streams{nil, &out, &err})
		if code != exitUsage || !strings.Contains(err.String(), "--sensors "+want) {
			t.Errorf("exit %d, %s, not about %s", code, err.String(), want)
		}
	}
	wants("file")
	t.Setenv(orchestratorPrefix+"LOCAL_SENSORS", "variable")
	wants("variable")
	wants("flag", "--sensors", "flag")
}

func TestUnknownVariable(t *testing.T) {
	for _, test := range []struct{ set, want string }{
		{"DAGEXPORT_ORCHESTRATOR_AIRFLOW_URI=x", "did you mean DAGEXPORT_ORCHESTRATOR_AIRFLOW_URL?"},
		{"DAGEXPORT_ORCHESTRATOR_NONSENSE=x", "there are DAGEXPORT_ORCHESTRATOR_"},
		{"DAGEXPORT_ORCHESTRATOR_AIRFLOW_PASSWORD=x", ""},
		{"DAGEXPORT_CACHE=x", ""},
	} {
		err := checkVariables([]string{test.set})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, without %q", test.set, err, test.want)
		}
	}
}

// TestOrchestratorSection reads the section of dagexport.yaml.
func TestOrchestratorSection(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"orchestrator: {airflow: {urll: x}}", `no option "urll"`},
		{"orchestrator: {airflow: {password: x}}", "a secret does not belong"},
		{"orchestrator: {airflov: {url: x}}", `no orchestrator "airflov"`},
		{"orchestrator: [1]", "is a mapping"},
		{"orchestrator: {local: {jobs: [1]}}", "single value"},
		{"orchestrator: {local: {jobs: 2}, airflow: {url: 'http://x'}}", ""},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "dagexport.yaml"), []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		project, diags := compiler.LoadProject(dir)
		said := ""
		for _, d := range diags.All() {
			said += d.Message + "\n"
		}
		if test.want == "" && (diags.Len() > 0 || len(project.Settings) != 2) || test.want != "" && !strings.Contains(said, test.want) {
			t.Errorf("%s: %q, without %q", test.text, said, test.want)
		}
	}
}

// TestProfile reads the credentials of a profile, and never a file that others can read.
func TestProfile(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	path := filepath.Join(config, "dagexport", "profiles.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	status := func(args ...string) string {
		t.Helper()
		var out, err strings.Builder
		if code := run(t.Context(), append([]string{"dagexport", "status", "--airflow"}, args...), streams{nil, &out, &err}); code == exitDone {
			t.Errorf("%q: exit 0", args)
		}
		return err.String()
	}
	if said := status("--profile", "prod"); !strings.Contains(said, "there is no file") {
		t.Errorf("without a file: %s", said)
	}
	const good = "prod: {url: 'http://127.0.0.1:1', user: me, password: sesame}\n"
	write(good, 0o644)
	if said := status("--profile", "prod"); !strings.Contains(said, "chmod 600") {
		t.Errorf("readable by others: %s", said)
	}
	write(good, 0o600)
	if said := status("--profile", "prod"); !strings.Contains(said, "127.0.0.1:1 cannot be reached") || strings.Contains(said, "sesame") {
		t.Errorf("a good one: %s", said)
	}
	if said := status("--profile", "prod", "--url", "http://127.0.0.1:2"); !strings.Contains(said, "name one of the two") {
		t.Errorf("with another address: %s", said)
	}
	if said := status("--profile", "prot"); !strings.Contains(said, "did you mean prod?") {
		t.Errorf("a misspelt one: %s", said)
	}
	write("prod: {urll: 'http://x', password: sesame}\n", 0o600)
	if said := status("--profile", "prod"); !strings.Contains(said, "did you mean url?") || strings.Contains(said, "sesame") {
		t.Errorf("a misspelt key: %s", said)
	}
	write("prod: {password: sesame}\n", 0o600)
	if said := status("--profile", "prod"); !strings.Contains(said, "has no url") {
		t.Errorf("without an address: %s", said)
	}
}

// TestSays asks whether an interrupted run is to be marked as failed.
func TestSays(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		var out strings.Builder
		if got := says(strings.NewReader(answer), &out, "Sure? ", nil); got != want || out.String() != "Sure? " {
			t.Errorf("%q means %t, after %q", answer, got, out.String())
		}
	}
	again := make(chan struct{})
	close(again)
	reader, _ := io.Pipe() // never answers
	if says(reader, io.Discard, "Sure? ", again) {
		t.Error("a second Ctrl-C means yes")
	}
	// Whoever cannot be asked is not.
	if askFail(streams{in: strings.NewReader("y\n")}) != nil {
		t.Error("what is no terminal is asked")
	}
}
