package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/airflowenv"
	"github.com/dagexport/dagexport/ir"
)

// installer makes a virtual environment with an Airflow as the project's lock file pins it, once.
func installer(ctx context.Context, version ir.Version, base string) func(string, func(string)) (string, error) {
	return func(folder string, progress func(string)) (string, error) {
		python := filepath.Join(folder, "bin", "python")
		done := filepath.Join(folder, "installed")
		lock, err := airflowenv.Lock(version.String())
		if err != nil {
			return "", err
		}
		if old, err := os.ReadFile(done); err == nil && string(old) == string(lock) {
			return python, nil
		}
		if base == "" {
			base = "python3"
		}
		if err := os.RemoveAll(folder); err != nil {
			return "", err
		}
		progress(fmt.Sprintf("Airflow %s is being installed into %s", version, folder))
		if err := quietly(ctx, base, "-m", "venv", folder); err != nil {
			return "", err
		}
		pins := filepath.Join(folder, "requirements.txt")
		if err := os.WriteFile(pins, lock, 0o600); err != nil {
			return "", err
		}
		if err := quietly(ctx, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", pins); err != nil {
			return "", err
		}
		return python, os.WriteFile(done, lock, 0o600)
	}
}

// quietly runs a command, and shows the end of what it wrote where it fails.
func quietly(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	lines = lines[max(0, len(lines)-20):]
	return fmt.Errorf("%s %s failed: %w\n  | %s", filepath.Base(name), strings.Join(args[:min(3, len(args))], " "), err, strings.Join(lines, "\n  | "))
}
