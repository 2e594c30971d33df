package compiler

import (
	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// assetOf is the asset that a call makes, where all it says is what an Asset holds; nil for any other.
func assetOf(call *ir.Call) *ir.Asset {
	a := &ir.Asset{Span: call.Span}
	args := call.Kwargs
	switch len(call.Args) {
	case 0:
	case 1:
		args = append([]ir.Arg{{Name: "uri", Value: call.Args[0]}}, args...)
	case 2:
		args = append([]ir.Arg{{Name: "name", Value: call.Args[0]}, {Name: "uri", Value: call.Args[1]}}, args...)
	default:
		return nil
	}
	for _, arg := range args {
		switch v := arg.Value.(type) {
		case *ir.String:
			switch arg.Name {
			case "name":
				a.Name = v.V
			case "uri":
				a.URI = v.V
			case "group":
				a.Group = v.V
			default:
				return nil
			}
		case *ir.Map:
			if arg.Name != "extra" {
				return nil
			}
			a.Extra = v
		default:
			return nil
		}
	}
	if a.Name == "" && a.URI == "" {
		return nil
	}
	return a
}

func aliasOf(call *ir.Call) *ir.AssetAlias {
	a := &ir.AssetAlias{Span: call.Span}
	if len(call.Args) == 1 {
		a.Name = text(call.Args[0], "")
	}
	for _, arg := range call.Kwargs {
		switch arg.Name {
		case "name":
			a.Name = text(arg.Value, "")
		case "group":
			a.Group = text(arg.Value, "")
		default:
			return nil
		}
	}
	if a.Name == "" || len(call.Args) > 1 {
		return nil
	}
	return a
}

func setOf(call *ir.Call) *ir.AssetSet {
	s := &ir.AssetSet{Any: call.Func.Name == "AssetAny", Span: call.Span}
	for _, v := range call.Args {
		item, ok := v.(ir.AssetExpr)
		if !ok {
			return nil
		}
		addAsset(s, item)
	}
	if len(s.Items) == 0 || len(call.Kwargs) > 0 {
		return nil
	}
	return s
}

// assetSet reads `{__and__: [...]}` and `{__or__: [...]}`; nil after an error.
func (c *compilation) assetSet(n *node, p pair) *ir.AssetSet {
	if p.value.kind != listNode || len(p.value.items) == 0 {
		c.diags.Errorf(p.value.span, diag.WrongType, "%s must be a list of assets, not %s", p.key.text, p.value.noun(c.mode))
		return nil
	}
	for _, other := range n.pairs {
		if other.key != p.key {
			c.diags.Errorf(other.key.span, diag.Conflict, "%s stands alone in its mapping", p.key.text).
				WithHelp("put %s into a mapping of its own", other.key.text)
			return nil
		}
	}
	return c.assetList(p.value, p.key.text == "__or__", n.span)
}

// assetList reads a list of assets.
func (c *compilation) assetList(n *node, any bool, span ir.Span) *ir.AssetSet {
	set := &ir.AssetSet{Any: any, Span: span}
	failed := false
	for _, item := range n.items {
		if isNullNode(item, c.mode) && c.mode == pyyaml {
			continue // as dag-factory does
		}
		expr := c.asset(item)
		if expr == nil {
			failed = true
			continue
		}
		addAsset(set, expr)
	}
	if failed {
		return nil
	}
	if len(set.Items) == 0 {
		c.diags.Errorf(n.span, diag.MissingKey, "the list of assets is empty").WithHelp("name at least one")
		return nil
	}
	return set
}

// addAsset adds to a set; what is a set of the same kind is taken apart, as Airflow's operators do.
func addAsset(set *ir.AssetSet, expr ir.AssetExpr) {
	if inner, ok := expr.(*ir.AssetSet); ok && (inner.Any == set.Any || len(inner.Items) == 1) {
		set.Items = append(set.Items, inner.Items...)
		return
	}
	set.Items = append(set.Items, expr)
}

var assetKeys = []string{"uri", "name", "group", "extra", "alias"}

// asset reads an asset: its URI or name, a mapping with its fields, or an object; nil after an error.
func (c *compilation) asset(n *node) ir.AssetExpr {
	switch {
	case n.kind == scalarNode && resolve(n, c.mode).kind == isText && n.text != "":
		if v := c.envText(n, false); v != nil {
			return c.assetCall(n, []ir.Arg{{Name: "uri", NameSpan: n.span, Value: v}})
		}
		c.checkText(n)
		return c.named(n.text, n.span)
	case n.has("__type__") || n.has("__and__") || n.has("__or__"):
		v, _ := c.special(n, false)
		if v == nil {
			return nil
		}
		if a, plain := v.(*ir.Asset); plain {
			return c.checkAsset(a)
		}
		expr, ok := v.(ir.AssetExpr)
		if !ok {
			c.diags.Errorf(n.span, diag.WrongType, "this object is no asset")
			return nil
		}
		return expr
	case n.kind == mapNode:
		return c.assetFields(n)
	}
	c.diags.Errorf(n.span, diag.WrongType, "an asset is a URI or a mapping with name or uri, not %s", n.noun(c.mode))
	return nil
}

func (c *compilation) assetFields(n *node) ir.AssetExpr {
	a, alias, failed := &ir.Asset{Span: n.span}, "", false
	var fields []ir.Arg
	looked := false // a field has an environment variable
	for _, p := range n.pairs {
		field := map[string]*string{"uri": &a.URI, "name": &a.Name, "group": &a.Group, "alias": &alias}[p.key.text]
		switch {
		case p.key.text == "extra" && p.value.kind == mapNode:
			a.Extra, _ = c.value(p.value, false).(*ir.Map)
			fields = append(fields, ir.Arg{Name: "extra", NameSpan: p.key.span, Value: a.Extra})
		case p.key.text == "extra":
			c.wrongType(p.value, &catalog.Arg{Name: "extra", Type: catalog.Dict})
			failed = true
		case field == nil:
			d := c.diags.Errorf(p.key.span, diag.UnknownKey, "an asset has no key %s", quoted(p.key.text))
			suggest(d, p.key.span, p.key.text, assetKeys, "its keys are")
			failed = true
		default:
			v := c.argument(p.value, &catalog.Arg{Name: p.key.text, Type: catalog.Text}, false)
			_, env := v.(*ir.EnvText)
			*field, looked = text(v, ""), looked || env
			fields = append(fields, ir.Arg{Name: p.key.text, NameSpan: p.key.span, Value: v})
			failed = failed || v == nil
		}
	}
	switch {
	case failed:
		return nil
	case looked && ir.Lookup(fields, "alias") == nil:
		return c.assetCall(n, fields)
	case alias != "" && a.Name == "" && a.URI == "":
		if !c.version.AtLeast(2, 10) {
			c.diags.Errorf(n.span, diag.WrongVersion, "Airflow %s has no asset aliases", c.version).WithHelp("they came with Airflow 2.10")
			return nil
		}
		return &ir.AssetAlias{Name: alias, Group: a.Group, Span: n.span}
	case a.Name == "" && a.URI == "":
		c.diags.Errorf(n.span, diag.MissingKey, "an asset needs a uri or a name").WithHelp("write {uri: \"s3://bucket/key\"}")
		return nil
	}
	return c.checkAsset(a)
}

// checkAsset reports the URIs that Airflow does not take, and what Airflow 2 does not know of an asset.
func (c *compilation) checkAsset(a *ir.Asset) ir.AssetExpr {
	if a.Group != "" && c.version.Major < 3 {
		c.diags.Warnf(a.Span, diag.Dropped, "Airflow %s has no groups of assets, so that group is dropped", c.version)
	}
	for i := 0; i < len(a.URI); i++ {
		if a.URI[i] >= 0x80 {
			c.diags.Errorf(a.Span, diag.BadValue, "the URI of an asset has ASCII characters only, and %s has others", quoted(a.URI)).
				WithHelp("write them as %%XX")
			return nil
		}
	}
	return a
}

// assets reads inlets or outlets: one or a list.
func (c *compilation) assets(n *node, arg *catalog.Arg) ir.Value {
	list := n
	if n.has("file") && n.has("datasets") {
		return c.assetsOfFile(n)
	}
	if n.kind != listNode {
		if n.kind == scalarNode && c.mode == core12 {
			return c.wrongType(n, arg)
		}
		list = &node{kind: listNode, span: n.span, items: []*node{n}}
	}
	if n.has("__type__") && n.get("__type__").text == "builtins.list" && n.has("items") {
		list = n.get("items")
	}
	out := &ir.List{Span: n.span, Items: make([]ir.Value, 0, len(list.items))}
	for _, item := range list.items {
		if expr := c.asset(item); expr != nil {
			out.Items = append(out.Items, expr)
		}
	}
	return out
}
