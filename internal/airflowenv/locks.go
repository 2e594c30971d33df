// Package airflowenv holds the lock files that real Airflows are installed from, for `dagexport up --install` and, through
// env.py, for the tests.
package airflowenv

import (
	"embed"
	"fmt"
)

//go:embed locks
var locks embed.FS

// Lock is the requirements of an Airflow by its minor version ("3.3"): every distribution, pinned.
func Lock(version string) ([]byte, error) {
	text, err := locks.ReadFile("locks/" + version + ".txt")
	if err != nil {
		return nil, fmt.Errorf("there is no lock file for Airflow %s", version)
	}
	return text, nil
}
