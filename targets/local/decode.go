package local

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoderOf is how Python decodes the output of a task in an encoding, with errors="backslashreplace": a byte that does
// not fit is written as \xNN. It is nil for an encoding that is not known here.
func decoderOf(encoding string) func([]byte) string {
	switch strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(encoding)) {
	case "", "utf-8", "utf8":
		return decodeUTF8
	case "ascii", "us-ascii":
		return decodeASCII
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1":
		return decodeLatin1
	}
	return nil
}

func decodeUTF8(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	var out strings.Builder
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			out.WriteString(escapeByte(data[0]))
		} else {
			out.Write(data[:size])
		}
		data = data[size:]
	}
	return out.String()
}

func decodeASCII(data []byte) string {
	var out strings.Builder
	for _, b := range data {
		if b < utf8.RuneSelf {
			out.WriteByte(b)
		} else {
			out.WriteString(escapeByte(b))
		}
	}
	return out.String()
}

func decodeLatin1(data []byte) string {
	var out strings.Builder
	for _, b := range data {
		out.WriteRune(rune(b))
	}
	return out.String()
}

func escapeByte(b byte) string { return `\x` + strconv.FormatUint(0x100|uint64(b), 16)[1:] }

// trimRight is Python's str.rstrip().
func trimRight(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool {
		switch {
		case r >= '\t' && r <= '\r', r >= 0x1c && r <= ' ', r == 0x85, r == 0xa0, r == 0x1680,
			r >= 0x2000 && r <= 0x200a, r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
			return true
		}
		return false
	})
}
