package compiler

// tier is what a map of a pipeline file holds, where maps are put over each other.
type tier uint8

const (
	plainTier tier = iota // any map: keys and values
	bodyTier              // a DAG, group or task
	entryTier             // tasks or groups by their ids, or a list of them
	fileTier              // DAGs by their ids
)

// below is the tier of a value inside a map.
func (l tier) below(key string) tier {
	switch {
	case l == fileTier || l == entryTier:
		return bodyTier
	case l == bodyTier && (key == "tasks" || key == "task_groups"):
		return entryTier
	}
	return plainTier
}

// layer puts one map over another: a value of both is the upper one's, maps in maps are put over each other too, and so are
// tasks and groups, of which null takes one away. The order is the lower one's, what is new comes at the end. The result
// stands where main, one of both, stands.
func layer(lower, upper, main *node, at tier) *node {
	if at == entryTier && (lower.kind == listNode || upper.kind == listNode) {
		return layerLists(lower, upper, main)
	}
	if lower.kind != mapNode || upper.kind != mapNode {
		return upper
	}
	merged := *main
	merged.pairs = append(make([]pair, 0, len(lower.pairs)+len(upper.pairs)), lower.pairs...)
	place := placeOf(lower.pairs)
	for _, p := range upper.pairs {
		i := place(p.key.text)
		if i < 0 {
			merged.pairs = append(merged.pairs, p)
			continue
		}
		under := merged.pairs[i]
		if main == lower {
			p.key = under.key
		}
		if value := p.value; value.kind != scalarNode {
			inner := value
			if main == lower {
				inner = under.value
			}
			p.value = layer(under.value, value, inner, at.below(p.key.text))
		}
		merged.pairs[i] = p
	}
	if at == entryTier {
		merged.pairs = withoutNulls(merged.pairs)
	}
	return &merged
}

// placeOf finds the index of a key; -1 where it is not there.
func placeOf(pairs []pair) func(key string) int {
	if len(pairs) <= 16 {
		return func(key string) int {
			for i := range pairs {
				if pairs[i].key.text == key {
					return i
				}
			}
			return -1
		}
	}
	index := make(map[string]int, len(pairs))
	for i := range pairs {
		index[pairs[i].key.text] = i
	}
	return func(key string) int {
		if i, ok := index[key]; ok {
			return i
		}
		return -1
	}
}

func withoutNulls(pairs []pair) []pair {
	kept := pairs[:0]
	for _, p := range pairs {
		if !isNullNode(p.value, core12) {
			kept = append(kept, p)
		}
	}
	return kept
}

// layerLists puts tasks or groups over each other where one side, or both, is a list.
func layerLists(lower, upper, main *node) *node {
	below, ok := byIDs(lower)
	above, ok2 := byIDs(upper)
	if !ok || !ok2 {
		return upper
	}
	keyed := layer(&node{kind: mapNode, pairs: below}, &node{kind: mapNode, pairs: above}, &node{kind: mapNode, span: main.span}, entryTier)
	if main.kind == mapNode {
		return keyed
	}
	merged := *main
	merged.items = make([]*node, 0, len(keyed.pairs))
	for _, p := range keyed.pairs {
		body := p.value
		if _, named := idOf(body); !named && body.kind == mapNode {
			own := *body
			id := &node{kind: scalarNode, text: idKeys[0], plain: true, span: p.key.span}
			if !isTask(body) {
				id.text = idKeys[1]
			}
			own.pairs = append([]pair{{id, p.key}}, body.pairs...)
			body = &own
		}
		merged.items = append(merged.items, body)
	}
	return &merged
}

// idKeys are the keys that hold the id of a task or group in a list.
var idKeys = []string{"task_id", "group_name", "group_id"}

func isTask(body *node) bool { return !body.has("tasks") && !body.has("task_groups") }

// idOf is the id of a task or group that holds it itself.
func idOf(body *node) (*node, bool) {
	for _, key := range idKeys {
		if body.kind == mapNode {
			if id := body.get(key); id != nil && id.kind == scalarNode {
				return id, true
			}
		}
	}
	return nil, false
}

// byIDs are the tasks or groups of a map or list by their ids; false where one has none.
func byIDs(n *node) ([]pair, bool) {
	if n.kind == mapNode {
		return n.pairs, true
	}
	if isNullNode(n, core12) {
		return nil, true
	}
	pairs := make([]pair, 0, len(n.items))
	for _, item := range n.items {
		id, ok := idOf(item)
		if !ok {
			return nil, false
		}
		pairs = append(pairs, pair{id, item})
	}
	return pairs, n.kind == listNode
}
