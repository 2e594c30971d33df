package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/urfave/cli/v2"
)

func airflowCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "airflow",
		Usage:     "write the Airflow DAG file of each pipeline file",
		ArgsUsage: "PATH...",
		Flags: append(compileFlags(),
			&cli.StringFlag{Name: "out", Usage: "write below `FOLDER` instead of beside the pipeline files"},
			&cli.BoolFlag{Name: "stdout", Usage: "print the DAG files and write nothing"},
			&cli.BoolFlag{Name: "check", Usage: "write nothing; exit 1 with a diff when a DAG file is not up to date"},
			&cli.BoolFlag{Name: "diff", Usage: "write nothing; print what would change"},
			&cli.BoolFlag{Name: "force", Usage: "overwrite files that were written by hand"},
			&cli.BoolFlag{Name: "prune", Usage: "remove generated DAG files whose pipeline file is gone"},
		),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			args, err := paths(c)
			if err != nil {
				return err
			}
			x := &export{
				session: newSession(std, o), prune: c.Bool("prune"),
				base: airflow.Options{OutDir: c.String("out"), Force: c.Bool("force"), Check: c.Bool("check"), Diff: c.Bool("diff")},
			}
			if c.Bool("stdout") {
				if x.base.Check || x.base.Diff || x.prune || x.base.OutDir != "" {
					return usagef("--stdout goes with none of --check, --diff, --prune, --out")
				}
				x.base.Stdout = std.out
			}
			if x.prune && (x.base.Check || x.base.Diff) {
				return usagef("--prune removes files; --check and --diff change none")
			}
			return x.files(c.Context, args)
		},
	}
}

// export is one call of `dagexport airflow`.
type export struct {
	*session
	base   airflow.Options
	prune  bool
	stale  bool   // --check found a file that is not up to date
	counts [5]int // by airflow.Status
}

// files exports the files that the arguments name. First all are compiled, so that what two of them say of the same DAG is
// known before anything is written.
func (x *export) files(ctx context.Context, args []string) error {
	units, err := x.compile(args, func(u *unit) { x.render(ctx, u) })
	if err != nil {
		return err
	}
	if err := x.write(ctx, units); err != nil {
		return err
	}
	if err := x.strays(args); err != nil {
		return err
	}
	x.summary()
	if err := x.report.flush(x.std.out); err != nil {
		return err
	}
	switch {
	case x.invalid:
		return exit(exitInvalid)
	case x.stale:
		return exit(exitFailed)
	}
	return nil
}

// render checks a file and exports it up to the writing.
func (x *export) render(ctx context.Context, u *unit) {
	options := x.base
	options.Root, options.DagsRoot = u.root, u.result.DagsRoot
	options.Report = func(o airflow.Outcome) { u.outcome = o }
	options.Later = func(write func() error) { u.write = write }
	exporter := airflow.New(options)
	if u.checked = exporter.Check(u.result.File); !u.checked.HasErrors() {
		u.err = exporter.PreRun(ctx, u.result.File, u.path)
	}
}

// write writes what has compiled and says what there is to say, file by file.
func (x *export) write(ctx context.Context, units []*unit) error {
	one := func(i int) {
		u := units[i]
		if u.result.File == nil {
			return
		}
		u.result.Diags.Add(u.checked)
		switch {
		case u.checked.HasErrors():
			u.result.File = nil
		case u.err == nil && ctx.Err() != nil:
			u.err = ctx.Err()
		case u.err == nil:
			u.err = u.write()
		}
		u.write = nil // the text
	}
	workers := cores()
	if x.base.Stdout != nil {
		workers = 1 // in order
	}
	parallel(len(units), workers, one)
	for _, u := range units {
		var refusal *target.Refusal
		if errors.As(u.err, &refusal) {
			u.result.Diags.Add(refusal.Diags)
			u.result.File = nil
		} else if u.err != nil && u.result.File != nil {
			return u.err
		}
		if u.result.NotPipeline && !u.named {
			x.passOver(u)
			continue
		}
		if err := x.report.add(u.result.Diags, u.path, u.result.Source, u.result.Others...); err != nil {
			return err
		}
		if u.result.File == nil {
			x.invalid = true
			continue
		}
		if err := x.tell(u.outcome); err != nil {
			return err
		}
	}
	return nil
}

// tell says what became of a file.
func (x *export) tell(o airflow.Outcome) error {
	x.counts[o.Status]++
	switch o.Status {
	case airflow.Written:
		_, _ = fmt.Fprintf(x.std.err, "%s: written\n", o.Path)
	case airflow.Stale, airflow.Missing:
		x.stale = x.stale || x.base.Check
		what := "is not what " + filepath.Base(o.Source) + " says"
		if o.Status == airflow.Missing {
			what = "is missing"
		}
		if x.base.Check {
			_, _ = fmt.Fprintf(x.std.err, "%s: %s; run: dagexport airflow %s\n", o.Path, what, o.Source)
		}
		_, err := x.std.out.Write(o.Diff)
		return err
	}
	return nil
}

// strays names, or with --prune removes, generated files below the folders that have lost their pipeline file.
func (x *export) strays(args []string) error {
	if !x.base.Check && !x.prune {
		return nil
	}
	for _, arg := range args {
		if !isFolder(arg) {
			continue
		}
		find := func() ([]string, error) { return airflow.FindStrays(arg) }
		if x.base.OutDir != "" {
			find = func() ([]string, error) { return airflow.FindStraysIn(x.base.OutDir, arg) }
		}
		strays, err := find()
		if err != nil {
			return err
		}
		for _, path := range strays {
			if !x.prune {
				x.stale = true
				_, _ = fmt.Fprintf(x.std.err, "%s: its pipeline file is gone; remove it, or run: dagexport airflow --prune %s\n", path, arg)
				continue
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(x.std.err, "%s: removed, its pipeline file is gone\n", path)
		}
	}
	return nil
}

// summary counts, where there is more than a file or two.
func (x *export) summary() {
	total := 0
	var parts []string
	for status, n := range x.counts {
		total += n
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, airflow.Status(status)))
		}
	}
	if total > 1 && x.base.Stdout == nil {
		_, _ = fmt.Fprintln(x.std.err, strings.Join(parts, ", "))
	}
}
