package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var logSize = flag.Int("log-size", 300, "size of the log that TestMuchOutput has a task write, in MiB")

// maxMemory bounds what a run may use at its peak however much its tasks write, in KiB.
const maxMemory = 150 << 10

// builder builds the program once for a test, and says how to call it in a folder that holds a pipeline.
func builder(t *testing.T) (binary string, folder func(yaml string) string) {
	t.Helper()
	root := t.TempDir()
	binary = filepath.Join(root, "dagexport")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := 0
	return binary, func(yaml string) string {
		n++
		dir := filepath.Join(root, fmt.Sprint("work", n))
		for path, text := range map[string]string{"etl.yaml": "dag_id: etl\nstart_date: 2026-01-01\nschedule: null\n" + yaml} {
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
}

// call runs the program, and returns what it says at the end, its exit code and the peak of its memory, in KiB.
func call(t *testing.T, dir string, command ...string) (said string, code, memory int) {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	var out end
	c.Dir, c.Stdout, c.Stderr = dir, &out, &out
	c.Env = append(os.Environ(), "HERE="+dir)
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode(), int(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
}

// end keeps the end of what is written.
type end []byte

func (e *end) Write(data []byte) (int, error) {
	const kept = 8 << 10
	*e = append(*e, data[max(0, len(data)-kept):]...)
	*e = append((*e)[:0], (*e)[max(0, len(*e)-kept):]...)
	return len(data), nil
}

// TestMuchOutput has tasks write a large log, a line of 100 MiB, and bytes that are no text: memory stays bounded, and the logs
// hold every byte.
func TestMuchOutput(t *testing.T) {
	binary, folder := builder(t)
	for _, c := range []struct {
		name, command string
		size          int64
		code          int
		says          string
	}{
		{"large log", fmt.Sprintf("bash: yes $(printf %%01023d 7) | head -c %dM", *logSize), int64(*logSize) << 20, 0, "1 success"},
		{"long line without end", `bash: "head -c 100M /dev/zero | tr '\\0' x", do_xcom_push: false`, 100 << 20, 0, "1 success"},
		{"long line above the last", `bash: "head -c 100M /dev/zero | tr '\\0' x; echo; echo y"`, 100<<20 + 3, 0, "1 success"},
		{"long line that would be an XCom", `bash: "head -c 100M /dev/zero | tr '\\0' x; echo"`, -1, 1, "the last line of the output has 104857600 bytes"},
		{"binary", `bash: "head -c 3M /dev/urandom; printf '\\0\\xff\\n'"`, 3<<20 + 3, 0, "1 success"},
		{"lines of nothing", `bash: "head -c 300000 /dev/zero | tr '\\0' '\\n'; echo x"`, 300002, 0, "1 success"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder("tasks:\n  a: {" + c.command + "}\n")
			said, code, memory := call(t, dir, binary, "run", "--local", "etl.yaml", "--run-name", "r")
			if code != c.code || !strings.Contains(said, c.says) {
				t.Errorf("exit code %d:\n%s", code, said[max(0, len(said)-2000):])
			}
			if memory > maxMemory {
				t.Errorf("it has used %d MiB", memory>>10)
			}
			t.Logf("%d MiB", memory>>10)
			log, err := os.Stat(filepath.Join(dir, ".dagexport", "logs", "etl", "r", "a.1.log"))
			if err != nil || c.size >= 0 && log.Size() != c.size {
				t.Errorf("the log: %v, %v", log, err)
			}
			if _, code, memory := call(t, dir, binary, "logs", "a"); code != 0 || memory > maxMemory {
				t.Errorf("logs ends with %d and has used %d MiB", code, memory>>10)
			}
		})
	}
}

// TestDiskFull bounds the size of the files that a run may write, as a full disk does: the run stops, says which file it was, what
// had ended stays so, and once there is room the run goes on and runs nothing of that again.
func TestDiskFull(t *testing.T) {
	binary, folder := builder(t)
	for _, c := range []struct{ name, fills, file string }{
		{"log", `"head -c 2M /dev/zero | tr '\\0' x; echo; echo y"`, filepath.Join("etl", "r", "fills.1.log")},
		{"store", `"for i in 1 2 3 4 5 6; do echo; done; head -c 250k /dev/zero | tr '\\0' x"`, "dagexport.db"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(`tasks:
  first: {bash: echo first >> $HERE/first}
  fills: {bash: ` + c.fills + `, dependencies: [first]}
  more: {bash: ` + c.fills + `, dependencies: [fills]}
  last: {bash: "until test -e $HERE/go; do sleep 0.02; done; echo last >> $HERE/last", dependencies: [more]}
`)
			said, code, _ := call(t, dir, "bash", "-c", "ulimit -f 400; exec "+binary+" run --local etl.yaml --run-name r")
			if code != exitFailed || !strings.Contains(said, c.file+" cannot be written: ") || !strings.Contains(said, "go on with --resume") {
				t.Errorf("exit code %d:\n%s", code, said[max(0, len(said)-2000):])
			}
			if lines(t, filepath.Join(dir, "last")) != "" {
				t.Error("the run has gone on")
			}
			if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
			said, code, _ = call(t, dir, binary, "runs", "etl.yaml")
			if code != 0 || !strings.Contains(said, "interrupted") {
				t.Errorf("exit code %d:\n%s", code, said)
			}
			said, code, _ = call(t, dir, binary, "run", "--local", "etl.yaml", "--resume")
			if code != 0 || lines(t, filepath.Join(dir, "first")) != "first\n" || lines(t, filepath.Join(dir, "last")) != "last\n" {
				t.Errorf("exit code %d:\n%s", code, said[max(0, len(said)-2000):])
			}
		})
	}
}

// TestStoreThatCannotBeUsed has folders and databases in the way of a run: nothing is run, and the error names the file.
func TestStoreThatCannotBeUsed(t *testing.T) {
	binary, folder := builder(t)
	write := func(path string, data []byte, mode fs.FileMode) {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name    string
		prepare func(dir string)
		says    string
	}{
		{"no database", func(dir string) {
			write(filepath.Join(dir, "dagexport.db"), bytes.Repeat([]byte("garbage "), 100), 0o666)
		},
			"dagexport.db is damaged, or no run store"},
		{"damaged", func(dir string) { damage(t, binary, filepath.Dir(dir)) }, "dagexport.db is damaged, or no run store"},
		{"a file in the place of the folder", func(dir string) { write(dir, nil, 0o666) }, "the folder of the run store cannot be made: "},
		{"a folder that may not be written", func(dir string) {
			if err := os.Mkdir(dir, 0o555); err != nil {
				t.Fatal(err)
			}
		}, "the folder of the run store cannot be written: "},
		{"a database that may not be written", func(dir string) {
			if said, code, _ := call(t, filepath.Dir(dir), binary, "run", "--local", "etl.yaml"); code != 0 {
				t.Fatal(said)
			}
			if err := os.Chmod(filepath.Join(dir, "dagexport.db"), 0o444); err != nil {
				t.Fatal(err)
			}
		}, "dagexport.db cannot be written: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder("tasks:\n  a: {bash: echo ran > $HERE/a}\n")
			c.prepare(filepath.Join(dir, ".dagexport"))
			_ = os.Remove(filepath.Join(dir, "a"))
			said, code := asNobody(t, dir, binary, "run", "--local", "etl.yaml")
			if code != exitFailed || !strings.Contains(said, c.says) || lines(t, filepath.Join(dir, "a")) != "" {
				t.Errorf("exit code %d:\n%s", code, said)
			}
		})
	}
}

// damage makes a store and overwrites the middle of its database.
func damage(t *testing.T, binary, dir string) {
	t.Helper()
	if said, code, _ := call(t, dir, binary, "run", "--local", "etl.yaml"); code != 0 {
		t.Fatal(said)
	}
	path := filepath.Join(dir, ".dagexport", "dagexport.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 100; i < len(data); i++ {
		data[i] = 0xaa
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// asNobody calls the program as a user who may not do everything: root may write whatever the modes of files say.
func asNobody(t *testing.T, dir, binary string, args ...string) (said string, code int) {
	t.Helper()
	c := exec.Command(binary, args...)
	var out bytes.Buffer
	c.Dir, c.Stdout, c.Stderr, c.Env = dir, &out, &out, append(os.Environ(), "HERE="+dir)
	if os.Getuid() == 0 {
		const nobody = 65534
		for path := filepath.Dir(binary); strings.HasPrefix(path, os.TempDir()) && path != os.TempDir(); path = filepath.Dir(path) {
			if err := os.Chmod(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				err = os.Chown(path, nobody, nobody)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), c.ProcessState.ExitCode()
}
