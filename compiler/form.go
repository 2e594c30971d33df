package compiler

import (
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// form tells how the file declares its DAGs. ok is false for a file that declares none, which Diags then explains.
func (c *compilation) form(root *node) (form ir.Form, ok bool) {
	if root.kind != mapNode {
		c.diags.Errorf(root.span, diag.WrongType, "a pipeline file is a mapping, not %s", root.noun(core12)).
			WithHelp("a pipeline file has `tasks:` at the top level, or DAGs keyed by their ids")
		return 0, false
	}
	if p := root.pair("fragment"); p != nil {
		c.diags.Errorf(p.key.span, diag.MissingKey, "the file is a fragment, which only pipeline files include").
			WithHelp("write `include: %s` in a DAG, group or task", filepath.Base(c.path))
		return 0, false
	}
	if root.has("tasks") || root.has("dag_id") || root.has("extends") || root.has("include") {
		return ir.FormSingle, true
	}
	keyed := false
	for _, p := range root.pairs {
		if p.key.text != "default" && p.key.text != "task_groups" && looksLikeDAG(p.value) {
			keyed = true
		}
	}
	switch {
	case keyed:
		c.mode = pyyaml
		return ir.FormKeyed, true
	case root.has("task_groups"):
		return ir.FormSingle, true
	}
	for _, p := range root.pairs {
		if nearKey(p.key.text, "tasks") && looksLikeTasks(p.value) {
			return ir.FormSingle, true
		}
	}
	c.diags.Errorf(ir.Span{File: root.span.File, Start: root.span.Start, End: root.span.Start}, diag.MissingKey, "the file declares no DAG").
		WithHelp("a pipeline file has `tasks:` at the top level, or DAGs keyed by their ids that have `tasks:`")
	return 0, false
}

// looksLikeDAG tells whether the value of a top-level key is a DAG.
func looksLikeDAG(n *node) bool {
	if n.kind != mapNode {
		return false
	}
	if n.has("tasks") || n.has("task_groups") {
		return true
	}
	for _, p := range n.pairs {
		if nearKey(p.key.text, "tasks") && looksLikeTasks(p.value) {
			return true
		}
	}
	return false
}

// looksLikeTasks tells whether a value is a map or list of tasks.
func looksLikeTasks(n *node) bool {
	task := func(n *node) bool {
		return n.kind == mapNode && (n.has("operator") || n.has("bash") || n.has("python") || n.has("decorator") || n.has("task_id"))
	}
	for _, item := range n.items {
		if task(item) {
			return true
		}
	}
	for _, p := range n.pairs {
		if task(p.value) {
			return true
		}
	}
	return false
}

func nearKey(text, key string) bool {
	return diag.Distance(text, key, 2) <= 2 && strings.HasPrefix(text, key[:1])
}

// decodeFile declares the DAGs of a file, in order: the bodies of a file of one DAG, or those keyed by their ids.
func (c *compilation) decodeFile(root *node, form ir.Form, bodies []*node) []*dagDecl {
	var dags []*dagDecl
	c.joinTexts(root)
	if form == ir.FormSingle {
		for _, body := range bodies {
			dags = append(dags, c.decodeSingle(body))
		}
		return dags
	}
	defaults := root.get("default")
	if defaults != nil && defaults.kind != mapNode {
		if !isNullNode(defaults, c.mode) {
			c.diags.Errorf(defaults.span, diag.WrongType, "default must be a mapping, not %s", defaults.noun(c.mode))
		}
		defaults = nil
	}
	treeDAG, treeArgs := mergedTree(c.defaultsFiles())
	for _, p := range root.pairs {
		if p.key.text == "default" || p.key.text == "task_groups" {
			continue
		}
		if p.value.kind != mapNode {
			c.diags.Warnf(p.key.span, diag.Dropped, "%s is not a DAG, and nothing else is read at the top level", quoted(p.key.text))
			continue
		}
		merged := underTree(p.value, defaults, treeDAG, treeArgs)
		if !looksLikeDAG(merged) {
			if strings.HasPrefix(p.key.text, "x-") || strings.HasPrefix(p.key.text, ".") || !hasDAGKey(merged, defaults) {
				c.diags.Warnf(p.key.span, diag.Dropped, "%s has no tasks and is passed over", quoted(p.key.text)).
					WithHelp("dag-factory makes an empty DAG of it")
				continue
			}
		}
		dags = append(dags, c.decodeKeyed(p.key, merged))
	}
	return dags
}

// hasDAGKey tells whether a map has a key of its own that only DAGs have.
func hasDAGKey(n, defaults *node) bool {
	for _, key := range []string{"schedule", "schedule_interval", "default_args", "catchup", "start_date", "dag_id"} {
		if n.has(key) && (defaults == nil || defaults.get(key) != n.get(key)) {
			return true
		}
	}
	return false
}

func isNullNode(n *node, mode schema) bool {
	return n.kind == scalarNode && resolve(n, mode).kind == isNull
}

// mergeDefaults adds to a map what it lacks of another, maps in maps too: dag-factory's merge_configs.
func mergeDefaults(own, defaults *node) *node {
	if defaults == nil {
		return own
	}
	merged := *own
	merged.pairs = append(make([]pair, 0, len(own.pairs)+len(defaults.pairs)), own.pairs...)
	place := merged.pair
	if len(own.pairs) > 16 {
		index := make(map[string]int, len(own.pairs))
		for i := range own.pairs {
			index[own.pairs[i].key.text] = i
		}
		place = func(key string) *pair {
			if i, ok := index[key]; ok {
				return &merged.pairs[i]
			}
			return nil
		}
	}
	for _, d := range defaults.pairs {
		p := place(d.key.text)
		switch {
		case p == nil:
			merged.pairs = append(merged.pairs, d)
		case p.value.kind == mapNode && d.value.kind == mapNode:
			p.value = mergeDefaults(p.value, d.value)
		}
	}
	return &merged
}
