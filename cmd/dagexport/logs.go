package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/targets/local/store"
	"github.com/urfave/cli/v2"
)

func logsCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "print what a task wrote in its last try of the newest run",
		ArgsUsage: "[TASK] [FILE or FOLDER]",
		Flags: append(append(compileFlags(), airflowFlags()...),
			&cli.BoolFlag{Name: "airflow", Usage: "of a run on an Airflow; without a TASK, what the private Airflow itself writes"},
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on until the run has ended, with each further try"},
			&cli.StringFlag{Name: "dag", Usage: "the `ID` of the DAG, where several have run"},
			&cli.StringFlag{Name: "run-name", Usage: "the `NAME` of the run (default: the newest)"},
			&cli.IntFlag{Name: "try", Usage: "the `NUMBER` of the try (default: the last)"},
		),
		Action: func(c *cli.Context) error {
			if c.Bool("airflow") {
				return airflowLogs(c, std)
			}
			place := "."
			switch c.NArg() {
			case 1:
			case 2:
				place = c.Args().Get(1)
			case 0:
				return usagef("of which task? dagexport logs TASK")
			default:
				return usagef("logs takes one task, and one file or folder")
			}
			want := logRequest{dag: c.String("dag"), run: c.String("run-name"), try: c.Int("try"), follow: c.Bool("follow")}
			want.task, want.mapIndex = taskAndIndex(c.Args().First())
			return withStore(c.Context, std, place, func(s *store.Store) error { return want.print(c.Context, std.out, s) })
		},
	}
}

// airflowLogs prints the log of a task on an Airflow, or of the private Airflow itself.
func airflowLogs(c *cli.Context, std streams) error {
	o, err := readOptions(c)
	if err != nil {
		return err
	}
	args := c.Args().Slice()
	task, place := "", "."
	if len(args) > 0 && !isFile(args[0]) && !isFolder(args[0]) {
		task, args = args[0], args[1:]
	}
	if len(args) > 0 {
		place, args = args[0], args[1:]
	}
	if len(args) > 0 {
		return usagef("logs takes one task, and one file or folder")
	}
	orchestrator, err := orchestratorFor(c, place, o, nil)
	if err != nil {
		return err
	}
	if task == "" {
		err = orchestrator.CopyLog(c.Context, std.out, c.Bool("follow"))
	} else {
		dag := c.String("dag")
		if dag == "" {
			if !isFile(place) {
				return usagef("of which DAG? name its pipeline file, or say --dag")
			}
			result, err := compileNamed(std, place, o)
			if err != nil {
				return err
			}
			pipeline, err := choose(result.File, "")
			if err != nil {
				return err
			}
			dag = pipeline.ID
		}
		id, index := taskAndIndex(task)
		err = orchestrator.CopyTaskLog(c.Context, std.out, dag, c.String("run-name"), id, index, c.Bool("follow"))
	}
	switch {
	case c.Context.Err() != nil:
		return exit(exitInterrupted)
	case errors.Is(err, target.ErrNotRunning):
		return notRunning(err, place)
	case errors.Is(err, fs.ErrNotExist):
		return usagef("no Airflow has been started for %s", place)
	}
	return err
}

// logRequest says whose log is wanted.
type logRequest struct {
	dag, run string
	task     string
	mapIndex int // -1: not mapped
	try      int // 0: the last
	follow   bool
}

// taskAndIndex reads task or task[2].
func taskAndIndex(text string) (string, int) {
	if stem, found := strings.CutSuffix(text, "]"); found {
		if at := strings.LastIndexByte(stem, '['); at > 0 {
			var index int
			if _, err := fmt.Sscanf(stem[at+1:], "%d", &index); err == nil && index >= 0 {
				return stem[:at], index
			}
		}
	}
	return text, -1
}

// lookAgain is how long a follower waits before it looks for more.
const lookAgain = 100 * time.Millisecond

