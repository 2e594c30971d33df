package airflow

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// pyExpr is Python source text. What a user wrote becomes one only through the functions of this file, and of names.go for
// the names of variables and modules.
type pyExpr string

const (
	// lineWidth is ruff's default line length: what can stand on one line or on several stands on one up to here.
	lineWidth = 88
	// joinWidth is the widest line length at which the text must stay as it is: ruff joins the pieces of a string that
	// fit on one line of the configured length.
	joinWidth = 120
	// maxDecimal is how many decimal digits Python reads in an int literal.
	maxDecimal = 4300

	indentStep = 4
)

// writer writes Python expressions, laid out so that ruff's formatter has nothing to change: a collection or call of two or
// more elements stands one element a line, with a trailing comma, which keeps it so at every line length.
type writer struct {
	buf     []byte
	imports *imports
	indent  int // columns that the current statement or element is indented by
	inline  int // > 0: inside an attempt to stay on one line
	failed  bool
	tail    int // columns that follow on the last line

	version   ir.Version
	scope     scope
	functions []pyExpr        // those that stand in the pipeline file, in order of first use
	written   map[string]bool // their names
}

func (w *writer) raw(text string) { w.buf = append(w.buf, text...) }

func (w *writer) pad() {
	for range w.indent {
		w.buf = append(w.buf, ' ')
	}
}

// lineStart is the offset of the line that is being written.
func (w *writer) lineStart() int {
	for i := len(w.buf); i > 0; i-- {
		if w.buf[i-1] == '\n' {
			return i
		}
	}
	return 0
}

// sequence writes a call or a collection of n elements. A flat one may have more than one element on a line.
func (w *writer) sequence(open, closing string, n int, flat bool, item func(i int)) {
	if n == 0 {
		w.raw(open)
		w.raw(closing)
		return
	}
	if n == 1 || flat {
		onLine := w.tryLine(func() {
			w.raw(open)
			for i := 0; i < n && !w.failed; i++ {
				if i > 0 {
					w.raw(", ")
				}
				item(i)
			}
			w.raw(closing)
		})
		if onLine {
			return
		}
	}
	if w.inline > 0 {
		w.failed = true
		return
	}
	w.column(open, closing, n, item)
}

// tryLine writes something on the line at hand and tells whether it stays there. Inside of another tryLine it always does, and
// the outer one sees that it failed; else what does not fit is taken back.
func (w *writer) tryLine(write func()) bool {
	mark := len(w.buf)
	w.inline++
	write()
	w.inline--
	if !w.failed && widthAtMost(w.buf[w.lineStart():])+w.tail > lineWidth {
		w.failed = true
	}
	if !w.failed || w.inline > 0 {
		return true
	}
	w.failed = false
	w.buf = w.buf[:mark]
	return false
}

// column writes a call or a collection one element a line.
func (w *writer) column(open, closing string, n int, item func(i int)) {
	tail := w.tail
	w.tail = len(",")
	w.raw(open)
	w.raw("\n")
	w.indent += indentStep
	for i := range n {
		w.pad()
		item(i)
		w.raw(",\n")
	}
	w.indent -= indentStep
	w.pad()
	w.raw(closing)
	w.tail = tail
}

// value writes a value of the IR: the one way from a pipeline file into Python text.
func (w *writer) value(v ir.Value) {
	switch v := v.(type) {
	case *ir.Bool:
		if v.V {
			w.raw("True")
		} else {
			w.raw("False")
		}
	case *ir.Int:
		w.raw(integer(v.Text))
	case *ir.Float:
		w.float(v.V)
	case *ir.String:
		w.text(v.V)
	case *ir.Template:
		w.text(v.V)
	case *ir.List:
		w.sequence("[", "]", len(v.Items), false, func(i int) { w.value(v.Items[i]) })
	case *ir.Map:
		w.sequence("{", "}", len(v.Entries), false, func(i int) {
			w.key(v.Entries[i].Key)
			w.raw(": ")
			w.value(v.Entries[i].Value)
		})
	case *ir.PyRef:
		w.raw(w.pyRef(v))
	case *ir.Duration:
		w.duration(v)
	case *ir.Time:
		w.time(v)
	case *ir.Ago:
		w.ago(v)
	case *ir.Null:
		w.raw("None")
	default:
		w.object(v)
	}
}

