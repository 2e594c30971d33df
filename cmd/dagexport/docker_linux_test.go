package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dagexport/dagexport/targets/local"
)

const contained = `dag_id: boxes
start_date: 2026-01-01
schedule: null
tasks:
  one:
    docker: "busybox:1"
    command: echo {{ ds }}
    environment: {DAY: "{{ ds }}"}
    private_environment: {TOKEN: sesame-open}
    labels: {team: data}
    mount_tmp_dir: false
`

// boxes is a folder with a pipeline whose containers a docker command plays.
type boxes struct {
	*testing.T
	binary, dir string
	play        map[string]any
}

func newBoxes(t *testing.T, pipeline string) *boxes {
	b := &boxes{t, filepath.Join(t.TempDir(), "dagexport"), t.TempDir(), map[string]any{}}
	if out, err := exec.Command("go", "build", "-o", b.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "boxes.yaml"), []byte(pipeline), 0o666); err != nil {
		t.Fatal(err)
	}
	b.play["folder"] = b.dir
	return b
}

// environ is the environment in which docker plays.
func (b *boxes) environ() []string {
	bin, err := filepath.Abs("../../targets/local/worker/testdata/bin")
	if err != nil {
		b.Fatal(err)
	}
	play, err := json.Marshal(b.play)
	if err != nil {
		b.Fatal(err)
	}
	return append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "DOCKER_PLAY="+string(play))
}

func (b *boxes) command(args ...string) *exec.Cmd {
	c := exec.Command(b.binary, append([]string{"run", "--local", "boxes.yaml"}, args...)...)
	c.Dir, c.Env = b.dir, b.environ()
	return c
}

// asked is how docker was called, a line a call.
func (b *boxes) asked() string {
	text, err := os.ReadFile(filepath.Join(b.dir, "asked"))
	if err != nil && !os.IsNotExist(err) {
		b.Fatal(err)
	}
	return string(text)
}

// until waits for something.
func (b *boxes) until(what string, done func() bool) {
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("no %s after a minute; docker was asked:\n%s", what, b.asked())
		}
	}
}

func (b *boxes) runs() bool {
	_, err := os.Stat(filepath.Join(b.dir, "running"))
	return err == nil
}

// TestContainer has a container run: it is labelled, and what is private stands on no command line and in no file of the run.
func TestContainer(t *testing.T) {
	b := newBoxes(t, contained)
	b.play["out"] = "first\nlast\n"
	out, err := b.command("--date", "2026-01-02", "--record", "record.json").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"--label=team=data"`, `"--label=dagexport.run=`, `"--env=TOKEN"`, `"TOKEN": "sesame-open"`, `"DAY": "2026-01-02"`, `"busybox:1", "echo", "2026-01-02"`} {
		if !strings.Contains(b.asked(), want) {
			t.Errorf("docker was not asked %s:\n%s", want, b.asked())
		}
	}
	if strings.Contains(b.asked(), "=sesame") || strings.Contains(string(out), "sesame") {
		t.Errorf("the private value is shown:\n%s\n%s", b.asked(), out)
	}
	record, err := os.ReadFile(filepath.Join(b.dir, "record.json"))
	if err != nil || !strings.Contains(string(record), `"value":"last"`) {
		t.Errorf("%v in %s", err, record)
	}
	if found, err := exec.Command("grep", "-rl", "sesame", filepath.Join(b.dir, ".dagexport")).Output(); err == nil {
		t.Errorf("the private value is in %s", found)
	}
	if left, err := os.ReadDir(filepath.Join(b.dir, ".dagexport", "containers")); err != nil || len(left) > 0 {
		t.Errorf("%v; after the run it still says how to reach its containers: %v", err, left)
	}
}

// TestContainerIsEnded interrupts a run, and kills another: no container of theirs is left.
func TestContainerIsEnded(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		b := newBoxes(t, contained)
		b.play["hang"] = true
		run := b.command("--run-name", "r")
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		b.until("running container", b.runs)
		if err := run.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = run.Wait()
		if signal == syscall.SIGKILL {
			if !b.runs() {
				t.Fatal("docker ended the container by itself")
			}
			t.Setenv("DOCKER_HOST", "unix:///elsewhere") // how its containers are reached is known from the run that died
			s, notes, err := local.OpenStore(t.Context(), filepath.Join(b.dir, ".dagexport"), time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(notes, "\n"), "a container that a killed run had left behind has been ended") {
				t.Errorf("notes: %q", notes)
			}
		}
		if b.runs() {
			t.Errorf("after %v the container still runs; docker was asked:\n%s", signal, b.asked())
		}
		if !strings.Contains(b.asked(), `"--filter=label=dagexport.`) || !strings.Contains(b.asked(), `["rm", "--force", "abc"]`) {
			t.Errorf("after %v docker was asked:\n%s", signal, b.asked())
		}
	}
}

// TestContainerThatIsLate has a container run longer than its task may: it is stopped, and stays, as auto_remove is never.
func TestContainerThatIsLate(t *testing.T) {
	b := newBoxes(t, contained+"    execution_timeout: 8s\n")
	b.play["hang"] = true
	out, err := b.command().CombinedOutput()
	if err == nil || !strings.Contains(string(out), "execution_timeout") {
		t.Errorf("%v\n%s", err, out)
	}
	if b.runs() || !strings.Contains(b.asked(), `["stop", `) || strings.Contains(b.asked(), `["rm", `) {
		t.Errorf("docker was asked:\n%s", b.asked())
	}
}

// TestNoDocker says before the run that a container cannot run, why, and what to do.
func TestNoDocker(t *testing.T) {
	b := newBoxes(t, contained+"    device_requests: [{count: -1}]\n")
	b.play["dead"] = "Cannot connect to the Docker daemon at unix:///nowhere."
	for _, one := range []struct{ path, want string }{
		{"", "Cannot connect to the Docker daemon at unix:///nowhere."},
		{t.TempDir(), "there is no docker command on the PATH"},
	} {
		c := b.command("--python", "/usr/bin/python3")
		if one.path != "" {
			c.Env = append(c.Env, "PATH="+one.path)
		}
		out, err := c.CombinedOutput()
		text := string(out)
		if err == nil || !strings.Contains(text, one.want) || !strings.Contains(text, "boxes.yaml:6:5") || !strings.Contains(text, "--stub 'one=") ||
			!strings.Contains(text, "takes device_requests") {
			t.Errorf("%v\n%s", err, text)
		}
	}
	if b.asked() != "" {
		t.Errorf("docker was asked:\n%s", b.asked())
	}
}
