package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dagexport/dagexport/compiler"
	"github.com/dagexport/dagexport/internal/diag"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestNewcomer compiles files as newcomers write them. Each has one mistake, which one message tells with what to type instead;
// fixed.yaml is the file after the message's own replacement, and nothing is left to say about it. -update writes both.
func TestNewcomer(t *testing.T) {
	chosen, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("testdata/newcomer/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 50 {
		t.Errorf("only %d files", len(paths))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if !chosen.MatchString("newcomer/" + name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var wrong, message, fixed []byte
			for _, f := range archive.Files {
				switch f.Name {
				case "wrong.yaml":
					wrong = f.Data
				case "message":
					message = f.Data
				case "fixed.yaml":
					fixed = f.Data
				default:
					t.Fatalf("what is %s?", f.Name)
				}
			}
			result := compiler.Compile("wrong.yaml", wrong, compiler.Options{DagsRoot: t.TempDir()})
			all := result.Diags.All()
			if len(all) != 1 {
				t.Fatalf("%d messages, want one:\n%s", len(all), newcomerText(t, result))
			}
			text := newcomerText(t, result)
			if len(all[0].Help) == 0 || all[0].Fix == nil {
				t.Fatalf("the message does not say what to type instead:\n%s", text)
			}
			fix := all[0].Fix
			right := slices.Concat(wrong[:fix.Span.Start.Offset], []byte(fix.Text), wrong[fix.Span.End.Offset:])
			if after := compiler.Compile("fixed.yaml", right, compiler.Options{DagsRoot: t.TempDir()}); after.Diags.Len() > 0 || after.File == nil {
				t.Errorf("the replacement is not the end of it:\n%s\n%s", right, newcomerText(t, after))
			}
			if *update {
				archive.Files = []txtar.File{{Name: "wrong.yaml", Data: wrong}, {Name: "message", Data: []byte(text)}, {Name: "fixed.yaml", Data: right}}
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(message), text); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(string(fixed), string(right)); diff != "" {
				t.Errorf("fixed.yaml (-want +got):\n%s", diff)
			}
		})
	}
}

func newcomerText(t *testing.T, result compiler.Result) string {
	t.Helper()
	var sources diag.Sources
	for _, name := range []string{"wrong.yaml", "fixed.yaml"} {
		sources.Add(name, result.Source)
	}
	var text strings.Builder
	if err := diag.WriteText(&text, sources.Views(result.Diags), diag.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