func (l logRequest) print(ctx context.Context, out io.Writer, s *store.Store) error {
	run, err := l.find(ctx, s)
	if err != nil {
		return err
	}
	from := max(l.try, 1)
	if l.try == 0 {
		instance, err := l.instance(ctx, s, run)
		if err != nil {
			return err
		}
		from = max(instance.TryNumber, 1)
	}
	for try := from; ; try++ {
		err := l.copy(ctx, out, s, run, try)
		switch {
		case errors.Is(err, fs.ErrNotExist) && try > from:
			return nil
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("task %q has written nothing in run %q", l.task, run.RunID)
		case err != nil || !l.follow || l.try != 0:
			return err
		}
	}
}

// copy prints the log of a try; a follower waits for it, and for more of it, while the run lasts and no further try begins.
func (l logRequest) copy(ctx context.Context, out io.Writer, s *store.Store, run *store.Entry, try int) error {
	folder := s.LogDir(run.DagID, run.RunID)
	var file *os.File
	for {
		lasts := false
		if l.follow {
			now, err := s.Find(ctx, run.DagID, run.RunID)
			if err != nil || now == nil {
				return err
			}
			instance, err := l.instance(ctx, s, run)
			if err != nil {
				return err
			}
			further := store.LogFile(folder, l.task, l.mapIndex, try+1)
			lasts = now.State == target.Running && !instance.Ended() && !isFile(further)
		}
		if file == nil {
			var err error
			if file, err = os.Open(store.LogFile(folder, l.task, l.mapIndex, try)); err == nil {
				defer file.Close()
			} else if !lasts || !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if file != nil {
			if _, err := io.Copy(out, file); err != nil {
				return err
			}
		}
		if !lasts {
			return nil
		}
		select {
		case <-ctx.Done():
			return exit(exitInterrupted)
		case <-time.After(lookAgain):
		}
	}
}

// find is the run whose log is wanted.
func (l logRequest) find(ctx context.Context, s *store.Store) (*store.Entry, error) {
	runs, err := s.Runs(ctx, l.dag)
	if err != nil {
		return nil, err
	}
	if l.run != "" {
		runs = slices.DeleteFunc(runs, func(r *store.Entry) bool { return r.RunID != l.run })
	}
	if len(runs) == 0 {
		return nil, usagef("there is no such run; dagexport runs lists them")
	}
	var dags []string
	for _, r := range runs {
		if !slices.Contains(dags, r.DagID) {
			dags = append(dags, r.DagID)
		}
	}
	if len(dags) > 1 {
		// One of them may be the only one with the task.
		var with []*store.Entry
		for _, dag := range dags {
			newest := runs[slices.IndexFunc(runs, func(r *store.Entry) bool { return r.DagID == dag })]
			if _, err := l.instance(ctx, s, newest); err == nil {
				with = append(with, newest)
			}
		}
		if len(with) != 1 {
			return nil, usagef("several DAGs have run here; choose one with --dag: %s", strings.Join(dags, ", "))
		}
		return with[0], nil
	}
	return runs[0], nil
}

// instance is the task instance whose log is wanted.
func (l logRequest) instance(ctx context.Context, s *store.Store, run *store.Entry) (*store.Instance, error) {
	all, err := s.Instances(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	var mapped int
	var names []string
	for i := range all {
		names = append(names, all[i].TaskID)
		if all[i].TaskID != l.task {
			continue
		}
		if all[i].MapIndex == l.mapIndex {
			return &all[i], nil
		}
		mapped++
	}
	switch {
	case mapped > 0 && l.mapIndex < 0:
		return nil, usagef("task %q is mapped: name one of its %d instances, such as %s[0]", l.task, mapped, l.task)
	case run.State == target.Running && l.follow:
		return &store.Instance{}, nil // it may still come
	}
	return nil, usagef("run %q of %q has no task instance %q%s", run.RunID, run.DagID, l.task, diag.Meant(l.task, names))
}