// key writes the key of a mapping, which is a scalar and never in pieces.
func (w *writer) key(v ir.Value) {
	if s, ok := v.(*ir.String); ok {
		w.buf = appendString(w.buf, s.V)
		return
	}
	w.value(v)
}

// text writes a string. One of several lines that would not fit on one is written in pieces, a line each.
func (w *writer) text(s string) {
	mark := len(w.buf)
	w.buf = appendString(w.buf, s)
	first := strings.IndexByte(s, '\n')
	if first < 0 || first == len(s)-1 || w.inline > 0 {
		return
	}
	if widthAtLeast(w.buf[w.lineStart():])+len(",") <= joinWidth {
		return
	}
	w.buf = append(w.buf[:mark], "(\n"...)
	w.indent += indentStep
	for piece := range strings.Lines(s) {
		w.pad()
		w.buf = appendString(w.buf, piece)
		w.buf = append(w.buf, '\n')
	}
	w.indent -= indentStep
	w.pad()
	w.raw(")")
}

// appendString appends the literal of a string as ruff writes it: in double quotes, unless single quotes need fewer escapes.
// What is not printable is escaped, so that the text reads as what it is.
func appendString(buf []byte, s string) []byte {
	quote := byte('"')
	if strings.Count(s, `"`) > strings.Count(s, "'") {
		quote = '\''
	}
	return append(appendEscaped(append(buf, quote), s, quote), quote)
}

// appendEscaped appends what stands between the quotes.
func appendEscaped(buf []byte, s string, quote byte) []byte {
	for _, r := range s {
		switch {
		case r == rune(quote) || r == '\\':
			buf = append(buf, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			buf = append(buf, byte(r))
		case r == '\n':
			buf = append(buf, `\n`...)
		case r == '\r':
			buf = append(buf, `\r`...)
		case r == '\t':
			buf = append(buf, `\t`...)
		case unicode.IsPrint(r):
			buf = utf8.AppendRune(buf, r)
		case r <= 0xff:
			buf = appendHex(append(buf, `\x`...), r, 2)
		case r <= 0xffff:
			buf = appendHex(append(buf, `\u`...), r, 4)
		default:
			buf = appendHex(append(buf, `\U`...), r, 8)
		}
	}
	return buf
}

func appendHex(buf []byte, r rune, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		buf = append(buf, "0123456789abcdef"[r>>shift&0xf])
	}
	return buf
}

// integer is the literal of an integer. Python refuses to read very long decimal ones, and reads hexadecimal ones of any size.
func integer(text string) string {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) <= maxDecimal && (len(digits) == 1 || !strings.HasPrefix(digits, "0")) {
		return text
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return text
	}
	if len(digits) <= maxDecimal {
		return n.String()
	}
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
		n.Neg(n)
	}
	return sign + "0x" + strings.ToUpper(n.Text(16))
}

// float writes the shortest literal that reads back as the same number.
func (w *writer) float(f float64) {
	switch {
	case math.IsNaN(f):
		w.raw(w.imports.module("math", false) + ".nan")
		return
	case math.IsInf(f, 1):
		w.raw(w.imports.module("math", false) + ".inf")
		return
	case math.IsInf(f, -1):
		w.raw("-" + w.imports.module("math", false) + ".inf")
		return
	}
	// As Python's repr: positional from 1e-4 up to 1e16.
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		w.raw(mantissa + "e" + strings.TrimPrefix(exponent, "+"))
		return
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.ContainsRune(text, '.') {
		text += ".0"
	}
	w.raw(text)
}

type durationName struct {
	name   string
	micros int64
}

// durationUnits are timedelta's names; pendulum has all but the last.
var durationUnits = []durationName{
	{"days", 86_400_000_000}, {"hours", 3_600_000_000}, {"minutes", 60_000_000}, {"seconds", 1_000_000}, {"milliseconds", 1000},
}

// duration writes a timedelta in the largest unit that needs no fraction.
func (w *writer) duration(d *ir.Duration) {
	unit, n := durationUnit(d.Micros, durationUnits)
	w.sequence(w.imports.name("datetime", "timedelta", false)+"(", ")", 1, false, func(int) {
		w.raw(unit + "=" + strconv.FormatInt(n, 10))
	})
}

