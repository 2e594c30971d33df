package compiler

import (
	"slices"
	"sort"
	"strings"
)

// dag-factory merges the defaults.yml (or defaults.yaml) of the pipeline file's folder and of each folder around it, up to the DAG
// root. Of their default_args each key counts for itself, and so does each other key, which is an argument of the DAG; the nearest
// file wins, and only tags are put together. What a file says of the DAG wins over `default:` in the pipeline file, and
// `default: {default_args}` over its default_args.

// mergedTree is what the files of defaults come to: the arguments of every DAG, and the default_args.
func mergedTree(nearestFirst []*node) (dag, args *node) {
	dag, args = &node{kind: mapNode}, &node{kind: mapNode}
	for _, file := range slices.Backward(nearestFirst) {
		dag.span = file.span
		for _, p := range file.pairs {
			switch {
			case p.key.text == "default_args" && p.value.kind == mapNode:
				args.span = p.value.span
				for _, q := range p.value.pairs {
					args.put(q)
				}
			case p.key.text == "default_args":
			case p.key.text == "tags" && dag.has("tags"):
				dag.put(pair{p.key, unionOfTags(dag.get("tags"), p.value)})
			default:
				dag.put(p)
			}
		}
	}
	return dag, args
}

// put sets a key of a map.
func (n *node) put(p pair) {
	if own := n.pair(p.key.text); own != nil {
		*own = p
		return
	}
	n.pairs = append(n.pairs, p)
}

func unionOfTags(a, b *node) *node {
	if a.kind != listNode || b.kind != listNode {
		return b
	}
	out := &node{kind: listNode, span: b.span}
	seen := map[string]bool{}
	for _, item := range append(append([]*node(nil), a.items...), b.items...) {
		if !seen[item.text] {
			seen[item.text] = true
			out.items = append(out.items, item)
		}
	}
	sort.SliceStable(out.items, func(i, j int) bool { return strings.Compare(out.items[i].text, out.items[j].text) < 0 })
	return out
}

// underTree puts a DAG and the `default:` of its file over the files of defaults, in dag-factory's order.
func underTree(own, defaults, dag, args *node) *node {
	if len(args.pairs) > 0 {
		block := &node{kind: mapNode, span: args.span}
		block.pairs = append(block.pairs, args.pairs...)
		if defaults != nil && defaults.has("default_args") && defaults.get("default_args").kind == mapNode {
			for _, p := range defaults.get("default_args").pairs {
				block.put(p)
			}
		}
		merged := &node{kind: mapNode, span: args.span}
		if defaults != nil {
			*merged = *defaults
			merged.pairs = append([]pair(nil), defaults.pairs...)
		}
		merged.put(pair{&node{kind: scalarNode, text: "default_args", span: args.span}, block})
		defaults = merged
	}
	if len(dag.pairs) > 0 {
		over := *own
		over.pairs = append([]pair(nil), own.pairs...)
		for _, p := range dag.pairs {
			if !own.has(p.key.text) {
				over.pairs = append(over.pairs, p)
			}
		}
		own = &over
	}
	return mergeDefaults(own, defaults)
}
