package compiler

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// overlay puts what is shared under the file, and what an environment and --set change over it.
func (c *compilation) overlay(root *node, form ir.Form) *node {
	at := bodyTier
	if form == ir.FormKeyed {
		at = fileTier
	} else {
		root = c.underDefaults(root)
	}
	if c.opts.Env != "" {
		if over := c.environment(root); over != nil {
			root = layer(root, over, root, at)
		}
	}
	for _, set := range c.opts.Set {
		if over := c.setting(set); over != nil {
			root = layer(root, over, root, at)
		}
	}
	return root
}

// OverlayPath is the file that holds what an environment changes in a pipeline file: sales.prod.yaml beside sales.yaml.
func OverlayPath(path, env string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "." + env + ext
}

// IsOverlay tells whether a file is such a file of another, which exists.
func IsOverlay(path string, exists func(string) bool) bool {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext)
	env := filepath.Ext(base)
	return len(env) > 1 && exists(strings.TrimSuffix(base, env)+ext)
}

// environment reads the overlay of the environment at hand; nil where there is none, or nothing in it.
func (c *compilation) environment(root *node) *node {
	over, err := c.readOther(OverlayPath(c.path, c.opts.Env))
	if err != nil {
		return nil
	}
	c.overlaid = true
	if over == nil || isNullNode(over, core12) {
		return nil
	}
	if over.kind != mapNode {
		c.diags.Errorf(over.span, diag.WrongType, "what an environment changes is a mapping, not %s", over.noun(core12)).
			WithHelp("write the keys that differ, as they stand in %s", filepath.Base(c.path))
		return nil
	}
	if id := over.pair("dag_id"); id != nil && root.has("dag_id") && root.get("dag_id").text != id.value.text {
		c.diags.Warnf(id.value.span, diag.Conflict, "the DAG has another id in this environment").
			WithPlace(root.get("dag_id").span, "its id otherwise")
	}
	return over
}

// readOther reads another file than the one that is compiled. The node is nil where the file has nothing in it that can be
// used, which was then reported; the error is of reading it.
func (c *compilation) readOther(path string) (*node, error) {
	name := filepath.ToSlash(path)
	for i, s := range c.others {
		if s.file == name {
			return c.otherRoots[i], nil
		}
	}
	text, err := c.opts.Files.read(path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.diags.Errorf(ir.Span{File: name}, diag.Unreadable, "cannot read the file: %s", reason(err))
		}
		return nil, err
	}
	src := newSource(name, text)
	c.others = append(c.others, src)
	root := parseOptional(src, c.memory, c.diags)
	c.otherRoots = append(c.otherRoots, root)
	return root, nil
}

// reason is an error of reading a file, without the path.
func reason(err error) string {
	if pathErr, ok := err.(*fs.PathError); ok {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// setting reads one key=value of --set as the maps around it; nil after an error.
func (c *compilation) setting(text string) *node {
	path, value, ok := strings.Cut(text, "=")
	src := newSource("--set "+path, []byte(text))
	c.others, c.otherRoots = append(c.others, src), append(c.otherRoots, nil)
	if !ok || path == "" {
		c.diags.Errorf(src.span(0, int32(len(text))), diag.BadValue, "--set takes key=value").
			WithHelp("write the path of a key with dots, such as default_args.retries=0")
		return nil
	}
	start := int32(len(path) + 1)
	leaf := &node{kind: scalarNode, text: value, plain: true, span: src.span(start, int32(len(text)))}
	if value != "" && (value[0] == '[' || value[0] == '{' && !strings.HasPrefix(value, "{{")) {
		// Blanks in place of the key, so that places in the value are those in the text.
		padded := newSource(src.file, []byte(strings.Repeat(" ", len(path)+1)+value))
		if leaf = parse(padded, c.memory, c.diags); leaf == nil {
			return nil
		}
	}
	keys := strings.Split(path, ".")
	end := int32(len(path))
	for i := len(keys) - 1; i >= 0; i-- {
		from := end - int32(len(keys[i]))
		if keys[i] == "" {
			c.diags.Errorf(src.span(max(from-1, 0), end), diag.BadValue, "a key is missing in the path %s", quoted(path))
			return nil
		}
		key := &node{kind: scalarNode, text: keys[i], plain: true, span: src.span(from, end)}
		leaf = &node{kind: mapNode, pairs: []pair{{key, leaf}}, span: src.span(from, int32(len(text)))}
		end = from - 1
	}
	return leaf
}
