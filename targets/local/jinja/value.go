package jinja

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dagexport/dagexport/targets/local/task"
)

// Values are nil, bool, number, float64, string, []any, dict and time.Time (a date in UTC).

// number is an integer of any size in decimal digits.
type number string

// dict is a Python dict with string keys, in its order.
type dict []pair

type pair struct {
	key   string
	value any
}

func (d dict) get(key string) (any, bool) {
	for _, p := range d {
		if p.key == key {
			return p.value, true
		}
	}
	return nil, false
}

// parseJSON is the Python value of JSON; no JSON at all is an empty dict.
func parseJSON(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return dict{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	value, err := decode(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

func decode(dec *json.Decoder) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if strings.ContainsAny(string(t), ".eE") {
			return t.Float64()
		}
		return number(t), nil
	case json.Delim:
		if t == '[' {
			list := []any{}
			for dec.More() {
				v, err := decode(dec)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			_, err := dec.Token()
			return list, err
		}
		d := dict{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := decode(dec)
			if err != nil {
				return nil, err
			}
			d = d.set(key.(string), v)
		}
		_, err := dec.Token()
		return d, err
	}
	return t, nil
}

// set gives a key a value; a key that is there keeps its place.
func (d dict) set(key string, value any) dict {
	for i := range d {
		if d[i].key == key {
			d[i].value = value
			return d
		}
	}
	return append(d, pair{key, value})
}

// str is Python's str() of a value.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Time:
		return stampSpaced.of(v)
	}
	return repr(v)
}

// Repr is Python's repr() of a JSON value.
func Repr(raw json.RawMessage) (string, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return "", err
	}
	return repr(v), nil
}

// repr is Python's repr() of a value.
func repr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case number:
		return string(v)
	case float64:
		return task.FloatText(v)
	case string:
		return reprString(v)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = repr(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case dict:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = reprString(p.key) + ": " + repr(p.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return str(v)
}

func reprString(text string) string {
	quote := byte('\'')
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		quote = '"'
	}
	var out strings.Builder
	out.WriteByte(quote)
	for _, r := range text {
		switch {
		case r == rune(quote) || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r < 0x20 || r == 0x7f || r >= 0x80 && r <= 0xff && !unicode.IsPrint(r):
			out.WriteString(`\x` + hex(r, 2))
		case r > 0xffff && !unicode.IsPrint(r):
			out.WriteString(`\U` + hex(r, 8))
		case r > 0xff && !unicode.IsPrint(r):
			out.WriteString(`\u` + hex(r, 4))
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte(quote)
	return out.String()
}

func hex(r rune, width int) string {
	text := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", width-len(text)) + text
}

// typeName is how Jinja names the type of a value in an error.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "'None'"
	case bool:
		return "'bool object'"
	case number:
		return "'int object'"
	case float64:
		return "'float object'"
	case string:
		return "'str object'"
	case []any:
		return "'list object'"
	case dict:
		return "'dict object'"
	}
	return "'datetime.datetime object'"
}
