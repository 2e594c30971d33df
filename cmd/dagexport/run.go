package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/internal/target"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/airflow/rest"
	"github.com/dagexport/dagexport/targets/local"
	"github.com/urfave/cli/v2"
)

// contextFlags are the flags of the commands that give a task its context.
func contextFlags() []cli.Flag {
	return append(compileFlags(),
		&cli.StringFlag{Name: "date", Usage: "the logical date, `DATE` or date and time; without an offset it is UTC (default: now)"},
		&cli.StringFlag{Name: "conf", Usage: "dag_run.conf, a `JSON` object"},
		&cli.StringFlag{Name: "dag", Usage: "the `ID` of the DAG, where the file has several"},
		&cli.StringFlag{Name: "python", EnvVars: localVariable("PYTHON"), Usage: "the `INTERPRETER` of Python tasks (default: that of VIRTUAL_ENV, of a .venv up the tree, else python3)"},
		&cli.StringFlag{Name: "variables", EnvVars: localVariable("VARIABLES"), Usage: "Airflow variables: a `FILE` of JSON ({\"key\": value}) or, as *.env, of KEY=VALUE"},
		&cli.StringFlag{Name: "connections", EnvVars: localVariable("CONNECTIONS"), Usage: "Airflow connections: a `FILE` of JSON ({\"id\": URI or object}) or, as *.env, of ID=URI"},
	)
}

func runCommand(std streams) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a pipeline, on this machine or on an Airflow",
		ArgsUsage: "FILE",
		Flags: append(append(contextFlags(), airflowFlags()...),
			&cli.BoolFlag{Name: "local", Usage: "on this machine"},
			&cli.BoolFlag{Name: "airflow", Usage: "on an Airflow: that of dagexport up, or that of --url; the DAG file is exported first"},
			&cli.BoolFlag{Name: "no-export", Usage: "with --airflow: the DAG file is there already; say where the DAG is not the one compiled here"},
			&cli.BoolFlag{Name: "unpause", Usage: "with --airflow: unpause the DAG"},
			&cli.BoolFlag{Name: "force", Usage: "with --airflow: overwrite a DAG file that was written or edited by hand"},
			&cli.BoolFlag{Name: "plan", Usage: "say how each task would run here, and what would be otherwise than in Airflow; run nothing"},
			&cli.StringFlag{Name: "dates", Usage: "the runs of the schedule with logical dates from `A..B`, both included, one after the other"},
			&cli.StringFlag{Name: "run-name", Usage: "the run's `NAME`; one that exists is refused"},
			&cli.StringSliceFlag{Name: "only", Usage: "run this `TASK` (or group) and no other; it may be given several times, as the next four"},
			&cli.StringSliceFlag{Name: "from", Usage: "run this `TASK` and what is downstream of it"},
			&cli.StringSliceFlag{Name: "to", Usage: "run this `TASK` and what is upstream of it"},
			&cli.StringSliceFlag{Name: "skip", Usage: "do not run this `TASK`: it counts as it ended in the last run that has it"},
			&cli.StringSliceFlag{Name: "stub", Usage: "do not run `TASK[=XCOMS]`: it succeeds and has pushed these, such as 'a={\"return_value\": 1}'"},
			&cli.BoolFlag{Name: "resume", Usage: "go on with the interrupted run named by --run-name, or the newest: what had ended is not run again"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, EnvVars: localVariable("JOBS"), Usage: "how many tasks run at a time, `N` (default: the number of cores)"},
			&cli.StringFlag{Name: "record", Usage: "write the run record to `FILE`"},
			&cli.StringFlag{Name: "sensors", EnvVars: localVariable("SENSORS"), Value: "wait", Usage: "`HOW` sensors wait: wait, as in Airflow; once, look once and fail where they would wait; skip, succeed without looking"},
			&cli.StringFlag{Name: "pools", EnvVars: localVariable("POOLS"), Usage: "the pools of the run, a `FILE` as airflow pools export writes it (default: every pool has 128 slots)"},
			&cli.BoolFlag{Name: "ignore-depends-on-past", Usage: "run tasks that depend on their past whatever became of them in the run before"},
			&cli.BoolFlag{Name: "follow-assets", Usage: "then run the DAGs of the folder whose asset schedules are met, until none is; a folder may stand for FILE"},
			&cli.DurationFlag{Name: "retry-delay-max", EnvVars: localVariable("RETRY_DELAY_MAX"), Value: local.DefaultRetryDelayMax, Usage: "the longest wait before a retry here, whatever the pipeline says"},
		),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			switch {
			case c.Bool("local") == c.Bool("airflow"):
				return usagef("where? run --local FILE runs it on this machine, run --airflow FILE on an Airflow")
			case c.Bool("airflow"):
				if wrong := onlyFor(c, localOnly); wrong != "" {
					return usagef("--%s is for run --local", wrong)
				}
			default:
				if wrong := onlyFor(c, airflowOnly); wrong != "" {
					return usagef("--%s is for run --airflow", wrong)
				}
				if err := fromProject(c, cmp.Or(c.Args().First(), "."), "local"); err != nil {
					return err
				}
			}
			asked, err := readRun(c)
			if err != nil {
				return err
			}
			if c.Bool("follow-assets") {
				return runAndFollow(c, std, o, asked)
			}
			path, err := onePath(c)
			if err != nil {
				return err
			}
			if c.Bool("airflow") {
				return runAirflow(c, std, path, o, asked)
			}
			return runLocal(c.Context, std, path, o, asked)
		},
	}
}

