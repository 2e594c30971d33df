package compiler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/dagexport/dagexport/internal/diag"
)

const (
	maxDepth    = 100       // of nesting; Python's own parser gives up not far above
	maxExpanded = 1_000_000 // nodes that aliases may add to a small file; ten more for each byte of a large one
)

// loader makes nodes out of what the YAML library found and adds what it leaves out: where each node ends, duplicate keys,
// merge keys, bounds.
type loader struct {
	src     *source
	diags   *diag.List
	memory  *memory
	anchors map[*yaml.Node]*node
	size    map[*node]int64 // nodes below an anchor, aliases followed
	open    map[*yaml.Node]bool
	added   int64 // nodes that aliases have added
	line    int   // of the node last placed, from 0
	failed  bool
}

// parse reads the document of a file; nil when there is none or an error was found that leaves no tree to work on.
func parse(src *source, m *memory, diags *diag.List) *node {
	if !utf8.Valid(src.text) {
		reportNotUTF8(src, diags)
		return nil
	}
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(src.text[src.bom:]))
	err := decode(decoder, &document)
	if hasNothing(&document, err) {
		diags.Errorf(src.span(src.bom, src.bom), diag.EmptyFile, "the file is empty").
			WithHelp("a pipeline file has `tasks:` at the top level, or DAGs keyed by their ids")
		return nil
	}
	if err == nil {
		if err = decode(decoder, &second); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			at := src.offset(second.Line, second.Column)
			diags.Errorf(src.span(at, min(at+3, int32(len(src.text)))), diag.ManyDocuments, "a second YAML document begins here").
				WithHelp("a pipeline file is one document: remove the line `---`, or make it a file of its own")
			return nil
		}
	}
	if err != nil {
		reportSyntax(src, err.Error(), diags)
		return nil
	}
	l := &loader{src: src, memory: m, diags: diags}
	root, _ := l.load(document.Content[0], 1)
	if l.failed {
		return nil
	}
	return root
}

// hasNothing tells whether a document that was read, with the error of reading it, has nothing in it.
func hasNothing(document *yaml.Node, err error) bool {
	return errors.Is(err, io.EOF) || err == nil && len(document.Content) == 1 && isEmpty(document.Content[0])
}

// parseOptional is parse for a file that may have nothing in it: it is a mapping without keys then.
func parseOptional(src *source, m *memory, diags *diag.List) *node {
	var document yaml.Node
	if hasNothing(&document, decode(yaml.NewDecoder(bytes.NewReader(src.text[src.bom:])), &document)) {
		return &node{kind: mapNode, span: src.span(src.bom, src.bom)}
	}
	return parse(src, m, diags)
}

// decode is Decode, with the panics that the library has on some texts made errors.
func decode(decoder *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return decoder.Decode(into)
}

func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

