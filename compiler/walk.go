package compiler

import "github.com/dagexport/dagexport/ir"

// eachValue visits a value and the values inside it, outer ones first.
func eachValue(v ir.Value, visit func(ir.Value)) {
	if v == nil {
		return
	}
	visit(v)
	switch v := v.(type) {
	case *ir.List:
		eachOf(v.Items, visit)
	case *ir.Map:
		for i := range v.Entries {
			eachValue(v.Entries[i].Value, visit)
		}
	case *ir.Call:
		eachOf(v.Args, visit)
		eachArg(v.Kwargs, visit)
	case *ir.OutputMethod:
		eachValue(v.Of, visit)
		eachOf(v.Args, visit)
		eachValue(v.Fill, visit)
	case *ir.Asset:
		if v.Extra != nil {
			eachValue(v.Extra, visit)
		}
	case *ir.AssetSet:
		for _, item := range v.Items {
			eachValue(item, visit)
		}
	}
}

func eachOf(values []ir.Value, visit func(ir.Value)) {
	for _, v := range values {
		eachValue(v, visit)
	}
}

func eachArg(args []ir.Arg, visit func(ir.Value)) {
	for i := range args {
		eachValue(args[i].Value, visit)
	}
}

func eachOfExpand(e *ir.Expand, visit func(ir.Value)) {
	if e != nil {
		eachArg(e.Args, visit)
		eachValue(e.Kwargs, visit)
	}
}
