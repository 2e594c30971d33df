package compiler

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestScalarsAgreeWithPyYAML compares with a table that PyYAML made; testdata/scalars.py makes it anew.
func TestScalarsAgreeWithPyYAML(t *testing.T) {
	table, err := os.ReadFile("testdata/scalars.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")
	if len(lines) < 1000 {
		t.Fatalf("the table has only %d scalars", len(lines))
	}
	for _, line := range lines {
		parts := strings.Split(line, "\t")
		s := resolvePlain(parts[0], pyyaml)
		kind, value := described(t, s)
		if kind != parts[1] || value != parts[2] {
			t.Errorf("%q: PyYAML says %s %s, we say %s %s", parts[0], parts[1], parts[2], kind, value)
		}
	}
}

func described(t *testing.T, s scalar) (kind, value string) {
	t.Helper()
	switch s.kind {
	case isNull:
		return "null", ""
	case isBool:
		return "bool", map[bool]string{true: "True", false: "False"}[s.bool]
	case isInt:
		return "int", s.int
	case isFloat:
		return "float", pythonHex(s.float)
	case isTime:
		if s.time.DateOnly {
			return "date", s.time.String()
		}
		zone := ""
		if s.time.Zone != "" {
			at, err := time.Parse("-07:00", strings.Replace(s.time.Zone, "UTC", "+00:00", 1))
			if err != nil {
				t.Fatal(err)
			}
			_, offset := at.Zone()
			zone = fmt.Sprintf(" %d", offset)
		}
		return "datetime", s.time.String() + zone
	}
	return "text", ""
}

// pythonHex is float.hex of Python.
func pythonHex(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64)), "+")
	case f == 0:
		return map[bool]string{true: "-0x0.0p+0", false: "0x0.0p+0"}[math.Signbit(f)]
	}
	text := strconv.FormatFloat(f, 'x', 13, 64)
	mantissa, exponent, _ := strings.Cut(text, "p")
	n, _ := strconv.Atoi(exponent)
	return fmt.Sprintf("%sp%+d", mantissa, n)
}

// TestScalarsOfYAML12 is YAML 1.2's core schema.
func TestScalarsOfYAML12(t *testing.T) {
	for text, want := range map[string]string{
		"yes": "text", "on": "text", "true": "bool True", "False": "bool False", "null": "null", "~": "null", "None": "text",
		"010": "int 10", "0o17": "int 15", "0x1F": "int 31", "-0x1F": "text", "0b1": "text", "1_000": "text", "+7": "int 7", "-0": "int 0",
		"1:30": "text", "1e3": "float 0x1.f400000000000p+9", "1.": "float 0x1.0000000000000p+0", ".5": "float 0x1.0000000000000p-1",
		".inf": "float inf", "-.INF": "float -inf", ".NaN": "float nan", "2026-01-31": "date 2026-01-31", "1.2.3": "text", "": "null",
		"99999999999999999999999": "int 99999999999999999999999",
	} {
		kind, value := described(t, resolvePlain(text, core12))
		if got := strings.TrimSpace(kind + " " + value); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
