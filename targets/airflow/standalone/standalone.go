// Package standalone starts, looks at and ends a private Airflow: `airflow standalone` as a daemon, with a home of its own.
//
// The home is a folder below the user's state folder, one for each DAG root and version. The DAG root is only read: bytecode of
// the user's modules goes into the home too. The processes are known by a variable of their environment, so that no other
// program's are ever ended, whatever has become of their numbers.
package standalone

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dagexport/dagexport/ir"
)

// Options say which Airflow it is.
type Options struct {
	DAGs    string     // the DAG root, absolute
	Version ir.Version // what is to be started
	Python  string     // an interpreter with that Airflow; "" where Install makes one
	Home    string     // DefaultHome, unless given
	Environ []string   // of the user; os.Environ()
	Wait    time.Duration
	Grace   time.Duration // between TERM and KILL

	// Install makes the interpreter, in a virtual environment within the home: it gets the folder and says what it does. nil:
	// Python is there.
	Install func(folder string, progress func(string)) (python string, err error)
}

// The defaults of Options.
const (
	DefaultWait  = 3 * time.Minute
	DefaultGrace = 10 * time.Second
)

// Airflow is a private Airflow, whether it runs or not.
type Airflow struct{ options Options }

// New is the Airflow of the options. It touches nothing.
func New(options Options) (*Airflow, error) {
	if options.Home == "" {
		home, err := DefaultHome(options.DAGs, options.Version)
		if err != nil {
			return nil, err
		}
		options.Home = home
	}
	if options.Environ == nil {
		options.Environ = os.Environ()
	}
	if options.Wait <= 0 {
		options.Wait = DefaultWait
	}
	if options.Grace <= 0 {
		options.Grace = DefaultGrace
	}
	return &Airflow{options}, nil
}

// StateHome is the folder that homes are in: dagexport/airflow below XDG_STATE_HOME, or below ~/.local/state.
func StateHome() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" || !filepath.IsAbs(base) {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("there is no place for Airflow's files: %w; set XDG_STATE_HOME", err)
		}
		base = filepath.Join(user, ".local", "state")
	}
	return filepath.Join(base, "dagexport", "airflow"), nil
}

// DefaultHome is the home of the Airflow for a DAG root and a version.
func DefaultHome(dags string, version ir.Version) (string, error) {
	base, err := StateHome()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(dags))
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, filepath.Base(dags))
	return filepath.Join(base, fmt.Sprintf("%.40s-%s-%s", name, hex.EncodeToString(sum[:4]), version)), nil
}

// The files of a home.
func (a *Airflow) statePath() string   { return filepath.Join(a.options.Home, "dagexport.json") }
func (a *Airflow) airflowHome() string { return filepath.Join(a.options.Home, "airflow") }

// Home is the folder of the Airflow's own files.
func (a *Airflow) Home() string { return a.options.Home }

// LogFile is what `airflow standalone` and its parts write.
func (a *Airflow) LogFile() string { return filepath.Join(a.options.Home, "standalone.log") }

// ErrForeignHome says that a home holds something that was not put there by dagexport.
var ErrForeignHome = errors.New("the folder is not empty and has no Airflow of dagexport's in it")
