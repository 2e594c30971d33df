// Command dagexport compiles pipelines declared in YAML: into Airflow DAG files, and into runs on this machine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/dagexport/dagexport/targets/local"
	"github.com/urfave/cli/v2"
)

// The exit codes; README.md lists them.
const (
	exitDone        = 0
	exitFailed      = 1 // a task failed, lint has warnings, --check found a stale file
	exitUsage       = 2
	exitInvalid     = 3 // the pipeline does not compile
	exitDuplicate   = 4 // the run name exists
	exitInterrupted = 130
)

// gcPercent trades memory for time: compiling makes much and keeps little.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	ctx, stop := interruptible()
	code := run(ctx, os.Args, streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// hurried is closed by the second signal to stop.
var hurried = make(chan struct{})

// interruptible is a context that ends with the first signal to stop. A second one cuts the time short that tasks have to end
// by themselves.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		close(hurried)
		local.Hurry()
	}()
	return ctx, cancel
}

// streams are the standard streams of a call.
type streams struct {
	in  io.Reader
	out io.Writer // results
	err io.Writer // diagnostics and progress
}

// exit is an error whose text has been said, or needs no saying, with the exit code that it means.
type exit int

// Error implements error.
func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// usageError is a mistake in how the command was called.
type usageError struct{ text string }

// Error implements error.
func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// run is the whole program: arguments in, exit code out.
func run(ctx context.Context, args []string, std streams) int {
	app := application(std)
	ordered, err := reorder(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	var code exit
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(std.err, "dagexport: %s\n", usage.text)
		return exitUsage
	}
	_, _ = fmt.Fprintf(std.err, "dagexport: %v\n", err)
	return exitFailed
}

func application(std streams) *cli.App {
	app := &cli.App{
		Name:            "dagexport",
		Usage:           "compile pipelines declared in YAML into Airflow DAG files, and run them here",
		Version:         version(),
		HideHelpCommand: true,
		Suggest:         true,
		Reader:          std.in,
		Writer:          std.out,
		ErrWriter:       std.err,
		Commands:        []*cli.Command{airflowCommand(std), runCommand(std), upCommand(std), statusCommand(std), downCommand(std), runsCommand(std), logsCommand(std), renderCommand(std), lintCommand(std), diffCommand(std), irCommand(std), explainCommand(std), schemaCommand(std)},

		DisableSliceFlagSeparator: true,
		OnUsageError:              wrongFlag,
		ExitErrHandler:            func(*cli.Context, error) {}, // exit codes are run's
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("there is no command %q; dagexport --help lists them", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
	}
	for _, command := range app.Commands {
		command.OnUsageError, command.HideHelpCommand = wrongFlag, true
	}
	return app
}

// wrongFlag says in one line what is wrong with a flag.
func wrongFlag(c *cli.Context, err error, _ bool) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return usageError{err.Error()}
	}
	flags, lists := c.App.Flags, "dagexport --help"
	if c.Command != nil && c.Command.Name != "" {
		flags, lists = c.Command.Flags, "dagexport "+c.Command.Name+" --help"
	}
	text := "there is no flag --" + strings.TrimLeft(name, "-")
	if near := cli.SuggestFlag(flags, strings.TrimLeft(name, "-"), false); near != "" {
		text += "; did you mean " + near + "?"
	}
	return usagef("%s (%s lists them)", text, lists)
}

// version is the version of the module that was built, or of the checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
