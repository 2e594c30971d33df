package golden

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestREADME does the tours of the README and of docs/from-dag-factory.md: it writes the files that are fenced with a name, types each
// command after "$ ", and wants the lines that follow. "..." stands for any text, a line of its own for any lines.
func TestREADME(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "dagexport"), "../cmd/dagexport")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, page := range []string{"../README.md", "../docs/from-dag-factory.md"} {
		t.Run(filepath.Base(page), func(t *testing.T) { tour(t, page, bin) })
	}
}

func tour(t *testing.T, page, bin string, environ ...string) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	commands := 0
	for _, block := range fences(string(text)) {
		switch {
		case strings.Contains(block.info, " "):
			write(t, filepath.Join(dir, block.info[strings.IndexByte(block.info, ' ')+1:]), []byte(block.text))
		case block.info == "console":
			for _, step := range strings.Split("\n"+block.text, "\n$ ")[1:] {
				command, want, _ := strings.Cut(step, "\n")
				cmd := exec.Command("bash", "-c", command)
				cmd.Dir = dir
				cmd.Env = append(append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH")), environ...)
				out, err := cmd.CombinedOutput()
				commands++
				if err != nil {
					t.Errorf("$ %s\n%v\n%s", command, err, out)
				} else if !like(want, string(out)) {
					t.Errorf("$ %s\nprints\n%s\nthe page says\n%s", command, out, want)
				}
			}
		}
	}
	if commands < 5 {
		t.Errorf("only %d commands were found", commands)
	}
}

type fence struct{ info, text string }

// fences are the fenced blocks of a Markdown text.
func fences(text string) []fence {
	var all []fence
	parts := strings.Split("\n"+text, "\n```")
	for i := 1; i+1 < len(parts); i += 2 {
		info, body, _ := strings.Cut(parts[i], "\n")
		all = append(all, fence{info, body + "\n"})
	}
	return all
}

// like tells whether a text is what a pattern with "..." says; blank lines do not count.
func like(pattern, text string) bool {
	var expr strings.Builder
	expr.WriteString(`\A`)
	for _, line := range lines(pattern) {
		if line == "..." {
			expr.WriteString(`(?:.*\n)*?`)
			continue
		}
		expr.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, ".*") + `\n`)
	}
	expr.WriteString(`\z`)
	return regexp.MustCompile(expr.String()).MatchString(strings.Join(append(lines(text), ""), "\n"))
}

func lines(text string) []string {
	var kept []string
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// TestLinks holds the README's links and CONTRIBUTING's against the files.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, page := range append(pages, "../README.md", "../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(found[1]))); err != nil {
				t.Error(fmt.Errorf("%s links to %s: %w", page, found[1], err))
			}
		}
	}
}
