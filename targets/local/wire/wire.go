// Package wire knows the JSON in which the worker writes Python values. What JSON has is written as it is. Anything else is an
// object with the single key "~": {"~": [kind, payload]}, or {"~": [kind, payload, repr]} where a run record shows Python's repr
// of it, or {"~": [kind, payload, repr, shown]} where it shows something else. The worker's channel.py has the kinds.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

var mark = []byte(`{"~"`)

// Marked tells whether a value holds anything that JSON has not.
func Marked(value json.RawMessage) bool { return bytes.Contains(value, mark) }

// Plain is a value as run records have it: a tuple is a list, and what JSON has no form for is {"__repr__": ...}.
func Plain(value json.RawMessage) (json.RawMessage, error) {
	if !Marked(value) {
		return value, nil
	}
	kind, parts, err := marker(value)
	switch {
	case err != nil:
		return nil, err
	case kind == "tuple" || lazy(kind):
		return Plain(parts[1])
	case kind == "float":
		return plainFloats[string(parts[1])], nil
	case kind == "map":
		var pairs [][2]json.RawMessage
		if err := json.Unmarshal(parts[1], &pairs); err != nil {
			return nil, err
		}
		return object(pairs)
	case len(parts) == 4:
		return parts[3], nil
	case kind != "" && len(parts) == 3:
		return json.RawMessage(`{"__repr__": ` + string(parts[2]) + "}"), nil
	case kind != "":
		return nil, errors.New("a value of the kind " + kind + " has no text")
	}
	if items, ok := Items(value); ok {
		out := []byte{'['}
		for i, item := range items {
			if item, err = Plain(item); err != nil {
				return nil, err
			}
			if i > 0 {
				out = append(out, ", "...)
			}
			out = append(out, item...)
		}
		return append(out, ']'), nil
	}
	pairs, err := members(value)
	if err != nil {
		return nil, err
	}
	return object(pairs)
}

// plainFloats are the floats that JSON has not, as records have them.
var plainFloats = map[string]json.RawMessage{
	`"nan"`: json.RawMessage(`"NaN"`), `"inf"`: json.RawMessage(`"Infinity"`), `"-inf"`: json.RawMessage(`"-Infinity"`),
}

// Quoted is plain JSON of a user's, in which an object with the key "~" is only that.
func Quoted(value json.RawMessage) (json.RawMessage, error) {
	if !Marked(value) {
		return value, nil
	}
	var parts []json.RawMessage
	if first(value) == '[' {
		if err := json.Unmarshal(value, &parts); err != nil {
			return nil, err
		}
		for i := range parts {
			var err error
			if parts[i], err = Quoted(parts[i]); err != nil {
				return nil, err
			}
		}
		return json.Marshal(parts)
	}
	pairs, err := members(value)
	if err != nil {
		return nil, err
	}
	for i := range pairs {
		if pairs[i][1], err = Quoted(pairs[i][1]); err != nil {
			return nil, err
		}
	}
	data, err := json.Marshal(append([][2]json.RawMessage{}, pairs...))
	return json.RawMessage(`{"~": ["map", ` + string(data) + "]}"), err
}

// lazy tells whether a kind is a sequence of what instances have pushed.
func lazy(kind string) bool { return strings.HasPrefix(kind, "LazyXCom") }

// Items are those of a list, a tuple or a lazy sequence; false for anything else.
func Items(value json.RawMessage) (items []json.RawMessage, ok bool) {
	if first(value) == '{' {
		kind, parts, err := marker(value)
		if err != nil || kind != "tuple" && !lazy(kind) {
			return nil, false
		}
		value = parts[1]
	}
	return items, first(value) == '[' && json.Unmarshal(value, &items) == nil
}

// Object tells whether a value is something that JSON has not, whatever is in it.
func Object(value json.RawMessage) bool {
	kind, _, err := marker(value)
	return err == nil && kind != ""
}

// types are the names of the types of kinds that are named otherwise.
var types = map[string]string{"at": "datetime", "map": "dict", "decimal": "Decimal", "uuid": "UUID", "pickle": "object", "unreadable": "object"}

// TypeOf names the type of an Object in Python.
func TypeOf(value json.RawMessage) string {
	kind, _, _ := marker(value)
	if name, ok := types[kind]; ok {
		return name
	}
	return kind
}

// marker takes an object with the single key "~" apart; the kind is empty for any other value.
func marker(value json.RawMessage) (kind string, parts []json.RawMessage, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(value, " \t\r\n"), mark) {
		return "", nil, nil
	}
	var one map[string][]json.RawMessage
	if json.Unmarshal(value, &one) != nil || len(one) != 1 {
		return "", nil, nil
	}
	if parts = one["~"]; len(parts) < 2 {
		return "", nil, errors.New("a value without a kind")
	}
	err = json.Unmarshal(parts[0], &kind)
	return kind, parts, err
}

// members are the keys and values of an object, in order.
func members(value json.RawMessage) (pairs [][2]json.RawMessage, err error) {
	in := json.NewDecoder(bytes.NewReader(value))
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, err
		}
		var pair [2]json.RawMessage
		if pair[0], err = json.Marshal(key); err != nil {
			return nil, err
		}
		if err := in.Decode(&pair[1]); err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

func object(pairs [][2]json.RawMessage) (json.RawMessage, error) {
	out := []byte{'{'}
	for i, pair := range pairs {
		value, err := Plain(pair[1])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(append(append(out, pair[0]...), ": "...), value...)
	}
	return append(out, '}'), nil
}

func first(value json.RawMessage) byte {
	if value = bytes.TrimLeft(value, " \t\r\n"); len(value) > 0 {
		return value[0]
	}
	return 0
}
