package diag

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

const (
	tabWidth    = 4
	excerptWide = 120 // display columns of a source line that are shown, around the mark
)

// TextOptions say how text is written.
type TextOptions struct {
	Color bool
}

// WriteText writes diagnostics for a person: the place and the message, the source line with a mark, and what to do.
func WriteText(w io.Writer, views []View, opts TextOptions) error {
	var out strings.Builder
	paint := palette(opts.Color)
	for _, v := range views {
		writeView(&out, v, paint)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

type paints struct{ error, warning, bold, gutter, reset string }

func palette(color bool) paints {
	if !color {
		return paints{}
	}
	return paints{error: "\x1b[1;31m", warning: "\x1b[1;33m", bold: "\x1b[1m", gutter: "\x1b[34m", reset: "\x1b[0m"}
}

func writeView(out *strings.Builder, v View, p paints) {
	tone := p.error
	if v.Severity == Warning.String() {
		tone = p.warning
	}
	where := printable(v.File)
	if v.Line > 0 {
		where += ":" + strconv.Itoa(v.Line) + ":" + strconv.Itoa(v.Column)
	}
	fmt.Fprintf(out, "%s%s:%s %s%s:%s %s [%s]\n", p.bold, where, p.reset, tone, v.Severity, p.reset, printable(v.Message), v.Code)

	gutter := 1
	for _, place := range v.Places {
		gutter = max(gutter, len(strconv.Itoa(place.Line)))
	}
	bar := func(number string) string {
		return fmt.Sprintf("%s%*s |%s", p.gutter, gutter, number, p.reset)
	}
	for i, place := range v.Places {
		mark, color := "^", tone
		if i > 0 {
			mark, color = "-", p.gutter
		}
		if place.File != v.File {
			fmt.Fprintf(out, "%s%*s-->%s %s:%d:%d\n", p.gutter, gutter, "", p.reset, printable(place.File), place.Line, place.Column)
		}
		text, before, marked := excerpt(place)
		out.WriteString(bar("") + "\n")
		out.WriteString(strings.TrimRight(bar(strconv.Itoa(place.Line))+" "+text, " ") + "\n")
		line := bar("") + " " + strings.Repeat(" ", before) + color + strings.Repeat(mark, marked)
		if place.Label != "" {
			line += " " + printable(place.Label)
		}
		out.WriteString(line + p.reset + "\n")
	}
	for _, help := range v.Help {
		fmt.Fprintf(out, "%*s %s=%s help: %s\n", gutter, "", p.gutter, p.reset, strings.ReplaceAll(printable(help), "\n", "\n"+strings.Repeat(" ", gutter+9)))
	}
}

// excerpt is the line as a terminal shows it, how many columns stand before the mark, and how wide the mark is. A long line
// is cut to a window around the mark.
func excerpt(place Place) (text string, before, marked int) {
	from, to := place.Column-1, place.Column-1+place.Length
	type cell struct {
		text  string
		width int
		rune  int // index of its first rune in the line
	}
	var cells []cell
	graphemes := uniseg.NewGraphemes(place.Text)
	column, at := 0, 0
	for graphemes.Next() {
		c := cell{text: graphemes.Str(), width: graphemes.Width(), rune: at}
		at += len(graphemes.Runes())
		if c.text == "\t" {
			c.width = tabWidth - column%tabWidth
			c.text = strings.Repeat(" ", c.width)
		} else if safe := printable(c.text); safe != c.text {
			c.text, c.width = safe, uniseg.StringWidth(safe)
		}
		column += c.width
		cells = append(cells, c)
	}
	first, last := 0, len(cells)
	if column > excerptWide {
		for first < len(cells) && cells[first].rune < from {
			first++
		}
		for room := excerptWide / 3; first > 0 && room > 0; first-- {
			room -= cells[first-1].width
		}
		last = first
		for room := excerptWide; last < len(cells) && room > 0; last++ {
			room -= cells[last].width
		}
	}
	var out strings.Builder
	if first > 0 {
		out.WriteString("...")
		before = 3
	}
	for _, c := range cells[first:last] {
		out.WriteString(c.text)
		switch {
		case c.rune < from:
			before += c.width
		case c.rune < to:
			marked += c.width
		}
	}
	if last < len(cells) {
		out.WriteString("...")
	}
	return out.String(), before, max(marked, 1)
}

// printable keeps a file's control characters from reaching the terminal.
func printable(text string) string {
	if strings.IndexFunc(text, unsafeRune) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if !unsafeRune(r) {
			out.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		out.WriteString(quoted[1 : len(quoted)-1])
	}
	return out.String()
}

// unsafeRune tells control and format characters (bidirectional overrides among them); joiners are part of graphemes.
func unsafeRune(r rune) bool {
	return r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c')
}
