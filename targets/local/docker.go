package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
)

// docker is the docker command, with the options that lead to one daemon.
type docker struct {
	Command []string `json:"command"`
	Environ []string `json:"environ"` // what of the environment the command goes by
}

// errNoDocker says that there is no docker command.
var errNoDocker = errors.New("there is no docker command on the PATH")

// answers is how long a daemon may take to say that it is there.
const answers = 20 * time.Second

// dockersOf are the ways to a daemon that the arguments of a call name, in their order.
func dockersOf(call *task.Call, environ []string) ([]docker, error) {
	program := lookIn(environ, "docker")
	if program == "" {
		return nil, errNoDocker
	}
	var kept []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "DOCKER_") || slices.Contains([]string{"PATH", "HOME", "USERPROFILE", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR"}, name) {
			kept = append(kept, v)
		}
	}
	if v := textOption(call, "api_version"); v != "" && v != "auto" {
		kept = append(kept, "DOCKER_API_VERSION="+v)
	}
	var secured []string
	if ca, cert, key := textOption(call, "tls_ca_cert"), textOption(call, "tls_client_cert"), textOption(call, "tls_client_key"); ca != "" && cert != "" && key != "" {
		how := "--tlsverify"
		if v, ok := call.Option("tls_verify").(*ir.Bool); ok && !v.V {
			how = "--tls"
		}
		secured = []string{how, "--tlscacert=" + ca, "--tlscert=" + cert, "--tlskey=" + key}
	}
	var urls []string
	switch v := call.Option("docker_url").(type) {
	case *ir.String:
		urls = []string{v.V}
	case *ir.List:
		for _, item := range v.Items {
			if s, ok := item.(*ir.String); ok {
				urls = append(urls, s.V)
			}
		}
	}
	urls = slices.DeleteFunc(urls, func(url string) bool { return url == "" })
	if len(urls) == 0 {
		return []docker{{append([]string{program}, secured...), kept}}, nil
	}
	var all []docker
	for _, url := range urls {
		command := []string{program, "--host=" + hostOf(url)}
		if len(secured) == 0 && strings.HasPrefix(url, "https://") {
			command = append(command, "--tls")
		}
		all = append(all, docker{append(command, secured...), kept})
	}
	return all, nil
}

// hostOf is a docker_url, which docker-py reads, as the docker command takes it.
func hostOf(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	switch {
	case !found:
		return "tcp://" + url
	case scheme == "http", scheme == "https":
		return "tcp://" + rest
	case scheme == "unix", scheme == "http+unix":
		return "unix:///" + strings.TrimLeft(rest, "/")
	}
	return url
}

// textOption is an argument that is a text; "" where it is not given or no text.
func textOption(call *task.Call, name string) string {
	if v, ok := call.Option(name).(*ir.String); ok {
		return v.V
	}
	return ""
}

// lookIn finds a program on the PATH of an environment; "" where it is not there.
func lookIn(environ []string, name string) string {
	for _, folder := range filepath.SplitList(variable(environ, "PATH")) {
		if file, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			if file, err = filepath.Abs(file); err == nil {
				return file
			}
		}
	}
	return ""
}

// run runs a command of docker and returns what it prints. The error is what docker says.
func (d docker) run(ctx context.Context, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.Command[0], append(slices.Clone(d.Command[1:]), arguments...)...)
	cmd.Env = d.Environ
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	text := strings.TrimSpace(string(out))
	if err == nil {
		return text, nil
	}
	if ctx.Err() != nil {
		return text, fmt.Errorf("docker %s does not answer", arguments[0])
	}
	if lines := strings.Split(strings.TrimSpace(said.String()), "\n"); lines[len(lines)-1] != "" {
		return text, errors.New(strings.TrimSpace(lines[len(lines)-1]))
	}
	return text, fmt.Errorf("docker %s: %w", arguments[0], err)
}

// alive asks the daemon whether it is there.
func (d docker) alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answers)
	defer cancel()
	_, err := d.run(ctx, "version", "--format={{.Server.Version}}")
	return err
}

// end stops the running containers with a label, with the grace between TERM and KILL, and removes them; gone says that those that
// run no more are removed too. It returns how many there were.
func (d docker) end(label, value string, grace time.Duration, keep, gone bool) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), grace+2*answers)
	defer cancel()
	list := []string{"ps", "--quiet", "--no-trunc", "--filter=label=" + label + "=" + value}
	if !keep && gone {
		list = append(list, "--all")
	}
	text, err := d.run(ctx, list...)
	ids := strings.Fields(text)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if keep || grace > 0 {
		seconds := strconv.Itoa(int((grace + time.Second - 1) / time.Second))
		_, err = d.run(ctx, append([]string{"stop", "-t", seconds}, ids...)...)
	}
	if !keep {
		_, err = d.run(ctx, append([]string{"rm", "--force"}, ids...)...)
	}
	return len(ids), err
}
