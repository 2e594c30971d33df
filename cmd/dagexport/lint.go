package main

import (
	"fmt"
	"os"

	"github.com/dagexport/dagexport/compiler"
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
			x := &export{std: std, options: o, report: newReport(std, o.format)}
			if err := x.lint(args); err != nil {
				return err
			}
			if err := x.report.flush(std.out); err != nil {
				return err
			}
			switch {
			case x.invalid:
				return exit(exitInvalid)
			case x.report.warnings > 0:
				return exit(exitFailed)
			}
			return nil
		},
	}
}

// lint compiles the files and says what there is to say.
func (x *export) lint(args []string) error {
	units, err := x.compile(args, func(u *unit) { u.checked = airflow.New(airflow.Options{}).Check(u.result.File) })
	if err != nil {
		return err
	}
	for _, u := range units {
		if u.result.NotPipeline && !u.named {
			x.passOver(u)
			continue
		}
		if u.result.File != nil {
			u.result.Diags.Add(u.checked)
		}
		if err := x.report.add(u.result.Diags, u.path, u.result.Source); err != nil {
			return err
		}
		x.invalid = x.invalid || u.result.File == nil || u.result.Diags.HasErrors()
	}
	return nil
}

// compile compiles the files that the arguments name, and takes out those that contradict each other. What needs the whole IR
// of a file is done by use, from several goroutines; nil keeps the IR instead.
func (x *export) compile(args []string, use func(*unit)) ([]*unit, error) {
	sources, err := expand(args)
	if err != nil {
		return nil, err
	}
	projects := projects{dagsRoot: x.options.dagsRoot}
	units := make([]*unit, len(sources))
	parallel(len(sources), cores(), func(i int) {
		u := &unit{source: sources[i], result: projects.compileOne(sources[i].path, x.options)}
		if use != nil && u.result.File != nil {
			use(u)
			u.result.File = outline(u.result.File)
		}
		units[i] = u
	})
	said := map[string]bool{}
	for _, u := range units {
		if err := x.project(projects.of(u.path), said); err != nil {
			return nil, err
		}
	}
	x.refuseTwice(units)
	return units, nil
}

// project says, once, what is wrong with a dagexport.yaml.
func (x *export) project(p *project, said map[string]bool) error {
	if p.diags.Len() == 0 || said[p.Path] {
		return nil
	}
	said[p.Path] = true
	x.invalid = x.invalid || p.diags.HasErrors()
	text, _ := os.ReadFile(p.Path)
	return x.report.add(p.diags, p.Path, text)
}

// passOver names a file of a folder that is no pipeline, for those who want to know.
func (x *export) passOver(u *unit) {
	if x.options.verbose {
		_, _ = fmt.Fprintf(x.std.err, "%s: passed over: no tasks and no DAGs in it\n", u.path)
	}
}

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

// compileNamed compiles one file for a command that works on one, and says what there is to say.
func compileNamed(std streams, path string, o options) (*compiler.Result, error) {
	x := &export{std: std, options: o, report: newReport(std, o.format)}
	units, err := x.compile([]string{path}, nil)
	if err != nil {
		return nil, err
	}
	result := units[0].result
	if err := x.report.add(result.Diags, path, result.Source); err != nil {
		return nil, err
	}
	if err := x.report.flush(std.err); err != nil {
		return nil, err
	}
	if result.File == nil || x.invalid {
		return nil, exit(exitInvalid)
	}
	return &result, nil
}
