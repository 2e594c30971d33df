package main

import (
	"fmt"
	"strings"

	"github.com/dagexport/dagexport/internal/explain"
	"github.com/urfave/cli/v2"
)

func explainCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what a diagnostic means, with an example and the same put right",
		ArgsUsage: "CODE...",
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				_, err := fmt.Fprintln(std.out, strings.Join(explain.Codes(), "\n"))
				return err
			}
			var sections []string
			for _, code := range c.Args().Slice() {
				e := explain.Find(strings.Trim(code, "[]"))
				if e == nil {
					return usagef("there is no code %q; dagexport explain lists them", code)
				}
				section, err := e.Markdown()
				if err != nil {
					return err
				}
				sections = append(sections, section)
			}
			_, err := fmt.Fprint(std.out, strings.Join(sections, "\n"))
			return err
		},
	}
}
