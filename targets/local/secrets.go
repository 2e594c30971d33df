package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Secrets are the files that a run has its variables and connections from, beside the environment. None of their values is
// ever part of a message.
type Secrets struct {
	Dotenv      string // a .env file of environment variables; those that are set already win. It may be missing
	Variables   string // a file of Airflow's local filesystem backend: JSON, or lines of KEY=VALUE where its name ends with .env
	Connections string // the same for connections, each a URI or an object
}

// Environ adds to an environment what the files hold, as AIRFLOW_VAR_* and AIRFLOW_CONN_*.
func (s *Secrets) Environ(environ []string) ([]string, error) {
	if s.Dotenv != "" {
		own, err := readDotenv(s.Dotenv)
		switch {
		case err == nil:
			environ = override(own, environ)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	for _, file := range []struct {
		path, prefix string
		text         func(json.RawMessage) (string, error)
	}{{s.Variables, "AIRFLOW_VAR_", variableText}, {s.Connections, "AIRFLOW_CONN_", connectionText}} {
		if file.path == "" {
			continue
		}
		own, err := readSecrets(file.path, file.prefix, file.text)
		if err != nil {
			return nil, err
		}
		environ = override(environ, own)
	}
	return environ, nil
}

// readSecrets reads one file of variables or connections.
func readSecrets(path, prefix string, text func(json.RawMessage) (string, error)) ([]string, error) {
	var environ []string
	switch filepath.Ext(path) {
	case ".env":
		lines, err := readDotenv(path)
		for _, line := range lines {
			name, value, _ := strings.Cut(line, "=")
			environ = append(environ, prefix+strings.ToUpper(name)+"="+value)
		}
		return environ, err
	case ".json":
	default:
		return nil, fmt.Errorf("%s: its name must end with .json or .env", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all, err := members(data)
	if err != nil {
		return nil, fmt.Errorf("%s: it is not a JSON object", path)
	}
	for _, m := range all {
		value, err := text(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, m.key, err)
		}
		environ = append(environ, prefix+strings.ToUpper(m.key)+"="+value)
	}
	return environ, nil
}

func isText(value json.RawMessage) bool { return bytes.HasPrefix(bytes.TrimSpace(value), []byte{'"'}) }

// variableText is the text of a variable: what is no string is kept as JSON, as `airflow variables import` does.
func variableText(value json.RawMessage) (string, error) {
	var text string
	if isText(value) && json.Unmarshal(value, &text) == nil {
		return text, nil
	}
	return string(pythonJSON(value)), nil
}

// connectionText is a connection as AIRFLOW_CONN_* has it: a URI, or an object. A list of one stands for that one.
func connectionText(value json.RawMessage) (string, error) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil && list != nil {
		if len(list) != 1 {
			return "", errors.New("it has several connections, and Airflow takes one of an id")
		}
		value = list[0]
	}
	var text string
	if isText(value) && json.Unmarshal(value, &text) == nil {
		return text, nil
	}
	if value = bytes.TrimSpace(value); len(value) == 0 || value[0] != '{' {
		return "", errors.New("a connection is a URI or an object")
	}
	return string(value), nil
}

// pythonJSON is a JSON value with the spaces that Python's json.dumps writes.
func pythonJSON(value json.RawMessage) []byte {
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return value
	}
	var out bytes.Buffer
	quoted, escaped := false, false
	for _, b := range compact.Bytes() {
		out.WriteByte(b)
		switch {
		case escaped:
			escaped = false
		case b == '\\':
			escaped = true
		case b == '"':
			quoted = !quoted
		case !quoted && (b == ',' || b == ':'):
			out.WriteByte(' ')
		}
	}
	return out.Bytes()
}

// readDotenv reads lines of NAME=VALUE: blank ones and those that begin with # do not count, "export " before the name is
// taken off, and so are quotes around the value; within double ones \n, \" and \\ are read.
func readDotenv(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var environ []string
	for number, line := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if name = strings.TrimSpace(name); !found || name == "" || strings.ContainsAny(name, " \t\"'") {
			return nil, fmt.Errorf("%s:%d: a line is NAME=VALUE", path, number+1)
		}
		if value, err = dotenvValue(strings.TrimSpace(value)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number+1, err)
		}
		environ = append(environ, name+"="+value)
	}
	return environ, nil
}

func dotenvValue(text string) (string, error) {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		if at := strings.Index(text, " #"); at >= 0 {
			text = strings.TrimSpace(text[:at])
		}
		return text, nil
	}
	quote := text[0]
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		switch b := text[i]; {
		case b == quote:
			if rest := strings.TrimSpace(text[i+1:]); rest != "" && rest[0] != '#' {
				return "", errors.New("something follows the closing quote")
			}
			return value.String(), nil
		case b == '\\' && quote == '"' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				value.WriteByte('\n')
			case '"', '\\':
				value.WriteByte(text[i])
			default:
				value.WriteByte('\\')
				value.WriteByte(text[i])
			}
		default:
			value.WriteByte(b)
		}
	}
	return "", errors.New("the closing quote is missing")
}
