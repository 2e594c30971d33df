// Package explain says at length what each diagnostic means, with an example that causes it and the same put right. What the
// example is answered with is compiled when it is asked for, so that it is never out of date.
package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"golang.org/x/tools/txtar"
)

// Entry explains one code.
type Entry struct {
	Code  diag.Code
	Means string // one paragraph
	// Wrong and Right are the text of pipeline.yaml, or an archive of it and of files beside it. Both are "" where no pipeline file
	// alone causes the diagnostic.
	Wrong, Right string
}

// Entries lists the explanations, in the order of the codes.
func Entries() []Entry { return entries }

// Find finds the explanation of a code; nil where there is no such code.
func Find(code string) *Entry {
	i := slices.IndexFunc(entries, func(e Entry) bool { return string(e.Code) == code })
	if i < 0 {
		return nil
	}
	return &entries[i]
}

// Codes lists the codes, in the order of the explanations.
func Codes() []string {
	codes := make([]string, len(entries))
	for i, e := range entries {
		codes[i] = string(e.Code)
	}
	return codes
}

// Markdown is the section of the reference about a code.
func (e *Entry) Markdown() (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "## %s\n\n%s\n", e.Code, e.Means)
	if e.Wrong == "" {
		return out.String(), nil
	}
	said, err := Said(e.Wrong)
	if err != nil {
		return "", err
	}
	out.WriteString("\nWrong:\n\n")
	fences(&out, e.Wrong)
	fmt.Fprintf(&out, "\n```text\n%s```\n\nRight:\n\n", said)
	fences(&out, e.Right)
	return out.String(), nil
}

// fences writes the files of an example, each in a block of its own.
func fences(out *strings.Builder, example string) {
	for i, f := range files(example) {
		name, kind := f.Name, "yaml"
		if filepath.Ext(name) != ".yaml" {
			kind = strings.TrimPrefix(filepath.Ext(name), ".")
		}
		if i > 0 {
			fmt.Fprintf(out, "\n`%s`:\n\n", name)
		}
		fmt.Fprintf(out, "```%s\n%s```\n", kind, f.Data)
	}
}

func files(example string) []txtar.File {
	if archive := txtar.Parse([]byte(example)); len(archive.Files) > 0 {
		return archive.Files
	}
	return []txtar.File{{Name: "pipeline.yaml", Data: []byte(example)}}
}

// Said is what compiling an example says, as text.
func Said(example string) (string, error) {
	result, err := compile(example)
	if err != nil {
		return "", err
	}
	var sources diag.Sources
	sources.Add("pipeline.yaml", result.Source)
	for _, other := range files(example) {
		sources.Add(other.Name, other.Data)
	}
	var out strings.Builder
	err = diag.WriteText(&out, sources.Views(result.Diags), diag.TextOptions{})
	return out.String(), err
}

// compile compiles an example in a folder of its own.
func compile(example string) (compiler.Result, error) {
	dir, err := os.MkdirTemp("", "dagexport-explain-")
	if err != nil {
		return compiler.Result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for _, f := range files(example) {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return compiler.Result{}, err
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return compiler.Result{}, err
		}
	}
	result := compiler.CompileFile(filepath.Join(dir, "pipeline.yaml"), compiler.Options{
		DagsRoot: dir, LookupEnv: func(name string) (string, bool) { return "eu", name == "REGION" },
	})
	prefix := filepath.ToSlash(dir) + "/"
	all := result.Diags.All()
	for i := range all {
		all[i].Span.File = strings.TrimPrefix(all[i].Span.File, prefix)
		for j := range all[i].Labels {
			all[i].Labels[j].Span.File = strings.TrimPrefix(all[i].Labels[j].Span.File, prefix)
		}
	}
	return result, nil
}
