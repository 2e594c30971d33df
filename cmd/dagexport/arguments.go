package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// reorder puts the flags of a command before its file names, as the library wants them; users write them anywhere. What
// follows "--" stays a name.
func reorder(app *cli.App, args []string) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	command := app.Command(args[1])
	if command == nil {
		if !strings.HasPrefix(args[1], "-") {
			return nil, usagef("there is no command %q%s; dagexport --help lists them", args[1], closest(app, args[1]))
		}
		return args, nil
	}
	flags, names := []string{}, []string{}
	rest := args[2:]
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		if arg == "--" {
			names = append(names, rest...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			names = append(names, arg)
			continue
		}
		flags = append(flags, arg)
		if takesValue(command, arg) && len(rest) > 0 {
			flags = append(flags, rest[0])
			rest = rest[1:]
		}
	}
	return slices.Concat(args[:2], flags, []string{"--"}, names), nil
}

// takesValue tells whether a flag, as written, takes the next argument as its value.
func takesValue(command *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, flag := range command.Flags {
		if slices.Contains(flag.Names(), name) {
			taker, ok := flag.(cli.DocGenerationFlag)
			return ok && taker.TakesValue()
		}
	}
	return false
}

func closest(app *cli.App, name string) string {
	if near := cli.SuggestCommand(app.Commands, name); near != "" {
		return "; " + strings.Replace(near, "Did", "did", 1) // the library's whole sentence
	}
	return ""
}

// paths are the files that a command was called with: its arguments, or the pipeline of the current folder.
func paths(c *cli.Context) ([]string, error) {
	if c.Args().Present() {
		return c.Args().Slice(), nil
	}
	for _, name := range []string{"pipeline.yaml", "pipeline.yml"} {
		if isFile(name) {
			return []string{name}, nil
		}
	}
	return nil, usagef("which file? Name a pipeline file, or call this where a pipeline.yaml is")
}

// onePath is the single file of a command that takes one.
func onePath(c *cli.Context) (string, error) {
	files, err := paths(c)
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", usagef("%s takes one file, not %d", c.Command.Name, len(files))
	}
	if isFolder(files[0]) {
		return "", usagef("%s is a folder; %s takes one file", files[0], c.Command.Name)
	}
	return files[0], nil
}
