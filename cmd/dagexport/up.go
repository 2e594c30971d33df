package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/airflow/live"
	"github.com/dagexport/dagexport/targets/airflow/standalone"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/urfave/cli/v2"
)

// whichFlags say which orchestrator up, down and status are about.
func whichFlags() []cli.Flag {
	return append(append(compileFlags(), airflowFlags()...),
		&cli.BoolFlag{Name: "airflow", Usage: "an Airflow"},
		&cli.BoolFlag{Name: "local", Usage: "runs on this machine, which need no more than a folder"},
	)
}

func upCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "up",
		Usage:     "start what runs need: a private Airflow for the DAG root of PATH",
		ArgsUsage: "[PATH]",
		Flags: append(whichFlags(),
			&cli.StringFlag{Name: "python", EnvVars: []string{orchestratorPrefix + "AIRFLOW_PYTHON"}, Usage: "the `INTERPRETER` with Airflow (default: that of VIRTUAL_ENV, of a .venv up the tree, else python3)"},
			&cli.BoolFlag{Name: "install", Usage: "install Airflow, pinned, into a virtual environment of its own"},
		),
		Action: func(c *cli.Context) error {
			orchestrator, err := orchestratorOf(c, func(place string, private *standalone.Options) error {
				if c.Bool("install") {
					private.Install = installer(c.Context, private.Version, c.String("python"))
					return nil
				}
				var err error
				private.Python, err = interpreterFor(c.Context, c.String("python"), place, private.Version)
				return err
			})
			if err != nil {
				return err
			}
			status, err := orchestrator.Up(c.Context, func(line string) { _, _ = fmt.Fprintln(std.err, line) })
			if c.Context.Err() != nil {
				return exit(exitInterrupted)
			}
			if err != nil {
				return err
			}
			told(std.out, status)
			return nil
		},
	}
}

func downCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "down",
		Usage:     "end what up has started, and nothing else",
		ArgsUsage: "[PATH]",
		Flags:     append(whichFlags(), &cli.BoolFlag{Name: "purge", Usage: "remove its home too: the database, the logs, what --install installed"}),
		Action: func(c *cli.Context) error {
			orchestrator, err := orchestratorOf(c, nil)
			if err != nil {
				return err
			}
			if err := orchestrator.Down(c.Context, c.Bool("purge")); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(std.err, "It is down.")
			return nil
		},
	}
}

func statusCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "tell whether it runs, how its parts are, and what Airflow could not import; exit 1 when it does not run",
		ArgsUsage: "[PATH]",
		Flags:     whichFlags(),
		Action: func(c *cli.Context) error {
			orchestrator, err := orchestratorOf(c, nil)
			if err != nil {
				return err
			}
			status, err := orchestrator.Status(c.Context)
			if err != nil {
				return err
			}
			told(std.out, status)
			if !status.Running {
				return exit(exitFailed)
			}
			return nil
		},
	}
}

// orchestratorOf is the one that --airflow or --local asks for, for the file or folder that is named; change may change how a
// private Airflow is started.
func orchestratorOf(c *cli.Context, change func(place string, private *standalone.Options) error) (target.Orchestrator, error) {
	o, err := readOptions(c)
	if err != nil {
		return nil, err
	}
	place := "."
	switch c.NArg() {
	case 0:
	case 1:
		place = c.Args().First()
	default:
		return nil, usagef("%s takes one file or folder, not %d", c.Command.Name, c.NArg())
	}
	switch {
	case c.Bool("local") == c.Bool("airflow"):
		return nil, usagef("which? --airflow or --local")
	case c.Bool("local"):
		return local.New(local.Options{StateDir: storeOf(place)}), nil
	}
	return orchestratorFor(c, place, o, func(options *live.Options, private *standalone.Options) error {
		if change == nil || options.Remote.URL != "" {
			return nil
		}
		return change(place, private)
	})
}

// told writes a status.
func told(out io.Writer, s *target.Status) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	what := "Airflow"
	if s.Target == "local" {
		what = "Local runs"
	}
	name := what
	switch {
	case s.Release != "":
		name += " " + s.Release
	case s.Target != "local":
		name += " " + s.Version.String()
	}
	switch {
	case s.Already:
		line("%s runs already.", name)
	case s.Running && s.Target == "local":
		line("%s are possible.", name)
	case s.Running:
		line("%s runs.", name)
	case len(s.Processes) > 0:
		line("%s is there, but not ready.", name)
	default:
		line("%s does not run.", name)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(key, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(table, "%s\t%s\n", key, value)
		}
	}
	row("url", s.URL)
	row("user", s.User)
	row("password", s.Password)
	row("dags", s.DAGs)
	row("home", s.Home)
	row("log", s.LogFile)
	for _, h := range s.Health {
		row(h.Part, h.State)
	}
	for _, p := range s.Processes {
		ports := ""
		for _, port := range p.Ports {
			ports += fmt.Sprintf(", port %d", port)
		}
		row("process", fmt.Sprintf("%d %s, since %s%s", p.PID, p.Name, p.Started.Local().Format(time.DateTime), ports))
	}
	for _, r := range s.Runs {
		row("run", fmt.Sprintf("%s of %s", r.RunName, r.DagID))
	}
	_ = table.Flush()
	for _, p := range s.Problems {
		line("cannot be imported: %s\n  | %s", filepath.ToSlash(p.File), strings.ReplaceAll(strings.TrimSpace(p.Text), "\n", "\n  | "))
	}
}
