package main

import (
	"github.com/urfave/cli/v2"
)

func irCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "ir",
		Usage:     "print the intermediate representation of a pipeline file as JSON",
		ArgsUsage: "FILE",
		Flags:     append(compileFlags(), &cli.BoolFlag{Name: "spans", Usage: "with the place of every node"}),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			path, err := onePath(c)
			if err != nil {
				return err
			}
			file, err := compileNamed(std, path, o)
			if err != nil {
				return err
			}
			data, err := file.File.JSON(c.Bool("spans"))
			if err != nil {
				return err
			}
			_, err = std.out.Write(data)
			return err
		},
	}
}
