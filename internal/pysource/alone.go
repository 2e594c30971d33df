package pysource

import "strings"

// OneFunction proves that text is one `def` statement at the left margin, undecorated, and nothing else but comments and blank
// lines; it is the name of the function, or says what the text is instead. What is inside the function is not judged but for
// its strings, brackets and indentation.
func OneFunction(text string) (name string, problem *Error) {
	tokens, problem := alone(text)
	if problem != nil {
		return "", problem
	}
	at := 0
	if tokens[at].is("async") {
		at++
	}
	switch first := tokens[at]; {
	case first.Kind == End:
		return "", &Error{0, "there is no code"}
	case first.is("@"):
		return "", &Error{first.Start, "the function must have no decorator"}
	case first.Kind == Indent:
		return "", &Error{first.Start, "the function must begin at the left margin"}
	case !first.is("def"):
		return "", &Error{first.Start, "the code must be one function: it must begin with def"}
	}
	// A module of one statement that binds one name: the reader walks the same way through both.
	r := &reader{tokens: tokens, module: &Module{names: map[string]*Binding{}}}
	err := r.one()
	if err != nil {
		return "", err
	}
	if rest := r.peek(); rest.Kind != End {
		return "", &Error{rest.Start, "there must be nothing after the function"}
	}
	return tokens[at+1].Text, nil
}

func (r *reader) one() (err *Error) {
	defer func() {
		if failed, ok := recover().(*Error); ok {
			err = failed
		}
	}()
	r.statement()
	return nil
}

// OneLambda proves that text is one lambda expression and nothing else.
func OneLambda(text string) (problem *Error) {
	tokens, problem := alone(text)
	if problem != nil {
		return problem
	}
	if !tokens[0].is("lambda") {
		return &Error{tokens[0].Start, "it must begin with lambda"}
	}
	depth, colons, lambdas := 0, 0, 0
	before := 0
	for i, t := range tokens {
		if gap := text[before:t.Start]; strings.ContainsAny(gap, `#\`) {
			return &Error{before + strings.IndexAny(gap, `#\`), "a lambda must have no comment and no joined lines"}
		}
		before = t.End
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		case t.Kind == Newline:
			if tokens[i+1].Kind != End {
				return &Error{t.Start, "there must be nothing after the lambda"}
			}
			if colons == 0 || tokens[i-1].is(":") {
				return &Error{t.Start, "the lambda has no body"}
			}
		case depth > 0:
		case t.is("lambda"):
			lambdas++
		case t.is(":"):
			if colons++; colons > lambdas {
				return &Error{t.Start, "there must be nothing after the lambda"}
			}
		case colons > 0 && lambdas == colons && (t.is(",") || t.is("=") || t.is(";") || t.is(":=") || isAugmented(t)):
			return &Error{t.Start, "there must be nothing after the lambda"}
		case t.is(";"), t.Kind == Name && isStatement(t.Text):
			return &Error{t.Start, "a lambda holds an expression, not a statement"}
		}
	}
	return nil
}

// isStatement tells keywords that begin statements and are in no expression.
func isStatement(word string) bool {
	switch word {
	case "assert", "break", "class", "continue", "def", "del", "except", "finally", "global", "import", "nonlocal", "pass", "raise", "return", "try", "while", "with":
		return true
	}
	return false
}

func isAugmented(t Token) bool {
	if t.Kind != Op || len(t.Text) < 2 || !strings.HasSuffix(t.Text, "=") {
		return false
	}
	switch t.Text {
	case "==", "!=", "<=", ">=":
		return false
	}
	return true
}

// alone cuts text that will stand in a file of ours. Characters that readers and editors of Python see differently are refused.
func alone(text string) ([]Token, *Error) {
	for i, c := range []byte(text) {
		switch {
		case c == '\f' || c == '\v' || c == 0 || c == '\r':
			return nil, &Error{i, "the code has a control character, which it must not"}
		}
	}
	if i := strings.Index(text, "\uFEFF"); i >= 0 {
		return nil, &Error{i, "the code has a byte order mark, which it must not"}
	}
	return Tokens(text)
}