func reportNotUTF8(src *source, diags *diag.List) {
	at := 0
	for at < len(src.text) {
		r, size := utf8.DecodeRune(src.text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	d := diags.Errorf(src.span(int32(at), int32(at+1)), diag.NotUTF8, "the file is not UTF-8: byte 0x%02x", src.text[at])
	if bytes.HasPrefix(src.text, []byte("\xff\xfe")) || bytes.HasPrefix(src.text, []byte("\xfe\xff")) {
		d.WithHelp("it looks like UTF-16: save it as UTF-8")
		return
	}
	d.WithHelp("save the file as UTF-8")
}

// load makes a node of y and returns the offset at which its text ends.
func (l *loader) load(y *yaml.Node, depth int) (*node, int32) {
	start := l.src.offset(y.Line, y.Column)
	if depth > maxDepth {
		if !l.failed {
			l.diags.Errorf(l.src.span(start, start), diag.TooDeep, "values are nested more than %d levels deep", maxDepth).
				WithHelp("Python itself refuses to read code that is nested much deeper")
		}
		l.failed = true
		return &node{span: l.src.span(start, start)}, start
	}
	if y.Kind == yaml.AliasNode {
		end := start + 1 + int32(len(y.Value))
		return l.alias(y, start, end), end
	}
	n := &l.memory.nodes.take(1)[:1][0]
	if y.Anchor != "" {
		if l.anchors == nil {
			l.anchors, l.size, l.open = map[*yaml.Node]*node{}, map[*node]int64{}, map[*yaml.Node]bool{}
		}
		l.anchors[y] = n
		l.open[y] = true
		defer delete(l.open, y)
	}
	at := start
	if y.Anchor != "" || y.Style&yaml.TaggedStyle != 0 {
		at = l.skipProperties(start)
	}
	if y.Style&yaml.TaggedStyle != 0 {
		n.tag = y.Tag
		if !l.src.tagKnown(y) {
			l.unknownTag(y, start, at)
		}
	}
	first := l.src.pos(at, l.line)
	l.line = int(first.Line) - 1
	end := at
	switch y.Kind {
	case yaml.ScalarNode:
		n.kind = scalarNode
		n.text = y.Value
		n.plain = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
		n.block = y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		end = l.src.scalarEnd(y, at)
	case yaml.SequenceNode:
		n.kind = listNode
		n.items = l.memory.items.take(len(y.Content))
		for _, child := range y.Content {
			var c *node
			c, end = l.load(child, depth+1)
			n.items = append(n.items, c)
		}
	case yaml.MappingNode:
		n.kind = mapNode
		end = l.loadMap(n, y, at, depth)
	}
	if y.Style&yaml.FlowStyle != 0 && y.Kind != yaml.ScalarNode {
		end = l.src.flowEnd(max(end, at+1))
	}
	n.span.File = l.src.file
	n.span.Start = first
	if l.src.ascii && n.plain && string(l.src.text[at:end]) == n.text {
		n.span.End = first
		n.span.End.Col += end - at
		n.span.End.Offset = end
	} else {
		n.span.End = l.src.pos(end, l.line)
		l.line = int(n.span.End.Line) - 1
	}
	return n, end
}

func (l *loader) loadMap(n *node, y *yaml.Node, at int32, depth int) int32 {
	n.pairs = l.memory.pairs.take(len(y.Content) / 2)
	end, merges := at, false
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind != yaml.ScalarNode && !(key.Kind == yaml.AliasNode && key.Alias.Kind == yaml.ScalarNode) {
			l.badKey(y, key, at)
			end = at
			return l.src.balancedEnd(at, y.Style&yaml.FlowStyle != 0)
		}
		k, _ := l.load(key, depth+1)
		var v *node
		v, end = l.load(value, depth+1)
		if k.text == "<<" && k.plain && k.tag == "" {
			merges = true
		}
		n.pairs = append(n.pairs, pair{k, v})
	}
	n.pairs = l.duplicates(n.pairs)
	if merges {
		n.pairs = l.merge(n.pairs)
	}
	return end
}

// badKey reports a key that is a list or a map; one that is written {{ }} is Jinja without quotes.
func (l *loader) badKey(y, key *yaml.Node, at int32) {
	start := l.src.offset(key.Line, key.Column)
	if y.Style&yaml.FlowStyle != 0 && bytes.HasPrefix(l.src.text[at:], []byte("{{")) {
		reportBareJinja(l.src, at, l.diags)
	} else {
		l.diags.Errorf(l.src.span(start, start+1), diag.WrongType, "a key must be text")
	}
	l.failed = true
}

func (l *loader) alias(y *yaml.Node, start, end int32) *node {
	target := l.anchors[y.Alias]
	if target == nil || l.open[y.Alias] {
		l.diags.Errorf(l.src.span(start, end), diag.Syntax, "the alias *%s is inside the value that it names", y.Value)
		l.failed = true
		return &node{span: l.src.span(start, end)}
	}
	l.added += l.count(target)
	if limit := maxExpanded + 10*int64(len(l.src.text)); l.added > limit && !l.failed {
		l.failed = true
		l.diags.Errorf(l.src.span(start, end), diag.TooManyAlias, "aliases make the file more than %d values large", limit).
			WithHelp("write out what is needed, or split the file")
	}
	return target
}

// count is the number of nodes below n, aliases followed.
func (l *loader) count(n *node) int64 {
	if size, ok := l.size[n]; ok {
		return size
	}
	size := int64(1)
	for _, item := range n.items {
		size = min(size+l.count(item), 1<<40)
	}
	for _, p := range n.pairs {
		size = min(size+1+l.count(p.value), 1<<40)
	}
	if n.kind != scalarNode {
		l.size[n] = size
	}
	return size
}

// duplicates reports keys that a map has twice and keeps the first of them, so that nothing else is said about the others.
func (l *loader) duplicates(pairs []pair) []pair {
	const few = 12
	var seen map[string]*node
	if len(pairs) > few {
		seen = make(map[string]*node, len(pairs))
	}
	kept := pairs[:0]
	for _, p := range pairs {
		var before *node
		if seen != nil {
			if before = seen[p.key.text]; before == nil {
				seen[p.key.text] = p.key
			}
		} else {
			for _, q := range kept {
				if q.key.text == p.key.text {
					before = q.key
					break
				}
			}
		}
		if before == nil || p.key.text == "<<" && p.key.plain {
			kept = append(kept, p)
			continue
		}
		l.diags.Errorf(p.key.span, diag.DuplicateKey, "duplicate key %q", p.key.text).
			WithPlace(before.span, "first defined here").
			WithHelp("YAML readers keep only the last one in silence: remove or rename one of them")
	}
	return kept
}

// merge puts what `<<` brings before a map's own entries, in PyYAML's order: the first of several maps wins and comes last,
// and an own entry takes the place of a merged one.
func (l *loader) merge(own []pair) []pair {
	var all []pair
	for _, p := range own {
		if p.key.text != "<<" || !p.key.plain {
			continue
		}
		switch p.value.kind {
		case mapNode:
			all = append(all, p.value.pairs...)
		case listNode:
			for i := len(p.value.items) - 1; i >= 0; i-- {
				if item := p.value.items[i]; item.kind == mapNode {
					all = append(all, item.pairs...)
				} else {
					l.diags.Errorf(item.span, diag.WrongType, "the merge key << takes mappings")
				}
			}
		default:
			l.diags.Errorf(p.value.span, diag.WrongType, "the merge key << takes a mapping, or a list of mappings").
				WithHelp("write `<<: *name` with the name of an anchor")
		}
		l.added += int64(len(all))
	}
	for _, p := range own {
		if p.key.text != "<<" || !p.key.plain {
			all = append(all, p)
		}
	}
	place := make(map[string]int, len(all))
	out := all[:0:0]
	for _, p := range all {
		if i, ok := place[p.key.text]; ok {
			out[i] = p
			continue
		}
		place[p.key.text] = len(out)
		out = append(out, p)
	}
	return out
}

// skipProperties goes over an anchor and a tag before a value.
func (l *loader) skipProperties(at int32) int32 {
	text := l.src.text
	for int(at) < len(text) {
		switch text[at] {
		case '&', '!':
			for int(at) < len(text) && !isBlank(text[at]) {
				at++
			}
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			for int(at) < len(text) && text[at] != '\n' {
				at++
			}
		default:
			return at
		}
	}
	return at
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// tagKnown tells whether the tag is one of those of YAML itself that have a meaning here.
func (s *source) tagKnown(y *yaml.Node) bool {
	switch y.Tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!binary":
		return y.Kind == yaml.ScalarNode
	case "!!map":
		return y.Kind == yaml.MappingNode
	case "!!seq":
		return y.Kind == yaml.SequenceNode
	case "!", "":
		return true
	}
	return false
}

// scalarEnd is the offset after a scalar whose text begins at start.
func (s *source) scalarEnd(y *yaml.Node, start int32) int32 {
	text := s.text
	at := int(start)
	switch {
	case y.Style&yaml.DoubleQuotedStyle != 0:
		for at++; at < len(text) && text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		return int32(min(at+1, len(text)))
	case y.Style&yaml.SingleQuotedStyle != 0:
		for at++; at < len(text); at++ {
			if text[at] != '\'' {
				continue
			}
			if at+1 >= len(text) || text[at+1] != '\'' {
				break
			}
			at++
		}
		return int32(min(at+1, len(text)))
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return s.blockEnd(at, y.Value)
	}
	if string(text[at:min(len(text), at+len(y.Value))]) == y.Value {
		return int32(at + len(y.Value))
	}
	// A plain scalar over several lines: its words stand in the text as they are, the space between them may differ.
	end := at
	for i := 0; i < len(y.Value); i++ {
		if isBlank(y.Value[i]) {
			continue
		}
		for at < len(text) && text[at] != y.Value[i] {
			at++
		}
		at++
		end = at
	}
	return int32(min(end, len(text)))
}

// blockEnd is the offset after a literal or folded scalar whose indicator is at start.
func (s *source) blockEnd(start int, value string) int32 {
	text := s.text
	value = strings.TrimLeft(value, "\n")
	extra := len(value) - len(strings.TrimLeft(value, " ")) // spaces of the first line that are its own, below an indentation that was given
	lineEnd := func(at int) int {
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			return at + i
		}
		return len(text)
	}
	header := lineEnd(start)
	end := start + len(bytes.TrimRight(text[start:header], "\r"))
	if strings.TrimRight(value, "\n") == "" {
		return int32(end)
	}
	indent := -1
	for at := header + 1; at < len(text); {
		stop := lineEnd(at)
		line := bytes.TrimRight(text[at:stop], "\r")
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		if spaces < len(line) {
			if indent < 0 {
				indent = max(spaces-extra, 0)
			}
			if spaces < indent {
				break
			}
			end = at + len(line)
		}
		at = stop + 1
	}
	return int32(end)
}

