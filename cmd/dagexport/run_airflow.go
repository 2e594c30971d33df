package main

import (
	"context"
	"errors"

	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/airflow/live"
	"github.com/dagexport/dagexport/targets/airflow/standalone"
	"github.com/urfave/cli/v2"
)

// runAirflow runs a DAG of a file on an Airflow.
func runAirflow(c *cli.Context, std streams, path string, o options, asked runRequest) error {
	result, err := compileNamed(std, path, o)
	if err != nil {
		return err
	}
	pipeline, err := choose(result.File, asked.dag)
	if err != nil {
		return err
	}
	runner, err := orchestratorFor(c, path, o, func(options *live.Options, private *standalone.Options) error {
		private.Version = result.File.Version
		options.Export.Force, options.NoExport, options.Unpause = c.Bool("force"), c.Bool("no-export"), c.Bool("unpause")
		options.Abandon = askFail(std)
		return nil
	})
	if err != nil {
		return err
	}
	asked.Events = target.NewConsole(std.err, colorful(std.err))
	if err := refused(std, o, path, result, runner.Check(result.File)); err != nil {
		return err
	}
	err = ended(c.Context, std, o, path, result, asked, func(ctx context.Context) (*target.Record, error) {
		return target.Conduct(ctx, runner, result.File, pipeline, path, asked.RunOptions)
	})
	if errors.Is(err, target.ErrNotRunning) {
		return notRunning(err, path)
	}
	return err
}
