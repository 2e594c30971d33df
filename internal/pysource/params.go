package pysource

import "slices"

// parameters reads the parenthesised parameters of a function, type parameters before them passed over.
func (r *reader) parameters() []Param {
	if r.peek().is("[") {
		r.group()
	}
	open := r.peek()
	if !open.is("(") {
		r.fail(open, "a function needs its parameters in parentheses")
	}
	inside := r.group()
	var params []Param
	kind := Ordinary
	for len(inside) > 0 {
		one := oneParameter(inside)
		inside = inside[min(len(one)+1, len(inside)):]
		if len(one) == 0 {
			r.fail(open, "a parameter is missing")
		}
		p := Param{Kind: kind}
		switch first := one[0]; {
		case first.is("/"):
			for i := range params {
				params[i].Kind = PositionalOnly
			}
			continue
		case first.is("*"):
			kind = KeywordOnly
			if len(one) == 1 {
				continue
			}
			p.Kind = VarPositional
			one = one[1:]
		case first.is("**"):
			p.Kind = VarKeyword
			one = one[1:]
		}
		if len(one) == 0 || one[0].Kind != Name || keywords[one[0].Text] {
			r.fail(open, "a parameter has no name")
		}
		p.Name = one[0].Text
		for i, t := range one {
			if t.is("=") && depthOf(one[:i]) == 0 {
				p.Default = true
				p.Valued = !slices.ContainsFunc(one[i+1:], func(t Token) bool { return t.is("None") }) ||
					slices.ContainsFunc(one[i+1:], func(t Token) bool { return !t.is("None") && !t.is("(") && !t.is(")") })
				r.expressions(one[i:])
				break
			}
		}
		params = append(params, p)
	}
	return params
}

// group takes a bracket and all up to the one that closes it, and gives what is between them.
func (r *reader) group() []Token {
	start, depth := r.at+1, 0
	for {
		switch t := r.next(); {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			if depth--; depth == 0 {
				return r.tokens[start : r.at-1]
			}
		case t.Kind == End:
			r.fail(t, "a bracket is open at the end")
		}
	}
}

// oneParameter is the first parameter of several: up to a comma that is in no bracket and in no lambda.
func oneParameter(tokens []Token) []Token {
	depth := 0
	var lambdas []int
	for i, t := range tokens {
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		case t.is("lambda"):
			lambdas = append(lambdas, depth)
		case t.is(":") && len(lambdas) > 0 && lambdas[len(lambdas)-1] == depth:
			lambdas = lambdas[:len(lambdas)-1]
		case t.is(",") && depth == 0 && len(lambdas) == 0:
			return tokens[:i]
		}
	}
	return tokens
}
