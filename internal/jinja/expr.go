package jinja

// tupleEnd tells whether no further item of a tuple follows.
func (p *parser) tupleEnd(ends []string) bool {
	t := p.peek()
	if t.kind == tokenClose || t.kind == tokenBlockClose || t.kind == tokenOp && t.text == ")" {
		return true
	}
	for _, end := range ends {
		if p.isName(end) {
			return true
		}
	}
	return false
}

// tuple reads an expression, or several with commas between them.
func (p *parser) tuple(conditional bool, ends []string, parentheses bool) Expr {
	start := p.peek().Start
	var items []Expr
	isTuple := false
	for {
		if len(items) > 0 {
			p.expectOp(",")
		}
		if p.tupleEnd(ends) {
			break
		}
		items = append(items, p.expression(conditional))
		if !p.isOp(",") {
			break
		}
		isTuple = true
	}
	if !isTuple {
		if len(items) > 0 {
			return items[0]
		}
		if !parentheses {
			p.unexpected("an expression should be here")
		}
	}
	return &List{At: p.since(start), Tuple: true, Items: items}
}

// since is the stretch from an offset up to the last token taken.
func (p *parser) since(start int) At {
	end := start
	if p.at > 0 {
		end = max(start, p.tokens[p.at-1].End)
	}
	return At{start, end}
}

func (p *parser) expression(conditional bool) Expr {
	defer p.deeper()()
	if !conditional {
		return p.or()
	}
	start := p.peek().Start
	e := p.or()
	for p.skipName("if") {
		items := []Expr{p.or(), e}
		if p.skipName("else") {
			items = append(items, p.expression(true))
		}
		e = &Op{p.since(start), "if", items}
	}
	return e
}

func (p *parser) or() Expr {
	start := p.peek().Start
	e := p.and()
	for p.skipName("or") {
		right := p.and()
		e = &Op{p.since(start), "or", []Expr{e, right}}
	}
	return e
}

func (p *parser) and() Expr {
	start := p.peek().Start
	e := p.not()
	for p.skipName("and") {
		right := p.not()
		e = &Op{p.since(start), "and", []Expr{e, right}}
	}
	return e
}

func (p *parser) not() Expr {
	start := p.peek().Start
	if p.skipName("not") {
		defer p.deeper()()
		e := p.not()
		return &Op{p.since(start), "not", []Expr{e}}
	}
	return p.compare()
}

func (p *parser) compare() Expr {
	start := p.peek().Start
	e := p.binary(0)
	for {
		op := ""
		switch t := p.peek(); {
		case t.kind == tokenOp && isComparison(t.text):
			op = t.text
			p.next()
		case p.skipName("in"):
			op = "in"
		case p.isName("not") && p.look().kind == tokenName && p.look().text == "in":
			op = "not in"
			p.at += 2
		default:
			return e
		}
		right := p.binary(0)
		e = &Op{p.since(start), op, []Expr{e, right}}
	}
}

