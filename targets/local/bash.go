package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dagexport/dagexport/internal/process"
	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// bashCommand is a BashOperator with its template fields rendered.
type bashCommand struct {
	text    string
	script  bool     // runs from a file instead of by -c
	cwd     string   // "" with temp set
	temp    bool     // no cwd was given: a temporary folder
	env     []string // what the env argument comes to; nil with inherit set
	bare    bool     // env replaces the environment
	mark    string   // NAME=VALUE that is in each environment
	appends bool     // env, where it is given, is added to the environment
	vars    []string // AIRFLOW_CTX_*
	skip    []int64
	decode  func([]byte) string
	fields  []ir.Arg // the template fields, rendered
}

// renderBash renders the template fields of a BashOperator.
func (r *run) renderBash(ctx context.Context, tc *task.Context, op *ir.Bash) (*bashCommand, error) {
	c := &bashCommand{
		skip: op.SkipExitCode, decode: decoderOf(op.Encoding), appends: op.AppendEnv, mark: process.Marker + "=" + variable(r.environ, process.Marker),
	}
	if c.decode == nil {
		return nil, fmt.Errorf("output_encoding %q is not known in local runs", op.Encoding)
	}
	c.fields = []ir.Arg{{Name: "bash_command", Value: unwrap(op.Command)}, {Name: "env", Value: unwrap(op.Env)}, {Name: "cwd", Value: unwrap(op.Cwd)}}
	tc.Fields = c.fields
	written := textOf(unwrap(op.Command))
	var err error
	if c.text, err = r.renderText(ctx, tc, "bash_command", op.Command); err != nil {
		return nil, err
	}
	c.fields[0].Value = &ir.String{V: c.text}
	c.script = runsAsScript(r.shared.Version, tc.Task.TemplateExt, written, c.text)
	if !isNone(unwrap(op.Env)) {
		rendered, err := r.render(ctx, tc, op.Env)
		if err != nil {
			return nil, fmt.Errorf("env: %w", err)
		}
		c.fields[1].Value = rendered
		if err := c.setEnv(rendered, op.AppendEnv); err != nil {
			return nil, err
		}
	}
	if c.temp = isNone(unwrap(op.Cwd)); !c.temp {
		if c.cwd, err = r.renderText(ctx, tc, "cwd", op.Cwd); err != nil {
			return nil, err
		}
		c.fields[2].Value = &ir.String{V: c.cwd}
	}
	return c, nil
}

// runsAsScript tells whether bash runs the rendered command as a file. Airflow 2.9 never did; until 3.2 the text as written
// decided, from 3.3 (provider 1.20) on the rendered one.
func runsAsScript(version ir.Version, ext []string, written, rendered string) bool {
	switch {
	case version.AtLeast(3, 3):
		return hasSuffix(rendered, ext)
	case version.AtLeast(2, 10):
		return hasSuffix(written, ext)
	}
	return false
}

// renderText renders a field that must come to a string.
func (r *run) renderText(ctx context.Context, tc *task.Context, field string, value ir.Value) (string, error) {
	rendered, err := r.render(ctx, tc, value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", field, err)
	}
	if s, ok := rendered.(*ir.String); ok {
		return s.V, nil
	}
	return "", fmt.Errorf("%s: it does not render to a string", field)
}

func textOf(value ir.Value) string {
	switch v := value.(type) {
	case *ir.String:
		return v.V
	case *ir.Template:
		return v.V
	}
	return ""
}

func isNone(value ir.Value) bool {
	_, null := value.(*ir.Null)
	return value == nil || null
}

// environment is what bash gets, given that of the try: AIRFLOW_CTX_* come last and win.
func (c *bashCommand) environment(environ []string) []string {
	if c.bare {
		return override(c.env, c.vars)
	}
	if c.env == nil {
		return environ
	}
	return override(environ, c.env, c.vars)
}

