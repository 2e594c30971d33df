package target

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// Console is an Events that writes a run as text, a line at a time, in the words of ZenML's local orchestrator.
type Console struct {
	out    io.Writer
	colour bool
	width  int // of the longest task id so far that has written anything
}

// NewConsole writes to out, normally standard error; with colour only where that is a terminal that wants it.
func NewConsole(out io.Writer, colour bool) *Console { return &Console{out: out, colour: colour} }

var _ Events = (*Console)(nil)

// The colours of a terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
	bold   = "1"
)

func (c *Console) paint(colour, text string) string {
	if !c.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// line writes one line; what cannot be written is lost, as there is nobody to tell.
func (c *Console) line(format string, args ...any) {
	_, _ = fmt.Fprintf(c.out, format+"\n", args...)
}

// RunStarted implements Events.
func (c *Console) RunStarted(run RunStart) {
	c.line("Running pipeline `%s` as `%s` (Airflow %s, %s).", run.DagID, run.RunName, run.Version, count(run.Tasks, "step"))
}

// TryStarted implements Events.
func (c *Console) TryStarted(task TaskRef, try int) {
	if try > 1 {
		c.line("Step `%s` has started (try %d).", name(task), try)
		return
	}
	c.line("Step `%s` has started.", name(task))
}

// Output implements Events.
func (c *Console) Output(task TaskRef, line []byte) {
	id := name(task)
	c.width = max(c.width, len(id))
	c.line("%s %s", c.paint(dim, fmt.Sprintf("%-*s |", c.width, id)), c.printable(line))
}

// TryFinished implements Events.
func (c *Console) TryFinished(task TaskRef, end TryEnd) {
	took := Elapsed(end.Duration)
	name := func(task TaskRef) string {
		if end.Label == "" {
			return name(task)
		}
		return name(task) + " " + strings.Join(strings.Fields(end.Label), " ")
	}
	switch end.State {
	case Success:
		c.line("Step `%s` has finished in %s.", name(task), c.paint(green, took))
	case Skipped:
		c.line("Step `%s` has been %s after %s%s", name(task), c.paint(yellow, "skipped"), took, c.reason(end.Error))
	case UpForRetry:
		c.line("Step `%s` has %s after %s and is tried again in %s%s", name(task), c.paint(yellow, "failed"), took, Elapsed(end.RetryIn), c.reason(end.Error))
	default:
		c.line("Step `%s` has %s after %s%s", name(task), c.paint(red, "failed"), took, c.reason(end.Error))
	}
}

// Settled implements Events.
func (c *Console) Settled(task TaskRef, state State) {
	colour := yellow
	if state == Failed || state == UpstreamFailed {
		colour = red
	}
	c.line("Step `%s` is %s.", name(task), c.paint(colour, string(state)))
}

// Note implements Events.
func (c *Console) Note(text string) { c.line("%s %s", c.paint(bold, "note:"), text) }

// RunFinished implements Events.
func (c *Console) RunFinished(end RunEnd) {
	for _, f := range end.Failed {
		c.line("")
		c.line("%s", c.paint(red, fmt.Sprintf("Step `%s` has failed%s", name(f.Task), c.reason(f.Error))))
		for _, l := range f.LastLine {
			c.line("  | %s", c.printable([]byte(l)))
		}
		if f.LogFile != "" {
			c.line("  log: %s", f.LogFile)
		}
	}
	if len(end.Failed) > 0 {
		c.line("")
	}
	c.line("%s", summary(end.Record))
	took := Elapsed(end.Duration)
	switch {
	case end.Interrupted:
		c.line("Pipeline `%s` has been %s after %s.", end.Record.DagID, c.paint(red, "interrupted"), took)
	case end.Record.State == Success:
		c.line("Pipeline `%s` has finished in %s.", end.Record.DagID, c.paint(green, took))
	default:
		c.line("Pipeline `%s` has %s after %s.", end.Record.DagID, c.paint(red, "failed"), took)
	}
}

// summary counts the tasks of a record by state: "5 steps: 3 success, 1 failed, 1 upstream_failed".
func summary(r *Record) string {
	counts := map[State]int{}
	for _, t := range r.Tasks {
		counts[t.State]++
	}
	var parts []string
	for _, state := range []State{Success, Failed, UpstreamFailed, Skipped, Removed, None} {
		label := string(state)
		if state == None {
			label = "not reached"
		}
		if n := counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, label))
		}
	}
	if len(parts) == 0 {
		return "No steps."
	}
	return fmt.Sprintf("%s: %s.", count(len(r.Tasks), "step"), strings.Join(parts, ", "))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func name(task TaskRef) string {
	if task.MapIndex >= 0 {
		return fmt.Sprintf("%s[%d]", task.ID, task.MapIndex)
	}
	return task.ID
}

// reason appends an error to a sentence that it ends.
func (c *Console) reason(text string) string {
	if text == "" {
		return "."
	}
	return ": " + c.printable([]byte(text))
}

// printable is a line without what would move the cursor about: the output of one task cannot draw over that of another.
// Tabs stay, and colours where the console has them.
func (c *Console) printable(line []byte) string {
	if !bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return string(line)
	}
	var out strings.Builder
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == 0x1b:
			sequence := escape(line[i:])
			if c.colour && bytes.HasSuffix(sequence, []byte("m")) {
				out.Write(sequence)
			}
			i += len(sequence) - 1
		case b >= ' ' && b != 0x7f || b == '\t':
			out.WriteByte(b)
		case b == '\r':
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// escape is the terminal control sequence at the start of text, as far as it goes; the ESC alone if it is none.
func escape(text []byte) []byte {
	if len(text) < 2 || text[1] != '[' {
		return text[:1]
	}
	for i := 2; i < len(text); i++ {
		if text[i] >= '@' && text[i] <= '~' {
			return text[:i+1]
		}
	}
	return text
}

// Elapsed writes a duration as ZenML does: 1.234s, 2m3s, 1h2m3s, 1d2h3m4s.
func Elapsed(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.3fs", d.Seconds())
	}
	seconds := int64(d.Round(time.Second) / time.Second)
	text := fmt.Sprintf("%dm%ds", seconds/60%60, seconds%60)
	if seconds >= 3600 {
		text = fmt.Sprintf("%dh", seconds/3600%24) + text
	}
	if seconds >= 86400 {
		text = fmt.Sprintf("%dd", seconds/86400) + text
	}
	return text
}
