package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/dagexport/dagexport/targets/airflow/live"
	"github.com/dagexport/dagexport/targets/airflow/rest"
	"github.com/dagexport/dagexport/targets/airflow/standalone"
	"github.com/dagexport/dagexport/targets/local/worker"
	"github.com/urfave/cli/v2"
)

// orchestratorPrefix begins the environment variables that set options of the orchestrators.
const orchestratorPrefix = "DAGEXPORT_ORCHESTRATOR_"

// airflowFlags say which Airflow a command is about. Each can be set by an environment variable too, and those that are no
// secret by dagexport.yaml; a flag comes before a variable, and a variable before the file.
func airflowFlags() []cli.Flag {
	env := func(name string) []string { return []string{orchestratorPrefix + "AIRFLOW_" + name} }
	return []cli.Flag{
		&cli.StringFlag{Name: "url", EnvVars: env("URL"), Usage: "the `ADDRESS` of an Airflow that is there already, instead of the private one of dagexport up"},
		&cli.StringFlag{Name: "user", EnvVars: env("USER"), Usage: "the `NAME` to sign in with at --url; its password is that of " + orchestratorPrefix + "AIRFLOW_PASSWORD"},
		&cli.StringFlag{Name: "profile", EnvVars: env("PROFILE"), Usage: "the `NAME` of a profile in ~/.config/dagexport/profiles.yaml: an address with its user and password, or token"},
		&cli.StringFlag{Name: "ca-file", EnvVars: env("CA_FILE"), Usage: "a `FILE` of certificates (PEM) that are trusted beside the system's"},
		&cli.StringFlag{Name: "home", EnvVars: env("HOME"), Usage: "the `FOLDER` of the private Airflow's own files (default: below ~/.local/state/dagexport)"},
		&cli.DurationFlag{Name: "wait", EnvVars: env("WAIT"), Value: standalone.DefaultWait, Usage: "how long Airflow may take, `TIME`, to start, or to read a DAG file"},
	}
}

// Secrets, which are never flags: those of a command line can be seen by others.
const (
	passwordVariable = orchestratorPrefix + "AIRFLOW_PASSWORD"
	tokenVariable    = orchestratorPrefix + "AIRFLOW_TOKEN"
)

// localVariable is the environment variable of an option of local runs.
func localVariable(name string) []string { return []string{orchestratorPrefix + "LOCAL_" + name} }

// orchestratorVariables are the names that an environment may have with the prefix.
func orchestratorVariables() []string {
	names := []string{passwordVariable, tokenVariable}
	for _, target := range []string{"airflow", "local"} {
		for _, key := range compiler.OrchestratorKeys[target] {
			names = append(names, orchestratorPrefix+strings.ToUpper(target+"_"+key))
		}
	}
	slices.Sort(names)
	return names
}

// checkVariables refuses a variable with the prefix that is none of ours: a misspelt one would change nothing and say nothing.
func checkVariables(environ []string) error {
	known := orchestratorVariables()
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, orchestratorPrefix) || slices.Contains(known, name) {
			continue
		}
		var ends []string // what begins all names would make all of them alike
		for _, k := range known {
			ends = append(ends, strings.TrimPrefix(k, orchestratorPrefix))
		}
		if near := diag.Near(strings.TrimPrefix(name, orchestratorPrefix), ends); len(near) > 0 {
			return usagef("there is no variable %s; did you mean %s%s?", name, orchestratorPrefix, near[0])
		}
		return usagef("there is no variable %s; there are %s", name, strings.Join(known, ", "))
	}
	return nil
}

// fromProject gives the options of an orchestrator that neither a flag nor a variable has set what dagexport.yaml says.
func fromProject(c *cli.Context, place, target string) error {
	if err := checkVariables(os.Environ()); err != nil {
		return err
	}
	folder := place
	if !isFolder(place) {
		folder = filepath.Dir(place)
	}
	project, _ := compiler.LoadProject(folder) // what is wrong with it, compiling says
	for _, s := range project.Settings {
		name := strings.ReplaceAll(s.Name, "_", "-")
		if s.Target != target || c.IsSet(name) || !slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) }) {
			continue
		}
		text := s.Text
		if slices.Contains([]string{"ca-file", "home", "variables", "connections", "pools"}, name) && !filepath.IsAbs(text) {
			text = filepath.Join(filepath.Dir(project.Path), text)
		}
		if err := c.Set(name, text); err != nil {
			return usagef("%s: %s cannot be %q", s.Span, s.Name, s.Text)
		}
	}
	return nil
}

