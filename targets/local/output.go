package local

import (
	"bytes"
	"io"
	"os"
)

const (
	tailLines = 10       // of a failed task that the summary repeats
	longLine  = 64 << 10 // a longer one is reported in pieces
	keptLine  = 8 << 20  // bytes of a line that are kept: a longer one is no XCom
	tailWidth = 4 << 10  // bytes that are kept of a line of the tail
)

// output takes what a task writes: into the log file as it comes, and line by line to whoever listens.
type output struct {
	file   *os.File          // nil: no log
	listen func(line []byte) // nil: nobody
	err    error             // the first one of the file
	broken func(error)       // told of it; nil: nobody

	through io.Writer // gets all of it too; nil: nobody does

	line     []byte // the current line so far; of one that is too long to be kept the end
	reported int    // bytes of it that have been reported
	cut      int    // bytes of the line that are not kept
	last     []byte // the line before, without its line end; nil if there is none
	lastCut  int    // bytes of it that were not kept
	tail     [tailLines][]byte
	lines    int
}

var _ io.Writer = (*output)(nil)

// Write implements io.Writer; it never fails, so that a full disk does not end a task before the run does.
func (o *output) Write(data []byte) (int, error) {
	if o.file != nil && o.err == nil {
		_, err := o.file.Write(data)
		o.fail(err)
	}
	if o.through != nil {
		_, _ = o.through.Write(data)
	}
	for rest := data; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			o.extend(rest)
			break
		}
		o.extend(rest[:end])
		o.endLine()
		rest = rest[end+1:]
	}
	return len(data), nil
}

// fail notes the first error of the file.
func (o *output) fail(err error) {
	if err == nil || o.err != nil {
		return
	}
	o.err = err
	if o.broken != nil {
		o.broken(err)
	}
}

// extend adds to the current line.
func (o *output) extend(data []byte) {
	o.line = append(o.line, data...)
	for len(o.line)-o.reported > longLine {
		o.report(o.line[o.reported : o.reported+longLine])
		o.reported += longLine
	}
	if len(o.line) > keptLine {
		if o.cut == 0 {
			o.keepTail()
		}
		o.cut += o.reported
		o.line = append(o.line[:0], o.line[o.reported:]...)
		o.reported = 0
	}
}

// finish ends a last line that has no line end.
func (o *output) finish() {
	if len(o.line)+o.cut > 0 {
		o.endLine()
	}
}

func (o *output) endLine() {
	o.report(bytes.TrimSuffix(o.line[o.reported:], []byte("\r")))
	if o.cut == 0 {
		o.keepTail()
	}
	o.lines++
	o.last, o.line = o.line, o.last[:0]
	o.lastCut, o.cut = o.cut, 0
	o.reported = 0
}

// keepTail keeps the beginning of the current line.
func (o *output) keepTail() {
	slot := &o.tail[o.lines%tailLines]
	*slot = append((*slot)[:0], o.line[:min(len(o.line), tailWidth)]...)
}

func (o *output) report(line []byte) {
	if o.listen != nil {
		o.listen(line)
	}
}

// lastLines is the end of what was written.
func (o *output) lastLines() []string {
	var all []string
	for i := max(0, o.lines-tailLines); i < o.lines; i++ {
		all = append(all, string(bytes.TrimRight(o.tail[i%tailLines], "\r")))
	}
	return all
}
