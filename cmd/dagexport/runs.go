package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/urfave/cli/v2"
)

func runsCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "runs",
		Usage:     "list the runs on this machine, the newest first",
		ArgsUsage: "[FILE or FOLDER]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dag", Usage: "only those of the DAG with this `ID`"},
		},
		Action: func(c *cli.Context) error {
			place := "."
			switch c.NArg() {
			case 0:
			case 1:
				place = c.Args().First()
			default:
				return usagef("runs takes one file or folder, not %d", c.NArg())
			}
			return listRuns(c.Context, std, place, c.String("dag"))
		},
	}
}

// storeOf is where the runs of a file, or of the files of a folder, are kept.
func storeOf(place string) string {
	if isFolder(place) {
		place = filepath.Join(place, "pipeline.yaml")
	}
	return stateDir(place)
}

// withStore opens the store of a place for a command that looks at runs, and closes it.
func withStore(ctx context.Context, std streams, place string, use func(*store.Store) error) error {
	dir := storeOf(place)
	if !isFolder(dir) {
		return usagef("no runs are kept in %s; name the pipeline file that was run, or its folder", dir)
	}
	s, notes, err := local.OpenStore(ctx, dir, local.DefaultGrace)
	if err != nil {
		return err
	}
	for _, text := range notes {
		_, _ = fmt.Fprintf(std.err, "note: %s\n", text)
	}
	return errors.Join(use(s), s.Close())
}

func listRuns(ctx context.Context, std streams, place, dag string) error {
	return withStore(ctx, std, place, func(s *store.Store) error {
		runs, err := s.Runs(ctx, dag)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "DAG\tRUN\tLOGICAL DATE\tSTATE\tTOOK")
		for _, r := range runs {
			took := "-"
			if !r.Ended.IsZero() {
				took = target.Elapsed(r.Ended.Sub(r.Started).Round(time.Millisecond))
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.DagID, r.RunID, store.Date(r.LogicalDate), stateOf(r), took)
		}
		return table.Flush()
	})
}

// stateOf is the state of a run in one word.
func stateOf(r *store.Entry) string {
	if r.Interrupted {
		return "interrupted"
	}
	return string(r.State)
}
