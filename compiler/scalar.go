package compiler

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// schema says which plain scalars are more than text.
type schema uint8

const (
	core12 schema = iota // YAML 1.2's core schema, and dates
	pyyaml               // what PyYAML reads, YAML 1.1: dag-factory's files were written for it
)

type scalarKind uint8

const (
	isText scalarKind = iota
	isNull
	isBool
	isInt
	isFloat
	isTime
)

// scalar is what a plain scalar means.
type scalar struct {
	kind  scalarKind
	bool  bool
	int   string // decimal digits
	float float64
	time  ir.Time
}

// resolve finds out what a scalar means.
func resolve(n *node, mode schema) scalar {
	switch n.tag {
	case "":
		if !n.plain {
			return scalar{}
		}
	case "!!str", "!", "!!binary":
		return scalar{}
	}
	return resolvePlain(n.text, mode)
}

func resolvePlain(text string, mode schema) scalar {
	if text == "" {
		return scalar{kind: isNull}
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return resolveNumber(text, mode)
	case c == 'n' || c == 'N' || c == '~':
		if text == "null" || text == "~" || text == "Null" || text == "NULL" {
			return scalar{kind: isNull}
		}
	case c == 't' || c == 'T':
		if text == "true" || text == "True" || text == "TRUE" {
			return scalar{kind: isBool, bool: true}
		}
	case c == 'f' || c == 'F':
		if text == "false" || text == "False" || text == "FALSE" {
			return scalar{kind: isBool}
		}
	}
	if mode == pyyaml {
		if truth, ok := yaml11Bool(text); ok {
			return scalar{kind: isBool, bool: truth}
		}
	}
	return scalar{}
}

