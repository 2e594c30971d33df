package irdiff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dagexport/dagexport/ir"
)

// NoChange is what is said where the meaning is the same.
const NoChange = "no change in meaning"

// Text is the changes for a terminal: a line each, below the DAG that they are in.
func Text(changes []Change) string {
	if len(changes) == 0 {
		return NoChange + "\n"
	}
	var b strings.Builder
	for i, c := range changes {
		if c.What != DAG && (i == 0 || changes[i-1].DAG != c.DAG) {
			fmt.Fprintf(&b, "  DAG %s\n", c.DAG)
		}
		indent := "    "
		if c.What == DAG {
			indent = "  "
		}
		fmt.Fprintf(&b, "%s%s%s", sign(c.Kind), indent[1:], c.subject())
		switch {
		case c.Kind == Unknown:
			b.WriteString(": its file did not compile before")
		case isText(c.Old) || isText(c.New):
			b.WriteString(":" + place(c) + "\n" + lines(c.Old, "-"+indent+"  ") + lines(c.New, "+"+indent+"  "))
			continue
		default:
			b.WriteString(c.values())
		}
		b.WriteString(tasksOf(c) + place(c) + "\n")
		for _, detail := range c.Details {
			fmt.Fprintf(&b, "+%s  %s\n", indent[1:], detail)
		}
	}
	return b.String()
}

func sign(k Kind) string {
	switch k {
	case Added:
		return "+"
	case Removed:
		return "-"
	case Unknown:
		return "?"
	}
	return "~"
}

// subject is what changed, in words.
func (c *Change) subject() string {
	name := c.Name
	switch c.What {
	case DAG:
		return "DAG " + name
	case Task:
		return "task " + name
	case Group:
		return "task group " + name
	case Edge:
		if !strings.HasPrefix(name, "label ") {
			return "edge " + name
		}
	}
	if c.Owner != "" {
		return c.Owner + ": " + name
	}
	return name
}

// values is what was and what is.
func (c *Change) values() string {
	switch {
	case c.Old != "" && c.New != "":
		return ": " + c.Old + " -> " + c.New
	case c.Old+c.New != "":
		return ": " + c.Old + c.New
	}
	return ""
}

func tasksOf(c Change) string {
	if len(c.Tasks) == 0 {
		return ""
	}
	return " (of " + strings.Join(c.Tasks, ", ") + ")"
}

// place is where to look: where it is now, or was.
func place(c Change) string {
	at := c.NewAt
	if at.IsZero() {
		at = c.OldAt
	}
	if at.IsZero() {
		return ""
	}
	return "  " + at.String()
}

// isText tells whether a value is text of several lines.
func isText(value string) bool {
	return strings.HasPrefix(value, `"`) && strings.Contains(strings.TrimSuffix(value, `\n"`), `\n`)
}

// lines is a value line by line.
func lines(value, prefix string) string {
	if value == "" {
		return ""
	}
	var text string
	if !isText(value) || json.Unmarshal([]byte(value), &text) != nil {
		return prefix + value + "\n"
	}
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		b.WriteString(prefix + line + "\n")
	}
	return b.String()
}

// Markdown is the changes for a pull request: a heading for each DAG, and a list.
func Markdown(changes []Change) string {
	if len(changes) == 0 {
		return NoChange + "\n"
	}
	var b strings.Builder
	for i, c := range changes {
		if i == 0 || changes[i-1].DAG != c.DAG {
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "### DAG %s\n\n", code(c.DAG))
		}
		b.WriteString("- " + string(c.Kind) + " " + c.marked())
		if c.Kind == Unknown {
			b.WriteString(": its file did not compile before")
		}
		switch {
		case c.Old != "" && c.New != "":
			b.WriteString(": " + code(c.Old) + " → " + code(c.New))
		case c.Old+c.New != "":
			b.WriteString(": " + code(c.Old+c.New))
		}
		if len(c.Tasks) > 0 {
			marked := make([]string, len(c.Tasks))
			for i, id := range c.Tasks {
				marked[i] = code(id)
			}
			b.WriteString(" (of " + strings.Join(marked, ", ") + ")")
		}
		b.WriteString("\n")
		for _, detail := range c.Details {
			b.WriteString("  - " + code(detail) + "\n")
		}
	}
	return b.String()
}

// marked is the subject in Markdown.
func (c *Change) marked() string {
	switch c.What {
	case DAG:
		return "DAG"
	case Task:
		return "task " + code(c.Name)
	case Group:
		return "task group " + code(c.Name)
	case Edge:
		if !strings.HasPrefix(c.Name, "label ") {
			return "edge " + code(c.Name)
		}
	}
	if c.Owner != "" {
		return code(c.Owner) + " " + code(c.Name)
	}
	return code(c.Name)
}

// code is text as Markdown's code, with a fence longer than any in it.
func code(text string) string {
	fence, run := 0, 0
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		fence = max(fence, run)
	}
	if fence == 0 {
		return "`" + text + "`"
	}
	ticks := strings.Repeat("`", fence+1)
	return ticks + " " + text + " " + ticks
}

// jsonChange is a change as JSON has it.
type jsonChange struct {
	Kind    Kind     `json:"kind"`
	What    What     `json:"what"`
	DAG     string   `json:"dag_id"`
	Owner   string   `json:"of,omitempty"`
	Name    string   `json:"name"`
	Old     string   `json:"old,omitempty"`
	New     string   `json:"new,omitempty"`
	OldAt   string   `json:"old_at,omitempty"`
	NewAt   string   `json:"new_at,omitempty"`
	Details []string `json:"details,omitempty"`
	Tasks   []string `json:"tasks,omitempty"`
}

// JSON is the changes as one object, {"changes": [...]}, with a final newline.
func JSON(changes []Change) ([]byte, error) {
	list := make([]jsonChange, len(changes))
	for i, c := range changes {
		list[i] = jsonChange{c.Kind, c.What, c.DAG, c.Owner, c.Name, c.Old, c.New, at(c.OldAt), at(c.NewAt), c.Details, c.Tasks}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(struct {
		Changes []jsonChange `json:"changes"`
	}{list})
	return b.Bytes(), err
}

func at(s ir.Span) string {
	if s.IsZero() {
		return ""
	}
	return s.String()
}