// orchestratorFor is the Airflow orchestrator for the pipelines at a place: a file, or a folder of files. The version is that of
// the file, or what the command line and the project say.
func orchestratorFor(c *cli.Context, place string, o options, change func(*live.Options, *standalone.Options) error) (*live.Target, error) {
	if err := fromProject(c, place, "airflow"); err != nil {
		return nil, err
	}
	file := place
	if isFolder(place) {
		file = filepath.Join(place, "pipeline.yaml")
	}
	p := projects{dagsRoot: o.dagsRoot}
	project := p.of(file)
	version := p.versionsOf(file, o)
	if len(version) > 1 {
		return nil, usagef("for which Airflow? %s is for %s: choose one with --airflow-version", place, versionNames(version))
	}
	root, err := filepath.Abs(project.dagsRoot)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	wait := c.Duration("wait")
	state, err := standalone.StateHome()
	if err != nil {
		return nil, err
	}
	options := live.Options{Export: airflow.Options{DagsRoot: project.dagsRoot}, Wait: wait, Exports: filepath.Join(state, "exports")}
	private := standalone.Options{DAGs: root, Version: version[0], Home: c.String("home"), Wait: wait}
	if private.Home != "" {
		if private.Home, err = filepath.Abs(private.Home); err != nil {
			return nil, err
		}
	}
	if options.Remote, err = remoteOf(c); err != nil {
		return nil, err
	}
	if change != nil {
		if err := change(&options, &private); err != nil {
			return nil, err
		}
	}
	if options.Remote.URL != "" {
		return live.New(options), nil
	}
	if options.Private, err = standalone.New(private); err != nil {
		return nil, err
	}
	options.Poll = 500 * time.Millisecond
	return live.New(options), nil
}

// remoteOf is the Airflow that a command line names by its address or by a profile; without an address where it names none.
// The user and the secrets of flags and variables come before those of the profile.
func remoteOf(c *cli.Context) (rest.Options, error) {
	remote := rest.Options{
		URL: c.String("url"), User: c.String("user"), CAFile: c.String("ca-file"), Password: os.Getenv(passwordVariable), Token: os.Getenv(tokenVariable),
	}
	name := c.String("profile")
	if name == "" {
		return remote, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return remote, err
	}
	profile, err := compiler.LoadProfile(filepath.Join(config, "dagexport", "profiles.yaml"), name)
	if err != nil {
		return remote, usageError{err.Error()}
	}
	if remote.URL != "" && remote.URL != profile["url"] {
		// Else a dagexport.yaml of somebody else's could have the credentials sent wherever it says.
		return remote, usagef("the profile %s is for %s, and not for %s: name one of the two", name, profile["url"], remote.URL)
	}
	own := remote.User == "" && remote.Password == "" && remote.Token == ""
	remote.URL, remote.CAFile = profile["url"], cmp.Or(remote.CAFile, profile["ca_file"])
	if own { // credentials belong together
		remote.User, remote.Password, remote.Token = profile["user"], profile["password"], profile["token"]
	}
	return remote, nil
}

// interpreterFor finds the Python with the Airflow of a version, or says what to do without one.
func interpreterFor(ctx context.Context, asked, place string, version ir.Version) (string, error) {
	dir := place
	if !isFolder(place) {
		dir = filepath.Dir(place)
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	installed, python, err := worker.Installed(ctx, asked, os.Environ(), dir)
	switch {
	case err != nil:
		return "", usageError{err.Error()}
	case installed == "":
		return "", usagef("%s has no Airflow: name an interpreter that has Airflow %s by --python, or have it installed with --install", python, version)
	case !strings.HasPrefix(installed, version.String()+"."):
		return "", usagef("%s has Airflow %s, and this is for %s: name another interpreter by --python, have it installed with --install, or say --airflow-version",
			python, installed, version)
	}
	return filepath.Abs(python)
}

// askFail asks at a terminal whether an interrupted run is to be marked as failed. Whoever cannot be asked leaves it running.
func askFail(std streams) func() bool {
	in, ok := std.in.(*os.File)
	if !ok || !isTerminal(in) {
		return nil
	}
	return func() bool {
		return says(in, std.err, "\nThe run goes on in Airflow. Mark it as failed there? [y/N] ", hurried)
	}
}

// says asks a question and tells whether the answer is yes; a further Ctrl-C, and the end of what can be read, mean no.
func says(in io.Reader, out io.Writer, question string, hurried <-chan struct{}) bool {
	_, _ = fmt.Fprint(out, question)
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n')
		answers <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case answer := <-answers:
		return answer == "y" || answer == "yes"
	case <-hurried:
		return false
	}
}

// notRunning turns an Airflow that is not there into what to do.
func notRunning(err error, place string) error {
	return usagef("%v: start it with dagexport up --airflow %s, or name one that runs by --url", err, place)
}
