package airflow

import "github.com/dagexport/dagexport/ir"

// argument is one argument of a call, with the way to write it.
type argument struct {
	name  string // "" for a positional one
	value ir.Value
	write func() // instead of value
}

// call writes a call. Arguments whose names are no identifiers follow the others as **{"name": value}.
func (w *writer) call(callee string, args []argument) {
	odd := 0
	for _, a := range args {
		if a.name != "" && !isIdentifier(a.name) {
			odd++
		}
	}
	if odd > 0 {
		args = w.spread(args, odd)
	}
	w.sequence(callee+"(", ")", len(args), false, func(i int) { w.argument(args[i]) })
}

func (w *writer) argument(a argument) {
	if a.name != "" {
		w.raw(a.name)
		w.raw("=")
	}
	if a.write != nil {
		a.write()
	} else {
		w.value(a.value)
	}
}

func (w *writer) spread(args []argument, odd int) []argument {
	named := make([]argument, 0, len(args)-odd+1)
	others := make([]argument, 0, odd)
	for _, a := range args {
		if a.name != "" && !isIdentifier(a.name) {
			others = append(others, a)
		} else {
			named = append(named, a)
		}
	}
	return append(named, argument{write: func() {
		w.raw("**")
		w.sequence("{", "}", len(others), false, func(i int) {
			w.buf = appendString(w.buf, others[i].name)
			w.raw(": ")
			w.argument(argument{value: others[i].value, write: others[i].write})
		})
	}})
}