// What only one of the two knows; an environment may set it all the same.
var (
	localOnly = []string{"plan", "dates", "only", "from", "to", "skip", "stub", "resume", "jobs", "sensors", "pools", "ignore-depends-on-past", "follow-assets",
		"retry-delay-max", "python", "variables", "connections"}
	airflowOnly = []string{"no-export", "unpause", "force", "url", "user", "profile", "ca-file", "home", "wait"}
)

// onlyFor is the first of some flags that the command line itself has.
func onlyFor(c *cli.Context, names []string) string {
	for _, flag := range c.Command.Flags {
		name := flag.Names()[0]
		f, ok := flag.(cli.DocGenerationFlag)
		if !slices.Contains(names, name) || !c.IsSet(name) || ok && slices.ContainsFunc(f.GetEnvVars(), func(v string) bool { return os.Getenv(v) != "" }) {
			continue
		}
		return name
	}
	return ""
}

// runRequest is what a command line says about a run.
type runRequest struct {
	target.RunOptions
	dag    string
	record string
	local  local.Options
	secret local.Secrets
	plan   bool
	dates  [2]time.Time // zero: one run
}

func readRun(c *cli.Context) (runRequest, error) {
	r := runRequest{dag: c.String("dag"), plan: c.Bool("plan"), record: c.String("record")}
	r.RunName = c.String("run-name")
	r.local = local.Options{Jobs: c.Int("jobs"), Python: c.String("python"), RetryDelayMax: c.Duration("retry-delay-max")}
	switch r.local.Sensors = c.String("sensors"); r.local.Sensors {
	case "wait", "once", "skip":
	default:
		return r, usagef("--sensors %s: it is wait, once or skip", r.local.Sensors)
	}
	if name := c.String("pools"); name != "" {
		data, err := os.ReadFile(name)
		if err == nil {
			r.local.Pools, err = local.ParsePools(data)
		}
		if err != nil {
			return r, usagef("--pools %s: %v", name, err)
		}
	}
	r.secret = local.Secrets{Variables: c.String("variables"), Connections: c.String("connections")}
	r.local.Select = local.Selection{Only: c.StringSlice("only"), From: c.StringSlice("from"), To: c.StringSlice("to"), Skip: c.StringSlice("skip")}
	for _, text := range c.StringSlice("stub") {
		id, xcoms, given := strings.Cut(text, "=")
		stub := local.Stub{TaskID: id}
		if given {
			stub.XComs = json.RawMessage(xcoms)
		}
		r.local.Select.Stubs = append(r.local.Select.Stubs, stub)
	}
	r.local.IgnoreDependsOnPast = c.Bool("ignore-depends-on-past")
	r.local.Resume = c.Bool("resume")
	if r.local.Resume && (c.IsSet("date") || c.IsSet("conf") || slices.ContainsFunc([]string{"only", "from", "to", "skip", "stub"}, c.IsSet)) {
		return r, usagef("--resume goes on with a run as it is: with its date, its conf and its tasks")
	}
	if c.IsSet("jobs") && r.local.Jobs < 1 {
		return r, usagef("--jobs %d: at least one task must run at a time", r.local.Jobs)
	}
	if r.local.RetryDelayMax <= 0 {
		r.local.RetryDelayMax = time.Nanosecond // 0 asks for no waiting; the zero Option would be the default
	}
	if err := r.readDate(c); err != nil {
		return r, err
	}
	if text := c.String("dates"); text != "" {
		if slices.ContainsFunc([]string{"date", "run-name", "record", "resume"}, c.IsSet) {
			return r, usagef("--dates does not go with --date, --run-name, --record or --resume")
		}
		from, to, found := strings.Cut(text, "..")
		if !found {
			return r, usagef("--dates %s: it is two dates, such as 2026-01-01..2026-01-31", text)
		}
		for i, one := range []string{from, to} {
			date, err := parseDate(one)
			if err != nil {
				return r, usagef("--dates %s: %q is no date; it is two dates, such as 2026-01-01..2026-01-31", text, one)
			}
			r.dates[i] = date
		}
		r.local.Scheduled = true
	}
	return r, nil
}

