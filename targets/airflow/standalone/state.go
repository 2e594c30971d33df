package standalone

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// state is what the file in a home says: what was started last, and the ports that are kept for the next time.
type state struct {
	Mark    string    `json:"mark"` // the value of process.Marker in the environment of all its processes
	PID     int       `json:"pid"`  // of `airflow standalone`; for the reader, and where marks cannot be seen
	Started time.Time `json:"started"`
	Version string    `json:"version"`
	Python  string    `json:"python"`
	DAGs    string    `json:"dags"`
	Ports   ports     `json:"ports"`
}

// ports are those that an Airflow listens on.
type ports struct {
	Web       int `json:"web"`
	Worker    int `json:"worker"`    // logs of tasks that run
	Triggerer int `json:"triggerer"` // logs of triggers
}

func (s *state) url() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Ports.Web) }

func (s *state) version() ir.Version {
	v, _ := ir.ParseVersion(s.Version)
	return v
}

// load reads the state of a home; nil where none was written.
func (a *Airflow) load() (*state, error) {
	data, err := os.ReadFile(a.statePath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w; dagexport down --airflow --purge removes it", a.statePath(), err)
	}
	return &s, nil
}

// save replaces the state as a whole.
func (a *Airflow) save(s *state) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(a.statePath()), ".state-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(append(data, '\n'))
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), a.statePath())
}