func isComparison(op string) bool {
	switch op {
	case "==", "!=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

// levels are the binary operators, those that bind least first.
var levels = [...][]string{{"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}}

func (p *parser) binary(level int) Expr {
	if level == len(levels) {
		return p.unary(true)
	}
	start := p.peek().Start
	e := p.binary(level + 1)
operators:
	for {
		for _, op := range levels[level] {
			if p.skipOp(op) {
				right := p.binary(level + 1)
				e = &Op{p.since(start), op, []Expr{e, right}}
				continue operators
			}
		}
		return e
	}
}

func (p *parser) unary(filtered bool) Expr {
	defer p.deeper()()
	t := p.peek()
	var e Expr
	switch {
	case p.skipOp("-"), p.skipOp("+"):
		inner := p.unary(false)
		e = &Op{p.since(t.Start), t.text, []Expr{inner}}
	default:
		e = p.primary()
	}
	e = p.postfix(e, t.Start)
	if filtered {
		e = p.filterExpr(e, t.Start)
	}
	return e
}

func (p *parser) primary() Expr {
	t := p.peek()
	switch t.kind {
	case tokenName:
		p.next()
		switch t.text {
		case "true", "True", "false", "False":
			return &Const{t.At, Bool, t.text, true}
		case "none", "None":
			return &Const{t.At, None, t.text, true}
		}
		return &Name{t.At, t.text}
	case tokenText:
		c := &Const{At: t.At, Kind: Text, Plain: t.plain}
		for n := 0; p.peek().kind == tokenText; n++ {
			part := p.next()
			c.Text += part.text
			c.End = part.End
			c.Plain = c.Plain && n == 0
		}
		return c
	case tokenInt:
		p.next()
		return &Const{t.At, Int, t.text, true}
	case tokenFloat:
		p.next()
		return &Const{t.At, Float, t.text, true}
	case tokenOp:
		switch t.text {
		case "(":
			p.next()
			e := p.tuple(true, nil, true)
			p.expectOp(")")
			return e
		case "[":
			p.next()
			items := p.items("]")
			return &List{At: p.since(t.Start), Items: items}
		case "{":
			return p.dict()
		}
	}
	p.unexpected("an expression should be here")
	return nil
}

// items reads the items of a list up to its closing bracket.
func (p *parser) items(end string) []Expr {
	var items []Expr
	for !p.isOp(end) {
		if len(items) > 0 {
			p.expectOp(",")
			if p.isOp(end) {
				break
			}
		}
		items = append(items, p.expression(true))
	}
	p.expectOp(end)
	return items
}

func (p *parser) dict() Expr {
	start := p.next().Start
	var items []Expr
	for !p.isOp("}") {
		if len(items) > 0 {
			p.expectOp(",")
			if p.isOp("}") {
				break
			}
		}
		key := p.expression(true)
		p.expectOp(":")
		items = append(items, key, p.expression(true))
	}
	p.expectOp("}")
	return &Op{p.since(start), "{}", items}
}

func (p *parser) postfix(e Expr, start int) Expr {
	for {
		switch {
		case p.isOp("."):
			p.next()
			attr := p.next()
			switch attr.kind {
			case tokenName:
				e = &Getattr{p.since(start), e, attr.text, attr.At}
			case tokenInt:
				e = &Getitem{p.since(start), e, &Const{attr.At, Int, attr.text, true}}
			default:
				p.at--
				if attr.kind == tokenEOF {
					p.at++
				}
				p.unexpected("a name or number should follow the dot")
			}
		case p.isOp("["):
			p.next()
			var keys []Expr
			for !p.isOp("]") {
				if len(keys) > 0 {
					p.expectOp(",")
				}
				keys = append(keys, p.subscript())
			}
			p.expectOp("]")
			key := Expr(&List{At: p.since(start), Tuple: true, Items: keys})
			if len(keys) == 1 {
				key = keys[0]
			}
			e = &Getitem{p.since(start), e, key}
		case p.isOp("("):
			e = p.call(e, start)
		default:
			return e
		}
	}
}

func (p *parser) subscript() Expr {
	start := p.peek().Start
	var items []Expr
	if !p.isOp(":") {
		e := p.expression(true)
		if !p.isOp(":") {
			return e
		}
		items = append(items, e)
	}
	p.next()
	for n := 0; n < 2; n++ {
		if !p.isOp(":") && !p.isOp("]") && !p.isOp(",") {
			items = append(items, p.expression(true))
		}
		if n == 1 || !p.skipOp(":") {
			break
		}
	}
	return &Op{p.since(start), ":", items}
}

func (p *parser) call(of Expr, start int) Expr {
	args := p.arguments()
	return &Call{p.since(start), of, args}
}

func (p *parser) arguments() (a Arguments) {
	open := p.expectOp("(")
	dynamic := ""
	ensure := func(ok bool) {
		if !ok {
			t := p.peek()
			fail(t.Start, max(t.End, open.End), "this argument cannot stand after those before it")
		}
	}
	for n := 0; !p.isOp(")"); n++ {
		if n > 0 {
			p.expectOp(",")
			if p.isOp(")") {
				break
			}
		}
		switch t := p.peek(); {
		case p.isOp("*"):
			ensure(dynamic == "")
			p.next()
			dynamic = "*"
			a.Stars = append(a.Stars, p.expression(true))
		case p.isOp("**"):
			ensure(dynamic != "**")
			p.next()
			dynamic = "**"
			a.Stars = append(a.Stars, p.expression(true))
		case t.kind == tokenName && p.look().kind == tokenOp && p.look().text == "=":
			ensure(dynamic != "**")
			p.at += 2
			a.Kwargs = append(a.Kwargs, Keyword{t.text, p.expression(true)})
		default:
			ensure(dynamic == "" && len(a.Kwargs) == 0)
			a.Args = append(a.Args, p.expression(true))
		}
	}
	p.expectOp(")")
	return a
}

// filterExpr reads the filters, tests and calls after an expression.
func (p *parser) filterExpr(e Expr, start int) Expr {
	for {
		switch {
		case p.isOp("|"):
			e = p.filters(e)
		case p.isName("is"):
			e = p.test(e, start)
		case p.isOp("("):
			e = p.call(e, start)
		default:
			return e
		}
	}
}

// filters reads filters as long as there are some; nil where there is neither an expression nor a filter.
func (p *parser) filters(e Expr) Expr {
	for p.skipOp("|") {
		e = p.oneFilter(e)
	}
	return e
}

func (p *parser) oneFilter(of Expr) Expr {
	name, at := p.dottedName("the name of a filter")
	start := at.Start
	if of != nil {
		start = of.Place().Start
	}
	f := &Filter{Of: of, Name: name, NameAt: at}
	if p.isOp("(") {
		f.Arguments = p.arguments()
	}
	f.At = p.since(start)
	return f
}

func (p *parser) dottedName(what string) (string, At) {
	first := p.expectName(what)
	name := first.text
	for p.skipOp(".") {
		name += "." + p.expectName(what).text
	}
	return name, p.since(first.Start)
}

func (p *parser) test(of Expr, start int) Expr {
	p.next()
	negated := p.skipName("not")
	name, at := p.dottedName("the name of a test")
	t := &Test{Of: of, Name: name, NameAt: at}
	if p.isOp("(") {
		t.Arguments = p.arguments()
	} else if next := p.peek(); next.kind == tokenName && next.text != "else" && next.text != "or" && next.text != "and" ||
		next.kind == tokenText || next.kind == tokenInt || next.kind == tokenFloat || p.isOp("[") || p.isOp("{") {
		if next.text == "is" && next.kind == tokenName {
			fail(next.Start, next.End, "tests cannot be chained with is")
		}
		arg := p.primary()
		t.Args = []Expr{p.postfix(arg, next.Start)}
	}
	t.At = p.since(start)
	if negated {
		return &Op{t.At, "not", []Expr{t}}
	}
	return t
}