// placeAt says where the compiled file at path runs: for which version, with which store, modules and environment.
func (r *runRequest) placeAt(path string, result *compiler.Result) (err error) {
	r.local.Version, r.local.DagsRoot, r.local.StateDir = result.File.Version, result.DagsRoot, stateDir(path)
	r.secret.Dotenv = filepath.Join(filepath.Dir(r.local.StateDir), ".env")
	if r.local.Environ, err = r.secret.Environ(os.Environ()); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// readDate reads --date and --conf.
func (r *runRequest) readDate(c *cli.Context) error {
	if text := c.String("date"); text != "" {
		date, err := parseDate(text)
		if err != nil {
			return err
		}
		r.LogicalDate = date
	}
	if text := c.String("conf"); text != "" {
		var conf map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &conf); err != nil || conf == nil {
			return usagef("--conf %s: it must be a JSON object, such as '{\"rows\": 5}'", text)
		}
		r.Conf = json.RawMessage(text)
	}
	return nil
}

// dateLayouts are the forms of --date; those without an offset are UTC.
var dateLayouts = []string{
	time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05.999999", "2006-01-02 15:04", "2006-01-02 15:04:05.999999", time.RFC3339Nano, "2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05.999999Z07:00",
}

func parseDate(text string) (time.Time, error) {
	for _, layout := range dateLayouts {
		if date, err := time.Parse(layout, text); err == nil {
			return date.UTC(), nil
		}
	}
	return time.Time{}, usagef("--date %s: it is a date such as 2026-01-02, or a date and time such as 2026-01-02T06:00+01:00", text)
}

// runGCPercent is for the run itself: what it makes is little beside what it keeps.
const runGCPercent = 60

// reserved bytes count as memory in use, though no page of them is ever touched: a small run need not collect every few tasks.
const reserved = 16 << 20

// runLocal runs a DAG of a file on this machine, in the order of calls that target.Runner asks for.
func runLocal(ctx context.Context, std streams, path string, o options, asked runRequest) error {
	result, err := compileNamed(std, path, o)
	if err != nil {
		return err
	}
	debug.SetGCPercent(runGCPercent)
	reserve := make([]byte, reserved)
	defer runtime.KeepAlive(reserve)
	pipeline, err := choose(result.File, asked.dag)
	if err != nil {
		return err
	}
	if err := asked.local.Select.Check(pipeline); err != nil {
		return usagef("%v", err)
	}
	if err := asked.placeAt(path, result); err != nil {
		return err
	}
	asked.local.Find = (&finder{path: path, result: result, options: o}).find
	asked.Events = target.NewConsole(std.err, colorful(std.err))
	runner := local.New(asked.local)
	only := *result.File
	only.Pipelines = []*ir.Pipeline{pipeline}
	if asked.local.Resume {
		defer func() { _ = runner.PostRun(ctx) }() // where it does not come to run
		if err := runner.Recall(ctx, &only, path, pipeline.ID, asked.RunName); err != nil {
			return ended(ctx, std, o, path, result, asked, func(context.Context) (*target.Record, error) { return nil, err })
		}
	}
	problems := runner.Check(&only)
	if asked.plan {
		steps, err := runner.Plan(pipeline, problems)
		if err != nil {
			return err
		}
		for _, step := range steps {
			if _, err := fmt.Fprintln(std.out, step); err != nil {
				return err
			}
		}
	}
	if err := refused(std, o, path, result, problems); err != nil {
		return err
	}
	if asked.plan {
		return nil
	}
	if asked.local.Scheduled {
		return runDates(ctx, std, runner, &only, path, o, asked, result)
	}
	return runOnce(ctx, std, runner, &only, path, o, asked, result)
}

