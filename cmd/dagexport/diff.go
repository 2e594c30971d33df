package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/irdiff"
	"github.com/urfave/cli/v2"
)

func diffCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "say what changed in the meaning of pipelines between two git revisions, or since one",
		ArgsUsage: "[REV[..REV]] [PATH...]",
		Description: "Compares HEAD, or REV, with the files as they are, or two revisions; of the current folder, or of the PATHs. A...B is from where\n" +
			"the two parted, as for a pull request. What modules and template files say is not compared.",
		Flags: append(compileFlags(),
			&cli.StringFlag{Name: "as", Value: "text", Usage: "how to write the changes: text, markdown or json (--format is of diagnostics)"},
			&cli.BoolFlag{Name: "exit-code", Usage: "exit 1 when there are changes"},
		),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			as := c.String("as")
			switch as {
			case "text", "markdown", "json":
			default:
				return usagef("--as %s: it is one of text, markdown, json", as)
			}
			d := &difference{std: std, options: o}
			changes, err := d.changes(c.Context, c.Args().Slice())
			if err != nil {
				return err
			}
			if err := writeChanges(std, as, changes); err != nil {
				return err
			}
			if c.Bool("exit-code") && len(changes) > 0 {
				return exit(exitFailed)
			}
			return nil
		},
	}
}

func writeChanges(std streams, as string, changes []irdiff.Change) error {
	var text []byte
	var err error
	switch as {
	case "json":
		text, err = irdiff.JSON(changes)
	case "markdown":
		text = []byte(irdiff.Markdown(changes))
	default:
		text = []byte(irdiff.Text(changes))
	}
	if err == nil {
		_, err = std.out.Write(text)
	}
	return err
}

// difference is one call of `dagexport diff`.
type difference struct {
	std     streams
	options options
	git     *repository
	paths   []string // relative to the current folder
}

// changes compares the two sides that the arguments name.
func (d *difference) changes(ctx context.Context, args []string) ([]irdiff.Change, error) {
	git, err := openRepository(ctx)
	if err != nil {
		return nil, err
	}
	d.git = git
	before, after, args, err := git.revisions(ctx, args)
	if err != nil {
		return nil, err
	}
	if d.paths, err = relative(args); err != nil {
		return nil, err
	}
	if root := d.options.dagsRoot; root != "" {
		roots, err := relative([]string{root})
		if err != nil {
			return nil, err
		}
		d.options.dagsRoot = roots[0]
	}
	old, oldThere, err := d.at(ctx, before)
	if err != nil {
		return nil, err
	}
	now, nowThere, err := d.at(ctx, after)
	if err != nil {
		return nil, err
	}
	for i, path := range d.paths {
		if !oldThere[i] && !nowThere[i] {
			return nil, usagef("there is no %s, before or after", path)
		}
	}
	return irdiff.Compare(old, now), nil
}

// at compiles the pipelines of a revision, or of the work tree if it is "" and then the files must compile. The second
// result says which of the paths are there.
func (d *difference) at(ctx context.Context, revision revision) (irdiff.Set, []bool, error) {
	there := make([]bool, len(d.paths))
	if revision.commit != "" {
		folder, remove, err := d.git.checkout(ctx, revision)
		if err != nil {
			return irdiff.Set{}, nil, err
		}
		defer remove()
		if !isFolder(folder) {
			return irdiff.Set{}, there, nil // the current folder is newer
		}
		here, err := os.Getwd()
		if err != nil {
			return irdiff.Set{}, nil, err
		}
		// Below the checkout the same paths name the files, in diagnostics and spans, too.
		if err := os.Chdir(folder); err != nil {
			return irdiff.Set{}, nil, err
		}
		defer func() { _ = os.Chdir(here) }()
	}
	var args []string
	for i, path := range d.paths {
		if _, err := os.Stat(path); err == nil {
			there[i] = true
			args = append(args, path)
		}
	}
	set, err := d.compile(args, revision)
	return set, there, err
}

func (d *difference) compile(args []string, revision revision) (irdiff.Set, error) {
	var set irdiff.Set
	s := newSession(d.std, d.options)
	s.anyEnv = revision.old
	units, err := s.compile(args, nil)
	var usage usageError
	if errors.As(err, &usage) && revision.name != "" {
		return set, usagef("at %s: %s", revision.name, usage.text)
	} else if err != nil {
		return set, err
	}
	for _, u := range units {
		switch {
		case u.result.NotPipeline:
		case u.result.File != nil:
			set.Files = append(set.Files, u.result.File)
		case revision.old:
			set.Broken = append(set.Broken, filepath.ToSlash(u.path))
			_, _ = fmt.Fprintf(d.std.err, "%s: does not compile at %s; what its DAGs were is not known\n", u.path, revision.name)
		default:
			s.invalid = true
			if err := s.report.add(u.result.Diags, u.path, u.result.Source, u.result.Others...); err != nil {
				return set, err
			}
		}
	}
	if s.invalid && !revision.old {
		if err := s.report.flush(d.std.out); err != nil {
			return set, err
		}
		return set, exit(exitInvalid)
	}
	return set, nil
}

// relative are paths as seen from the current folder, which is where they are looked for at a revision, too.
func relative(paths []string) ([]string, error) {
	if len(paths) == 0 {
		return []string{"."}, nil
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	all := make([]string, len(paths))
	for i, path := range paths {
		if filepath.IsAbs(path) {
			if rel, err := filepath.Rel(here, path); err == nil {
				path = rel
			}
		}
		all[i] = strings.TrimPrefix(filepath.Clean(path), "./")
	}
	return all, nil
}
