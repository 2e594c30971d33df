package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/ir"
	"github.com/dagexport/dagexport/targets/local/task"
	"github.com/dagexport/dagexport/targets/local/wire"
)

// object is a JSON object whose order is kept.
type object []member

type member struct {
	key   string
	value json.RawMessage
	place int // of an XCom: when it was pushed, among all of the run
}

// set gives a key its value; a key that exists keeps its place, as in a Python dict.
func (o *object) set(key string, value json.RawMessage) {
	for i := range *o {
		if (*o)[i].key == key {
			(*o)[i].value = value
			return
		}
	}
	*o = append(*o, member{key: key, value: value})
}

func (o object) encode() json.RawMessage {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, jsonString(m.key)...)
		out = append(out, ": "...)
		out = append(out, m.value...)
	}
	return append(out, '}')
}

// members takes a JSON object apart.
func members(data json.RawMessage) (object, error) {
	in := json.NewDecoder(bytes.NewReader(data))
	open, err := in.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') {
		return nil, errors.New("it does not begin with a brace")
	}
	var all object
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		all.set(key.(string), value)
	}
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	if in.More() {
		return nil, errors.New("something follows it")
	}
	return all, nil
}

// jsonString is a string as JSON.
func jsonString(s string) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// jsonOf is a literal value as Python's json.dumps writes it.
func jsonOf(value ir.Value) (json.RawMessage, error) {
	switch v := value.(type) {
	case *ir.Null:
		return json.RawMessage("null"), nil
	case *ir.Bool:
		return json.RawMessage(strconv.FormatBool(v.V)), nil
	case *ir.Int:
		return json.RawMessage(v.Text), nil
	case *ir.Float:
		return jsonFloat(v.V)
	case *ir.String:
		return jsonString(v.V), nil
	case *ir.Template:
		return jsonString(v.V), nil
	case *ir.List:
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			part, err := jsonOf(item)
			if err != nil {
				return nil, err
			}
			parts[i] = string(part)
		}
		return json.RawMessage("[" + strings.Join(parts, ", ") + "]"), nil
	case *task.Tuple:
		return jsonOf(v.List)
	case *task.Lazy:
		return jsonOf(v.List)
	case *task.Object:
		return wire.Plain(v.Wire)
	case *ir.Map:
		var all object
		for _, e := range v.Entries {
			part, err := jsonOf(e.Value)
			if err != nil {
				return nil, err
			}
			key, err := jsonOf(e.Key)
			if err != nil {
				return nil, err
			}
			name := string(key) // the key of a number, a bool or null is its text
			if s, ok := e.Key.(*ir.String); ok {
				name = s.V
			}
			all.set(name, part)
		}
		return all.encode(), nil
	}
	return nil, errors.New("it is none of the values that JSON has, and Airflow takes no other")
}

func jsonFloat(f float64) (json.RawMessage, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, errors.New("JSON has no infinity and no NaN")
	}
	return json.RawMessage(task.FloatText(f)), nil
}

// itemsOf are the values in a list or a tuple; false for anything else.
func itemsOf(value ir.Value) (items []ir.Value, ok bool) {
	switch v := value.(type) {
	case *ir.List:
		return v.Items, true
	case *task.Tuple:
		return v.Items, true
	case *task.Lazy:
		return v.Items, true
	case *task.Object:
		all, ok := wire.Items(v.Wire)
		if !ok {
			return nil, false
		}
		for _, one := range all {
			item, err := valueOf(one)
			if err != nil {
				return nil, false
			}
			items = append(items, item)
		}
		return items, true
	}
	return nil, false
}

// valueOf is a value of an XCom as the IR has it; texts are no templates.
func valueOf(data json.RawMessage) (ir.Value, error) {
	switch firstByte(data) {
	case '{':
		if wire.Object(data) {
			return &task.Object{Wire: data}, nil
		}
		all, err := members(data)
		if err != nil {
			return nil, err
		}
		m := &ir.Map{}
		for _, one := range all {
			value, err := valueOf(one.value)
			if err != nil {
				return nil, err
			}
			m.Entries = append(m.Entries, ir.Entry{Key: &ir.String{V: one.key}, Value: value})
		}
		return m, nil
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(data, &items); err != nil {
			return nil, err
		}
		list := &ir.List{}
		for _, item := range items {
			value, err := valueOf(item)
			if err != nil {
				return nil, err
			}
			list.Items = append(list.Items, value)
		}
		return list, nil
	case '"':
		var text string
		err := json.Unmarshal(data, &text)
		return &ir.String{V: text}, err
	}
	text := string(bytes.TrimSpace(data))
	switch {
	case text == "null":
		return &ir.Null{}, nil
	case text == "true", text == "false":
		return &ir.Bool{V: text == "true"}, nil
	case text == "NaN", text == "Infinity", text == "-Infinity", strings.ContainsAny(text, ".eE"):
		f, err := strconv.ParseFloat(text, 64)
		return &ir.Float{V: f}, err
	}
	return &ir.Int{Text: text}, nil
}
