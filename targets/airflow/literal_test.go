package airflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// literalOf is a value as it stands in a file that has nothing else.
func literalOf(v ir.Value) string {
	w := &writer{imports: newImports(nil), indent: indentStep, tail: 1}
	w.raw("    x=")
	mark := len(w.buf)
	w.value(v)
	return string(w.buf[mark:])
}

func TestLiteral(t *testing.T) {
	tests := []struct {
		value ir.Value
		want  string
	}{
		{str(""), `""`},
		{str(`say "hi"`), `'say "hi"'`},
		{str(`it's`), `"it's"`},
		{str(`"it's"`), `'"it\'s"'`},
		{str(`'"`), `"'\""`},
		{str(`C:\new`), `"C:\\new"`},
		{str("a\tb\r\n\x00\x1b\x7f\u0085\u2028\ufeff\U0001f600é"), `"a\tb\r\n\x00\x1b\x7f\x85\u2028\ufeff😀é"`},
		{num("0"), "0"},
		{num("-12"), "-12"},
		{num("007"), "7"},
		{num(strings.Repeat("9", 4300)), strings.Repeat("9", 4300)},
		{float(1), "1.0"},
		{float(0.1), "0.1"},
		{float(math.Copysign(0, -1)), "-0.0"},
		{float(1e16), "1e16"},
		{float(1e-5), "1e-05"},
		{float(123456789012345.6), "123456789012345.6"},
		{float(math.Inf(-1)), "-math.inf"},
		{float(math.NaN()), "math.nan"},
		{&ir.Null{}, "None"},
		{boolean(true), "True"},
		{list(), "[]"},
		{list(str("a")), `["a"]`},
		{list(num("1"), num("2")), "[\n        1,\n        2,\n    ]"},
		{dict("a", list(dict("b", num("1")))), `{"a": [{"b": 1}]}`},
		{list(list(num("1"), num("2"))), "[\n        [\n            1,\n            2,\n        ],\n    ]"},
		{seconds(0), "timedelta(seconds=0)"},
		{seconds(5400), "timedelta(minutes=90)"},
		{seconds(86400), "timedelta(days=1)"},
		{seconds(-1), "timedelta(seconds=-1)"},
		{&ir.Duration{Micros: 1_500_000}, "timedelta(milliseconds=1500)"},
		{&ir.Duration{Micros: 7}, "timedelta(microseconds=7)"},
		{&ir.Time{Year: 2026, Month: 1, Day: 2, DateOnly: true}, "date(2026, 1, 2)"},
		{&ir.Time{Year: 2026, Month: 1, Day: 2, Minute: 5}, "datetime(2026, 1, 2, 0, 5)"},
		{&ir.Time{Year: 2026, Month: 1, Day: 2, Zone: "Europe/Berlin"}, `pendulum.datetime(2026, 1, 2, tz="Europe/Berlin")`},
		{&ir.Time{Year: 2026, Month: 1, Day: 2, Zone: "-05:30"}, `pendulum.datetime(2026, 1, 2, tz=pendulum.timezone(-19800))`},
		{&ir.Ago{Back: seconds(2 * 86400), Zone: "UTC"}, `pendulum.today("UTC").subtract(days=2)`},
		{&ir.Ago{Back: seconds(-60), Zone: "Europe/Berlin"}, `pendulum.today("Europe/Berlin").add(minutes=1)`},
		{&ir.Ago{Zone: "UTC"}, `pendulum.today("UTC")`},
		{callable("sales.clean", "Cls.run"), "sales.clean.Cls.run"},
		{str("one line\n"), `"one line\n"`},
		{str(strings.Repeat("x", 60) + "\n" + strings.Repeat("y", 60)), "(\n        \"" + strings.Repeat("x", 60) + "\\n\"\n        \"" + strings.Repeat("y", 60) + "\"\n    )"},
	}
	for _, test := range tests {
		if got := literalOf(test.value); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// proof is a Python literal and what Python must read it as: a string, or the repr of anything else.
type proof struct {
	Literal string `json:"l"`
	Text    string `json:"t,omitempty"`
	Repr    string `json:"r,omitempty"`
}

const prover = `
import ast, json, math, sys
sys.set_int_max_str_digits(0)
bad = 0
for line in sys.stdin:
    p = json.loads(line)
    # ast.literal_eval knows no names, so that infinities and NaN are evaluated.
    v = eval(p["l"], {"math": math}) if "math." in p["l"] and "r" in p else ast.literal_eval(p["l"])
    if (v != p.get("t", "")) if "r" not in p else (repr(v) != p["r"]):
        bad += 1
        if bad < 10:
            print("literal", p["l"][:200], "is", repr(v)[:200])
print("checked")
`

// TestLiteralsAgreeWithPython gives Python every Unicode scalar, and numbers and collections of all kinds.
func TestLiteralsAgreeWithPython(t *testing.T) {
	var proofs bytes.Buffer
	enc := json.NewEncoder(&proofs)
	prove := func(p proof) {
		if err := enc.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	proveText := func(s string) { prove(proof{Literal: literalOf(str(s)), Text: s}) }

	var all strings.Builder
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) {
			all.WriteRune(r)
		}
		if all.Len() > 4096 || r == utf8.MaxRune {
			proveText(all.String())
			all.Reset()
		}
	}
	for r := rune(0); r < 0x300; r++ {
		for _, around := range []string{"%s", "%s\"", "'%s", "\\%s", "%s0", "%s\n%s", "%sN{DASH}"} {
			proveText(strings.ReplaceAll(around, "%s", string(r)))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab \"'\\\n\r\t\x00{}%é日😀\u2028xNuU0")
	for range 3000 {
		text := make([]rune, random.IntN(300))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		proveText(string(text))
	}
	for _, n := range []int{1, 19, 20, 40, 4299, 4300, 4301, 9000} {
		digits := strings.Repeat("7", n)
		prove(proof{Literal: literalOf(num(digits)), Repr: digits})
		prove(proof{Literal: literalOf(num("-" + digits)), Repr: "-" + digits})
	}
	floats := []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, 1e15, 1e16, 1e17, 1e22, 1e-4, 9.9e-5, 1e100, math.MaxFloat64,
		math.SmallestNonzeroFloat64, 123456.789, 9007199254740993, math.Inf(1), math.Inf(-1), math.NaN()}
	for range 3000 {
		floats = append(floats, math.Float64frombits(random.Uint64()))
	}
	for _, f := range floats {
		prove(proof{Literal: literalOf(float(f)), Repr: pythonRepr(f)})
	}
	nested, repr := ir.Value(list()), "[]"
	for i := range 60 {
		n := strconv.Itoa(i)
		if i%2 == 0 {
			nested, repr = list(num(n), nested), "["+n+", "+repr+"]"
		} else {
			nested, repr = dict("z", nested, "a", boolean(true), "m", &ir.Null{}), "{'z': "+repr+", 'a': True, 'm': None}"
		}
		prove(proof{Literal: literalOf(nested), Repr: repr})
	}

	cmd := exec.Command("python3", "-c", prover)
	cmd.Stdin = &proofs
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "checked\n" {
		t.Errorf("python3: %v\n%s", err, out)
	}
}

// pythonRepr is repr() of a float.
func pythonRepr(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(fmt.Sprint(f)), "+")
	}
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// A text is one literal on one line or a parenthesised pile of literals: nothing of it is left outside the quotes.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "\"", "'", "\\", "a\nb", "\x00", "\u2028", "');import os", "\xff", strings.Repeat("long\n", 50)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := literalOf(str(s))
		lines := []string{got}
		if strings.HasPrefix(got, "(\n") {
			lines = strings.Split(got, "\n")
			lines = lines[1 : len(lines)-1]
		}
		var text strings.Builder
		for _, line := range lines {
			text.WriteString(unquotePython(t, strings.TrimSpace(line)))
		}
		if want := strings.ToValidUTF8(s, ""); utf8.ValidString(s) && text.String() != want {
			t.Errorf("%q came back as %q from %s", s, text.String(), got)
		}
	})
}

// unquotePython reads the escapes that we write, and nothing else.
func unquotePython(t *testing.T, literal string) string {
	quote := literal[0]
	if len(literal) < 2 || quote != '"' && quote != '\'' || literal[len(literal)-1] != quote {
		t.Fatalf("no literal: %s", literal)
	}
	rest := literal[1 : len(literal)-1]
	var out strings.Builder
	for rest != "" {
		if rest[0] == quote || rest[0] == '\n' || rest[0] == '\r' {
			t.Fatalf("the literal ends early: %s", literal)
		}
		r, _, tail, err := strconv.UnquoteChar(rest, quote)
		if err != nil {
			t.Fatalf("%v in %s", err, literal)
		}
		// Go reads \xNN as a byte, Python as a code point: the same below 0x80, and UnquoteChar gives the value.
		out.WriteRune(r)
		rest = tail
	}
	return out.String()
}