// runDates runs a DAG for each logical date of its schedule between two, in their order. A run that fails does not hold up the
// next.
func runDates(ctx context.Context, std streams, runner *local.Target, file *ir.File, path string, o options, asked runRequest, result *compiler.Result) error {
	dates, err := runner.LogicalDates(file.Pipelines[0], asked.dates[0], asked.dates[1])
	if err != nil {
		return usagef("--dates: %v", err)
	}
	if asked.dates[1].Before(asked.dates[0]) {
		return usagef("--dates: the second date is before the first")
	}
	if len(dates) == 0 {
		return usagef("--dates: the schedule has no run between these dates")
	}
	planned := len(dates)
	if dates, err = runner.Begun(file.Pipelines[0], dates, time.Now()); err != nil {
		return usagef("--dates: %v", err)
	}
	if left := planned - len(dates); left > 0 {
		_, _ = fmt.Fprintf(std.err, "note: %d of %d runs are left out, as in a backfill of Airflow 3: their data intervals have not ended\n", left, planned)
	}
	failed := 0
	for _, date := range dates {
		asked.LogicalDate = date
		err := runOnce(ctx, std, runner, file, path, o, asked, result)
		switch {
		case err == exit(exitFailed):
			failed++
		case err != nil:
			return err
		}
	}
	runs := "runs"
	if len(dates) == 1 {
		runs = "run"
	}
	_, _ = fmt.Fprintf(std.err, "%d %s, %d failed.\n", len(dates), runs, failed)
	if failed > 0 {
		return exit(exitFailed)
	}
	return nil
}

// runOnce executes one run and says how it ended by its exit code.
func runOnce(ctx context.Context, std streams, runner *local.Target, file *ir.File, path string, o options, asked runRequest, result *compiler.Result) error {
	return ended(ctx, std, o, path, result, asked, func(ctx context.Context) (*target.Record, error) {
		return target.Conduct(ctx, runner, file, file.Pipelines[0], path, asked.RunOptions)
	})
}

// ended makes a run, writes its record, and says how it ended by its exit code.
func ended(ctx context.Context, std streams, o options, path string, result *compiler.Result, asked runRequest, run func(context.Context) (*target.Record, error)) error {
	record, err := run(ctx)
	if record != nil && asked.record != "" {
		if writeErr := writeRecord(asked.record, record); err == nil {
			err = writeErr
		}
	}
	switch {
	case errors.Is(err, target.ErrDuplicateRun):
		text := fmt.Sprintf("a run named %q exists already; choose another --run-name", asked.RunName)
		var answer *rest.Error
		if errors.As(err, &answer) {
			text = "there is such a run already; choose another --run-name, or another --date"
			if answer.Detail != "" {
				text += " (Airflow says: " + answer.Detail + ")"
			}
		}
		_, _ = fmt.Fprintf(std.err, "dagexport: %s\n", text)
		return exit(exitDuplicate)
	case ctx.Err() != nil:
		return exit(exitInterrupted)
	case err != nil:
		return said(std, o, path, result, err)
	case record.State != target.Success:
		return exit(exitFailed)
	}
	return nil
}

// refused reports what a target says of a file; an error among it is the end.
func refused(std streams, o options, path string, result *compiler.Result, problems diag.List) error {
	if problems.Len() == 0 {
		return nil
	}
	r := newReport(std, o.format)
	if err := errors.Join(r.add(problems, path, result.Source, result.Others...), r.flush(std.err)); err != nil {
		return err
	}
	if problems.HasErrors() {
		return exit(exitInvalid)
	}
	return nil
}

// said reports a refusal, and turns what the user has asked wrongly into an error of usage.
func said(std streams, o options, path string, result *compiler.Result, err error) error {
	var refusal *target.Refusal
	var selection *local.SelectionError
	switch {
	case errors.As(err, &refusal):
		if err := refused(std, o, path, result, refusal.Diags); err != nil {
			return err
		}
		return exit(exitInvalid)
	case errors.As(err, &selection):
		return usagef("%s", selection.Text)
	}
	return err
}

// choose is the DAG that a run is of.
func choose(file *ir.File, id string) (*ir.Pipeline, error) {
	var ids []string
	for _, p := range file.Pipelines {
		if p.ID == id || id == "" && len(file.Pipelines) == 1 {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	if id == "" {
		return nil, usagef("%s has %d DAGs; choose one with --dag: %s", file.Path, len(ids), strings.Join(ids, ", "))
	}
	return nil, usagef("%s has no DAG %q; it has %s", file.Path, id, strings.Join(ids, ", "))
}

// stateDir is where runs are kept: beside the nearest dagexport.yaml up the tree, else beside the pipeline file.
func stateDir(path string) string {
	folder := filepath.Dir(path)
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return filepath.Join(folder, local.DefaultStateDir)
	}
	for at := absolute; ; at = filepath.Dir(at) {
		if isFile(filepath.Join(at, "dagexport.yaml")) {
			return filepath.Join(at, local.DefaultStateDir)
		}
		if at == filepath.Dir(at) {
			return filepath.Join(absolute, local.DefaultStateDir)
		}
	}
}

// writeRecord replaces the record's file as a whole.
func writeRecord(path string, record *target.Record) error {
	data, err := record.Encode()
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".record-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(data)
	if err := errors.Join(err, temporary.Chmod(0o644), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