// flowEnd finds the bracket that closes a flow collection, from the end of its last value on.
func (s *source) flowEnd(at int32) int32 {
	for int(at) < len(s.text) {
		switch s.text[at] {
		case ']', '}':
			return at + 1
		case '#':
			for int(at) < len(s.text) && s.text[at] != '\n' {
				at++
			}
		}
		at++
	}
	return int32(len(s.text))
}

// balancedEnd is the offset after a flow collection of which nothing is known but its start.
func (s *source) balancedEnd(at int32, flow bool) int32 {
	depth := 0
	for i := int(at); i < len(s.text); i++ {
		switch s.text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth <= 0 && flow {
				return int32(i)
			}
		case '\n':
			if !flow {
				return int32(i)
			}
		}
	}
	return int32(len(s.text))
}

// unknownTag reports a tag, which is mostly text that begins with an exclamation mark.
func (l *loader) unknownTag(y *yaml.Node, start, at int32) {
	d := l.diags.Errorf(l.src.span(start, at), diag.NotYet, "the YAML tag %s is not supported", y.Tag).WithHelp("write a plain value, or text in quotes")
	line := l.src.lineText(int(l.src.pos(start, 0).Line))
	from := int(start - l.src.lines[l.src.pos(start, 0).Line-1])
	if y.Kind == yaml.ScalarNode && !bytes.ContainsAny(line[:from], "{[") && !bytes.ContainsAny(line[from:], "\"'\\#") {
		text := string(bytes.TrimRight(line[from:], " \t"))
		d.WithFix(l.src.span(start, start+int32(len(text))), `"`+text+`"`)
	}
}
