package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/urfave/cli/v2"
)

// maxRounds bounds how often the DAGs of a folder are asked whether their assets have been updated: they may update each other's.
const maxRounds = 10

// runAndFollow runs a DAG, where a file is named, and then the DAGs of its folder whose asset schedules are met.
func runAndFollow(c *cli.Context, std streams, o options, asked runRequest) error {
	files, err := paths(c)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return usagef("%s takes one file or folder, not %d", c.Command.Name, len(files))
	}
	if asked.plan || asked.local.Resume {
		return usagef("--follow-assets does not go with --plan or --resume")
	}
	folder, own := files[0], error(nil)
	if !isFolder(folder) {
		if own = runLocal(c.Context, std, folder, o, asked); own != nil && !errors.Is(own, exit(exitFailed)) {
			return own
		}
		folder = filepath.Dir(folder)
	}
	asked.local.Scheduled, asked.local.Select, asked.RunOptions = false, local.Selection{}, target.RunOptions{}
	return errors.Join(own, follow(c.Context, std, folder, o, asked))
}

// consumer is a DAG that assets start.
type consumer struct {
	*unit
	pipeline *ir.Pipeline
	runner   *local.Target
}

// follow runs the DAGs of a folder whose asset schedules are met, each once a round, until none is.
func follow(ctx context.Context, std streams, folder string, o options, asked runRequest) error {
	consumers, err := consumersIn(std, folder, o, asked)
	if err != nil {
		return err
	}
	failed, any := false, false
	refused := make([]bool, len(consumers)) // those that cannot run here: they are named once
	for range maxRounds {
		ran := false
		due := make([][]store.AssetEvent, len(consumers))
		for i, c := range consumers {
			if due[i], err = c.due(ctx); err != nil {
				return err
			}
		}
		for i, c := range consumers {
			if len(due[i]) == 0 || refused[i] {
				continue
			}
			record, err := c.run(ctx, std, o, due[i])
			switch {
			case ctx.Err() != nil:
				return exit(exitInterrupted)
			case err == exit(exitInvalid):
				failed, refused[i] = true, true
				continue
			case err != nil:
				return said(std, o, c.path, &c.result, err)
			default:
				failed = failed || record.State != target.Success
			}
			ran, any = true, true
		}
		if !ran {
			if !any {
				_, _ = fmt.Fprintln(std.err, "No DAG of the folder waits for assets that were updated since its last run.")
			}
			if failed {
				return exit(exitFailed)
			}
			return nil
		}
	}
	_, _ = fmt.Fprintf(std.err, "The DAGs update each other's assets: not followed after %d rounds.\n", maxRounds)
	return exit(exitFailed)
}

// consumersIn are the DAGs of a folder that assets start.
func consumersIn(std streams, folder string, o options, asked runRequest) ([]consumer, error) {
	s := newSession(std, o)
	units, err := s.compile([]string{folder}, nil)
	if err != nil {
		return nil, err
	}
	var all []consumer
	for _, u := range units {
		if u.result.NotPipeline {
			continue
		}
		if err := s.report.add(u.result.Diags, u.path, u.result.Source, u.result.Others...); err != nil {
			return nil, err
		}
		if u.result.File == nil {
			continue
		}
		for _, p := range u.result.File.Pipelines {
			switch p.Schedule.(type) {
			case *ir.Assets, *ir.AssetsOrTime:
			default:
				continue
			}
			request := asked
			if err := request.placeAt(u.path, &u.result); err != nil {
				return nil, err
			}
			request.local.StateDir = stateDir(filepath.Join(folder, "x"))
			request.local.Find = (&finder{path: u.path, result: &u.result, options: o}).find
			all = append(all, consumer{u, p, local.New(request.local)})
		}
	}
	return all, s.report.flush(std.err)
}

// file is the consumer's file with nothing but its DAG.
func (c *consumer) file() *ir.File {
	only := *c.result.File
	only.Pipelines = []*ir.Pipeline{c.pipeline}
	return &only
}

// due are the events that a run would answer.
func (c *consumer) due(ctx context.Context) (events []store.AssetEvent, err error) {
	if err = c.runner.PreRun(ctx, c.file(), c.path); err == nil {
		events, err = c.runner.Due(ctx, c.pipeline)
	}
	return events, errors.Join(err, c.runner.PostRun(context.WithoutCancel(ctx)))
}

// run answers events by a run.
func (c *consumer) run(ctx context.Context, std streams, o options, events []store.AssetEvent) (record *target.Record, err error) {
	if err := refused(std, o, c.path, &c.result, c.runner.Check(c.file())); err != nil {
		return nil, err
	}
	var names []string
	for _, e := range events {
		names = append(names, fmt.Sprintf("%s (%s.%s)", e.URI, e.DagID, e.TaskID))
	}
	_, _ = fmt.Fprintf(std.err, "%s runs, as these were updated: %s\n", c.pipeline.ID, strings.Join(names, ", "))
	if c.result.File.Version.Major >= 3 {
		_, _ = fmt.Fprintln(std.err, "In Airflow 3 such a run has no logical date, and no ds; here it has the moment of the last update.")
	}
	if err := c.runner.PreRun(ctx, c.file(), c.path); err != nil {
		return nil, err
	}
	record, err = c.runner.Follow(ctx, c.pipeline, events, target.RunOptions{Events: target.NewConsole(std.err, colorful(std.err))})
	return record, errors.Join(err, c.runner.PostRun(context.WithoutCancel(ctx)))
}
