package compiler

import (
	"os"
	"strings"

	"github.com/dagexport/dagexport/internal/catalog"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/dagexport/dagexport/ir"
)

// dag-factory replaces $NAME and ${NAME} in the whole text of a file, before anything is parsed, each time that Airflow reads it;
// a variable that is not set stays as it is. Here a value looks its variable up in the DAG file, at the same time, so that no
// secret is written down; what the compiler has to know itself (ids, paths, schedules, dates, numbers) is replaced when it compiles.

// envVariable finds the first $NAME or ${NAME} from an offset on, by the rules of Python's os.path.expandvars. Names that no
// environment has, such as $1 and ${X:-1}, are the shell's and no variables here. text[at:end] is the variable; name is "" where
// there is none.
func envVariable(text string, from int) (name string, at, end int) {
	for at = from; at < len(text); at++ {
		i := strings.IndexByte(text[at:], '$')
		if i < 0 || at+i+1 >= len(text) {
			return "", 0, 0
		}
		at += i
		start := at + 1
		brace := text[start] == '{'
		if brace {
			start++
		}
		end = start
		for end < len(text) && isWord(text[end], end > start) {
			end++
		}
		switch {
		case brace && (end == start || end >= len(text) || text[end] != '}'):
			if close := strings.IndexByte(text[start:], '}'); close >= 0 {
				at = start + close // ${X:-$Y} is one name to Python, and set nowhere
			}
			continue
		case end == start:
			continue
		case brace:
			return text[start:end], at, end + 1
		}
		return text[start:end], at, end
	}
	return "", 0, 0
}

func isWord(b byte, digits bool) bool {
	return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || digits && isDigit(b)
}

// lookupEnv reads the environment that the file is compiled in.
func (c *compilation) lookupEnv(name string) (string, bool) {
	if c.env != nil {
		return c.env(name)
	}
	return os.LookupEnv(name)
}

// resolveEnv replaces the variables in a text that the compiler has to know; false after an error.
func (c *compilation) resolveEnv(n *node) bool {
	if c.mode != pyyaml || n.kind != scalarNode || c.resolved[n] {
		return true
	}
	name, at, end := envVariable(n.text, 0)
	if name == "" {
		return true
	}
	var out strings.Builder
	ok := true
	from := 0
	for ; name != ""; name, at, end = envVariable(n.text, from) {
		value, set := c.lookupEnv(name)
		ok = ok && set
		c.sayEnv(n, name, n.text[at:end], set)
		out.WriteString(n.text[from:at])
		out.WriteString(value)
		from = end
	}
	out.WriteString(n.text[from:])
	if ok {
		n.text, n.made = out.String(), true
		c.settle(n)
	}
	return ok
}

// settle says of a text that nothing in it is a variable any more.
func (c *compilation) settle(n *node) {
	if c.resolved == nil {
		c.resolved = map[*node]bool{}
	}
	c.resolved[n] = true
}

// sayEnv says once for each variable of a file what becomes of it.
func (c *compilation) sayEnv(n *node, name, written string, set bool) {
	if c.envSaid[name] {
		return
	}
	c.sayOnce(name)
	if !set {
		c.diags.Errorf(c.inside(n, written), diag.UnsetVariable, "the environment variable %s is not set, and what it stands for must be known here", name).
			WithHelp("set it, or write the value itself")
		return
	}
	c.diags.Warnf(c.inside(n, written), diag.EnvVariable, "the environment variable %s is read now, and not when Airflow reads the DAG file", name).
		WithHelp("export again when it changes, or write the value itself")
}

func (c *compilation) sayOnce(name string) {
	if c.envSaid == nil {
		c.envSaid = map[string]bool{}
	}
	c.envSaid[name] = true
}

// airflowHome is the one variable that every Airflow sets; files written for dag-factory misspell it.
const airflowHome = "AIRFLOW_HOME"

