package interpolate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// names are the functions of sprig that a template may call: pure, without the clock, the machine, chance or the order of a
// map. Sprig's own hermetic set still lets some of these in.
var names = []string{
	"add", "add1", "append", "atoi", "b64dec", "b64enc", "camelcase", "cat", "ceil", "coalesce", "compact", "concat", "contains",
	"deepEqual", "default", "dict", "div", "divf", "empty", "fail", "first", "float64", "floor", "get", "has", "hasKey", "hasPrefix",
	"hasSuffix", "initial", "int", "int64", "join", "kebabcase", "last", "list", "lower", "max", "maxf", "min", "minf", "mod", "mul",
	"mulf", "plural", "prepend", "quote", "regexFind", "regexFindAll", "regexMatch", "regexQuoteMeta", "regexReplaceAll", "replace",
	"rest", "reverse", "round", "sha1sum", "sha256sum", "slice", "snakecase", "sortAlpha", "splitList", "squote", "sub", "subf",
	"substr", "ternary", "title", "toJson", "toString", "toStrings", "trim", "trimAll", "trimPrefix", "trimSuffix", "trunc", "uniq",
	"untitle", "upper", "without", "wrap",
}

// builtins are the functions of Go's own templates that make sense here.
var builtins = []string{"and", "eq", "ge", "gt", "index", "le", "len", "lt", "ne", "not", "or", "print", "printf"}

// Functions lists the functions that a template may call, sorted.
func Functions() []string {
	own := ownFunctions()
	all := slices.Concat(names, builtins, slices.Collect(maps.Keys(own)))
	slices.Sort(all)
	return slices.Compact(all)
}

const (
	maxItems = 10_000  // of what a function makes
	maxText  = 1 << 20 // bytes
)

// functions is made once, at the first use.
var functions = sync.OnceValue(func() template.FuncMap {
	all := sprig.TxtFuncMap()
	allowed := make(template.FuncMap, len(names))
	for _, name := range names {
		allowed[name] = all[name]
	}
	maps.Copy(allowed, ownFunctions())
	return allowed
})

// ownFunctions take the place of those of sprig that have no bound or no order.
func ownFunctions() template.FuncMap {
	return template.FuncMap{
		"keys":      func(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) },
		"values":    sortedValues,
		"until":     func(n int) ([]int, error) { return count(0, n, 1) },
		"untilStep": count,
		"seq":       func(from, to int) ([]int, error) { return count(from, to+1, 1) },
		"repeat":    repeat,
		"indent":    indent,
		"nindent": func(n int, text string) (string, error) {
			out, err := indent(n, text)
			return "\n" + out, err
		},
	}
}

// sortedValues are the values of a map in the order of its keys.
func sortedValues(m map[string]any) []any {
	out := make([]any, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[key])
	}
	return out
}

func count(from, to, step int) ([]int, error) {
	if step == 0 {
		return nil, fmt.Errorf("a step of 0 never ends")
	}
	var out []int
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		if len(out) == maxItems {
			return nil, fmt.Errorf("more than %d numbers", maxItems)
		}
		out = append(out, i)
	}
	return out, nil
}

func repeat(n int, text string) (string, error) {
	if n < 0 || n > 0 && len(text) > maxText/n {
		return "", fmt.Errorf("the text would be longer than %d bytes", maxText)
	}
	return strings.Repeat(text, n), nil
}

func indent(n int, text string) (string, error) {
	pad, err := repeat(n, " ")
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad), err
}
