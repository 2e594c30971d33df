package compiler

import (
	"unicode/utf8"

	"github.com/dagexport/dagexport/ir"
)

// within is the stretch of the file from which the bytes from start to end of a scalar's decoded text came, whatever its
// quotes and line breaks. Of a scalar whose text was made of a template, and of any doubt, it is the whole scalar.
func (c *compilation) within(n *node, start, end int) ir.Span {
	s := c.sourceOf(n.span)
	if n.made || s == nil || n.kind != scalarNode || start < 0 || end > len(n.text) || start > end {
		return n.span
	}
	w := scalarWalk{src: s.text[:n.span.End.Offset], at: int(n.span.Start.Offset), text: n.text}
	if w.at >= len(w.src) {
		return n.span
	}
	switch {
	case w.src[w.at] == '"' && !n.plain:
		w.double()
	case w.src[w.at] == '\'' && !n.plain:
		w.at, w.single = w.at+1, true
	case n.block:
		for w.at < len(w.src) && w.src[w.at] != '\n' {
			w.at++
		}
	}
	from, ok := w.seek(start)
	to := from
	if ok && end > start {
		if to, ok = w.seek(end - 1); to < len(w.src) {
			to++
		}
		if w.marks != nil && w.src[to-1] == '\\' {
			to = w.marked(end)
		}
	}
	if !ok || to < from {
		return n.span
	}
	return s.span(int32(from), int32(to))
}

// scalarWalk goes over the source of a scalar and its decoded text at once. What is not blank is the same in both, in the
// same order, but for quotes and escapes; blanks differ, as lines are folded and indentation is taken away.
type scalarWalk struct {
	src    []byte // up to the end of the scalar
	at     int    // in src
	text   string
	done   int // bytes of text that are behind
	single bool
	marks  []mark // of a double-quoted scalar: where each byte of text came from
}

// mark says that text from an offset on came from src at another, byte by byte, up to the next mark.
type mark struct{ text, src int }

// seek is the offset in src from which the byte of text at an offset came. Offsets must not go down from call to call.
func (w *scalarWalk) seek(offset int) (int, bool) {
	if w.marks != nil {
		return w.marked(offset), true
	}
	for w.done < offset {
		if !w.step() {
			return 0, false
		}
	}
	if offset >= len(w.text) || isBlank(w.text[offset]) {
		return w.at, true
	}
	w.skipBlanks()
	return w.at, w.at < len(w.src) && w.src[w.at] == w.text[offset]
}

func (w *scalarWalk) skipBlanks() {
	for w.at < len(w.src) && isBlank(w.src[w.at]) {
		w.at++
	}
}

// step goes over one byte of text.
func (w *scalarWalk) step() bool {
	b := w.text[w.done]
	w.done++
	if isBlank(b) {
		if w.at < len(w.src) && w.src[w.at] == b && b != '\n' {
			w.at++
		}
		return true
	}
	w.skipBlanks()
	if w.at >= len(w.src) || w.src[w.at] != b {
		return false
	}
	w.at++
	if w.single && b == '\'' {
		w.at++
	}
	return true
}

func (w *scalarWalk) marked(offset int) int {
	lo, hi := 0, len(w.marks)
	for lo < hi {
		if mid := (lo + hi) / 2; w.marks[mid].text <= offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	m := w.marks[lo-1]
	return min(m.src+offset-m.text, len(w.src)-1)
}

// double reads a double-quoted scalar, as YAML's escapes and folding have it.
func (w *scalarWalk) double() {
	src, decoded := w.src, 0
	w.at++
	w.marks = append(w.marks, mark{0, w.at})
	note := func() { w.marks = append(w.marks, mark{decoded, w.at}) }
	for w.at < len(src) && src[w.at] != '"' {
		switch {
		case src[w.at] == '\\' && w.at+1 < len(src):
			if next := src[w.at+1]; next == '\n' || next == '\r' {
				w.at++
				w.skipBlanks()
				note()
				continue
			}
			note()
			size, digits := escapeSize(src[w.at+1:])
			decoded, w.at = decoded+size, w.at+2+digits
			note()
		case isBlank(src[w.at]):
			from := w.at
			w.skipBlanks()
			breaks := 0
			for _, b := range src[from:w.at] {
				if b == '\n' {
					breaks++
				}
			}
			switch breaks {
			case 0:
				decoded += w.at - from
			case 1:
				decoded++
				note()
			default:
				decoded += breaks - 1
				note()
			}
		default:
			decoded++
			w.at++
		}
	}
}

// escapeSize is how many bytes an escape makes, and how many hexadecimal digits follow its letter.
func escapeSize(after []byte) (size, digits int) {
	switch after[0] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case 'N', '_':
		return 2, 0
	case 'L', 'P':
		return 3, 0
	default:
		return 1, 0
	}
	r := rune(0)
	for _, b := range after[1:min(len(after), 1+digits)] {
		d, ok := hexDigit(b)
		if !ok {
			return 1, 0
		}
		r = r<<4 | d
	}
	return max(utf8.RuneLen(r), 1), digits
}

func hexDigit(b byte) (rune, bool) {
	switch {
	case b >= '0' && b <= '9':
		return rune(b - '0'), true
	case b >= 'a' && b <= 'f':
		return rune(b-'a') + 10, true
	case b >= 'A' && b <= 'F':
		return rune(b-'A') + 10, true
	}
	return 0, false
}
