package jinja

import "strings"

// Plain tells, without making a tree, whether all that a text holds of Jinja is {{ name }} and {{ name.attr }}, each good by the
// word of a function. Most templates are so; of any other, Parse knows more.
func Plain(text string, good func(name, attr string) bool) bool {
	if strings.Contains(text, "{%") || strings.Contains(text, "{#") {
		return false
	}
	for {
		open := strings.Index(text, "{{")
		if open < 0 {
			return true
		}
		text = strings.TrimLeft(text[open+2:], " ")
		name := text[:word(text)]
		text = text[len(name):]
		attr := ""
		if name != "" && text != "" && text[0] == '.' {
			attr = text[1 : 1+word(text[1:])]
			if attr == "" {
				return false
			}
			text = text[1+len(attr):]
		}
		text = strings.TrimLeft(text, " ")
		if name == "" || !strings.HasPrefix(text, "}}") || !good(name, attr) {
			return false
		}
		text = text[2:]
	}
}

// word is the length of the ASCII name at the start of text.
func word(text string) int {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && isDigit(c) {
			continue
		}
		return i
	}
	return len(text)
}
