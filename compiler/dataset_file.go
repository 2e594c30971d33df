package compiler

import (
	"path/filepath"

	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// datasetFile is a file of datasets, which dag-factory's schedules, inlets and outlets can name: {datasets: [{name, uri}]}.
type datasetFile struct {
	path  string // as written
	names []string
	uris  map[string]string
}

// datasets reads such a file; nil after an error.
func (c *compilation) datasets(file *node) *datasetFile {
	text, ok := c.readBeside(file)
	if !ok {
		return nil
	}
	var problems diag.List
	root := parse(newSource(filepath.ToSlash(file.text), text), new(memory), &problems)
	if root == nil || problems.HasErrors() {
		d := c.diags.Errorf(file.span, diag.BadValue, "the file %s is no YAML that can be read", quoted(file.text))
		if all := problems.All(); len(all) > 0 {
			d.WithHelp("line %d: %s", all[0].Span.Start.Line, all[0].Message)
		}
		return nil
	}
	out := &datasetFile{path: file.text, uris: map[string]string{}}
	if list := root.get("datasets"); root.kind == mapNode && list != nil && list.kind == listNode {
		for _, item := range list.items {
			if name, uri := item.get("name"), item.get("uri"); item.kind == mapNode && name != nil && uri != nil {
				out.names = append(out.names, name.text)
				out.uris[name.text] = uri.text
			}
		}
	}
	if len(out.names) == 0 {
		c.diags.Errorf(file.span, diag.BadValue, "the file %s has no datasets", quoted(file.text)).
			WithHelp("such a file holds datasets: [{name: orders, uri: \"s3://bucket/orders\"}]")
		return nil
	}
	return out
}

// named is the asset that a text stands for: what the file of datasets at hand says, or else the text is its URI.
func (c *compilation) named(text string, span ir.Span) ir.AssetExpr {
	if c.datasetsAtHand == nil {
		return c.checkAsset(&ir.Asset{URI: text, Span: span})
	}
	uri, ok := c.datasetsAtHand.uris[text]
	if !ok {
		d := c.diags.Errorf(span, diag.UnknownKey, "the file %s has no dataset %s", quoted(c.datasetsAtHand.path), quoted(text))
		suggest(d, span, text, c.datasetsAtHand.names, "it has")
		return nil
	}
	return c.checkAsset(&ir.Asset{URI: uri, Span: span})
}

// assetsOfFile reads inlets or outlets that are datasets of a file, in the order of the file.
func (c *compilation) assetsOfFile(n *node) ir.Value {
	file := c.datasets(n.get("file"))
	if file == nil {
		return nil
	}
	wanted := n.get("datasets")
	items := wanted.items
	if wanted.kind == scalarNode {
		items = []*node{wanted}
	}
	c.datasetsAtHand = file
	defer func() { c.datasetsAtHand = nil }()
	found := map[string]ir.AssetExpr{}
	for _, item := range items {
		if expr := c.asset(item); expr != nil {
			found[item.text] = expr
		}
	}
	out := &ir.List{Span: n.span}
	for _, name := range file.names {
		if expr, ok := found[name]; ok {
			out.Items = append(out.Items, expr)
		}
	}
	return out
}