// knownNow tells whether the compiler has to know the value of an argument to write it.
func knownNow(arg *catalog.Arg) bool {
	switch arg.Type {
	case catalog.Bool, catalog.Backoff, catalog.Int, catalog.Number, catalog.Seconds, catalog.Date, catalog.ExitCodes:
		return true
	}
	return arg.Choices != nil
}

// envText is text that looks variables up when Airflow reads the DAG file; nil where there are none. In the text of a shell
// script a variable that is not set then stays the shell's own.
func (c *compilation) envText(n *node, shell bool) *ir.EnvText {
	if c.mode != pyyaml || c.resolved[n] || strings.IndexByte(n.text, '$') < 0 {
		return nil
	}
	v := &ir.EnvText{Span: n.span}
	from, found := 0, false
	add := func(text string) {
		if text == "" {
			return
		}
		if last := len(v.Parts) - 1; last >= 0 && v.Parts[last].Var == "" {
			v.Parts[last].Text += text
			return
		}
		v.Parts = append(v.Parts, ir.EnvPart{Text: text})
	}
	for name, at, end := envVariable(n.text, 0); name != ""; name, at, end = envVariable(n.text, from) {
		add(n.text[from:at])
		part := ir.EnvPart{Var: name}
		if name != airflowHome && diag.Distance(name, airflowHome, 2) <= 2 && !c.envSaid[name] {
			c.sayOnce(name)
			c.diags.Warnf(c.inside(n, n.text[at:end]), diag.UnsetVariable, "Airflow sets no environment variable %s", name).
				WithHelp("did you mean $%s?", airflowHome)
		}
		if shell {
			part.Unset = n.text[at:end]
		}
		if shell && shellOwn(n.text, name) {
			add(n.text[at:end])
		} else {
			v.Parts = append(v.Parts, part)
			found = true
		}
		from = end
	}
	add(n.text[from:])
	if !found {
		return nil
	}
	return v
}

// script makes the value of a text that a shell runs.
func (c *compilation) script(n *node, rendered bool) ir.Value {
	if v := c.envText(n, true); v != nil {
		return v
	}
	if c.mode == pyyaml && strings.IndexByte(n.text, '$') >= 0 {
		c.settle(n)
	}
	return c.text(n, rendered)
}

// isScript tells whether an argument is the text of a shell script.
func isScript(name string) bool { return name == "bash_command" || name == "bash" }

// shellOwn tells whether a script gives a variable its value itself, or Airflow does when the task runs.
func shellOwn(script, name string) bool {
	if strings.HasPrefix(name, "AIRFLOW_CTX_") {
		return true
	}
	for from := 0; ; {
		i := strings.Index(script[from:], name)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(name)
		from = end
		if at > 0 && (isWord(script[at-1], true) || script[at-1] == '$' || script[at-1] == '{') || end < len(script) && isWord(script[end], true) {
			continue
		}
		if end < len(script) && (script[end] == '=' || strings.HasPrefix(script[end:], "+=")) {
			return true
		}
		before := strings.TrimRight(script[:at], " \t")
		word := before[strings.LastIndexAny(before, " \t\n;&|(")+1:]
		switch word {
		case "for", "read", "local", "declare", "select", "-r":
			return true
		}
	}
}

// assetCall is an asset whose name or URI is known only when Airflow reads the DAG file. Airflow 2 knows the URI alone.
func (c *compilation) assetCall(n *node, fields []ir.Arg) *ir.Call {
	call := &ir.Call{Func: &ir.PyRef{Module: "airflow.sdk", Name: "Asset", Span: n.span}, Span: n.span}
	for _, a := range fields {
		if c.version.Major == 2 {
			switch {
			case a.Name == "group", a.Name == "name" && ir.Lookup(fields, "uri") != nil:
				continue
			case a.Name == "name":
				a.Name = "uri"
			}
		}
		call.Kwargs = append(call.Kwargs, a)
	}
	return call
}
