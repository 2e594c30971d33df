package worker

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

//go:embed python/dagexport_worker/*.py
var sources embed.FS

// unpack writes the Python package below the first of the folders that takes it, once for each content, and returns the folder
// for the module search path.
func unpack(dirs ...string) (string, error) {
	var first error
	for _, dir := range dirs {
		folder, err := unpackIn(dir)
		if err == nil {
			return folder, nil
		}
		first = cmp.Or(first, err)
	}
	return "", first
}

func unpackIn(dir string) (string, error) {
	digest := fnv.New64a()
	files, err := fs.Glob(sources, "python/dagexport_worker/*.py")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		data, err := sources.ReadFile(file)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(digest, "%s %d\n", file, len(data))
		_, _ = digest.Write(data)
	}
	folder := filepath.Join(dir, fmt.Sprintf("worker-%016x", digest.Sum64()))
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	temporary, err := os.MkdirTemp(dir, ".worker-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	for _, file := range files {
		data, err := sources.ReadFile(file)
		if err != nil {
			return "", err
		}
		path := filepath.Join(temporary, "dagexport_worker", filepath.Base(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return "", err
		}
	}
	err = os.Rename(temporary, folder)
	if _, there := os.Stat(folder); there == nil {
		return folder, nil // another run was faster
	}
	return folder, err
}

// findPython chooses the interpreter: the one asked for, that of VIRTUAL_ENV, a .venv up the tree from dir, or python3.
func findPython(asked string, environ []string, dir string) (string, error) {
	if asked != "" {
		path, err := exec.LookPath(asked)
		if err != nil {
			return "", fmt.Errorf("the interpreter %s cannot be run: %w", asked, errors.Unwrap(err))
		}
		return path, nil
	}
	for _, v := range environ {
		if folder, ok := strings.CutPrefix(v, "VIRTUAL_ENV="); ok && folder != "" {
			if python := inVenv(folder); python != "" {
				return python, nil
			}
		}
	}
	for at := dir; ; at = filepath.Dir(at) {
		if python := inVenv(filepath.Join(at, ".venv")); python != "" {
			return python, nil
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Python was found: Python tasks need python3 on the path, a .venv, or --python INTERPRETER")
}

func inVenv(folder string) string {
	python := filepath.Join(folder, "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(folder, "Scripts", "python.exe")
	}
	if info, err := os.Stat(python); err == nil && !info.IsDir() {
		return python
	}
	return ""
}
