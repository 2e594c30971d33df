package compiler

import "github.com/dagexport/dagexport/ir"

// kind is the kind of a node.
type kind uint8

const (
	scalarNode kind = iota
	listNode
	mapNode
)

// node is a value of the YAML document: aliases followed, merge keys merged, with the stretch of text that it came from.
// A node that an alias names is one node with several parents.
type node struct {
	kind  kind
	plain bool   // a scalar without quotes, whose text decides its type
	block bool   // a literal or folded scalar
	made  bool   // a scalar whose text is not in the file as it is: a template made it
	tag   string // "" unless written: "!!str", "!mine"
	text  string // of a scalar, decoded
	span  ir.Span
	pairs []pair  // of a map
	items []*node // of a list
}

// pair is an entry of a map.
type pair struct {
	key, value *node
}

// get finds the value of a key; nil when the map has none such.
func (n *node) get(key string) *node {
	if p := n.pair(key); p != nil {
		return p.value
	}
	return nil
}

func (n *node) pair(key string) *pair {
	for i := range n.pairs {
		if n.pairs[i].key.text == key {
			return &n.pairs[i]
		}
	}
	return nil
}

// has tells whether the map has the key.
func (n *node) has(key string) bool { return n.kind == mapNode && n.pair(key) != nil }

// noun is the node's kind in the words of a message.
func (n *node) noun(mode schema) string {
	switch n.kind {
	case listNode:
		return "a list"
	case mapNode:
		return "a mapping"
	}
	switch resolve(n, mode).kind {
	case isNull:
		return "null"
	case isBool:
		return "true or false"
	case isInt:
		return "a number"
	case isFloat:
		return "a decimal number"
	case isTime:
		return "a date"
	}
	return "text"
}
