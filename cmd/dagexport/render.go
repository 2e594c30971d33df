package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/dagexport/dagexport/targets/local"
	"github.com/urfave/cli/v2"
)

func renderCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "render",
		Usage:     "print the template fields of a task as a local run would render them",
		ArgsUsage: "FILE TASK",
		Flags:     contextFlags(),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			if c.NArg() != 2 || isFolder(c.Args().First()) {
				return usagef("render takes a file and a task: dagexport render FILE TASK")
			}
			asked := runRequest{dag: c.String("dag")}
			if err := asked.readDate(c); err != nil {
				return err
			}
			asked.local.Python = c.String("python")
			asked.secret = local.Secrets{Variables: c.String("variables"), Connections: c.String("connections")}
			return render(c.Context, std, c.Args().First(), c.Args().Get(1), o, asked)
		},
	}
}

func render(ctx context.Context, std streams, path, task string, o options, asked runRequest) error {
	result, err := compileNamed(std, path, o)
	if err != nil {
		return err
	}
	pipeline, err := choose(result.File, asked.dag)
	if err != nil {
		return err
	}
	if err := asked.placeAt(path, result); err != nil {
		return err
	}
	runner := local.New(asked.local)
	if err := runner.PreRun(ctx, result.File, path); err != nil {
		return err
	}
	id, index := taskAndIndex(task)
	fields, err := runner.Render(ctx, pipeline, id, index, asked.RunOptions)
	err = errors.Join(err, runner.PostRun(context.WithoutCancel(ctx)))
	if err != nil {
		return said(std, o, path, result, err)
	}
	for _, f := range fields {
		if _, err := fmt.Fprintf(std.out, "# %s\n%s\n", f.Name, f.Text); err != nil {
			return err
		}
	}
	return nil
}
