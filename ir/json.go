package ir

import (
	"encoding/json"
	"math"
	"strconv"
)

// JSON is the file as JSON, indented by one space, what is short on one line, with a final newline. Values say their kind; the
// order of writing is kept. Fields that are empty, false or zero are left out.
// Spans are written as "line:col-line:col" where spans is set, and left out otherwise. The error is always nil today; it is
// there for what cannot be written one day.
func (f *File) JSON(spans bool) ([]byte, error) {
	w := &jsonWriter{spans: spans}
	w.open('{')
	w.text("path", f.Path)
	w.text("form", map[Form]string{FormSingle: "single", FormKeyed: "keyed"}[f.Form])
	w.text("airflow_version", f.Version.String())
	if len(f.With) > 0 {
		w.strings("with", f.With)
	}
	w.array("pipelines", len(f.Pipelines), func(i int) { w.pipeline(f.Pipelines[i]) })
	w.close('}')
	w.buf = append(w.buf, '\n')
	return w.buf, nil
}

// jsonWriter writes JSON by hand, so that the order of keys is the order of writing.
type jsonWriter struct {
	buf    []byte
	opened []int // where each open bracket is
	first  bool
	spans  bool
}

// lineWidth is how long an object or list on one line may be.
const lineWidth = 100

func (w *jsonWriter) open(bracket byte) {
	w.opened = append(w.opened, len(w.buf))
	w.buf = append(w.buf, bracket)
	w.first = true
}

func (w *jsonWriter) close(bracket byte) {
	start := w.opened[len(w.opened)-1]
	w.opened = w.opened[:len(w.opened)-1]
	if !w.first {
		w.newline()
	}
	w.first = false
	w.buf = append(w.buf, bracket)
	w.collapse(start)
}

// collapse puts what begins at start on one line, if it is short enough.
func (w *jsonWriter) collapse(start int) {
	if len(w.buf)-start > 4*lineWidth {
		return
	}
	var line []byte
	for i := start; i < len(w.buf); i++ {
		if w.buf[i] != '\n' {
			line = append(line, w.buf[i])
			continue
		}
		for i+1 < len(w.buf) && w.buf[i+1] == ' ' {
			i++
		}
		if line[len(line)-1] == ',' {
			line = append(line, ' ')
		}
	}
	if len(line) <= lineWidth {
		w.buf = append(w.buf[:start], line...)
	}
}

func (w *jsonWriter) newline() {
	w.buf = append(w.buf, '\n')
	for range w.opened {
		w.buf = append(w.buf, ' ')
	}
}

func (w *jsonWriter) item() {
	if !w.first {
		w.buf = append(w.buf, ',')
	}
	w.first = false
	w.newline()
}

func (w *jsonWriter) key(name string) {
	w.item()
	w.quote(name)
	w.buf = append(w.buf, ": "...)
}

// quote writes a string without the escapes that are meant for HTML.
func (w *jsonWriter) quote(s string) {
	const hex = "0123456789abcdef"
	w.buf = append(w.buf, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.buf = append(w.buf, '\\', byte(r))
		case r == '\n':
			w.buf = append(w.buf, `\n`...)
		case r == '\t':
			w.buf = append(w.buf, `\t`...)
		case r == '\r':
			w.buf = append(w.buf, `\r`...)
		case r < 0x20 || r == 0x7f || r == '\u2028' || r == '\u2029':
			w.buf = append(w.buf, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			w.buf = append(w.buf, string(r)...)
		}
	}
	w.buf = append(w.buf, '"')
}

func (w *jsonWriter) text(name, value string) {
	w.key(name)
	w.quote(value)
}

func (w *jsonWriter) bool(name string, value bool) {
	if !value {
		return
	}
	w.key(name)
	w.buf = strconv.AppendBool(w.buf, value)
}

func (w *jsonWriter) int(name string, value int64) {
	if value == 0 {
		return
	}
	w.key(name)
	w.buf = strconv.AppendInt(w.buf, value, 10)
}

// float writes a number; what JSON has no number for becomes a string.
func (w *jsonWriter) float(name string, value float64) {
	w.key(name)
	switch {
	case math.IsInf(value, 1):
		w.quote("inf")
	case math.IsInf(value, -1):
		w.quote("-inf")
	case math.IsNaN(value):
		w.quote("nan")
	default:
		text, _ := json.Marshal(value)
		w.buf = append(w.buf, text...)
	}
}

func (w *jsonWriter) array(name string, n int, each func(i int)) {
	if n == 0 {
		return
	}
	w.key(name)
	w.open('[')
	for i := range n {
		w.item()
		each(i)
	}
	w.close(']')
}

func (w *jsonWriter) strings(name string, values []string) {
	w.array(name, len(values), func(i int) { w.quote(values[i]) })
}

func (w *jsonWriter) span(name string, s Span) {
	if !w.spans || s.IsZero() {
		return
	}
	w.text(name, pos(s.Start)+"-"+pos(s.End))
}

func pos(p Pos) string { return strconv.Itoa(int(p.Line)) + ":" + strconv.Itoa(int(p.Col)) }

func (w *jsonWriter) value(v Value) {
	if v == nil {
		w.buf = append(w.buf, "null"...)
		return
	}
	w.open('{')
	switch v := v.(type) {
	case *Null:
		w.text("kind", "null")
	case *Bool:
		w.text("kind", "bool")
		w.key("value")
		w.buf = strconv.AppendBool(w.buf, v.V)
	case *Int:
		w.text("kind", "int")
		w.key("value")
		w.buf = append(w.buf, v.Text...)
	case *Float:
		w.text("kind", "float")
		w.float("value", v.V)
	case *String:
		w.text("kind", "string")
		w.text("value", v.V)
	case *Template:
		w.text("kind", "template")
		w.text("value", v.V)
	case *List:
		w.text("kind", "list")
		w.array("items", len(v.Items), func(i int) { w.value(v.Items[i]) })
	case *Map:
		w.text("kind", "map")
		w.array("entries", len(v.Entries), func(i int) {
			w.open('{')
			w.key("key")
			w.value(v.Entries[i].Key)
			w.key("value")
			w.value(v.Entries[i].Value)
			w.close('}')
		})
	case *PyRef:
		w.text("kind", "pyref")
		w.text("module", v.Module)
		w.text("name", v.Name)
		w.bool("user", v.User)
	case *Duration:
		w.text("kind", "duration")
		w.key("micros")
		w.number(v.Micros)
	case *Time:
		w.text("kind", "time")
		w.text("value", v.String())
		w.text("zone", v.Zone)
	case *Ago:
		w.text("kind", "ago")
		w.int("micros", v.Back.Micros)
		w.text("zone", v.Zone)
	default:
		w.object(v)
	}
	w.span("span", v.Pos())
	w.close('}')
}

// String is 2026-01-31, or 2026-01-31T06:30:00.000001, without the zone.
func (v *Time) String() string {
	text := digits(v.Year, 4) + "-" + digits(v.Month, 2) + "-" + digits(v.Day, 2)
	if v.DateOnly {
		return text
	}
	text += "T" + digits(v.Hour, 2) + ":" + digits(v.Minute, 2) + ":" + digits(v.Second, 2)
	if v.Microsecond != 0 {
		text += "." + digits(v.Microsecond, 6)
	}
	return text
}

func digits(n, width int) string {
	text := strconv.Itoa(n)
	for len(text) < width {
		text = "0" + text
	}
	return text
}

func (w *jsonWriter) number(n int64) { w.buf = strconv.AppendInt(w.buf, n, 10) }