// variable is the value of a variable in an environment.
func variable(environ []string, name string) string {
	for _, v := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// override joins environments; the last value of a name stands, where its first did.
func override(lists ...[]string) []string {
	all := []string{}
	at := map[string]int{}
	for _, list := range lists {
		for _, v := range list {
			name, _, _ := strings.Cut(v, "=")
			if i, known := at[name]; known {
				all[i] = v
				continue
			}
			at[name] = len(all)
			all = append(all, v)
		}
	}
	return all
}

// runBash executes a command as BashOperator does: it waits until nobody holds the pipe of its output any more and until
// bash has ended, and takes the last line for the result.
func (r *run) runBash(ctx context.Context, tc *task.Context, c *bashCommand, out *output) task.Result {
	fail := func(err error) task.Result { return task.Result{Error: err.Error()} }
	var p *process.Process
	if c.temp {
		dir, err := r.folders.take()
		if err != nil {
			return fail(err)
		}
		defer func() { r.folders.giveBack(dir, p) }()
		c.cwd = dir.path
	} else if err := checkFolder(c.cwd); err != nil {
		return fail(err)
	}
	args := []string{r.bash, "-c", c.text}
	if c.script {
		file, err := writeScript(c.cwd, c.text)
		switch {
		case err == nil:
			defer func() { _ = os.Remove(file) }()
			args = []string{r.bash, filepath.Base(file)}
		case errors.Is(err, fs.ErrPermission) && r.shared.Version.Major == 2: // Airflow 2 falls back to -c
		default:
			return fail(err)
		}
	}

	pipe, err := process.NewPipe()
	if err != nil {
		return fail(err)
	}
	defer pipe.Close()
	p, err = process.Start(process.Command{
		Path: r.bash, Args: args, Dir: c.cwd, Env: c.environment(tc.Environ), Pipe: pipe,
	})
	if err != nil {
		return fail(fmt.Errorf("bash could not be started: %w", err))
	}
	killed := make(chan error, 1)
	spared := context.AfterFunc(ctx, func() {
		err := p.Kill(r.shared.Grace)
		pipe.Unblock() // whoever still holds the pipe is not of this task
		killed <- err
	})
	buffer := buffers.Get().(*[]byte)
	_, readErr := io.CopyBuffer(out, pipe, *buffer)
	buffers.Put(buffer)
	out.finish()
	code, err := p.Wait()
	if !spared() {
		return fail(firstError(<-killed, context.Cause(ctx)))
	}
	if err := firstError(err, readErr); err != nil {
		return fail(err)
	}

	if slices.Contains(c.skip, int64(code)) {
		return task.Result{Outcome: task.Skipped, Error: fmt.Sprintf("bash command returned exit code %d: skipped", code)}
	}
	if code != 0 {
		result := fail(fmt.Errorf("bash command failed with exit code %d", code))
		result.Raised = fmt.Sprintf("AirflowException: Bash command failed. The command returned a non-zero exit code %d.", code)
		return result
	}
	if tc.Task.MultipleOut && tc.Task.DoXComPush && task.OptionOf(r.pipeline, tc.Task, "output_processor") == nil {
		return fail(errors.New("multiple_outputs needs a mapping, and a bash command returns a string"))
	}
	if out.lastCut > 0 && !tc.Task.DoXComPush {
		return task.Result{Outcome: task.Succeeded}
	}
	if out.lastCut > 0 {
		return fail(fmt.Errorf("the last line of the output has %d bytes, and local runs keep no XCom of more than %d from bash; with do_xcom_push: false the task pushes none",
			out.lastCut+len(out.last), keptLine))
	}
	return task.Result{Outcome: task.Succeeded, Return: jsonString(trimRight(c.decode(out.last)))}
}

// buffers are for reading what tasks write.
var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

func checkFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("can not find the cwd: %s", path)
	}
	if !info.IsDir() {
		return fmt.Errorf("the cwd %s must be a directory", path)
	}
	return nil
}

func writeScript(dir, text string) (string, error) {
	file, err := os.CreateTemp(dir, "tmp*.sh")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	if err = firstError(err, file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}

// removeAll removes a temporary folder, folders included that the task has made unwritable.
func removeAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}

// findBash finds the shell on the PATH of an environment, as shutil.which does.
func findBash(environ []string) string {
	for _, v := range environ {
		path, ok := strings.CutPrefix(v, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			file := filepath.Join(dir, "bash")
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				if file, err = filepath.Abs(file); err == nil {
					return file
				}
			}
		}
	}
	if file, err := exec.LookPath("bash"); err == nil {
		return file
	}
	return "bash"
}

func hasSuffix(text string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(text, s) })
}
