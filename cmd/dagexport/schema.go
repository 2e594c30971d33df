package main

import (
	"github.com/dagexport/dagexport/internal/schema"
	"github.com/urfave/cli/v2"
)

func schemaCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:  "schema",
		Usage: "print the JSON Schema of the language, for editors",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("schema takes no arguments")
			}
			text, err := schema.Write()
			if err != nil {
				return err
			}
			_, err = std.out.Write(text)
			return err
		},
	}
}