// yaml11Bool reads the truth values that YAML 1.1 has beside true and false.
func yaml11Bool(text string) (truth, ok bool) {
	switch text {
	case "yes", "Yes", "YES", "on", "On", "ON":
		return true, true
	case "no", "No", "NO", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}

func resolveNumber(text string, mode schema) scalar {
	if t, ok := yamlTimestamp(text); ok {
		return scalar{kind: isTime, time: t}
	}
	if mode == pyyaml {
		return resolve11(text)
	}
	return resolve12(text)
}

func resolve12(text string) scalar {
	digits := text
	if digits[0] == '-' || digits[0] == '+' {
		digits = digits[1:]
	}
	switch {
	case allDigits(digits):
		return scalar{kind: isInt, int: decimal(text)}
	case strings.HasPrefix(text, "0o"):
		return based(text[2:], 8, "")
	case strings.HasPrefix(text, "0x"):
		return based(text[2:], 16, "")
	}
	if f, ok := specialFloat(text); ok {
		return scalar{kind: isFloat, float: f}
	}
	if isFloat12(digits) {
		f, _ := strconv.ParseFloat(text, 64)
		return scalar{kind: isFloat, float: f}
	}
	return scalar{}
}

func allDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// decimal writes an integer without a plus sign and leading zeros.
func decimal(text string) string {
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	for len(text) > 1 && text[0] == '0' {
		text = text[1:]
	}
	if negative && text != "0" {
		return "-" + text
	}
	return text
}

func based(digits string, base int, sign string) scalar {
	if digits == "" || digits[0] == '-' || digits[0] == '+' {
		return scalar{}
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok || len(digits) > 4000 {
		return scalar{}
	}
	if sign == "-" {
		n.Neg(n)
	}
	return scalar{kind: isInt, int: n.String()}
}

func specialFloat(text string) (float64, bool) {
	switch text {
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return math.Inf(1), true
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1), true
	}
	return 0, false
}

// isFloat12 tells whether text, without its sign, is (\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?.
func isFloat12(text string) bool {
	i, whole, fraction := 0, 0, 0
	for i < len(text) && isDigit(text[i]) {
		i, whole = i+1, whole+1
	}
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && isDigit(text[i]); i++ {
			fraction++
		}
	}
	if whole+fraction == 0 {
		return false
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		return allDigits(text[i:])
	}
	return i == len(text)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// resolve11 reads numbers as PyYAML does.
func resolve11(text string) scalar {
	sign, body := "", text
	if body[0] == '-' || body[0] == '+' {
		sign, body = body[:1], body[1:]
	}
	if body == "" {
		return scalar{}
	}
	bare := strings.ReplaceAll(body, "_", "")
	switch {
	case body[0] == '_' || bare == "":
	case strings.HasPrefix(body, "0b") && only(body[2:], "01_") && len(bare) > 2:
		return based(bare[2:], 2, sign)
	case strings.HasPrefix(body, "0x") && only(body[2:], "0123456789abcdefABCDEF_") && len(bare) > 2:
		return based(bare[2:], 16, sign)
	case body == "0":
		return scalar{kind: isInt, int: "0"}
	case body[0] == '0' && only(body, "01234567_"):
		return based(bare, 8, sign)
	case body[0] != '0' && only(body, "0123456789_"):
		return scalar{kind: isInt, int: decimal(sign + bare)}
	}
	if s, ok := sexagesimal(sign, body); ok {
		return s
	}
	if f, ok := specialFloat(text); ok {
		return scalar{kind: isFloat, float: f}
	}
	if isFloat11(sign, body) {
		f, err := strconv.ParseFloat(sign+bare, 64)
		if err == nil || f != 0 {
			return scalar{kind: isFloat, float: f}
		}
	}
	return scalar{}
}

func only(text, set string) bool {
	return text != "" && strings.Trim(text, set) == ""
}

// isFloat11 is PyYAML's [0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)? and, with a plus sign or none, \.[0-9][0-9_]*([eE][-+][0-9]+)?.
func isFloat11(sign, body string) bool {
	mantissa, exponent, has := strings.Cut(strings.ReplaceAll(body, "E", "e"), "e")
	if has && (len(exponent) < 2 || exponent[0] != '+' && exponent[0] != '-' || !allDigits(exponent[1:])) {
		return false
	}
	whole, fraction, dot := strings.Cut(mantissa, ".")
	if !dot {
		return false
	}
	if whole == "" {
		return sign == "" && only(fraction, "0123456789_") && isDigit(fraction[0])
	}
	return isDigit(whole[0]) && only(whole, "0123456789_") && (fraction == "" || only(fraction, "0123456789_"))
}

// sexagesimal reads 1:30 and 1:30:00.5, numbers to the base of 60 in YAML 1.1.
func sexagesimal(sign, body string) (scalar, bool) {
	parts := strings.Split(body, ":")
	if len(parts) < 2 || len(parts) > 8 {
		return scalar{}, false
	}
	last := parts[len(parts)-1]
	lastWhole, fraction, isFraction := strings.Cut(last, ".")
	for i, p := range parts {
		if i == len(parts)-1 {
			p = lastWhole
		}
		if i == 0 {
			if !only(p, "0123456789_") || p[0] == '_' || p[0] == '0' && !isFraction {
				return scalar{}, false
			}
			continue
		}
		if len(p) < 1 || len(p) > 2 || !allDigits(p) || len(p) == 2 && p[0] > '5' {
			return scalar{}, false
		}
	}
	if isFraction && fraction != "" && !only(fraction, "0123456789_") {
		return scalar{}, false
	}
	total := new(big.Int)
	for i, p := range parts {
		if i == len(parts)-1 {
			p = lastWhole
		}
		digit, ok := new(big.Int).SetString(strings.ReplaceAll(p, "_", ""), 10)
		if !ok {
			return scalar{}, false
		}
		total.Add(total.Mul(total, big.NewInt(60)), digit)
	}
	if !isFraction {
		if sign == "-" {
			total.Neg(total)
		}
		return scalar{kind: isInt, int: total.String()}, true
	}
	whole, _ := new(big.Float).SetInt(total).Float64()
	part, _ := strconv.ParseFloat("0."+strings.ReplaceAll(fraction, "_", "")+"0", 64)
	if sign == "-" {
		return scalar{kind: isFloat, float: -(whole + part)}, true
	}
	return scalar{kind: isFloat, float: whole + part}, true
}

// yaml11Surprise tells whether plain text that YAML 1.2 takes one way means something else to PyYAML and to Airflow's users;
// meaning says what.
func yaml11Surprise(text string) (meaning string, ok bool) {
	if truth, isBool := yaml11Bool(text); isBool {
		return strconv.FormatBool(truth), true
	}
	if c := text[0]; !isDigit(c) && c != '-' && c != '+' && c != '.' {
		return "", false
	}
	before, now := resolve11(text), resolve12(text)
	if before.kind == now.kind && before.int == now.int || before.kind == isText {
		return "", false
	}
	if before.kind == isInt {
		return before.int, true
	}
	return strconv.FormatFloat(before.float, 'g', -1, 64), before.kind == isFloat && now.kind != isFloat
}
