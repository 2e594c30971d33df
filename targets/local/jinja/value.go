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

// Values are nil, bool, number, float64, string, []any, dict and time.Time (a date in UTC); for Repr tuple and opaque too.

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
		if err == nil && len(d) == 1 && d[0].key == "~" {
			return unmarked(d[0].value), nil
		}
		return d, err
	}
	return t, nil
}

// opaque is what Python shows of an object.
type opaque string

type tuple []any

// unmarked is what a mark of package wire stands for.
func unmarked(value any) any {
	parts, _ := value.([]any)
	if len(parts) == 0 {
		return value
	}
	switch kind, _ := parts[0].(string); {
	case len(parts) >= 3:
		text, _ := parts[2].(string)
		return opaque(text)
	case kind == "tuple" && len(parts) == 2:
		items, _ := parts[1].([]any)
		return tuple(items)
	case strings.HasPrefix(kind, "LazyXCom") && len(parts) == 2:
		return parts[1]
	case kind == "map" && len(parts) == 2:
		d := dict{}
		pairs, _ := parts[1].([]any)
		for _, one := range pairs {
			if pair, _ := one.([]any); len(pair) == 2 {
				key, isText := pair[0].(string)
				if !isText {
					key = repr(pair[0])
				}
				d = d.set(key, pair[1])
			}
		}
		return d
	}
	return opaque(str(parts[1])) // a float
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

// Repr is Python's repr() of a value in the form of package wire.
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
	case opaque:
		return string(v)
	case tuple:
		if len(v) == 1 {
			return "(" + repr(v[0]) + ",)"
		}
		list := repr([]any(v))
		return "(" + list[1:len(list)-1] + ")"
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
