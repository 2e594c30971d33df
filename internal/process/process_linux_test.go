package process

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start runs a bash script in a session of its own and reads the lines that it writes.
func start(t *testing.T, script string, env ...string) (*Process, *bufio.Reader) {
	t.Helper()
	pipe, err := NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(Command{
		Path: "/bin/bash", Args: []string{"bash", "-c", script}, Dir: t.TempDir(),
		Env: append(env, "PATH="+os.Getenv("PATH")), Pipe: pipe,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	return p, bufio.NewReader(pipe)
}

// pids reads a line of process ids.
func pids(t *testing.T, output *bufio.Reader, n int) []int {
	t.Helper()
	var found []int
	for len(found) < n {
		line, err := output.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %v", err, found)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, pid)
	}
	return found
}

func alive(pid int) bool {
	p, ok := look(strconv.Itoa(pid), make([]byte, 1024))
	return ok && !p.zombie
}

func assertDead(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d is alive", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// A child in the background, one that ignores TERM, one that has opened a session of its own and the bash itself.
const family = `
sleep 300 & echo $!
bash -c 'trap "" TERM; echo $$; while :; do sleep 0.05; done' &
setsid bash -c 'echo $$; exec sleep 300' &
(setsid bash -c 'echo $$; sleep 300 & echo $!; wait' &)
echo $$
wait`

func TestKillLeavesNoSurvivor(t *testing.T) {
	if err := Enter(); err != nil {
		t.Fatal(err)
	}
	p, output := start(t, family)
	found := pids(t, output, 6)
	waited := make(chan int)
	go func() {
		code, _ := p.Wait()
		waited <- code
	}()
	begun := time.Now()
	if err := p.Kill(200 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if code := <-waited; code != -int(syscall.SIGTERM) {
		t.Errorf("bash ended with %d", code)
	}
	// One that opened a session and lost its parent before the kill cannot be told from another task's: Leave ends it.
	if err := Leave(200 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	assertDead(t, found)
}

func TestSweepEndsWhatATaskLeftBehind(t *testing.T) {
	if err := Enter(); err != nil {
		t.Fatal(err)
	}
	p, output := start(t, `
setsid bash -c 'trap "" TERM; echo $$; while :; do sleep 0.05; done' >/dev/stdout &
sleep 300 & echo $!`)
	found := pids(t, output, 2)
	if code, err := p.Wait(); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	for _, pid := range found {
		if !alive(pid) {
			t.Errorf("%d has ended with its task", pid)
		}
	}
	if err := Leave(100 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	assertDead(t, found)
	if zombies := children(t); len(zombies) > 0 {
		t.Errorf("children are left: %v", zombies)
	}
}

// children are the children of the test itself.
func children(t *testing.T) []int {
	t.Helper()
	processes, err := all()
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for pid, p := range processes {
		if p.parent == os.Getpid() {
			found = append(found, pid)
		}
	}
	return found
}

func TestTheLastRunSweeps(t *testing.T) {
	for range 2 {
		if err := Enter(); err != nil {
			t.Fatal(err)
		}
	}
	p, output := start(t, `sleep 300 & echo $!`)
	found := pids(t, output, 1)
	if _, err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := Leave(time.Second); err != nil || !alive(found[0]) {
		t.Errorf("%v, or the process of another run has been ended", err)
	}
	if err := Leave(time.Second); err != nil {
		t.Fatal(err)
	}
	assertDead(t, found)
}

func TestSweepLeavesOthersAlone(t *testing.T) {
	if err := Enter(); err != nil {
		t.Fatal(err)
	}
	other, err := os.StartProcess("/bin/sleep", []string{"sleep", "300"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	mine, _ := start(t, "exec sleep 300")
	if err := Leave(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if !alive(other.Pid) || !alive(mine.Pid) {
		t.Error("Leave ended a process that has not been left behind")
	}
	_ = other.Kill()
	if _, err := other.Wait(); err != nil {
		t.Error(err)
	}
	go func() { _ = mine.Kill(0) }()
	if code, err := mine.Wait(); code >= 0 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
}

func TestTermGivesTimeToCleanUp(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "cleaned")
	p, output := start(t, fmt.Sprintf(`trap 'sleep 0.1; echo done > %q; exit 7' TERM; echo $$; while :; do sleep 0.02; done`, mark))
	pids(t, output, 1)
	waited := make(chan int)
	go func() {
		code, _ := p.Wait()
		waited <- code
	}()
	if err := p.Kill(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if code := <-waited; code != 7 {
		t.Errorf("ended with %d", code)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Error(err)
	}
}

func TestReapTakesZombiesAway(t *testing.T) {
	if err := Enter(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = Leave(0) }()
	p, output := start(t, `(sleep 0.05 & echo $!); exit 3`)
	found := pids(t, output, 1)
	if code, err := p.Wait(); code != 3 || err != nil {
		t.Fatal(code, err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if err := Reap(); err != nil {
			t.Fatal(err)
		}
		if _, exists := look(strconv.Itoa(found[0]), make([]byte, 1024)); !exists {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the orphan is still there")
		}
	}
}

func TestEmptyEnvironmentAndInput(t *testing.T) {
	pipe, err := NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	p, err := Start(Command{Path: "/usr/bin/env", Args: []string{"env"}, Dir: "/", Pipe: pipe})
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(pipe).ReadString('\n'); err == nil {
		t.Errorf("the environment has %q", line)
	}
	if code, err := p.Wait(); code != 0 || err != nil {
		t.Error(code, err)
	}
}

func TestUnblock(t *testing.T) {
	pipe, err := NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close() // its own end for writing is still open: there is no end of file
	time.AfterFunc(20*time.Millisecond, pipe.Unblock)
	for range 2 {
		if n, err := pipe.Read(make([]byte, 10)); n != 0 || err == nil {
			t.Errorf("got %d, %v", n, err)
		}
	}
}
