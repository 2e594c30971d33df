package main

import (
	"github.com/dagexport/dagexport/targets/airflow"
	"github.com/urfave/cli/v2"
)

func lintCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "lint",
		Usage:     "say everything that compiling would say, and write nothing",
		ArgsUsage: "PATH...",
		Flags:     compileFlags(),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			args, err := paths(c)
			if err != nil {
				return err
			}
			s := newSession(std, o)
			if err := s.lint(args); err != nil {
				return err
			}
			if err := s.report.flush(std.out); err != nil {
				return err
			}
			switch {
			case s.invalid:
				return exit(exitInvalid)
			case s.report.warnings > 0:
				return exit(exitFailed)
			}
			return nil
		},
	}
}

// lint compiles the files and says what there is to say.
func (s *session) lint(args []string) error {
	s.manyVersions = true
	units, err := s.compile(args, func(u *unit) { u.checked = airflow.New(airflow.Options{}).Check(u.result.File) })
	if err != nil {
		return err
	}
	s.sayOnce(units)
	for _, u := range units {
		if u.result.NotPipeline && !u.named {
			s.passOver(u)
			continue
		}
		if u.result.File != nil {
			u.result.Diags.Add(u.checked)
		}
		if err := s.report.add(u.result.Diags, u.path, u.result.Source, u.result.Others...); err != nil {
			return err
		}
		s.invalid = s.invalid || u.result.File == nil || u.result.Diags.HasErrors()
	}
	return nil
}