func durationUnit(micros int64, units []durationName) (string, int64) {
	if micros == 0 {
		return "seconds", 0
	}
	for _, unit := range units {
		if micros%unit.micros == 0 {
			return unit.name, micros / unit.micros
		}
	}
	return "microseconds", micros
}

// time writes a date as a date, a naive time as a datetime, and one with a zone as a pendulum datetime.
func (w *writer) time(t *ir.Time) {
	parts := []int{t.Year, t.Month, t.Day}
	if t.DateOnly {
		w.numbers(w.imports.name("datetime", "date", false), parts)
		return
	}
	parts = append(parts, t.Hour, t.Minute, t.Second, t.Microsecond)
	for len(parts) > 3 && parts[len(parts)-1] == 0 {
		parts = parts[:len(parts)-1]
	}
	if t.Zone == "" {
		w.numbers(w.imports.name("datetime", "datetime", false), parts)
		return
	}
	pendulum := w.imports.module("pendulum", false)
	w.sequence(pendulum+".datetime(", ")", len(parts)+1, true, func(i int) {
		if i < len(parts) {
			w.raw(strconv.Itoa(parts[i]))
			return
		}
		w.raw("tz=")
		w.zone(t.Zone)
	})
}

func (w *writer) numbers(callee string, parts []int) {
	w.sequence(callee+"(", ")", len(parts), true, func(i int) { w.raw(strconv.Itoa(parts[i])) })
}

// zone writes what pendulum takes for a time zone: a name, or a timezone object for an offset.
func (w *writer) zone(zone string) {
	seconds, ok := offsetSeconds(zone)
	if !ok {
		w.buf = appendString(w.buf, zone)
		return
	}
	w.raw(w.imports.module("pendulum", false) + ".timezone(" + strconv.Itoa(seconds) + ")")
}

// offsetSeconds reads "+02:00", "-0530" or "+02:00:30".
func offsetSeconds(zone string) (int, bool) {
	if zone == "" || zone[0] != '+' && zone[0] != '-' {
		return 0, false
	}
	digits := strings.ReplaceAll(zone[1:], ":", "")
	if len(digits) != 2 && len(digits) != 4 && len(digits) != 6 {
		return 0, false
	}
	total := 0
	for unit := 3600; len(digits) > 0; unit, digits = unit/60, digits[2:] {
		n, err := strconv.ParseUint(digits[:2], 10, 8)
		if err != nil {
			return 0, false
		}
		total += int(n) * unit
	}
	if zone[0] == '-' {
		total = -total
	}
	return total, true
}

// ago writes a moment that moves with the day on which the file is read. Whole days are those of the calendar, also where the
// clock changes between them.
func (w *writer) ago(a *ir.Ago) {
	zone, method, micros := a.Zone, ".subtract(", int64(0)
	if zone == "" {
		zone = "UTC"
	}
	if a.Back != nil {
		micros = a.Back.Micros
	}
	if micros < 0 {
		method, micros = ".add(", -micros
	}
	tail := w.tail
	if micros != 0 {
		w.tail = len(method)
	}
	w.sequence(w.imports.module("pendulum", false)+".today(", ")", 1, false, func(int) { w.zone(zone) })
	w.tail = tail
	if micros != 0 {
		unit, n := durationUnit(micros, durationUnits[:len(durationUnits)-1])
		w.sequence(method, ")", 1, false, func(int) { w.raw(unit + "=" + strconv.FormatInt(n, 10)) })
	}
}

// widthAtMost is an upper bound of the columns that a line takes, however ruff counts them.
func widthAtMost[T string | []byte](line T) int {
	n := len(line)
	for i := range len(line) {
		if b := line[i]; b >= 0xc0 {
			n++ // the first byte of a character that may be wide
		} else if b >= 0x80 {
			n--
		}
	}
	return n
}

// widthAtLeast is a lower bound of the columns that a line takes: marks and emoji may be drawn onto what stands before.
func widthAtLeast(line []byte) int {
	n := 0
	for _, r := range string(line) {
		if r < 0x300 || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			n++
		}
	}
	return n
}
