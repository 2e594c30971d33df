package ir

// Walk visits a value and the values inside it, outer ones first. nil is no value.
func Walk(v Value, visit func(Value)) {
	if v == nil {
		return
	}
	visit(v)
	switch v := v.(type) {
	case *List:
		WalkAll(v.Items, visit)
	case *Map:
		for i := range v.Entries {
			Walk(v.Entries[i].Value, visit)
		}
	case *Call:
		visit(v.Func)
		WalkAll(v.Args, visit)
		WalkArgs(v.Kwargs, visit)
	case *OutputMethod:
		Walk(v.Of, visit)
		WalkAll(v.Args, visit)
		Walk(v.Fill, visit)
	case *Asset:
		if v.Extra != nil {
			Walk(v.Extra, visit)
		}
	case *AssetSet:
		for _, item := range v.Items {
			Walk(item, visit)
		}
	}
}

// WalkAll is Walk for each of several values.
func WalkAll(values []Value, visit func(Value)) {
	for _, v := range values {
		Walk(v, visit)
	}
}

// WalkArgs is Walk for the value of each argument.
func WalkArgs(args []Arg, visit func(Value)) {
	for i := range args {
		Walk(args[i].Value, visit)
	}
}

// WalkExpand is Walk for the values of a mapping; nil is none.
func WalkExpand(e *Expand, visit func(Value)) {
	if e != nil {
		WalkArgs(e.Args, visit)
		Walk(e.Kwargs, visit)
	}
}
