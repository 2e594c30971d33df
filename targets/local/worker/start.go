package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
)

// readiness is the answer to a start message.
type readiness struct {
	OK        bool   `json:"ok"`
	Unsafe    string `json:"unsafe"`  // why it must not fork
	Airflow   string `json:"airflow"` // the version of the Airflow there, "" without one
	Missing   string `json:"missing"`
	Module    string `json:"module"`
	Error     string `json:"error"`
	Traceback string `json:"traceback"`
}

// ready hands an interpreter the start message and reads its answer; said is what it printed, for the case that it dies.
func ready(python string, channel io.ReadWriter, start []byte, said *tail) (*bufio.Reader, *readiness, error) {
	if _, err := channel.Write(start); err != nil {
		return nil, nil, fmt.Errorf("%s did not start: %s", python, said)
	}
	lines := bufio.NewReader(channel)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return nil, nil, fmt.Errorf("%s did not start: %s", python, said)
	}
	var answer readiness
	if err := json.Unmarshal(line, &answer); err != nil {
		return nil, nil, fmt.Errorf("%s answered with something else: %w", python, err)
	}
	switch {
	case answer.OK:
		return lines, &answer, nil
	case answer.Missing != "":
		return nil, nil, fmt.Errorf("a template needs %s, which %s does not have; install it: %s -m pip install %s",
			answer.Missing, python, python, answer.Missing)
	}
	return nil, nil, &ImportError{Module: answer.Module, Message: answer.Error, Traceback: answer.Traceback}
}

// ImportError says that a module of the user's cannot be imported; in Airflow, the DAG would be missing.
type ImportError struct {
	Module    string
	Message   string // the exception in one line
	Traceback string // beginning in the user's code
}

// Error implements error.
func (e *ImportError) Error() string {
	return fmt.Sprintf("module %s cannot be imported: %s\n%s", e.Module, e.Message, strings.TrimRight(e.Traceback, "\n"))
}

// tail keeps the end of what is written to it.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

const tailKept = 4096

// Write implements io.Writer.
func (t *tail) Write(data []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, data...)
	if extra := len(t.text) - tailKept; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(data), nil
}

// String is the end of what was written.
func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if text := strings.TrimSpace(string(t.text)); text != "" {
		return text
	}
	return "it said nothing"
}

// twoNumbers are those of a line; 0 for what is none.
func twoNumbers(line string) (int, int) {
	first, second, _ := strings.Cut(strings.TrimSpace(line), " ")
	a, _ := strconv.Atoi(first)
	b, _ := strconv.Atoi(second)
	return a, b
}

// errServerGone is what tries get when the warm interpreter has ended.
var errServerGone = errors.New("the Python worker has ended unexpectedly")

// errNeverBegan is what a try gets whose process has ended before it took the try up.
var errNeverBegan = errors.New("the task's process was ended before the task began")

// closeAll closes files that may be nil.
func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}
